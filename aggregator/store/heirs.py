"""Entries that went out before the store was lost, until the stories come that they told.

keep → one row for each item that an entry told      like, saying → candidates for a new line      claim → gone from here
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An item as an entry told it that went out."""

    entry_id: str
    path: str
    """Of its address: it stays when a site gets another host."""
    title: str
    """Folded."""
    published: datetime
    updated: datetime


def keep(db: Database, slug: str, told: Iterable[Told]) -> None:
    """Note what went out in a topic."""
    db.conn.executemany(
        "insert or ignore into heir (topic, entry_id, path, title, published, updated) values (?, ?, ?, ?, ?, ?)",
        [(slug, one.entry_id, one.path, one.title, to_seconds(one.published), to_seconds(one.updated)) for one in told],
    )


def keep_sketch(db: Database, slug: str, entry_id: str, sketch: Iterable[int]) -> None:
    """Note of what kind the words of an entry were."""
    db.conn.executemany(
        "insert or ignore into heir_sketch (topic, number, entry_id) values (?, ?, ?)",
        [(slug, number, entry_id) for number in sketch],
    )


def saying(db: Database, slug: str, sketch: Sequence[int], least: int) -> list[Told]:
    """What went out with at least so many numbers of a sketch in common, the most alike first."""
    alike = (
        "select entry_id, count(*) as alike from heir_sketch where topic = ?1"
        " and number in (select value from json_each(?2)) group by entry_id having alike >= ?3"
    )
    rows = db.execute(
        f"select heir.entry_id, path, title, published, updated from heir join ({alike}) as found"
        " on found.entry_id = heir.entry_id where topic = ?1 order by alike desc, published, heir.entry_id",
        [slug, json.dumps(sketch), least],
    )
    return [_told(row) for row in rows]


def waits(db: Database, slug: str) -> bool:
    """Whether anything that went out in a topic is still to come."""
    return db.execute("select 1 from heir where topic = ? limit 1", [slug]).fetchone() is not None


def like(db: Database, slug: str, path: str, title: str, entry_id: str) -> list[Told]:
    """What went out at a path, under a folded title, or under an id."""
    rows = db.execute(
        "select entry_id, path, title, published, updated from heir"
        " where topic = ?1 and (entry_id = ?4 or (path = ?2 and path <> '') or (title = ?3 and title <> ''))"
        " order by published, entry_id limit 200",
        [slug, path, title, entry_id],
    )
    return [_told(row) for row in rows]


def held(db: Database, entry_id: str) -> bool:
    """Whether an id is kept for an entry that is still to come."""
    return db.execute("select 1 from heir where entry_id = ?", [entry_id]).fetchone() is not None


def claim(db: Database, entry_ids: Iterable[str]) -> None:
    """These have come."""
    claimed = [(entry_id,) for entry_id in entry_ids]
    db.conn.executemany("delete from heir where entry_id = ?", claimed)
    db.conn.executemany("delete from heir_sketch where entry_id = ?", claimed)


def _told(row: Sequence[object]) -> Told:
    entry_id, path, title, published, updated = row
    return Told(
        entry_id=str(entry_id),
        path=str(path),
        title=str(title),
        published=to_instant(int(str(published))),
        updated=to_instant(int(str(updated))),
    )
