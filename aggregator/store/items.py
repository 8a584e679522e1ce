"""Items: found by key, written whole, read back as model values."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlite_utils import Database

from aggregator.model import Item, StoredItem
from aggregator.store.instants import to_instant, to_seconds

_item = TypeAdapter(Item)
COLUMNS = "item.pk, item.source_id, item.key, item.first_seen, item.dated, item.revised, item.source_updated, item.data"
"""What `stored` expects of a row, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What deciding about a change needs of an item in the store."""

    pk: int
    substance: str
    rendition: str
    first_seen: datetime
    revised: datetime
    bumps: int
    claimed_updated: datetime | None
    """The source's own `updated` of this version."""
    published: datetime | None
    """The source's own `published` of this version."""
    emptied: bool
    """Whether it was forgotten after its time: the digests are still those of what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written of an item, whether new or changed."""

    key: str
    native: str
    item: Item
    substance: str
    rendition: str
    dated: datetime
    revised: datetime
    bumps: int
    source_updated: datetime | None


def known(db: Database, source_id: str, key: str) -> Known | None:
    """The item that has this key within its source."""
    sql = (
        "select pk, substance, rendition, first_seen, revised, bumps, data ->> 'updated', data ->> 'published',"
        " forgotten is not null and substance <> ''"
        " from item where source_id = ? and key = ?"
    )
    row = db.execute(sql, [source_id, key]).fetchone()
    if row is None:
        return None
    return Known(
        pk=row[0],
        substance=row[1],
        rendition=row[2],
        first_seen=to_instant(row[3]),
        revised=to_instant(row[4]),
        bumps=row[5],
        claimed_updated=datetime.fromisoformat(row[6]) if row[6] else None,
        published=datetime.fromisoformat(row[7]) if row[7] else None,
        emptied=bool(row[8]),
    )


def any_of(db: Database, source_id: str) -> bool:
    """Whether the store holds an item of a source."""
    return bool(db.execute("select exists (select 1 from item where source_id = ?)", [source_id]).fetchone()[0])


def pk_of(db: Database, source_id: str, key: str) -> int | None:
    """The pk of the item that has this key within its source."""
    row = db.execute("select pk from item where source_id = ? and key = ?", [source_id, key]).fetchone()
    return None if row is None else int(row[0])


def insert(db: Database, source_id: str, written: Written, *, first_seen: datetime) -> int:
    """Add an item. Returns its pk."""
    cursor = db.execute(
        "insert into item (source_id, key, native, link_key, first_seen, dated, revised, bumps, substance, rendition,"
        " source_updated, data) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            source_id,
            written.key,
            written.native,
            written.item.link_key,
            to_seconds(first_seen),
            to_seconds(written.dated),
            to_seconds(written.revised),
            written.bumps,
            written.substance,
            written.rendition,
            to_seconds(written.source_updated),
            _encode(written.item),
        ],
    )
    pk = cursor.lastrowid
    if pk is None:
        raise AssertionError("an insert into a rowid table gives a rowid")
    return pk


def update(db: Database, pk: int, written: Written) -> None:
    """Rewrite an item whose rendition changed. Its dates of arrival and publication stay."""
    db.execute(
        "update item set key = ?, native = ?, link_key = ?, revised = ?, bumps = ?, substance = ?, rendition = ?,"
        " source_updated = ?, forgotten = null, data = ? where pk = ?",
        [
            written.key,
            written.native,
            written.item.link_key,
            to_seconds(written.revised),
            written.bumps,
            written.substance,
            written.rendition,
            to_seconds(written.source_updated),
            _encode(written.item),
            pk,
        ],
    )


def of_native(db: Database, source_id: str, native: str) -> list[StoredItem]:
    """All items of a source that bear this native id."""
    sql = f"select {COLUMNS} from item where source_id = ? and native = ? order by pk"
    return [stored(row) for row in db.execute(sql, [source_id, native])]


def standing(db: Database, source_id: str, native: str) -> list[StoredItem]:
    """Those of them that a document held when it was seen last: a source may give one id to whatever it brings, for years."""
    held = "exists (select 1 from sighting where sighting.item = item.pk)"
    sql = f"select {COLUMNS} from item where source_id = ? and native = ? and {held} order by pk"
    return [stored(row) for row in db.execute(sql, [source_id, native])]


def rekey(db: Database, pk: int, key: str) -> None:
    """Give an item its new key, because its native id alone no longer tells it apart."""
    db.execute("update item set key = ? where pk = ?", [key, pk])


def get(db: Database, pks: Iterable[int]) -> list[StoredItem]:
    """Items by pk, in the order asked for; unknown ones are left out."""
    found = []
    for pk in pks:
        row = db.execute(f"select {COLUMNS} from item where pk = ?", [pk]).fetchone()
        if row is not None:
            found.append(stored(row))
    return found


class Upkeep(NamedTuple):
    """What only upkeep knows of an item."""

    bumps: int
    """Significant changes that only digests told."""
    forgotten: datetime | None
    stands: bool
    """Whether a document of its source holds it now."""


def upkeep(db: Database, pk: int) -> Upkeep:
    """What became of an item that is in the store."""
    sql = "select bumps, forgotten, exists (select 1 from sighting where sighting.item = item.pk) from item where pk = ?"
    bumps, forgotten, stands = db.execute(sql, [pk]).fetchone()
    return Upkeep(bumps, to_instant(forgotten), bool(stands))


def after(db: Database, pk: int, count: int) -> list[StoredItem]:
    """The next `count` items by pk, for passes over the whole store in pieces."""
    return [
        stored(row)
        for row in db.execute(f"select {COLUMNS} from item where pk > ? and forgotten is null order by pk limit ?", [pk, count])
    ]


def every(db: Database, count: int = 500) -> Iterator[Sequence[StoredItem]]:
    """All items, in pieces of `count`."""
    last = 0
    while batch := after(db, last, count):
        yield batch
        last = batch[-1].pk


def count_by_source(db: Database) -> dict[str, int]:
    """How many items each source has, forgotten ones aside."""
    return dict(db.execute("select source_id, count(*) from item where forgotten is null group by source_id").fetchall())


def count_since(db: Database, since: datetime, source_id: str | None = None) -> int:
    """How many items are dated at or after an instant, of one source or of all, forgotten ones aside."""
    sql = "select count(*) from item where forgotten is null and dated >= ?1 and (?2 is null or source_id = ?2)"
    return int(db.execute(sql, [to_seconds(since), source_id]).fetchone()[0])


def stored(row: Sequence[object]) -> StoredItem:
    """A row of COLUMNS as a model value."""
    pk, source_id, key, first_seen, dated, revised, source_updated, data = row
    return StoredItem(
        pk=_int(pk),
        source_id=str(source_id),
        key=str(key),
        item=read(str(data)),
        first_seen=to_instant(_int(first_seen)),
        dated=to_instant(_int(dated)),
        revised=to_instant(_int(revised)),
        source_updated=None if source_updated is None else to_instant(_int(source_updated)),
    )


def read(text: str) -> Item:
    """An item as it was written."""
    return _item.validate_json(text)


def _encode(item: Item) -> str:
    return _item.dump_json(item, exclude_defaults=True).decode()


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"the store holds {value!r} where a number belongs")
    return value
