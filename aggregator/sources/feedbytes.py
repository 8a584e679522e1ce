"""Bytes → Parsed: feeds of every format, told apart by what they hold.

RSS 0.9x to 2.0, RSS 1.0, Atom 0.3 and 1.0, CDF (through feedparser) and JSON Feed (own). What is something else is refused by
its name (`NotAFeed`), with what to do about it.
"""

from collections.abc import Set

from aggregator.model import Parsed
from aggregator.sources import jsontext
from aggregator.sources.gzipped import inflated
from aggregator.sources.jsonfeed import parse_jsonfeed
from aggregator.sources.refusal import refusal
from aggregator.sources.sniff import sniff
from aggregator.sources.xmlfeed import parse_xml


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
