"""feedparser, called in one way and in one place: it opens files and addresses when it is given anything but a stream.

    run(body) → Raw(version, feed, entries), all plain dicts; raises ParseError

Its sanitizer and its resolving of addresses in markup are off (nh3 does both, once, 3 to 6 times cheaper). It is not told where
the document is from, on purpose: it would resolve guids against that address, so that `<guid>17</guid>` became another id when
a site moves to https. With no address of its own it only applies xml:base, and our side resolves the rest.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import feedparser

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
