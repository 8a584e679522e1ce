"""Which entry of a topic tells which item: the ledger by item.

An item is told by the line that coverage names for it; else by the line that was minted from it, if there is one. So a topic
whose items are entries needs no rows here, and a line whose own item has one was merged into another.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlite_utils import Database

from aggregator.model import Member
from aggregator.store.instants import to_instant


class Mention(NamedTuple):
    """An item as it stands beside the one that an entry shows."""

    item: int
    source_id: str
    title: str
    link: str
    origin: str | None
    """What the source says of where it has the item from."""


def tellers(db: Database, slug: str, items: Collection[int]) -> dict[int, int]:
    """Item → the line (its story) that tells it, for those that an entry of the topic tells or told."""
    sql = (
        "select wanted.value, coalesce(coverage.story, publication.story) from json_each(?) as wanted"
        " left join coverage on coverage.topic = ?2 and coverage.item = wanted.value"
        " left join publication on publication.topic = ?2 and publication.story = wanted.value"
        " where coalesce(coverage.story, publication.story) is not null"
    )
    return dict(db.execute(sql, [json.dumps(list(items)), slug]).fetchall())


def told(db: Database, slug: str, lines: Collection[int]) -> dict[int, int]:
    """Item → line, for all items that these lines tell or told, whether the topic still matches them or not."""
    sql = (
        "select coverage.item, coverage.story from json_each(?) as line"
        " join coverage on coverage.topic = ?2 and coverage.story = line.value"
    )
    keys = json.dumps(list(lines))
    beside = dict(db.execute(sql, [keys, slug]).fetchall())
    sql = (
        "select line.value from json_each(?) as line"
        " where not exists (select 1 from coverage where topic = ?2 and item = line.value)"
    )
    return {key: key for (key,) in db.execute(sql, [keys, slug])} | beside


def cover(db: Database, slug: str, told: Iterable[tuple[int, int]]) -> None:
    """Note (item, line): this line tells the item from now on."""
    db.conn.executemany(
        "insert into coverage (topic, item, story) values (?, ?, ?) on conflict do update set story = excluded.story",
        [(slug, item, line) for item, line in told],
    )


def release(db: Database, slug: str, items: Iterable[int]) -> None:
    """No other line tells these items any more: they wait for an entry of their own, or return to it."""
    pairs = [(slug, item) for item in items]
    db.conn.executemany("delete from coverage where topic = ? and item = ?", pairs)
    db.conn.executemany("update membership set standing = 'waiting' where topic = ? and item = ?", pairs)


def members(db: Database, slug: str, grouping: str | None, items: Collection[int]) -> dict[int, Member]:
    """Those of these items that the topic matches now, by pk."""
    sql = (
        # an id that its source repeats names an item only together with what else is in its key
        "select item.pk, item.source_id, case when item.key glob 'level[0-9]:*' then item.key else item.native end, item.dated,"
        " item.revised, told.domain, told.kind, item.link_key, source.address"
        " from json_each(?) as wanted join membership on membership.topic = ? and membership.item = wanted.value"
        " join item on item.pk = wanted.value left join told on told.grouping = ? and told.item = wanted.value"
        " left join source on source.id = item.source_id"
    )
    return {
        row[0]: Member(
            item=row[0],
            source_id=row[1],
            native_id=row[2],
            dated=to_instant(row[3]),
            revised=to_instant(row[4]),
            domain=row[5] or row[1],
            copy=row[6] == "copy",
            page=row[7],
            at_home=row[5] is not None and _is_at(row[8], row[5]),
        )
        for row in db.execute(sql, [json.dumps(list(items)), slug, grouping])
    }


def matched(db: Database, slug: str, line: int) -> bool:
    """Whether the topic still matches any item that a line tells."""
    sql = (
        "select 1 from membership where topic = ?1 and item = ?2"
        " and not exists (select 1 from coverage where topic = ?1 and item = ?2) union all"
        " select 1 from coverage join membership on membership.topic = coverage.topic and membership.item = coverage.item"
        " where coverage.topic = ?1 and coverage.story = ?2 limit 1"
    )
    return db.execute(sql, [slug, line]).fetchone() is not None


class Beside(NamedTuple):
    """Who else tells the story of a line."""

    named: list[Mention]
    """Oldest first."""
    more: int
    """Others that are not named."""


def mentions(db: Database, slug: str, leads: Mapping[int, int], *, most: int, each: int) -> dict[int, Beside]:
    """Line → the other items that it tells, as far as the topic matches them now. `leads` are the items that the lines show.

    Named are `most`, and of a source `each`, its earliest: every source's first, before any source's second. What an item says
    is read of these alone: a line may tell any number.
    """
    keys = [json.dumps(sorted(leads)), json.dumps(sorted(leads.values()))]
    found: dict[int, Beside] = {}
    for line, all, named, *said in db.execute(_MENTIONS, [*keys, slug, most, each]):
        found.setdefault(line, Beside([], all - named)).named.append(Mention(*said))
    return found


_MENTIONS = """
with
    line (story) as (select value from json_each(?1)),
    covered (story, item) as (
        select coverage.story, coverage.item from line join coverage on coverage.topic = ?3 and coverage.story = line.story
        union all
        select story, story from line where not exists (select 1 from coverage where topic = ?3 and item = line.story)
    ),
    other as (
        select covered.story, item.pk, item.dated, item.source_id, item.native, item.key,
            row_number() over (partition by covered.story, item.source_id order by item.dated, item.native, item.key) as turn,
            count(*) over (partition by covered.story) as count
        from covered join membership on membership.topic = ?3 and membership.item = covered.item
        join item on item.pk = covered.item
        where item.link_key is not null and item.pk not in (select value from json_each(?2))
    ),
    placed as (
        select *, row_number() over (partition by story order by turn, dated, source_id, native, key) as place
        from other where turn <= ?5
    ),
    named as (select *, count(*) over (partition by story) as listed from placed where place <= ?4)
select named.story, named.count, named.listed, item.pk, item.source_id, item.data ->> 'title', item.data ->> 'link',
    item.data ->> '$.source.title'
from named join item on item.pk = named.pk order by named.dated, named.source_id, named.native, named.key
"""


def _is_at(address: str | None, domain: str) -> bool:
    """Whether an address is of a host of the registrable domain."""
    try:
        host = urlsplit(address or "").hostname or ""
    except ValueError:
        return False
    return host == domain or host.endswith(f".{domain}")
