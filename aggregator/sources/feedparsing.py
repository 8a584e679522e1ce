"""feedparser, called in one way and in one place: it opens files and addresses when it is given anything but a stream.

    run(body) → Raw(version, feed, entries), all plain dicts; raises ParseError
    NAMES, PREFIXES, has_handler, looks_like_html, mended, Authors      parts of it that aggregator.sources.native uses

Its sanitizer and its resolving of addresses in markup are off (nh3 does both, once, 3 to 6 times cheaper). It is not told where
the document is from, on purpose: it would resolve guids against that address, so that `<guid>17</guid>` became another id when
a site moves to https. With no address of its own it only applies xml:base, and our side resolves the rest.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import feedparser
from feedparser.api import StrictFeedParser
from feedparser.html import _cp1252
from feedparser.util import FeedParserDict

from aggregator.errors import ParseError

HEADERS = {"content-type": "application/xml; charset=utf-8"}
"""The body was transcoded before: without this, feedparser would guess again, and report its guess as damage."""
Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Raw:
    """What feedparser found. `version` is empty where it did not recognize the format."""

    version: str
    feed: Fields
    entries: Sequence[Fields]


def run(body: bytes) -> Raw:
    """Parse UTF-8 XML. Whatever feedparser raises (UnicodeEncodeError, AssertionError …) becomes ParseError."""
    try:
        result = feedparser.parse(
            io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False, response_headers=dict(HEADERS)
        )
    except Exception as error:
        raise ParseError(f"the feed cannot be parsed: {type(error).__name__}: {error}"[:300]) from error
    return Raw(str(dict.get(result, "version") or ""), plain(result["feed"]), [plain(entry) for entry in result["entries"]])


def plain(value: Mapping[str, object]) -> Fields:
    """A dict that answers for its own keys only: feedparser's says `published` when asked for `updated`."""
    return dict(dict.items(value)) if isinstance(value, dict) else {}


NAMES: Mapping[str, str] = {uri.lower(): prefix for uri, prefix in StrictFeedParser.namespaces.items()}
"""Namespaces in lower case, each with the prefix by which feedparser calls it."""
PREFIXES = frozenset(prefix.lower() for prefix in NAMES.values() if prefix)


def has_handler(key: str) -> bool:
    """Whether feedparser does anything with an element of this name (`prefix_local`) but keep it."""
    known = hasattr(StrictFeedParser, f"_start_{key}") or hasattr(StrictFeedParser, f"_end_{key}")
    return known or key in FeedParserDict.keymap


def looks_like_html(text: str) -> bool:
    """Whether text of a format that does not tell is taken for HTML."""
    return ("</" in text or "&" in text) and bool(StrictFeedParser.looks_like_html(text))


def mended(text: str) -> str:
    """Text without two everyday slips: UTF-8 that was read as Latin-1, and characters of windows-1252 among the control ones."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_cp1252)


class Authors:
    """The authors of an entry's fields, kept as feedparser keeps them."""

    _save_author = StrictFeedParser._save_author
    _sync_author_detail = StrictFeedParser._sync_author_detail

    def __init__(self, fields: dict[str, object], authors: list[object]) -> None:
        """`authors` is the list in the fields."""
        self._fields = fields
        self._authors = authors

    def _get_context(self) -> dict[str, object]:
        return self._fields

    def begin(self) -> None:
        """An author's element opens."""
        self._authors.append(FeedParserDict())

    def say(self, key: str, value: str) -> None:
        """An author's `name`, `email` or `href`."""
        self._save_author(key, value)

    def end(self) -> None:
        """An author's element closes; `author` is its text."""
        self._sync_author_detail()
