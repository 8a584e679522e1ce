"""Entries of digests: what they list, from the store.

entries of a topic ─→ the same, those of digests with titles, links and sources of what was published in their period
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlite_utils import Database

from aggregator.curate import digest
from aggregator.model import FeedEntry, Html, Plain, StoredItem, Url
from aggregator.store import digests
from aggregator.store.digests import Listed


def listing(db: Database, entries: Sequence[FeedEntry], items: Sequence[StoredItem]) -> list[FeedEntry]:
    """The entries, in their order. Digests are this site's own: no other is named as their source."""
    ours = [item.pk for item in items if item.source_id == digests.SOURCE]
    if not ours:
        return list(entries)
    listed = digests.rows(db, ours)
    return [
        _listing(entry, [_stored(row) for row in listed.get(item.pk, ())]) if item.source_id == digests.SOURCE else entry
        for entry, item in zip(entries, items, strict=True)
    ]


def _listing(entry: FeedEntry, rows: Sequence[digest.Row]) -> FeedEntry:
    content: Html | None = digest.html(rows) or None
    return replace(entry, content=content, text=digest.text(rows), source=None)


def _stored(row: Listed) -> digest.Row:
    return digest.Row(
        story=row.story,
        item=row.item,
        title=Plain(row.title),
        link=None if row.link is None else Url(row.link),
        sources=tuple(map(Plain, row.sources)),
        more=row.more,
    )
