"""What items of a source are known by, and the change of it: nothing here reads or writes what an item says.

at(address) / dated(instant) / newest(count) → Held …      rename → the item under another id
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a stored item may be recognized by, also where what it said is forgotten."""

    pk: int
    title: str | None
    """None where it had none of its own."""
    link_key: str | None
    published: datetime | None
    """As claimed."""
    first_seen: datetime
    substance: str
    worded: bool
    """Whether it has a text; one that is forgotten had, for all that is known."""
    media: tuple[str, ...]
    """Addresses of its enclosures."""


_FIELDS = (
    "pk, case when data ->> 'untitled' then null else data ->> 'title' end, link_key, data ->> 'published', first_seen,"
    " substance, forgotten is not null or coalesce(data ->> 'text', '') <> '', data -> 'enclosures'"
)
_MOST = 50
"""Rows that a single item is compared with: if more share its address or date, neither tells anything."""


def at(db: Database, source_id: str, link_key: str) -> list[Held]:
    """Items of a source with this address, by its comparison key."""
    return _held(db, "where source_id = ? and link_key = ? limit ?", [source_id, link_key, _MOST])


def dated(db: Database, source_id: str, instant: datetime) -> list[Held]:
    """Items of a source with this effective date."""
    return _held(db, "where source_id = ? and dated = ? limit ?", [source_id, to_seconds(instant), _MOST])


def of(db: Database, pks: Iterable[int]) -> list[Held]:
    """These items."""
    return _held(db, "where pk in (select value from json_each(?))", [json.dumps(sorted(pks))])


def named(db: Database, source_id: str, native: str) -> list[Held]:
    """Items of a source that bear this native id, the newest first."""
    return _held(db, "where source_id = ? and native = ? order by pk desc limit ?", [source_id, native, 10 * _MOST])


def newest(db: Database, source_id: str, count: int) -> list[Held]:
    """The items of a source that were seen last."""
    return _held(db, "where source_id = ? order by pk desc limit ?", [source_id, count])


def rename(db: Database, pk: int, *, key: str, native: str) -> None:
    """The source calls an item something else now."""
    db.execute("update item set key = ?, native = ? where pk = ?", [key, native, pk])


def _held(db: Database, where: str, parameters: Sequence[object]) -> list[Held]:
    rows: Iterable[tuple[object, ...]] = db.execute(f"select {_FIELDS} from item {where}", list(parameters))
    return [
        Held(
            pk=int(str(pk)),
            title=None if title is None else str(title),
            link_key=None if link_key is None else str(link_key),
            published=None if published is None else datetime.fromisoformat(str(published)),
            first_seen=to_instant(int(str(first_seen))),
            substance=str(substance),
            worded=bool(worded),
            media=tuple(medium["href"] for medium in json.loads(str(media))) if media else (),
        )
        for pk, title, link_key, published, first_seen, substance, worded, media in rows
    ]
