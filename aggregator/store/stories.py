"""Which items tell the same story, in each grouping, and why: decisions are recorded when they are taken.

An item without a row (it was there before its grouping began) is a story of its own, called by its own pk.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds

TEXT = 12_000
"""Characters of an item's text that grouping reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ungrouped:
    """What grouping reads of an item."""

    pk: int
    source_id: str
    title: str
    text: str
    language: str | None
    link: str | None
    link_key: str | None
    """None where several entries of its source have it side by side: then it identifies none of them."""
    native: str | None
    """None where its source repeats it."""
    dated: datetime


class Due(NamedTuple):
    """An item that waits to be grouped."""

    pk: int
    dated: int
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A decision, as it is recorded."""

    item: int
    story: int
    kind: str
    domain: str
    link_key: str | None
    native: str | None
    dated: datetime
    nearest: int | None = None
    score: float | None = None
    gap: float | None = None
    """Seconds."""
    terms: Sequence[tuple[str, float]] = ()
    reason: str
    trace: bytes | None = None
    source_id: str = ""
    """Read with the ruling, of its item; not written."""


def of_items(db: Database, grouping: str, items: Iterable[int]) -> dict[int, int]:
    """Item → its story."""
    sql = (
        "select wanted.value, coalesce(told.story, wanted.value) from json_each(?) as wanted"
        " left join told on told.grouping = ? and told.item = wanted.value"
    )
    return dict(db.execute(sql, [json.dumps(list(items)), grouping]).fetchall())


def items_of(db: Database, grouping: str, stories: Collection[int]) -> dict[int, int]:
    """Item → story, for all items of these stories."""
    # `cross`: the other way round, which SQLite prefers, all that was ever grouped is gone through
    sql = (
        "select told.item, told.story from json_each(?) as wanted"
        " cross join told on told.grouping = ? and told.story = wanted.value"
    )
    return dict(db.execute(sql, [json.dumps(list(stories)), grouping]).fetchall())


# ── what is to be grouped ───────────────────────────────────────────────────────────────────────────────────


def mark(db: Database, grouping: str) -> int | None:
    """The pk up to which all items are grouped, None if the grouping never began. Pks only grow."""
    row = db.execute("select value from setting where key = ?", [f"grouped {grouping}"]).fetchone()
    return None if row is None else int(row[0])


def set_mark(db: Database, grouping: str, pk: int) -> None:
    """All items up to this pk are grouped."""
    db.execute("insert or replace into setting (key, value) values (?, ?)", [f"grouped {grouping}", str(pk)])


def newest(db: Database) -> int:
    """The greatest pk of an item, 0 without any."""
    return int(db.execute("select coalesce(max(pk), 0) from item").fetchone()[0])


def due(db: Database, grouping: str, after: int, upto: int, limit: int) -> list[Due]:
    """The newest `limit` items after a pk that are not grouped, in the order in which they are to be: by effective date."""
    sql = (
        "select item.pk, item.dated, item.source_id, item.native from item where item.pk > ? and item.pk <= ?"
        " and item.forgotten is null and not exists (select 1 from told where told.grouping = ? and told.item = item.pk)"
        " order by item.dated desc limit ?"
    )
    found = db.execute(sql, [after, upto, grouping, limit]).fetchall()
    # Pks come last: a rebuilt store numbers items anew, and must group them in the same order.
    return [Due(pk, dated) for dated, _, _, pk in sorted((dated, source, native, pk) for pk, dated, source, native in found)]


def ungrouped(db: Database, pks: Collection[int]) -> list[Ungrouped]:
    """What grouping reads of these items."""
    wanted = json.dumps(list(pks))
    shared = {pk for (pk,) in db.execute(_SHARED, [wanted])}
    return [
        Ungrouped(
            pk=pk,
            source_id=source_id,
            title="" if untitled else title,
            text=text,
            language=language,
            link=link,
            link_key=None if pk in shared else link_key,
            native=None if repeated else native.removeprefix("id:") if native.startswith("id:") else None,
            dated=to_instant(dated),
        )
        for pk, source_id, title, untitled, text, language, link, link_key, native, repeated, dated in db.execute(_READ, [wanted])
    ]


_READ = (
    "select item.pk, item.source_id, item.data ->> 'title', item.data ->> 'untitled',"
    f" substr(coalesce(item.data ->> 'text', ''), 1, {TEXT}), item.data ->> 'language', item.data ->> 'link', item.link_key,"
    " item.native, ambiguous.level, item.dated from json_each(?) as wanted join item on item.pk = wanted.value"
    " left join ambiguous on ambiguous.source_id = item.source_id and ambiguous.native = item.native"
)
_SHARED = (
    "select item.pk from json_each(?) as wanted join item on item.pk = wanted.value where item.link_key is not null"
    " and exists (select 1 from sighting where sighting.item = item.pk) and exists (select 1 from item as other"
    " where other.link_key = item.link_key and other.source_id = item.source_id and other.pk <> item.pk"
    " and exists (select 1 from sighting where sighting.item = other.pk))"
)


# ── what was decided ────────────────────────────────────────────────────────────────────────────────────────


def record(db: Database, grouping: str, rulings: Iterable[Ruling], now: datetime) -> None:
    """Write decisions down. An item that has one keeps it."""
    since = to_seconds(now)
    db.conn.executemany(
        "insert or ignore into told (grouping, item, story, kind, domain, link_key, native, dated, nearest, score, gap, terms,"
        " reason, since, trace) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                grouping,
                one.item,
                one.story,
                one.kind,
                one.domain,
                one.link_key,
                one.native,
                to_seconds(one.dated),
                one.nearest,
                one.score,
                one.gap,
                json.dumps(one.terms, ensure_ascii=False) if one.terms else None,
                one.reason,
                since,
                one.trace or None,
            )
            for one in rulings
        ],
    )


def merge(db: Database, grouping: str, younger: int, older: int, now: datetime) -> list[int]:
    """Two stories turned out to be one: the older id survives, the younger becomes its alias. Returns the items that moved."""
    moved = [item for (item,) in db.execute("select item from told where grouping = ? and story = ?", [grouping, younger])]
    db.execute("update told set story = ? where grouping = ? and story = ?", [older, grouping, younger])
    db.execute("update story_alias set into_story = ? where grouping = ? and into_story = ?", [older, grouping, younger])
    db.execute(
        "insert or replace into story_alias (grouping, story, into_story, since) values (?, ?, ?, ?)",
        [grouping, younger, older, to_seconds(now)],
    )
    return moved


def survivor(db: Database, grouping: str, story: int) -> int:
    """The story that one merged into, itself if it did not."""
    row = db.execute("select into_story from story_alias where grouping = ? and story = ?", [grouping, story]).fetchone()
    return story if row is None else int(row[0])


def move(db: Database, grouping: str, moved: Mapping[int, int]) -> None:
    """Put items into other stories: pk → story."""
    db.conn.executemany(
        "update told set story = ?1, kind = case when item = ?1 then 'first' else 'story' end, reason = 'hand'"
        " where grouping = ?2 and item = ?3",
        [(story, grouping, item) for item, story in moved.items()],
    )


def set_copies(db: Database, grouping: str, copies: Mapping[int, int | None]) -> None:
    """Note of what items are copies from now on, None where of nothing."""
    db.conn.executemany(
        "update told set kind = case when ?1 is not null then 'copy' when story = item then 'first' else 'story' end,"
        " nearest = ?1 where grouping = ?2 and item = ?3",
        [(of, grouping, item) for item, of in copies.items()],
    )


def rulings(db: Database, grouping: str, items: Collection[int]) -> dict[int, Ruling]:
    """What was decided of these items."""
    where = "on told.grouping = ? and told.item = wanted.value"
    sql = f"select {_RULING} from json_each(?) as wanted cross join told {where} {_ITEM}"
    return {ruling.item: ruling for ruling in map(_ruling, db.execute(sql, [json.dumps(list(items)), grouping]))}


def of_same(db: Database, grouping: str, items: Collection[int]) -> dict[int, Ruling]:
    """What was decided of all items that tell the stories of these ones."""
    return rulings(db, grouping, items_of(db, grouping, set(of_items(db, grouping, items).values())))


def live(db: Database, grouping: str, first: datetime, last: datetime | None, middle: datetime, most: int) -> list[Ruling]:
    """Decisions about items dated from `first` until before `last` (None: all later ones) of which a trace is kept, those dated
    nearest to `middle` first; at most so many."""
    sql = f"select {_RULING} from told {_ITEM} where told.grouping = ? and told.trace is not null and told.dated >= ?"
    parameters: list[object] = [grouping, to_seconds(first)]
    if last is not None:
        sql += " and told.dated < ?"
        parameters.append(to_seconds(last))
    sql += " order by abs(told.dated - ?), told.item limit ?"
    return list(map(_ruling, db.execute(sql, [*parameters, to_seconds(middle), most])))


def fade(db: Database, grouping: str, before: datetime) -> list[int]:
    """Drop the traces of items that were grouped before an instant: nothing joins them any more. Returns those items."""
    sql = "update told set trace = null where grouping = ?1 and trace is not null and since < ?2 returning item"
    return [item for (item,) in db.execute(sql, [grouping, to_seconds(before)]).fetchall()]


def let_go(db: Database, pks: Iterable[int], *, taken_down: bool = False) -> None:
    """Keep no trace of these items, in no grouping: nothing joins them any more. Of one that was `taken_down`, no word either."""
    sets = "trace = null, terms = null" if taken_down else "trace = null"
    # The index begins with the grouping: each is sought, where a look at all that was ever grouped would be taken for each item.
    sql = (
        "with recursive known (name) as (select min(grouping) from told union all select (select min(grouping) from told"
        " where grouping > name) from known where name is not null)"
        f" update told set {sets} where grouping in (select name from known) and item = ?"
    )
    db.conn.executemany(sql, [(pk,) for pk in pks])


_RULING = (
    "told.item, told.story, told.kind, told.domain, told.link_key, told.native, told.dated, told.nearest, told.score, told.gap,"
    " told.terms, told.reason, told.trace, item.source_id"
)
_ITEM = "join item on item.pk = told.item"


def _ruling(row: Sequence[Any]) -> Ruling:
    item, story, kind, domain, link_key, native, dated, nearest, score, gap, terms, reason, trace, source_id = row
    return Ruling(
        item=item,
        story=story,
        kind=kind,
        domain=domain,
        link_key=link_key,
        native=native,
        dated=to_instant(dated),
        nearest=nearest,
        score=score,
        gap=gap,
        terms=tuple((term, weight) for term, weight in json.loads(terms)) if terms else (),
        reason=reason,
        trace=trace,
        source_id=source_id,
    )


# ── what a person decided ───────────────────────────────────────────────────────────────────────────────────


def apart(db: Database, grouping: str) -> list[tuple[int, int]]:
    """Pairs of items (smaller pk first) that a person keeps apart."""
    return db.execute("select one, other from story_apart where grouping = ?", [grouping]).fetchall()


def keep_apart(db: Database, grouping: str, pairs: Iterable[tuple[int, int]], *, no_more: bool = False) -> None:
    """Note that pairs of items are kept apart, or (`no_more`) no longer."""
    sql = (
        "delete from story_apart where grouping = ? and one = ? and other = ?"
        if no_more
        else "insert or ignore into story_apart (grouping, one, other) values (?, ?, ?)"
    )
    db.conn.executemany(sql, [(grouping, one, other) for one, other in pairs])
