"""The kind `opml`: a subscription list, in a file or at an address. It brings no entries, but feeds that come and go with it.

    OPML, or a planet's config.ini ─parse→ Parsed(subscriptions) ─the pipeline→ sources of kind `feed`

A list that is broken, empty, or something else altogether is an error, and what it named before stays.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aggregator.errors import NotAFeed, ParseError
from aggregator.model import Document, FeedHeader, Parsed, Request, Source, State, Subscription
from aggregator.sources import opmltree, planet
from aggregator.sources.charset import decode
from aggregator.sources.gzipped import inflated
from aggregator.sources.sniff import Kind, sniff

ACCEPT = "text/x-opml, application/xml;q=0.9, text/xml;q=0.9, text/plain;q=0.5, */*;q=0.1"
_WANTED = "give the address of an OPML file, or of a planet's config.ini"
_OTHER: dict[Kind, tuple[str, str, str]] = {
    "html": ("page", "a page", _WANTED),
    "xml-feed": ("feed", "a feed", 'to follow it, use kind = "feed"'),
    "jsonfeed": ("feed", "a feed", 'to follow it, use kind = "feed"'),
    "sitemap": ("sitemap", "a sitemap", _WANTED),
    "xml": ("xml", "XML of another kind", _WANTED),
    "empty": ("empty", "empty", _WANTED),
}
"""What came instead: as NotAFeed.what has it, in words, and what to do."""


class OpmlOptions(BaseModel):
    """Keys of a `[[source]]` of kind `opml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_feeds: int = Field(default=1_000, ge=1, le=100_000, description="feeds followed at most; those named first")


class OpmlAdapter:
    """Reads subscription lists; see the module."""

    Options: type[BaseModel] = OpmlOptions
    local: bool | None = None

    def requests(self, source: Source, state: State) -> Sequence[Request]:
        """The list itself."""
        if source.path is not None:
            return (Request(url=Path(source.path).as_uri()),)
        return (Request(url=source.url, accept=ACCEPT),) if source.url else ()

    def parse(self, document: Document, source: Source, known: Set[str]) -> Parsed:
        """The feeds that the list names. Raises ParseError with the line, NotAFeed for what is no list."""
        listing = parse_list(document.body, url=document.url, content_type=document.content_type)
        found, left = listing.subscriptions, list(listing.left)
        options = source.options if isinstance(source.options, OpmlOptions) else OpmlOptions()
        feeds = [one for one in found if one.kind == "feed"]
        inner = [
            f"line {one.line}: {one.url} is of kind {one.kind!r}, which is followed only with a [[source]] of its own"
            for one in found
            if one.kind != "feed"
        ]
        if not feeds:
            raise ParseError(f"{document.url} names no feed that can be followed; the feeds that it named before stay")
        if len(feeds) > options.max_feeds:
            beyond = feeds[options.max_feeds]
            left.append(
                f"line {beyond.line}: this feed and what follows is left out: the list names {len(feeds):,} feeds, "
                f"and max_feeds is {options.max_feeds:,}"
            )
        return Parsed(
            header=listing.header, subscriptions=tuple(feeds[: options.max_feeds]), dropped=(*left, *inner), format="opml"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as it was read."""

    format: Literal["opml", "planet"]
    header: FeedHeader
    """What it says of itself."""
    subscriptions: Sequence[Subscription]
    """In its order, repetitions among them."""
    left: Sequence[str] = ()
    """A sentence, with the line, for everything that leads nowhere."""


def parse_list(body: bytes, *, url: str, content_type: str = "") -> Listing:
    """OPML, or a planet's config.ini. Raises ParseError with the line, NotAFeed for what is no list."""
    body = inflated(body)
    kind = sniff(body)
    if kind == "opml":
        header, found, left = opmltree.read(body, url=url)
        return Listing(format="opml", header=header, subscriptions=found, left=left)
    if kind in ("text", "markdown", "robots", "json") and planet.is_planet(text := decode(body, content_type)):
        header, found, left = planet.read(text)
        return Listing(format="planet", header=header, subscriptions=found, left=left)
    what, named, advice = _OTHER.get(kind, (kind, f"{kind} data", _WANTED))
    raise NotAFeed(f"{url} is {named}, not a subscription list; {advice}", what=what)
