"""What Planet Venus expects of a republished entry holds after ours was published, read again by feedparser, as a subscriber does.

Each document goes the whole way of an entry, but for the network: parsed, normalized, composed, rendered as Atom.
"""

import io
from pathlib import Path
from typing import Any

import feedparser
import pytest
from corpus_entries import published
from corpus_manifest import folder, listed, rows

from aggregator.errors import ParseError
from aggregator.publish.formats import FORMATS

pytestmark = pytest.mark.shared


def test_what_venus_expects_of_a_republished_entry_holds_of_ours(shared: Path) -> None:
    held, broken = [], {}
    for row, path in rows(shared):
        if folder(row) != "conformance-republish":
            continue
        try:
            feed = published(path.read_bytes())
        except ParseError:
            broken[row["path"]] = "error"
            continue
        parsed = feedparser.parse(io.BytesIO(FORMATS["atom"].render(feed).body), sanitize_html=False)
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
            feed = published(body)
            parsed = feedparser.parse(io.BytesIO(FORMATS["atom"].render(feed).body), sanitize_html=False)
            if not _holds(row["expectation"], parsed.entries[0]):
                broken.append(path.name)
    assert broken == ["source_planet_id.xml"]
