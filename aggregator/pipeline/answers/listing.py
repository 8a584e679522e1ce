"""A subscription list, read once: what `aggregator import` takes over. Runs in a worker, so it imports little.

document ─read→ Listed(what it says of itself, what it names, what leads nowhere)
"""

from dataclasses import dataclass
from datetime import UTC

from aggregator.model import Attribution, Document, Subscription
from aggregator.normalize.header import attribute
from aggregator.sources.opml import parse_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list as it was read."""

    format: str
    """`opml` or `planet`."""
    planet: Attribution | None = None
    """What a planet says of itself; OPML has a title of the list, not of a site."""
    subscriptions: tuple[Subscription, ...]
    """In its order, repetitions among them."""
    left: tuple[str, ...] = ()
    """A sentence, with the line, for everything that leads nowhere."""


def read(document: Document) -> Listed:
    """What a document names. Raises ParseError."""
    found = parse_list(document.body, url=document.url, content_type=document.content_type)
    planet = attribute(found.header, base=document.url, zone=UTC) if found.format == "planet" else None
    return Listed(format=found.format, planet=planet, subscriptions=tuple(found.subscriptions), left=tuple(found.left))
