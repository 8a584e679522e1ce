"""Closed archives: which entries each holds, and the bytes it was published with, which outlive feeds/ and newer renderers.

    close(…)     lines of the ledger → a new archive, unless one of them changed meanwhile
    write(…)     the files of an archive in some formats, unless it changed meanwhile      files(…)   what was written of them
    cut(…)       a story taken out of every archive of a topic, or replaced in it

A file is kept as its frame (the document without entries), made for one address, and its entries, cut so that each can be found.
What an entry says it says in each format: they are compressed together, frame beside frame, entry beside entry. 111 archives of
real feeds in three formats, 19.8 MB, take 3.3 MB; 5.1 MB one by one.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest

from sqlite_utils import Database

from aggregator.model import Publication
from aggregator.store.instants import to_instant, to_seconds

LEVEL = 1
"""Of zlib: 25 articles in three formats take 1.3 ms and become 54 KB; at 3, 1.7 ms and 49 KB; the writer waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRow:
    """An archive as stored. `updated` is the newest of its entries', as they were when it closed."""

    number: int
    closed: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile:
    """An archive in one format. `entries` are the bytes of its entries in order; one that cannot be rendered is empty."""

    address: str
    """What `frame` was made for."""
    frame: bytes
    entries: tuple[bytes, ...]
    size: int = 0
    """Bytes of the document that they make; 0 for one that is not on disk yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How many archives a topic has, and a number that changes whenever one of them does."""

    last: int
    edition: int


def extent(db: Database, slug: str) -> Extent:
    """How far the archives of a topic go."""
    last = db.execute("select coalesce(max(number), 0) from archive where topic = ?", [slug]).fetchone()[0]
    cuts = db.execute("select coalesce(sum(edition - 1), 0) from archive where topic = ? and edition > 1", [slug]).fetchone()[0]
    return Extent(last=last, edition=last + cuts)


def load(db: Database, slug: str, number: int) -> ArchiveRow | None:
    """One archive, None if there is no such."""
    row = db.execute("select closed, updated from archive where topic = ? and number = ?", [slug, number]).fetchone()
    return None if row is None else ArchiveRow(number=number, closed=to_instant(row[0]), updated=to_instant(row[1]))


def close(
    db: Database, slug: str, number: int, lines: Sequence[Publication], files: Mapping[str, ArchiveFile], now: datetime
) -> bool:
    """Make the next archive of a topic of these lines, newest first. False, and nothing done, if they are not what they were."""
    sql = "select story, revision, left, archive from publication where topic = ? and story in (select value from json_each(?))"
    there = {row[0]: row[1:] for row in db.execute(sql, [slug, json.dumps([line.story for line in lines])])}
    expected = {line.story: (line.revision, None if line.left is None else to_seconds(line.left), None) for line in lines}
    if there != expected:
        return False
    if extent(db, slug).last != number - 1:
        return False
    updated = max(line.updated for line in lines)
    db.execute(
        "insert into archive (topic, number, closed, updated) values (?, ?, ?, ?)",
        [slug, number, to_seconds(now), to_seconds(updated)],
    )
    db.conn.executemany(
        "insert into archive_entry (topic, number, place, story, entry_id) values (?, ?, ?, ?, ?)",
        [(slug, number, place, line.story, line.entry_id) for place, line in enumerate(lines)],
    )
    db.conn.executemany(
        "update publication set archive = ? where topic = ? and story = ?", [(number, slug, line.story) for line in lines]
    )
    _put(db, slug, number, files)
    return True


def write(db: Database, slug: str, number: int, made: Mapping[str, ArchiveFile], *, before: Mapping[str, ArchiveFile]) -> bool:
    """Keep an archive's bytes in these formats; those in others stay. `before`: what `made` was made of, all that `files` gave.

    False, and nothing done, if that is not what there is: what was cut meanwhile must not come back.
    """
    if files(db, slug, number) != before:
        return False
    _put(db, slug, number, {**before, **made})
    return True


def _put(db: Database, slug: str, number: int, kept: Mapping[str, ArchiveFile]) -> None:
    """Keep an archive's bytes: these formats, and no others. A migration calls it: if the tables change, that needs its own."""
    db.conn.executemany(
        "insert or replace into archive_file (topic, number, format, address, bytes, lengths) values (?, ?, ?, ?, ?, ?)",
        [
            (slug, number, format, file.address, file.size, json.dumps([len(piece) for piece in (file.frame, *file.entries)]))
            for format, file in kept.items()
        ],
    )
    db.execute("insert or replace into archive_bytes (topic, number, packed) values (?, ?, ?)", [slug, number, _packed(kept)])


