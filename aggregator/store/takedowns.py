"""What was taken down: found, emptied, and never taken in again.

    at_address / of_source → items ─take→ emptied: key, address and date stay, so that they are known when they come again
    blocked(address)  → the takedown that keeps it out                    undo → the block is lifted, what is gone stays gone
    tombstones(topic) → entries that were delivered and are to be deleted by whoever has them

What an item said is deleted here; what was published of it, by the publish that follows. Snapshots and backups keep it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from aggregator.model import Item, Plain, Takedown, TakedownKind, Tombstone
from aggregator.store import archives, coverage, digests, heirs, items, ledger, stories, topics
from aggregator.store.instants import to_instant, to_seconds

_COLUMNS = "pk, kind, subject, said, asked, comment, (select count(*) from item where item.takedown = takedown.pk)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line of the ledger that told an item which was taken down."""

    topic: str
    story: int
    entry_id: str
    remains: bool
    """Whether it tells other items, too, and so stays."""


def load_all(db: Database) -> list[Takedown]:
    """Everything that is taken down, the newest first."""
    return [_takedown(row) for row in db.execute(f"select {_COLUMNS} from takedown order by asked desc, pk desc")]


def load(db: Database, kind: TakedownKind, subject: str) -> Takedown | None:
    """The takedown of an address (by comparison key) or a source, None if there is none."""
    row = db.execute(f"select {_COLUMNS} from takedown where kind = ? and subject = ?", [kind, subject]).fetchone()
    return None if row is None else _takedown(row)


def enter(db: Database, kind: TakedownKind, subject: str, *, said: str, comment: str | None, now: datetime) -> int:
    """Block an address or a source from now on, or note another comment. Returns the takedown's number."""
    db.execute(
        "insert into takedown (kind, subject, said, asked, comment) values (?, ?, ?, ?, ?)"
        " on conflict (kind, subject) do update set comment = coalesce(excluded.comment, comment)",
        [kind, subject, said, to_seconds(now), comment],
    )
    return int(db.execute("select pk from takedown where kind = ? and subject = ?", [kind, subject]).fetchone()[0])


def at_address(db: Database, link_key: str) -> list[tuple[int, str, str]]:
    """Pk, source and address of the items that have an address, by comparison key, whatever their source."""
    rows = db.execute("select pk, source_id, data ->> 'link' from item where link_key = ? and takedown is null", [link_key])
    return [(pk, source_id, link or "") for pk, source_id, link in rows]


def of_source(db: Database, source_id: str) -> list[int]:
    """Items of a source."""
    return [pk for (pk,) in db.execute("select pk from item where source_id = ? and takedown is null", [source_id])]


def any_in_force(db: Database) -> bool:
    """Whether anything is taken down at all."""
    return db.execute("select 1 from takedown limit 1").fetchone() is not None


def sources(db: Database) -> set[str]:
    """Sources that are taken down as a whole."""
    return {subject for (subject,) in db.execute("select subject from takedown where kind = 'source'")}


def blocked(db: Database, source_id: str, key: str, addresses: Collection[str]) -> int | None:
    """The takedown that keeps an entry out: of the item that has its key, or of one of its addresses (see `subjects`)."""
    row = db.execute("select takedown from item where source_id = ? and key = ?", [source_id, key]).fetchone()
    if row is not None and row[0] is not None:
        return int(row[0])
    for address in addresses:
        found = db.execute("select pk from takedown where kind = 'address' and subject = ?", [address]).fetchone()
        if found is not None:
            return int(found[0])
    return None


def keep_out(db: Database, source_id: str, takedown: int, *, key: str, native: str, item: Item, now: datetime) -> int:
    """Note by which key something that is taken down came again. Returns the pk of the empty item that stands for it."""
    pk = items.pk_of(db, source_id, key)
    if pk is None:
        bare = Item(native_id=item.native_id, link=item.link, link_key=item.link_key, title=Plain(""), published=item.published)
        written = items.Written(
            key=key, native=native, item=bare, substance="", rendition="", dated=now, revised=now, bumps=0, source_updated=None
        )
        pk = items.insert(db, source_id, written, first_seen=now)
    take(db, [pk], takedown, now)
    return pk


