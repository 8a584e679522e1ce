"""Entries that went out before the store was lost, until the stories come that they told.

keep → a row for each item that an entry told      at, like, saying → candidates for what comes      claim → rows found again
                                                   alone → whether title, host or path tell them from all others
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds

MOST, FEW = 200, 20
"""Places that are looked at for an item: for each way in which two things agree, and where a path or a title alone does."""
_PATH = "path = :path and path <> ''"
_TITLE = "title in (select value from json_each(:titles)) and title <> ''"
_LIKE = (
    "entry_id in (select value from json_each(:ids))",
    f"{_PATH} and host = :host",
    f"{_PATH} and {_TITLE}",
    f"{_PATH} and published = :published",
    f"{_TITLE} and host = :host",
    f"{_TITLE} and published = :published",
)
_FIELDS = "entry_id, path, title, host, lead, published, updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An item as an entry told it that went out."""

    entry_id: str
    path: str
    """Of its address: it stays when a site gets another host."""
    title: str
    """Folded."""
    host: str
    """Of its address."""
    lead: bool
    """Whether it is what the entry showed; else it was named there."""
    published: datetime
    updated: datetime


def keep(db: Database, slug: str, told: Iterable[Told]) -> None:
    """Note what went out in a topic."""
    db.conn.executemany(
        "insert into heir (topic, entry_id, path, title, host, lead, published, updated) values (?, ?, ?, ?, ?, ?, ?, ?)"
        " on conflict do update set lead = max(lead, excluded.lead)",
        [
            (slug, one.entry_id, one.path, one.title, one.host, one.lead, to_seconds(one.published), to_seconds(one.updated))
            for one in told
        ],
    )


def keep_sketch(db: Database, slug: str, entry_id: str, sketch: Iterable[int]) -> None:
    """Note of what kind the words of an entry were."""
    db.conn.executemany(
        "insert or ignore into heir_sketch (topic, number, entry_id) values (?, ?, ?)",
        [(slug, number, entry_id) for number in sketch],
    )


def saying(db: Database, slug: str, sketch: Sequence[int], least: int) -> set[str]:
    """Ids of entries that went out with at least so many numbers of a sketch in common; those with the most, of many."""
    sql = (
        "select entry_id from heir_sketch where topic = ? and number in (select value from json_each(?))"
        " group by entry_id having count(*) >= ? order by count(*) desc, entry_id limit ?"
    )
    return {entry_id for (entry_id,) in db.execute(sql, [slug, json.dumps(sketch), least, MOST])}


def waits(db: Database, slug: str) -> bool:
    """Whether anything that went out in a topic is still to come."""
    return db.execute("select 1 from heir where topic = ? and found = 0 limit 1", [slug]).fetchone() is not None


def at(db: Database, slug: str, *, title: str, host: str, path: str) -> list[Told]:
    """What waits of what went out at an address under a folded title."""
    sql = f"select {_FIELDS} from heir where topic = ? and found = 0 and path = ? and host = ? and title = ? limit 2"
    return [_told(row) for row in db.execute(sql, [slug, path, host, title])]


def like(
    db: Database, slug: str, *, path: str, host: str, titles: Iterable[str], published: datetime, entry_ids: Iterable[str]
) -> list[Told]:
    """What waits of what went out at a path, under one of some folded titles, or in one of some entries.

    A path or a title alone is no news where many have it (`/?p=17`, “Morning briefing”): then only what agrees in host or date,
    too, is looked at.
    """
    found = f"select {_FIELDS} from heir where topic = :topic and found = 0 and"
    order = "order by published, entry_id, path, title limit"
    some = [f"select * from ({found} {one} {order} {MOST})" for one in _LIKE]
    few = [f"select * from ({found} {one} {order} {FEW})" for one in (_PATH, _TITLE)]
    given = {
        "topic": slug,
        "path": path,
        "host": host,
        "titles": json.dumps(sorted(titles)),
        "published": to_seconds(published),
        "ids": json.dumps(sorted(entry_ids)),
    }
    return [_told(row) for row in db.execute(" union ".join([*some, *few]), given)]


def alone(db: Database, slug: str, *, title: str | None = None, host: str | None = None, path: str | None = None) -> bool:
    """Whether what went out with this title, host and path, as far as they are given, is one post: also if it has come since."""
    given = {name: value for name, value in (("title", title), ("host", host), ("path", path)) if value is not None}
    sql = (
        "select count(distinct entry_id), count(distinct json_array(title, host, path)) from heir where topic = ?"
        f" and {' and '.join(f'{name} = ?' for name in given)}"
    )
    return 1 in db.execute(sql, [slug, *given.values()]).fetchone()


def newest(db: Database, slug: str) -> datetime:
    """When the newest of what went out in a topic was updated; 1970 without any."""
    return to_instant(int(db.execute("select coalesce(max(updated), 0) from heir where topic = ?", [slug]).fetchone()[0]))


def held(db: Database, entry_id: str) -> bool:
    """Whether an id is kept for an entry that is still to come."""
    return db.execute("select 1 from heir where entry_id = ? and found = 0", [entry_id]).fetchone() is not None


def claim(db: Database, slug: str, told: Iterable[Told]) -> None:
    """These have come."""
    claimed = list(told)
    db.conn.executemany(
        "update heir set found = 1 where topic = ? and entry_id = ? and path = ? and title = ?",
        [(slug, one.entry_id, one.path, one.title) for one in claimed],
    )
    db.conn.executemany(
        "delete from heir_sketch where topic = ? and entry_id = ?", [(slug, one.entry_id) for one in claimed if one.lead]
    )


def drop_found(db: Database, entry_id: str) -> None:
    """Keep nothing of what an entry said but what is still to come: it was taken down."""
    db.execute("delete from heir where entry_id = ? and found = 1", [entry_id])


def _told(row: Sequence[object]) -> Told:
    entry_id, path, title, host, lead, published, updated = row
    return Told(
        entry_id=str(entry_id),
        path=str(path),
        title=str(title),
        host=str(host),
        lead=bool(lead),
        published=to_instant(int(str(published))),
        updated=to_instant(int(str(updated))),
    )
