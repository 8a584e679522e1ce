"""Which items wait to be grouped into stories, and what grouping reads of them.

mark(grouping) → pk up to which all are grouped      due(grouping, …) → those after it      read(pks) → Ungrouped
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from aggregator.store.instants import to_instant

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


def read(db: Database, pks: Collection[int]) -> list[Ungrouped]:
    """What grouping reads of these items."""
    wanted = json.dumps(list(pks))
    shared = _shared(db, wanted)
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


def _shared(db: Database, wanted: str) -> set[int]:
    """Those that stand beside another item of their source with the same address.

    A source may give one address to all that it ever had, of which only the newest stand: what stands is asked, not what was.
    """
    repeated = db.execute(_REPEATED, [wanted]).fetchall()
    sources = {source for _, source, _ in repeated}
    beside = {source: {link for (link,) in db.execute(_SIDE_BY_SIDE, [source])} for source in sources}
    return {pk for pk, source, link in repeated if link in beside[source]}


_READ = (
    "select item.pk, item.source_id, item.data ->> 'title', item.data ->> 'untitled',"
    f" substr(coalesce(item.data ->> 'text', ''), 1, {TEXT}), item.data ->> 'language', item.data ->> 'link', item.link_key,"
    " item.native, ambiguous.level, item.dated from json_each(?) as wanted join item on item.pk = wanted.value"
    " left join ambiguous on ambiguous.source_id = item.source_id and ambiguous.native = item.native"
)
_REPEATED = (
    "select item.pk, item.source_id, item.link_key from json_each(?) as wanted join item on item.pk = wanted.value"
    " where item.link_key is not null and exists (select 1 from sighting where sighting.item = item.pk)"
    " and exists (select 1 from item as other"
    " where other.link_key = item.link_key and other.source_id = item.source_id and other.pk <> item.pk)"
)
_SIDE_BY_SIDE = (
    "select link_key from (select distinct sighting.item from sighting where sighting.source_id = ?) as standing"
    " join item on item.pk = standing.item where link_key is not null group by link_key having count(*) > 1"
)
