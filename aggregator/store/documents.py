"""What the store remembers of a source's documents: validators, the fingerprints of their entries, ids that they repeat."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What one address answered last. `digest` covers the body and whatever else decides what is made of it."""

    url: str
    answered_by: str | None = None
    """The address that answered, after redirects: the validators are its own."""
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None


def resources(db: Database, source_id: str) -> Mapping[str, Resource]:
    """What each address of a source answered last."""
    return resources_of(db, [source_id]).get(source_id, {})


def resources_of(db: Database, ids: Iterable[str]) -> Mapping[str, Mapping[str, Resource]]:
    """Source id → what each of its addresses answered last."""
    found: dict[str, dict[str, Resource]] = {}
    rows = db.execute(
        "select source_id, url, answered_by, etag, last_modified, digest from resource"
        " where source_id in (select value from json_each(?))",
        [json.dumps(sorted(ids))],
    )
    for id, url, by, etag, modified, digest in rows:
        kept = Resource(url=url, answered_by=by, etag=etag, last_modified=modified, digest=digest)
        found.setdefault(id, {})[url] = kept
    return found


def answer(db: Database, source_id: str, resource: Resource) -> None:
    """Keep what an address answered; in the same transaction as the items that its document held."""
    db.execute(
        "insert into resource (source_id, url, answered_by, etag, last_modified, digest) values (?, ?, ?, ?, ?, ?)"
        " on conflict do update set answered_by = excluded.answered_by, etag = excluded.etag,"
        " last_modified = excluded.last_modified, digest = excluded.digest",
        [source_id, resource.url, resource.answered_by, resource.etag, resource.last_modified, resource.digest],
    )


def forget_others(db: Database, source_id: str, asked: Iterable[str]) -> None:
    """After a complete poll: forget addresses that were not asked for, with their fingerprints. No item is touched."""
    stale = set(resources(db, source_id)) - set(asked)
    for url in stale:
        db.execute("delete from resource where source_id = ? and url = ?", [source_id, url])
        db.execute("delete from sighting where source_id = ? and url = ?", [source_id, url])


def fingerprints(db: Database, source_id: str, url: str) -> dict[str, int]:
    """Fingerprint → item, for every entry that a document of the source held last."""
    sql = "select fingerprint, item from sighting where source_id = ? and url = ?"
    return dict(db.execute(sql, [source_id, url]).fetchall())


def sighted_at(db: Database, item: int) -> set[str]:
    """The addresses of the documents that hold an item."""
    return {url for (url,) in db.execute("select url from sighting where item = ?", [item])}


def marks(db: Database, source_id: str, url: str) -> dict[str, str]:
    """Fingerprint → mark of its bytes, for every entry that a document of the source held last."""
    sql = "select fingerprint, mark from sighting where source_id = ? and url = ?"
    return dict(db.execute(sql, [source_id, url]).fetchall())


def sight(db: Database, source_id: str, url: str, seen: Sequence[tuple[str, int, str]]) -> None:
    """Replace the fingerprints of a document, each with its item and its mark, by those that it holds now."""
    sql = "select fingerprint, item, mark from sighting where source_id = ? and url = ?"
    stands = set(db.execute(sql, [source_id, url]).fetchall())
    holds = {print_: (print_, item, mark) for print_, item, mark in seen}
    db.conn.executemany(
        "delete from sighting where source_id = ? and url = ? and fingerprint = ?",
        [(source_id, url, print_) for print_, _, _ in stands if print_ not in holds],
    )
    db.conn.executemany(
        "insert or replace into sighting (source_id, url, fingerprint, item, mark) values (?, ?, ?, ?, ?)",
        [(source_id, url, *row) for row in holds.values() if row not in stands],
    )


def ambiguous(db: Database, source_id: str) -> dict[str, int]:
    """Ids that the source repeats → how much else it takes to tell their items apart (see dedupe.identity)."""
    return dict(db.execute("select native, level from ambiguous where source_id = ?", [source_id]).fetchall())


def set_ambiguous(db: Database, source_id: str, levels: Mapping[str, int]) -> None:
    """Remember repeated ids; levels only ever rise."""
    db.conn.executemany(
        "insert into ambiguous (source_id, native, level) values (?, ?, ?)"
        " on conflict do update set level = max(level, excluded.level)",
        [(source_id, native, level) for native, level in levels.items()],
    )