def take(db: Database, pks: Iterable[int], takedown: int, now: datetime) -> list[Told]:
    """Empty items, take them out of every topic and archive. Returns the entries that told them."""
    told: dict[tuple[str, int], str] = {}
    listing: set[tuple[str, int]] = set()
    for pk in pks:
        slugs = set(topics.of_item(db, pk)) | {slug for slug, _ in _lines_of(db, pk)}
        told.update(dict.fromkeys(_lines_of(db, pk), ""))
        for slug in slugs:
            ledger.part(db, slug, pk, now, "takedown")
        _empty(db, pk, takedown, now)
        digested = digests.strike(db, pk)
        listing.update(digested)
        topics.touch(db, slugs | {slug for slug, _ in digested})
    for slug, digest in listing:
        archives.cut(db, slug, digest, {})
    left = [_leave(db, slug, story, now) for slug, story in sorted(told)]
    return left + [Told(topic=slug, story=pk, entry_id=_id(db, slug, pk), remains=True) for slug, pk in sorted(listing)]


def _lines_of(db: Database, pk: int) -> list[tuple[str, int]]:
    """Topic and story of every line that tells an item now, or did before another took over from it."""
    sql = "select topic, story from coverage where item = ?1 union select topic, story from publication where story = ?1"
    rows = db.execute(sql, [pk])
    return [(slug, story) for slug, story in rows]


def _leave(db: Database, slug: str, story: int, now: datetime) -> Told:
    """Let a line leave for good if it has nothing left to tell; its archived bytes go in either case."""
    archives.cut(db, slug, story, {})
    remains = coverage.matched(db, slug, story)
    if not remains:
        db.execute(
            "update publication set left = ?, left_reason = 'takedown' where topic = ? and story = ?",
            [to_seconds(now), slug, story],
        )
    entry_id = _id(db, slug, story)
    heirs.drop_found(db, entry_id)
    return Told(topic=slug, story=story, entry_id=entry_id, remains=remains)


def _id(db: Database, slug: str, story: int) -> str:
    row = db.execute("select entry_id from publication where topic = ? and story = ?", [slug, story]).fetchone()
    return str(row[0])


def _empty(db: Database, pk: int, takedown: int, now: datetime) -> None:
    db.execute("delete from kept where topic in (select slug from topic) and item = ?", [pk])
    stories.let_go(db, [pk], taken_down=True)
    db.execute(
        "update item set forgotten = ?, takedown = ?, data = json_object('native_id', data ->> 'native_id',"
        " 'link', data ->> 'link', 'link_key', data ->> 'link_key',"
        " 'title', '', 'untitled', json('true'), 'published', data ->> 'published')"
        " where pk = ?",
        [to_seconds(now), takedown, pk],
    )


def silence(db: Database, source_id: str) -> None:
    """Stop polling a source and forget what it said of itself."""
    db.execute("update source set active = 0, attribution = null, state = '{}', hints = null where id = ?", [source_id])
    _reread(db, source_id)


def undo(db: Database, takedown: int) -> int:
    """Lift a block: what the sources still show comes again, under the ids that it had. Returns how many items were blocked."""
    rows = db.execute("select pk, source_id from item where takedown = ?", [takedown]).fetchall()
    for pk, _ in rows:
        for slug, story in _lines_of(db, pk):
            db.execute(
                "update publication set left_reason = 'query' where topic = ? and story = ? and left_reason = 'takedown'",
                [slug, story],
            )
            topics.touch(db, [slug])
        # without digests it has changed, whatever comes
        db.execute("update item set takedown = null, substance = '', rendition = '' where pk = ?", [pk])
    for source_id in sorted({source_id for _, source_id in rows}):
        _reread(db, source_id)
    db.execute("delete from takedown where pk = ?", [takedown])
    return len(rows)


def _reread(db: Database, source_id: str) -> None:
    """Forget what its documents were, so that the next poll takes all of them in."""
    for table in ("resource", "sighting"):
        db.execute(f"delete from {table} where source_id = ?", [source_id])


def tombstones(db: Database, slug: str, limit: int) -> list[Tombstone]:
    """The newest entries of a topic that were taken down, newest first."""
    rows = db.execute(
        "select publication.entry_id, publication.left, takedown.comment from publication"
        " left join item on item.pk = publication.story left join takedown on takedown.pk = item.takedown"
        " where publication.topic = ? and publication.left_reason = 'takedown'"
        " order by publication.left desc, position desc limit ?",
        [slug, limit],
    )
    return [Tombstone(id=entry_id, when=to_instant(left), comment=comment and Plain(comment)) for entry_id, left, comment in rows]


def _takedown(row: Sequence[object]) -> Takedown:
    pk, kind, subject, said, asked, comment, count = row
    return Takedown(
        number=int(str(pk)),
        kind="source" if kind == "source" else "address",
        subject=str(subject),
        said=str(said),
        asked=to_instant(int(str(asked))),
        comment=None if comment is None else str(comment),
        items=int(str(count)),
    )
