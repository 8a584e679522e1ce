"""Items as a topic published them, where it does not follow their changes: the version from before the first change.

published_in(item) → topics      keep(topics, item)      restored(topic, item) → the item as it was
"""

from collections.abc import Iterable
from dataclasses import replace

from sqlite_utils import Database

from aggregator.model import StoredItem
from aggregator.store.instants import to_instant
from aggregator.store.items import read


def published_in(db: Database, item: int) -> set[str]:
    """Topics that have delivered an item."""
    rows = db.execute("select topic from membership where item = ? and standing = 'published'", [item])
    return {slug for (slug,) in rows}


def keep(db: Database, slugs: Iterable[str], item: int) -> None:
    """Keep an item as it is stored now, before it changes. What is kept already stays."""
    db.conn.executemany(
        "insert or ignore into kept (topic, item, source_updated, data)"
        " select ?, pk, source_updated, data from item where pk = ?",
        [(slug, item) for slug in slugs],
    )


def restored(db: Database, slug: str, stored: StoredItem) -> StoredItem:
    """The item as a topic keeps it; as it is, where that did not change."""
    row = db.execute("select source_updated, data from kept where topic = ? and item = ?", [slug, stored.pk]).fetchone()
    if row is None:
        return stored
    return replace(stored, item=read(row[1]), source_updated=to_instant(row[0]))
