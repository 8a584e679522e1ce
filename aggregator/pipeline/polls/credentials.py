"""A source's own headers: where they go, and where they do not.

with_headers(request, source, configured) → with them, if the request goes to the configured origin
without_headers(document, source)         → what a parser gets to see: it reads what strangers wrote
"""

from dataclasses import replace

from aggregator.errors import FetchError
from aggregator.fetch.address import read
from aggregator.fetch.trip import shares_origin
from aggregator.model import Document, Request, Source


def with_headers(request: Request, source: Source, configured: str | None) -> Request:
    """The request with the source's headers, if it goes where the operator meant them to go.

    Neither a page that a document names nor an address that a source moved to may draw them elsewhere.
    """
    if not source.headers or configured is None:
        return request
    try:
        meant = shares_origin(read(configured), read(request.url))
    except FetchError:
        return request  # the fetch will fail on it, and say so
    return replace(request, headers={**request.headers, **source.headers}) if meant else request


def without_headers(document: Document, source: Source) -> tuple[Document, Source]:
    """Document and source as they may be handed to a parser, or to a process of its own."""
    if not source.headers:
        return document, source
    return replace(document, request=replace(document.request, headers={})), replace(source, headers={})
