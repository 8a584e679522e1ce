"""What the pages need of the store: which of them are stale, what they show, and what was noted when they were written.

page_stale   topic × day of which a page is no longer what the ledger says; ('', 'sources') for the directory of sources.
             Triggers write it, so that no statement that changes a line can forget to
page_line    topic × story → its line on the page of its day or month, for as long as it says the same: the same triggers see
             to that
page_note    topic → whatever pipeline.pages wants to know of its pages again; '' for the site's own
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlite_utils import Database

from aggregator.model import Publication, StoredItem
from aggregator.store.instants import to_instant, to_seconds
from aggregator.store.items import COLUMNS, stored
from aggregator.store.ledger import LINE, WIDTH, publication
from aggregator.store.search import sought

Stale = Mapping[str, Mapping[str, int]]
"""Topic → day → how often it changed, to be given back to `settle`."""
SITE = ""
SOURCES = "sources"
DIRECTORY = "?sources"
"""Where the directory of sources is noted: no topic is called so."""


class Line(NamedTuple):
    """A story on the page of its day or month. `line` is as it was kept, None if it is to be made."""

    story: int
    published: datetime
    line: str | None


def stale(db: Database) -> Stale:
    """All pages to be written anew."""
    found: dict[str, dict[str, int]] = {}
    for topic, day, changes in db.execute("select topic, day, changes from page_stale"):
        found.setdefault(topic, {})[day] = changes
    return found


def settle(db: Database, topic: str, written: Mapping[str, int]) -> None:
    """These pages were written as they were then: those that changed meanwhile stay stale."""
    db.conn.executemany(
        "delete from page_stale where topic = ? and day = ? and changes = ?",
        [(topic, day, changes) for day, changes in written.items()],
    )


def notes(db: Database, slugs: Collection[str] | None = None) -> dict[str, str]:
    """What was noted, by topic; of some topics only, if they are named."""
    if slugs is None:
        return dict(db.execute("select topic, note from page_note").fetchall())
    sql = "select topic, note from page_note where topic in (select value from json_each(?))"
    return dict(db.execute(sql, [json.dumps(sorted(slugs))]).fetchall())


def note(db: Database, topic: str, value: str) -> None:
    """Keep a note."""
    db.execute(
        "insert into page_note (topic, note) values (?, ?) on conflict do update set note = excluded.note",
        [topic, value],
    )


def forget(db: Database, topics: Iterable[str]) -> None:
    """Forget the pages of topics that are no longer published."""
    for topic in topics:
        db.execute("delete from page_note where topic = ?", [topic])
        db.execute("delete from page_stale where topic = ?", [topic])
        forget_lines(db, topic)


def months(db: Database, slug: str) -> list[str]:
    """Every month in which a topic published something that it still stands by, such as `2026-11`; oldest first."""
    sql = f"select distinct strftime('%Y-%m', published, 'unixepoch') from publication where topic = ? and {_SHOWN} order by 1"
    return [month for (month,) in db.execute(sql, [slug])]


def days(db: Database, slug: str, name: str) -> dict[str, int]:
    """Day → how many stories a topic published on it and still stands by, in a month or on a day."""
    sql = (
        "select strftime('%Y-%m-%d', publication.published, 'unixepoch'), count(*) from publication"
        f" {_LINES} where publication.topic = ? and publication.published >= ? and publication.published < ?"
        f" and {_THERE} and {_SHOWN} group by 1"
    )
    return dict(db.execute(sql, [slug, *_extent(name)]).fetchall())


def shown(db: Database, slug: str, name: str) -> list[Line]:
    """What a topic published in a month (`2026-11`) or on a day (`2026-11-17`), the latest first: also what is too old for its
    feed now, but not what was taken out."""
    sql = (
        "select publication.story, publication.published, page_line.line from publication"
        f" {_LINES} where publication.topic = ? and publication.published >= ? and publication.published < ?"
        f" and {_THERE} and {_SHOWN} order by publication.published desc, publication.position desc"
    )
    rows = db.execute(sql, [slug, *_extent(name)])
    return [Line(story, to_instant(published), line) for story, published, line in rows]


def _extent(name: str) -> tuple[int, int]:
    """The first second of a month or day, and of the one that follows."""
    is_month = len(name) == len("2026-11")
    first = datetime.fromisoformat(f"{name}-01" if is_month else name).replace(tzinfo=UTC)
    following = (first + timedelta(days=32)).replace(day=1) if is_month else first + timedelta(days=1)
    return to_seconds(first), to_seconds(following)


def told(db: Database, slug: str, stories: Collection[int]) -> list[tuple[Publication, StoredItem]]:
    """Stories of a topic with their leads, in no particular order."""
    sql = (
        f"select {LINE}, {COLUMNS} from publication join item on item.pk = publication.lead"
        " where publication.topic = ? and publication.story in (select value from json_each(?))"
    )
    return [(publication(row[:WIDTH]), stored(row[WIDTH:])) for row in db.execute(sql, [slug, json.dumps([*stories])])]


def keep_lines(db: Database, slug: str, name: str, lines: Mapping[int, str], changes: Mapping[str, int]) -> None:
    """Keep lines of a page by story, unless a day of it changed since: `changes` is what `stale` said when they were made."""
    sql = "select day, changes from page_stale where topic = ? and day glob ?"
    now = dict(db.execute(sql, [slug, f"{name}*"]).fetchall())
    if now == {day: count for day, count in changes.items() if day.startswith(name)}:
        sql = "insert or replace into page_line (topic, story, line) values (?, ?, ?)"
        db.conn.executemany(sql, [(slug, story, line) for story, line in lines.items()])


def forget_lines(db: Database, slug: str) -> None:
    """Let all lines of a topic be made anew."""
    db.execute("delete from page_line where topic = ?", [slug])


def with_words(
    db: Database, groups: Sequence[Collection[str]], slugs: Collection[str], limit: int
) -> list[tuple[Publication, StoredItem]]:
    """What these topics published and still stand by whose lead has a word of each group, the latest first."""
    sql = (
        f"select {LINE}, {COLUMNS} from search join item on item.pk = search.rowid join publication on publication.lead = item.pk"
        f" where search match ? and publication.topic in (select value from json_each(?)) and {_SHOWN}"
        " order by publication.published desc, publication.position desc limit ?"
    )
    rows = db.execute(sql, [sought(groups), json.dumps(sorted(slugs)), limit])
    return [(publication(row[:WIDTH]), stored(row[WIDTH:])) for row in rows]


def divide_into_days(db: Database) -> None:
    """Make `page_stale` of a store that told months, and the triggers that write it, tell days. No page is taken to hold
    any longer, but what there is of them stays noted: what nothing stands on goes."""
    for trigger in TRIGGERS:
        db.execute(f"drop trigger if exists {trigger.split()[2]}")
    db.execute("drop table page_stale")
    db.execute(
        "create table page_stale (topic text not null, day text not null, changes integer not null default 1,"
        " primary key (topic, day)) strict, without rowid"
    )
    for trigger in TRIGGERS:
        db.execute(trigger)
    db.execute(
        "update page_note set note = case when json_valid(note) then json_remove(note, '$.signature', '$.frame') else '{}' end"
    )


_SHOWN = (
    "(publication.left is null or (publication.left_reason = 'age' and exists (select 1 from membership"
    " where membership.topic = publication.topic and (membership.item = publication.story or membership.item in"
    " (select coverage.item from coverage where coverage.topic = publication.topic and coverage.story = publication.story)))))"
)
"""What is too old for a feed is still published; what the topic does not match any more is not."""
_LINES = "left join page_line on page_line.topic = publication.topic and page_line.story = publication.story"
_THERE = "(page_line.story is not null or exists (select 1 from item where item.pk = publication.lead))"
"""A line that was kept had a lead: that one is only looked for where there is none, for it lies anywhere in the store."""
_STALE = "insert into page_stale (topic, day) values ({}) on conflict do update set changes = changes + 1"
_DAY = "new.topic, strftime('%Y-%m-%d', new.published, 'unixepoch')"
_SOURCES = "'', 'sources'"
TRIGGERS = (
    f"create trigger page_of_new_line after insert on publication begin {_STALE.format(_DAY)}; end",
    "create trigger page_of_changed_line after update on publication when new.left is not old.left"
    " or new.updated is not old.updated or new.topic is not old.topic or new.lead is not old.lead"
    " or new.left_reason is not old.left_reason"
    " or new.stale > old.stale"
    f" begin {_STALE.format(_DAY)}; delete from page_line where topic = old.topic and story = old.story; end",
    "create trigger page_of_parted_item after delete on membership when old.standing = 'published' begin"
    " insert into page_stale (topic, day) select topic, strftime('%Y-%m-%d', published, 'unixepoch') from publication"
    " where topic = old.topic and story in (old.item, (select story from coverage where topic = old.topic and item = old.item))"
    " on conflict do update set changes = changes + 1; end",
    # What a source says of itself includes when it was updated last, which no page shows.
    "create trigger page_of_sources after update of id, active, title, address, attribution on source"
    " when new.id is not old.id or new.active is not old.active or new.title is not old.title or new.address is not old.address"
    " or json_remove(new.attribution, '$.updated') is not json_remove(old.attribution, '$.updated')"
    f" begin {_STALE.format(_SOURCES)}; end",
    f"create trigger page_of_new_source after insert on source begin {_STALE.format(_SOURCES)}; end",
    "create trigger page_of_renamed_source after update of title, address, attribution on source"
    " when new.title is not old.title or new.address is not old.address"
    " or new.attribution ->> 'title' is not old.attribution ->> 'title'"
    " or new.attribution ->> 'link' is not old.attribution ->> 'link'"
    " begin insert into page_stale (topic, day) select distinct publication.topic,"
    " strftime('%Y-%m-%d', publication.published, 'unixepoch') from item left join coverage on coverage.item = item.pk"
    " join publication on publication.story in (item.pk, coverage.story) where item.source_id = new.id"
    " on conflict do update set changes = changes + 1; delete from page_line where (topic, story) in (select publication.topic,"
    " publication.story from item left join coverage on coverage.item = item.pk join publication"
    " on publication.story in (item.pk, coverage.story) where item.source_id = new.id); end",
)
