"""What the engine of stories is told and what it answers; cheap to import.

    Told … ─Stories.group→ Decision …          a run's new (or changed) items
    Kept … ─Stories.load→                      what the store holds of them, after a restart
           ─Stories.split, join→ Change        what a person decides by hand

A story's id is the pk of the item that began it. Instants are aware datetimes in UTC, durations are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Strictness = Literal["loose", "normal", "strict"]

THRESHOLDS: Mapping[str, float] = {"loose": 0.18, "normal": 0.22, "strict": 0.28}
"""The least score at which an item joins a story: the one number for the user (measured: docs/stories.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user may set."""

    strictness: Strictness = "normal"
    window: float = 72 * 3600.0
    """The most seconds between an item and the nearest item of the story that it joins, whichever came first."""
    max_age: float = 10 * 86400.0
    """The most seconds between the first and the last item of a story."""
    background: frozenset[str] = frozenset()
    """Words that the topics' queries name: what items have in common, not what makes a story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An item, as the engine sees it."""

    pk: int
    source_id: str
    domain: str
    """The registrable domain that it was published on: sources of one domain are not independent."""
    title: str
    text: str
    language: str | None = None
    """As declared, in any form of BCP 47; None lets the engine guess."""
    link_key: str | None = None
    """The comparison key of its address, None where addresses do not identify."""
    native: str | None = None
    """Its id as the source says it (guid)."""
    dated: datetime
    """Effective date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of an item, and why."""

    pk: int
    kind: Literal["first", "copy", "story"]
    story: int | None = None
    """The id of the story that it joins; None where it begins its own, whose id is then its pk."""
    nearest: int | None = None
    """The item that it is a copy of, or the nearest member of the best story, joined or not."""
    score: float | None = None
    """For a story the cosine, for a copy the share of the shorter text found in the longer; None for "address" and "guid"."""
    terms: tuple[tuple[str, float], ...] = ()
    """What it shares with the best story, heaviest first: stem and its part of the score; at most 8."""
    gap: float | None = None
    """Seconds between it and the nearest member."""
    reason: str
    """Why it joined: "address", "guid", "title" or "contained" (a copy), "terms", or "merged" (its story was merged with an older
    one in this very run). Why it did not: "first" (nothing comparable), or what kept it from the best story: "score", "split",
    "window", "too-old", "own-source", "recurring-title", "evidence". "again": it was known, and stays where it is."""
    trace: bytes = field(default=b"", repr=False)
    """What the engine needs of this item after a restart; opaque, to be stored with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A grouped item, as the store holds it."""

    pk: int
    source_id: str
    domain: str
    link_key: str | None = None
    native: str | None = None
    dated: datetime
    story: int
    copy_of: int | None = None
    """`Decision.nearest` where its kind is "copy"."""
    trace: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a split or join by hand changed, to be stored in the same transaction."""

    moved: Mapping[int, int] = field(default_factory=dict)
    """pk → its new story. A moved item is nobody's copy any more, unless what it is a copy of moved along."""
    copies: Mapping[int, int | None] = field(default_factory=dict)
    """pk → the item that it is a copy of from now on."""
    apart: frozenset[tuple[int, int]] = frozenset()
    """Pairs (smaller pk first) never to be joined again: rows for `load`."""
    together: frozenset[tuple[int, int]] = frozenset()
    """Pairs of such rows that no longer hold."""