def files(db: Database, slug: str, number: int) -> dict[str, ArchiveFile]:
    """An archive's bytes, by format."""
    sql = "select format, address, bytes, lengths from archive_file where topic = ? and number = ? order by format"
    rows = db.execute(sql, [slug, number]).fetchall()
    if not rows:
        return {}
    (packed,) = db.execute("select packed from archive_bytes where topic = ? and number = ?", [slug, number]).fetchone()
    pieces = _apart(packed, [json.loads(lengths) for *_, lengths in rows])
    return {
        format: ArchiveFile(address=address, size=size, frame=frame, entries=tuple(entries))
        for (format, address, size, _), (frame, *entries) in zip(rows, pieces, strict=True)
    }


def sizes(db: Database, slug: str, first: int = 1) -> dict[tuple[int, str], tuple[str, int]]:
    """Number and format of every file of a topic's archives from `first` on → the address it was made for, and its bytes."""
    sql = "select number, format, address, bytes from archive_file where topic = ? and number >= ?"
    return {(number, format): (address, size) for number, format, address, size in db.execute(sql, [slug, first])}


def holding(db: Database, slug: str, story: int) -> list[int]:
    """Numbers of the archives that hold a story; more than one if it changed after it was archived."""
    sql = "select number from archive_entry where topic = ? and story = ? order by number"
    return [number for (number,) in db.execute(sql, [slug, story])]


def cut(db: Database, slug: str, story: int, instead: Mapping[str, bytes]) -> list[int]:
    """Put other bytes (by format; none where it is not named) where archives of a topic hold a story. Returns their numbers.

    The only way in which a closed archive changes. The topic's next publish writes the files anew.
    """
    numbers = holding(db, slug, story)
    for number in numbers:
        sql = "select place from archive_entry where topic = ? and number = ? and story = ?"
        places = {place for (place,) in db.execute(sql, [slug, number, story])}
        kept = files(db, slug, number)
        _put(
            db,
            slug,
            number,
            {
                format: ArchiveFile(
                    address=file.address,
                    frame=file.frame,
                    entries=tuple(
                        instead.get(format, b"") if place in places else entry for place, entry in enumerate(file.entries)
                    ),
                )
                for format, file in kept.items()
            },
        )
        db.execute("update archive set edition = edition + 1 where topic = ? and number = ?", [slug, number])
    if numbers:
        db.execute("update topic set generation = generation + 1 where slug = ?", [slug])
    return numbers


def pack_together(db: Database) -> None:
    """Bring along a store that kept each format by itself."""
    db.execute("alter table archive_file rename to archive_alone")
    for table in TABLES:
        db.execute(table)
    sql = "select format, address, bytes, lengths, frame, entries from archive_alone where topic = ? and number = ?"
    for slug, number in db.execute("select distinct topic, number from archive_alone").fetchall():
        made = {}
        for format, address, size, lengths, frame, entries in db.execute(sql, [slug, number]).fetchall():
            (cut,) = _apart(entries, [json.loads(lengths)])
            made[format] = ArchiveFile(address=address, size=size, frame=zlib.decompress(frame), entries=tuple(cut))
        _put(db, slug, number, made)
    db.execute("drop table archive_alone")


def _packed(files: Mapping[str, ArchiveFile]) -> bytes:
    """Frames, first entries, second entries …, each in the order of the formats' names."""
    pieces = [(file.frame, *file.entries) for _, file in sorted(files.items())]
    return zlib.compress(b"".join(chain.from_iterable(zip_longest(*pieces, fillvalue=b""))), LEVEL)


def _apart(packed: bytes, lengths: Sequence[Sequence[int]]) -> list[list[bytes]]:
    """The pieces of each format, from their lengths."""
    body, start = zlib.decompress(packed), 0
    cut: list[list[bytes]] = [[] for _ in lengths]
    for beside in zip_longest(*lengths):
        for pieces, length in zip(cut, beside, strict=True):
            if length is not None:
                pieces.append(body[start : start + length])
                start += length
    return cut


TABLES = (
    "create table archive_file (topic text not null, number integer not null, format text not null, address text not null,"
    " bytes integer not null, lengths text not null, primary key (topic, number, format)) strict, without rowid",
    "create table archive_bytes (topic text not null, number integer not null, packed blob not null,"
    " primary key (topic, number)) strict",
)
