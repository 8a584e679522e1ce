"""The ledger: what was delivered where, under which id. Lines are added and amended, never deleted."""

from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from aggregator.model import Publication, StoredItem
from aggregator.store.instants import to_instant, to_seconds
from aggregator.store.items import COLUMNS, stored

_LINE = (
    "publication.topic, publication.story, publication.entry_id, publication.position, publication.published,"
    " publication.updated, publication.revision, publication.left, publication.left_reason"
)


def waiting(db: Database, slug: str) -> list[StoredItem]:
    """Items that a topic matches and has not delivered yet."""
    sql = (
        f"select {COLUMNS} from membership join item on item.pk = membership.item"
        " where membership.topic = ? and membership.standing = 'waiting'"
    )
    return [stored(row) for row in db.execute(sql, [slug])]


def last_position(db: Database, slug: str) -> int:
    """The position of the newest line of a topic, 0 if there is none."""
    return int(db.execute("select coalesce(max(position), 0) from publication where topic = ?", [slug]).fetchone()[0])


def taken(db: Database, entry_id: str) -> bool:
    """Whether an entry id was given out, by any topic."""
    return db.execute("select 1 from publication where entry_id = ?", [entry_id]).fetchone() is not None


def line(db: Database, slug: str, story: int) -> Publication | None:
    """What a topic delivered of a story."""
    row = db.execute(f"select {_LINE} from publication where topic = ? and story = ?", [slug, story]).fetchone()
    return None if row is None else _publication(row)


def write(db: Database, publications: Iterable[Publication]) -> None:
    """Add lines, or amend them (dates, revision, leaving and returning; id and position never change)."""
    db.conn.executemany(
        "insert into publication (topic, story, entry_id, position, published, updated, revision, left, left_reason)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (topic, story) do update set updated = excluded.updated,"
        " revision = excluded.revision, left = excluded.left, left_reason = excluded.left_reason",
        [
            (
                publication.topic,
                publication.story,
                publication.entry_id,
                publication.position,
                to_seconds(publication.published),
                to_seconds(publication.updated),
                publication.revision,
                to_seconds(publication.left),
                publication.left_reason,
            )
            for publication in publications
        ],
    )


def mark_stale(db: Database, story: int) -> list[str]:
    """A story changed: its lines are looked at again by the next publish. Returns the topics that hold it."""
    db.execute("update publication set stale = 1 where story = ?", [story])
    return [slug for (slug,) in db.execute("select topic from publication where story = ?", [story])]


def stale(db: Database, slug: str) -> list[tuple[Publication, StoredItem]]:
    """Lines whose story changed since the last publish."""
    return _with_items(db, "publication.topic = ? and publication.stale = 1", [slug])


def settle(db: Database, slug: str) -> None:
    """All changed stories of a topic were looked at."""
    db.execute("update publication set stale = 0 where topic = ? and stale = 1", [slug])


def head(db: Database, slug: str, limit: int) -> list[tuple[Publication, StoredItem]]:
    """The newest lines of a topic that have not left, newest first."""
    return _with_items(db, "publication.topic = ? and publication.left is null", [slug, limit], "order by position desc limit ?")


def older_than(db: Database, slug: str, before: datetime) -> list[Publication]:
    """Lines in the head whose entry was published before an instant."""
    sql = f"select {_LINE} from publication where topic = ? and left is null and published < ?"
    return [_publication(row) for row in db.execute(sql, [slug, to_seconds(before)])]


def left_by(db: Database, slug: str, reason: str, since: datetime | None) -> list[Publication]:
    """Lines that left for a reason, of entries published at or after an instant (None: all) that the topic still matches."""
    sql = (
        f"select {_LINE} from publication join membership on membership.topic = publication.topic"
        " and membership.item = publication.story where publication.topic = ? and left_reason = ? and published >= ?"
    )
    floor = -(2**62) if since is None else to_seconds(since)
    return [_publication(row) for row in db.execute(sql, [slug, reason, floor])]


def count(db: Database, slug: str) -> int:
    """How many stories a topic ever delivered."""
    return int(db.execute("select count(*) from publication where topic = ?", [slug]).fetchone()[0])


def _with_items(db: Database, where: str, parameters: list[object], tail: str = "") -> list[tuple[Publication, StoredItem]]:
    sql = f"select {_LINE}, {COLUMNS} from publication join item on item.pk = publication.story where {where} {tail}"
    return [(_publication(row[:9]), stored(row[9:])) for row in db.execute(sql, parameters)]


def _publication(row: tuple[object, ...]) -> Publication:
    topic, story, entry_id, position, published, updated, revision, left, left_reason = row
    return Publication(
        topic=str(topic),
        story=_int(story),
        entry_id=str(entry_id),
        position=_int(position),
        published=to_instant(_int(published)),
        updated=to_instant(_int(updated)),
        revision=_int(revision),
        left=None if left is None else to_instant(_int(left)),
        left_reason=None if left_reason is None else str(left_reason),
    )


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"the store holds {value!r} where a number belongs")
    return value
