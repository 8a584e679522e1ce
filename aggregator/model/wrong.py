"""What went wrong, as the health feed tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

IncidentKind = Literal[
    "store", "restored", "unwritten", "config", "gone", "page", "failing", "quarantined", "moved", "migrated", "silent", "spike"
]
"""The worst first; what each means is in `aggregator.health.incidents`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that went wrong, and whether it still is. Instants are whole seconds."""

    id: str
    """urn:uuid, version 5, of kind, subject and opened; for ever."""
    kind: IncidentKind
    subject: str
    """A source's id, a topic's slug, or the name of a file."""
    opened: datetime
    updated: datetime
    """When it last opened or was resolved."""
    resolved: datetime | None = None
    times: int = 1
    """How often it opened."""
    title: str
    """In a few words, naming the subject as it was called then."""
    sentence: str
    advice: str = ""
    cause: str = ""
    """A short word or key: an open incident is told anew when it changes."""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return self.resolved is None
