"""A corpus document as the feed that we would publish of it, without store, network or processes: what a test needs of an entry.

published(body, url) → Feed     parsed, normalized, composed; raises ParseError
feeds(documents)                those of the manifest that can be read, each with its line
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from corpus_manifest import Row, is_feed

from aggregator.curate import compose
from aggregator.errors import ParseError
from aggregator.model import Document, Feed, FeedEntry, Item, Plain, Publication, Request, Site, Source, StoredItem
from aggregator.pipeline.worker import process

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SITE = Site(title="Planet", base_url="https://planet.example.org/")


def published(body: bytes, url: str = "http://example.com/feed.xml") -> Feed:
    """The feed of a topic that takes everything of one source."""
    source = Source(id="one", kind="feed", url=url)
    outcome = process(Document(url=url, request=Request(url=url), body=body), source, {})
    said = outcome.attribution and replace(outcome.attribution, updated=outcome.attribution.updated or NOW)
    entries = []
    for place, arrival in enumerate(outcome.arrivals, 1):
        assert arrival.item is not None
        line, stored = _line(place, arrival.item)
        entries.append(compose.entry(line, stored, compose.attribute(said, source, source.id)))
    return feed(entries)


def feeds(documents: Iterable[tuple[Row, Path]]) -> Iterator[tuple[Row, Feed]]:
    """Those of these documents that are feeds and can be read, with their lines of the manifest."""
    for row, path in documents:
        if is_feed(row):
            with suppress(ParseError):
                yield row, published(path.read_bytes())


def feed(entries: list[FeedEntry]) -> Feed:
    updated = max((one.updated for one in entries), default=NOW)
    id = "urn:uuid:5b4a3c52-6b0b-5b5e-8d5a-6d1f3f0f0000"
    return Feed(site=SITE, slug="t", id=id, title=Plain("T"), subtitle=None, updated=updated, entries=tuple(entries))


def _line(place: int, item: Item) -> tuple[Publication, StoredItem]:
    dated = min(item.published or item.updated or NOW, NOW)
    updated = max(dated, min(item.updated or dated, NOW))
    line = Publication(
        topic="t", story=place, entry_id=f"urn:uuid:5b4a3c52-6b0b-5b5e-8d5a-{place:012}", position=place, published=dated, updated=updated
    )  # fmt: skip
    return line, StoredItem(pk=place, source_id="one", key=str(place), item=item, first_seen=NOW, dated=dated, revised=updated)
