"""The ledger: what was delivered where, under which id. Lines are added and amended, never deleted."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlite_utils import Database

from aggregator.model import Publication, StoredItem
from aggregator.store import coverage, topics
from aggregator.store.instants import to_instant, to_seconds
from aggregator.store.items import COLUMNS, stored

LINE = (
    "publication.topic, publication.story, publication.entry_id, publication.position, publication.published,"
    " publication.updated, publication.revision, publication.left, publication.left_reason, publication.lead,"
    " publication.lead_revised, publication.sources, publication.turn, publication.archive"
)
WIDTH = 14
_ARCHIVABLE = "(publication.left is null or publication.left_reason in ('age', 'quota', 'backfill'))"
"""What an archive takes: also what left by age, since it was published, and what was published past the head. What left for
another reason is not shown any more."""

_NEWEST = (
    "publication.topic = ?1 and publication.story in (select story from publication where topic = ?1 and archive is null"
    " union all select story from publication where topic = ?1 and turn >= (select min(turn) from ("
    "select turn from publication where topic = ?1 and left is null order by turn desc limit ?2)))"
)
"""The last ?2 delivered of what has not left, and all that no closed archive holds."""


def waiting(db: Database, slug: str) -> list[int]:
    """Items that a topic matches and has not delivered yet."""
    sql = "select item from membership where topic = ? and standing in ('waiting', 'past')"
    return [item for (item,) in db.execute(sql, [slug])]


def past(db: Database, slug: str) -> set[int]:
    """Those of them that are delivered past the head."""
    # the first condition is the index's own
    sql = "select item from membership where topic = ? and standing in ('waiting', 'past') and standing = 'past'"
    return {item for (item,) in db.execute(sql, [slug])}


def count_of_day(db: Database, slug: str, source_id: str, day: date, shelved: Iterable[str]) -> int:
    """How many entries a topic has that a source leads and that are dated on a day (UTC), but for those left for `shelved`."""
    first = datetime.combine(day, time(), UTC)
    sql = (
        "select count(*) from publication cross join item on item.pk = publication.lead where topic = ? and published >= ?"
        " and published < ? and item.source_id = ? and not exists (select 1 from json_each(?) where value = left_reason)"
    )
    bounds = [to_seconds(first), to_seconds(first + timedelta(days=1))]
    return int(db.execute(sql, [slug, *bounds, source_id, json.dumps(sorted(shelved))]).fetchone()[0])


class Named(NamedTuple):
    """What leads an entry."""

    title: str
    link: str | None
    source: str


def entries(db: Database, ids: Iterable[str]) -> dict[str, Named]:
    """Entry id → what leads it, for those that are in the ledger."""
    sql = (
        "select entry_id, item.data ->> 'title', item.data ->> 'link', item.source_id from json_each(?) as wanted"
        " join publication on publication.entry_id = wanted.value join item on item.pk = publication.lead"
    )
    return {entry: Named(title, link, source) for entry, title, link, source in db.execute(sql, [json.dumps(sorted(ids))])}


def last_position(db: Database, slug: str) -> int:
    """The position of the newest line of a topic, 0 if there is none."""
    return int(db.execute("select coalesce(max(position), 0) from publication where topic = ?", [slug]).fetchone()[0])


def taken(db: Database, entry_id: str) -> bool:
    """Whether an entry id was given out, by any topic."""
    return db.execute("select 1 from publication where entry_id = ?", [entry_id]).fetchone() is not None


def lines(db: Database, slug: str, stories: Iterable[int]) -> dict[int, Publication]:
    """The lines of a topic by the items from which they were minted, for those that are there."""
    sql = (
        f"select {LINE} from json_each(?) as wanted"
        " join publication on publication.topic = ? and publication.story = wanted.value"
    )
    found = map(publication, db.execute(sql, [json.dumps(list(stories)), slug]))
    return {line.story: line for line in found}


def of_entries(db: Database, slug: str, ids: Iterable[str]) -> dict[str, int]:
    """Entry id → line (its story), for those of these ids that the topic has given out."""
    sql = "select entry_id, story from publication join json_each(?) as wanted on entry_id = wanted.value where topic = ?"
    return dict(db.execute(sql, [json.dumps(sorted(ids)), slug]).fetchall())


def line(db: Database, slug: str, item: int) -> Publication | None:
    """The line by which a topic delivered an item."""
    teller = coverage.tellers(db, slug, [item]).get(item)
    return None if teller is None else lines(db, slug, [teller]).get(teller)


def write(db: Database, publications: Iterable[Publication]) -> None:
    """Add lines, or amend them (dates, revision, lead, leaving and returning; id and position never change).

    Turns are given here. A line that a closed archive holds and that has a new revision is in no archive as it is now: it takes
    the next turn, and so stands in the head again.
    """
    db.conn.executemany(
        "insert into publication (topic, story, entry_id, position, published, updated, revision, left, left_reason, lead,"
        " lead_revised, sources, turn) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
        " (select coalesce(max(turn), 0) + 1 from publication where topic = ?1)) on conflict (topic, story) do update set"
        " updated = excluded.updated, revision = excluded.revision, left = excluded.left, left_reason = excluded.left_reason,"
        " lead = excluded.lead, lead_revised = excluded.lead_revised, sources = excluded.sources,"
        " turn = iif(archive is not null and excluded.revision > revision, excluded.turn, turn),"
        " archive = iif(excluded.revision > revision, null, archive)",
        [
            (
                publication.topic,
                publication.story,
                publication.entry_id,
                publication.position,
                to_seconds(publication.published),
                to_seconds(publication.updated),
                publication.revision,
                to_seconds(publication.left),
                publication.left_reason,
                publication.lead,
                to_seconds(publication.lead_revised),
                publication.sources,
            )
            for publication in publications
        ],
    )


def reissue(db: Database, slug: str, stories: Iterable[int]) -> None:
    """These lines tell more than a closed archive says of them: each takes the next turn, and so stands in the head again."""
    db.conn.executemany(
        "update publication set archive = null, turn = (select max(turn) + 1 from publication where topic = ?1)"
        " where topic = ?1 and story = ?2 and archive is not null",
        [(slug, story) for story in sorted(stories)],
    )


def part(db: Database, slug: str, item: int, now: datetime, reason: str) -> None:
    """A topic no longer holds an item. The entry that tells it leaves the head, unless it tells another one, too."""
    topics.part(db, slug, item)
    teller = coverage.tellers(db, slug, [item]).get(item)
    if teller is None:
        return
    if coverage.matched(db, slug, teller):
        db.execute("update publication set stale = 1 where topic = ? and story = ?", [slug, teller])
    else:
        db.execute(
            "update publication set left = ?, left_reason = ? where topic = ? and story = ? and left is null",
            [to_seconds(now), reason, slug, teller],
        )


def rejoin(db: Database, slug: str, item: int) -> str:
    """A topic holds an item again that was forgotten. The entry that told it returns as it was, to where it was: it says nothing
    that its archive does not. Returns the item's standing: one that no entry told is no news."""
    teller = coverage.tellers(db, slug, [item]).get(item)
    if teller is None:
        return "held"
    if lines(db, slug, [teller])[teller].left_reason in ("query", "merged", "takedown"):
        return "waiting"  # it had left before: as any item that the topic matches again
    sql = "update publication set left = null, left_reason = null where topic = ? and story = ? and left_reason = 'forgotten'"
    db.execute(sql, [slug, teller])
    return "published"


