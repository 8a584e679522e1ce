"""Which items tell the same story, in each grouping, and why: decisions are recorded when they are taken.

An item without a row (it was there before its grouping began) is a story of its own, called by its own pk.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds


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
