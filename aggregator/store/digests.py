"""Digests: an item of nobody's for each, told by a line of the ledger like others, and the stories that it lists.

    pending(topic)  lines that wait for a digest       add(topic, …)  the item, and a row for each story
    closed, close   up to when a topic's periods are closed

A digest's item is marked as forgotten from the start, so that nothing looks into it, groups it, matches it or counts it. What it
lists is in digest_row, a story once in a topic; what is taken down goes from there.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds
from aggregator.store.sources import BACKLOG

SOURCE = "~digest"
"""The source of digests: no configured one may be called so."""
OVERDUE = timedelta(minutes=5)
"""A source that waits longer than this has waited since before a pause."""


class Listed(NamedTuple):
    """A story in a digest, as stored."""

    story: int
    item: int
    title: str
    link: str | None
    sources: tuple[str, ...]
    more: bool


def closed(db: Database, slug: str) -> datetime | None:
    """The end of the last period that is closed, None before the first."""
    row = db.execute("select digested from topic where slug = ?", [slug]).fetchone()
    return None if row is None else to_instant(row[0])


def close(db: Database, slug: str, end: datetime) -> None:
    """All periods up to an end are closed: what belongs to them and comes later goes into the next."""
    db.execute("update topic set digested = ?, digest_asked = null where slug = ?", [to_seconds(end), slug])


def asked(db: Database, slug: str, now: datetime) -> datetime:
    """Since when a period of the topic waits to be closed; from now on, if it did not before."""
    db.execute("update topic set digest_asked = coalesce(digest_asked, ?) where slug = ?", [to_seconds(now), slug])
    return to_instant(int(db.execute("select digest_asked from topic where slug = ?", [slug]).fetchone()[0]))


def backlog(db: Database, now: datetime) -> int:
    """How many sources are still to be polled after a pause."""
    sql = "select count(*) from source where active = 1 and (due is null or due < ? or due_reason = ?)"
    return int(db.execute(sql, [to_seconds(now - OVERDUE), BACKLOG]).fetchone()[0])


def pending(db: Database, slug: str) -> list[int]:
    """Lines, by story, that are to be told by a digest and were by none, but for forgotten ones; in the order of delivery."""
    sql = (
        "select story from publication join item on item.pk = publication.lead and item.forgotten is null"
        " where topic = ?1 and left_reason = 'digest'"
        " and not exists (select 1 from digest_row where digest_row.topic = ?1 and digest_row.story = publication.story)"
        " order by position"
    )
    return [story for (story,) in db.execute(sql, [slug])]


def release(db: Database, slug: str, stories: Iterable[int]) -> None:
    """Let lines stand in the head after all, because the topic makes no digests any more."""
    db.conn.executemany(
        "update publication set left = null, left_reason = null where topic = ? and story = ?",
        [(slug, story) for story in stories],
    )


def add(db: Database, slug: str, entry_id: str, title: str, end: datetime, rows: Sequence[Listed]) -> int:
    """Keep a digest. Returns the pk of its item."""
    seconds = to_seconds(end)
    cursor = db.execute(
        "insert into item (source_id, key, native, first_seen, dated, revised, substance, rendition, forgotten, data)"
        " values (?1, ?2, ?2, ?3, ?3, ?3, '', '', ?3, json_object('native_id', ?2, 'link', null, 'title', ?4))",
        [SOURCE, entry_id, seconds, title],
    )
    pk = cursor.lastrowid
    if pk is None:
        raise AssertionError("an insert into a rowid table gives a rowid")
    db.conn.executemany(
        "insert into digest_row (topic, story, digest, place, item, title, link, sources, more)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (slug, row.story, pk, place, row.item, row.title, row.link, json.dumps(row.sources, ensure_ascii=False), row.more)
            for place, row in enumerate(rows)
        ],
    )
    return pk


def strike(db: Database, item: int) -> list[tuple[str, int]]:
    """Take an item out of the digests that list it: they are shown without it. Returns topic and line of each.

    The row stays, empty: its story was told and is not told again.
    """
    listing = db.execute("select topic, digest from digest_row where item = ? and title <> ''", [item]).fetchall()
    db.execute("update digest_row set title = '', link = null, sources = '[]' where item = ?", [item])
    db.conn.executemany("update publication set stale = 1 where topic = ? and story = ?", listing)
    return [(slug, digest) for slug, digest in listing]


def rows(db: Database, digests: Collection[int]) -> dict[int, list[Listed]]:
    """Digest (its item) → what it lists, in order."""
    sql = (
        "select digest, story, item, title, link, sources, more from json_each(?) as wanted"
        " join digest_row on digest_row.digest = wanted.value where title <> '' order by digest, place"
    )
    found: dict[int, list[Listed]] = {}
    for digest, story, item, title, link, sources, more in db.execute(sql, [json.dumps(list(digests))]):
        found.setdefault(digest, []).append(Listed(story, item, title, link, tuple(json.loads(sources)), bool(more)))
    return found