def mark_stale(db: Database, item: int) -> list[str]:
    """An item changed: the lines that tell it are looked at again by the next publish. Returns the topics that hold it."""
    found = db.execute(
        "select topic, story from coverage where item = ?1 union all select topic, story from publication where story = ?1"
        " and not exists (select 1 from coverage where coverage.topic = publication.topic and coverage.item = ?1)",
        [item],
    ).fetchall()
    db.conn.executemany("update publication set stale = 1 where topic = ? and story = ?", found)
    return [slug for slug, _ in found]


def reconsider(db: Database, slug: str) -> None:
    """By other rules, another item may lead: all lines that stand are looked at again by the next publish."""
    db.execute("update publication set stale = 1 where topic = ? and left is null", [slug])


def stale(db: Database, slug: str) -> list[int]:
    """Lines, by story, to be looked at again."""
    return [story for (story,) in db.execute("select story from publication where topic = ? and stale = 1", [slug])]


def settle(db: Database, slug: str) -> None:
    """All changed stories of a topic were looked at."""
    db.execute("update publication set stale = 0 where topic = ? and stale = 1", [slug])


def head(db: Database, slug: str, limit: int) -> list[tuple[Publication, StoredItem]]:
    """What may stand in a topic's head, newest position first, each with its lead: the last `limit` delivered of what has not
    left, and all that no closed archive holds."""
    return _with_leads(db, f"publication.left is null and {_NEWEST}", [slug, limit], "order by position desc")


