"""What Planet Venus expects of a republished entry holds after ours was published, read again by feedparser, as a subscriber does.

Each document goes the whole way of an entry, but for the network: parsed, normalized, composed, rendered as Atom.
"""

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from corpus_manifest import folder, listed, rows

from aggregator.curate import compose
from aggregator.errors import ParseError
from aggregator.model import Document, Feed, FeedEntry, Plain, Publication, Request, Site, Source, StoredItem
from aggregator.pipeline.worker import process
from aggregator.publish.formats import FORMATS

pytestmark = pytest.mark.shared
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SITE = Site(title="Planet", base_url="https://planet.example.org/")


@dataclass(frozen=True)
class Published:
    entry: FeedEntry
    feed: Feed


def publish(body: bytes, url: str, number: int = 1) -> list[Published]:
    """The entries of a document as our feed holds them. Raises ParseError."""
    source = Source(id="one", kind="feed", url=url)
    outcome = process(Document(url=url, request=Request(url=url), body=body), source, {})
    found = []
    for place, arrival in enumerate(outcome.arrivals, number):
        assert arrival.item is not None
        item = arrival.item
        dated = item.published or item.updated or NOW
        line = Publication(
            topic="t", story=place, entry_id=f"urn:uuid:00000000-0000-5000-8000-{place:012}", position=place, published=dated,
            updated=max(dated, item.updated or dated),
        )  # fmt: skip
        stored = StoredItem(
            pk=place, source_id="one", key=str(place), item=item, first_seen=NOW, dated=dated, revised=line.updated
        )
        said = outcome.attribution
        entry = compose.entry(line, stored, said and replace(said, updated=said.updated or NOW), source)
        found.append(Published(entry, Feed(site=SITE, slug="t", id="urn:uuid:" + "0" * 8, title=Plain("T"), subtitle=None,
                                           updated=line.updated, entries=(entry,))))  # fmt: skip
    return found


def test_what_venus_expects_of_a_republished_entry_holds_of_ours(shared: Path) -> None:
    held, broken = [], {}
    for row, path in rows(shared):
        if folder(row) != "conformance-republish":
            continue
        try:
            (one,) = publish(path.read_bytes(), "http://example.com/feed.xml")
        except ParseError:
            broken[row["path"]] = "error"
            continue
        parsed = feedparser.parse(io.BytesIO(FORMATS["atom"].render(one.feed).body), sanitize_html=False)
        if _holds(row["expectation"], parsed.entries[0]):
            held.append(row["path"])
        else:
            broken[row["path"]] = "other"
    assert broken == {path: ours for path, (_, ours) in listed("Republished").items()}
    assert len(held) + len(broken) == 36


def _holds(expectation: str, entry: Any) -> bool:
    """Whether Venus' expression, a line of Python of its tests, is true of an entry that feedparser read."""
    try:
        return bool(eval(expectation, {"__builtins__": {}}, dict(entry)))
    except (NameError, KeyError, AttributeError, IndexError):
        return False


def test_what_venus_expects_of_a_source_holds_where_the_document_has_an_entry(shared: Path) -> None:
    """Its documents about sources have an empty entry, of which nothing is kept: here it has a title."""
    broken = []
    for row, path in rows(shared):
        if folder(row) == "conformance-republish" and (path.name.startswith("source_") or path.name == "rss_image.xml"):
            body = path.read_bytes().replace(b"<entry/>", b"<entry><title>T</title></entry>")
            body = body.replace(b"<item/>", b"<item><title>T</title></item>")
            (one,) = publish(body, "http://example.com/feed.xml")
            parsed = feedparser.parse(io.BytesIO(FORMATS["atom"].render(one.feed).body), sanitize_html=False)
            if not _holds(row["expectation"], parsed.entries[0]):
                broken.append(path.name)
    assert broken == ["source_planet_id.xml"]
