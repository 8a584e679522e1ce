"""The kind `feed`: one request, one document. What reads the document is loaded where documents are read, in a worker."""

from collections.abc import Sequence, Set
from importlib import import_module

from pydantic import BaseModel, ConfigDict

from aggregator.model import Document, Parsed, Request, Source, State

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)

READER = "aggregator.sources.feedbytes"
"""What reads the documents."""


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
        read = import_module(READER).parse_feed
        parsed: Parsed = read(
            document.body, url=document.url, content_type=document.content_type, known=known, native=source.native
        )
        return parsed