def current(db: Database, slug: str, limit: int) -> list[tuple[Publication, StoredItem]]:
    """What may stand in a topic's head, and what an archive is still to take: in the order of delivery, each with its lead."""
    where = f"{_ARCHIVABLE} and (publication.left is null or publication.archive is null) and {_NEWEST}"
    return _with_leads(db, where, [slug, limit], "order by turn")


def unarchived(db: Database, slug: str, count: int) -> list[tuple[Publication, StoredItem]]:
    """The first `count` lines of a topic, in the order of delivery, that an archive is still to take."""
    where = f"publication.topic = ? and publication.archive is null and {_ARCHIVABLE}"
    return _with_leads(db, where, [slug, count], "order by turn limit ?")


def count_unarchived(db: Database, slug: str, most: int) -> int:
    """How many lines of a topic an archive is still to take; `most` if there are more."""
    where = f"topic = ? and archive is null and {_ARCHIVABLE}"
    return int(db.execute(f"select count(*) from (select 1 from publication where {where} limit ?)", [slug, most]).fetchone()[0])


def told(db: Database, slug: str, story: int) -> list[tuple[Publication, StoredItem]]:
    """One line with its lead, while it may be shown."""
    return _with_leads(db, f"publication.topic = ? and publication.story = ? and {_ARCHIVABLE}", [slug, story])


def archived(db: Database, slug: str, number: int) -> list[tuple[Publication, StoredItem]]:
    """What a closed archive holds, newest delivery first, as it is now."""
    sql = (
        f"select {LINE}, {COLUMNS} from archive_entry join publication using (topic, story)"
        " join item on item.pk = publication.lead where archive_entry.topic = ? and archive_entry.number = ? order by place"
    )
    return [_pair(row) for row in db.execute(sql, [slug, number])]


def older_than(db: Database, slug: str, before: datetime) -> list[Publication]:
    """Lines in the head whose entry was published before an instant."""
    sql = f"select {LINE} from publication where topic = ? and left is null and published < ?"
    return [publication(row) for row in db.execute(sql, [slug, to_seconds(before)])]


def left_by(db: Database, slug: str, reason: str, since: datetime | None) -> list[Publication]:
    """Lines that left for a reason, of entries published at or after an instant (None: all) that the topic still matches."""
    sql = f"select {LINE} from publication where topic = ? and left_reason = ? and published >= ?"
    floor = -(2**62) if since is None else to_seconds(since)
    found = map(publication, db.execute(sql, [slug, reason, floor]).fetchall())
    return [line for line in found if coverage.matched(db, slug, line.story)]


def count(db: Database, slug: str) -> int:
    """How many stories a topic ever delivered."""
    return int(db.execute("select count(*) from publication where topic = ?", [slug]).fetchone()[0])


def with_leads(db: Database, slug: str, stories: Iterable[int]) -> list[tuple[Publication, StoredItem]]:
    """These lines of a topic with their leads, in the order of delivery."""
    where = "publication.topic = ? and publication.story in (select value from json_each(?))"
    return _with_leads(db, where, [slug, json.dumps(list(stories))], "order by position")


def _with_leads(db: Database, where: str, parameters: list[object], tail: str = "") -> list[tuple[Publication, StoredItem]]:
    sql = f"select {LINE}, {COLUMNS} from publication join item on item.pk = publication.lead where {where} {tail}"
    return [_pair(row) for row in db.execute(sql, parameters)]


def _pair(row: Sequence[Any]) -> tuple[Publication, StoredItem]:
    return publication(row[:WIDTH]), stored(row[WIDTH:])


def publication(row: Sequence[Any]) -> Publication:
    topic, story, entry_id, position, published, updated, revision, left, left_reason, *more = row
    lead, lead_revised, sources, turn, archive = more
    return Publication(
        topic=topic,
        story=story,
        entry_id=entry_id,
        position=position,
        published=to_instant(published),
        updated=to_instant(updated),
        revision=revision,
        left=to_instant(left),
        left_reason=left_reason,
        lead=lead,
        lead_revised=to_instant(lead_revised),
        sources=sources,
        turn=turn,
        archive=archive,
    )
