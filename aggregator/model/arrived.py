"""What a worker hands over of a document: it is taken in where no parser is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.model.asked import Request
from aggregator.model.kept import Attribution, Item
from aggregator.model.said import Hints, Subscription
from aggregator.model.values import State

Known = Mapping[str, str]
"""Fingerprints of the entries that the document held before, each with the mark of the bytes that it was made of (or "")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One entry of a document, in document order, as a worker hands it over."""

    fingerprint: str
    """Digest of the entry as the source said it."""
    item: Item | None
    """None where the fingerprint was known already: nothing about the entry changed."""
    substance: str = ""
    """Digest of what a reader would call the article: moves `updated`."""
    rendition: str = ""
    """Digest of everything that is published of the item."""
    mark: str = ""
    """Digest of the bytes that the entry was made of, where its parser tells one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one document."""

    arrivals: tuple[Arrival, ...] = ()
    """In document order."""
    attribution: Attribution | None = None
    requests: tuple[Request, ...] = ()
    state: State = field(default_factory=dict)
    hints: Hints = field(default_factory=Hints)
    subscriptions: tuple[Subscription, ...] | None = None
    dropped: tuple[str, ...] = ()
    format: str = ""
    cpu: float = 0.0
    """Seconds of CPU that it took."""

    @property
    def newest(self) -> datetime | None:
        """The latest date that an entry claims."""
        return max((a.item.published for a in self.arrivals if a.item and a.item.published), default=None)
