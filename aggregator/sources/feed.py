"""Feeds: RSS 0.9x to 2.0, RSS 1.0, Atom 0.3 and 1.0, CDF (through feedparser) and JSON Feed (own), told apart by their bytes.

    FeedAdapter        kind `feed`: one request, one document
    parse_feed(…)      bytes → Parsed, also for feeds that lie in a folder

What is something else is refused by its name (`NotAFeed`), with what to do about it.
"""

import zlib
from collections.abc import Sequence, Set

from pydantic import BaseModel, ConfigDict

from aggregator.model import Document, Parsed, Request, Source, State
from aggregator.sources import jsontext
from aggregator.sources.jsonfeed import parse_jsonfeed
from aggregator.sources.refusal import refusal
from aggregator.sources.sniff import sniff
from aggregator.sources.xmlfeed import parse_xml

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
INFLATED = 10_000_000
"""Bytes that a gzip file may hold: the cap on decoded bodies that fetching has, too."""


class Options(BaseModel):
    """A feed needs nothing but its address."""

    model_config = ConfigDict(extra="forbid")


class FeedAdapter:
    """The kind `feed`; see aggregator.sources.adapter for the contract."""

    Options: type[BaseModel] = Options
    local = False

    def requests(self, source: Source, state: State) -> Sequence[Request]:
        """The source's address."""
        return (Request(url=source.url, accept=ACCEPT),) if source.url else ()

    def parse(self, document: Document, source: Source, known: Set[str]) -> Parsed:
        """The entries of a feed. Raises NotAFeed for what is none, ParseError for one that cannot be understood."""
        return parse_feed(document.body, url=document.url, content_type=document.content_type, known=known, native=source.native)


def parse_feed(body: bytes, *, url: str, content_type: str = "", known: Set[str] = frozenset(), native: bool = True) -> Parsed:
    """A feed of any format → Parsed. `url` is what relative addresses are relative to. Of entries whose mark is `known`,
    nothing but the mark is told; `native` says whether our own reader may read what is plain. Raises NotAFeed, ParseError."""
    body = inflated(body)
    kind = sniff(body)
    if kind == "xml-feed":
        return parse_xml(body, url=url, content_type=content_type, known=known, native=native)
    if kind == "jsonfeed":
        return parse_jsonfeed(body, url=url)
    if kind == "json":
        jsontext.load(body)
    raise refusal(kind, body, url)


def inflated(body: bytes) -> bytes:
    """What is in a gzip file that was served as one; anything else, damaged and oversized ones among it, as it is."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    inflater = zlib.decompressobj(wbits=31)
    try:
        content = inflater.decompress(body, INFLATED)
    except zlib.error:
        return body
    return content if inflater.eof and not inflater.unused_data else body
