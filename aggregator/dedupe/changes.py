"""NEW, UPDATED or UNCHANGED; and which dates an item gets.

dated            claimed dates and first sight → the effective date, frozen from then on
first_revised    the `updated` of a first publication
decide           digests now and before → Change
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

MOST_BUMPS = 24
"""Significant changes of one item that only digests told, after which `updated` stays: reader's HASH_CHANGED_LIMIT."""
SKEW = timedelta(minutes=10)
"""How far ahead of ours a source's clock may run before its dates are not believed."""


class Verdict(Enum):
    """What a poll makes of an entry."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of an item that arrives again."""

    substance: str
    rendition: str
    revised: datetime
    bumps: int = 0
    """Significant changes so far that only digests told."""
    claimed_updated: datetime | None = None
    """The source's own `updated` when it was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What to store. `significant` changes are told to readers, others are written silently."""

    verdict: Verdict
    revised: datetime
    bumps: int
    significant: bool


def dated(
    published: datetime | None, updated: datetime | None = None, *, first_seen: datetime, skew: timedelta = SKEW
) -> datetime:
    """Return the effective date: `published`, else `updated`, if it is not after `first_seen`; else `first_seen`.

    A date up to `skew` ahead comes from a fast clock and counts as `first_seen`, as does every other future date: no effective
    date is ever in the future.
    """
    for claimed in (published, updated):
        if claimed is not None and claimed <= first_seen:
            return claimed
        if claimed is not None and claimed <= first_seen + skew:
            return first_seen
    return first_seen


def first_revised(updated: datetime | None, dated: datetime, first_seen: datetime) -> datetime:
    """Return the `updated` of a first publication: the source's, if it is not after `first_seen`; never before `dated`."""
    return max(updated, dated) if updated is not None and updated <= first_seen else dated


def decide(
    *,
    substance: str,
    rendition: str,
    stored: Known | None,
    now: datetime,
    claimed_updated: datetime | None = None,
    dated: datetime | None = None,
) -> Change:
    """Decide what an arriving entry is. `dated` is the effective date of a new item, `now` if it is not given.

    A change of substance is significant and moves `revised` to `now`, never backwards. Beyond MOST_BUMPS, where the
    source's own `updated` did not move, it is written silently like a change of appearance.
    """
    if stored is None:
        revised = first_revised(claimed_updated, dated if dated is not None else now, now)
        return Change(verdict=Verdict.NEW, revised=revised, bumps=0, significant=True)
    if substance == stored.substance and rendition == stored.rendition:
        return Change(verdict=Verdict.UNCHANGED, revised=stored.revised, bumps=stored.bumps, significant=False)
    told = claimed_updated is not None and (stored.claimed_updated is None or claimed_updated > stored.claimed_updated)
    significant = substance != stored.substance and (told or stored.bumps < MOST_BUMPS)
    return Change(
        verdict=Verdict.UPDATED,
        revised=max(now, stored.revised) if significant else stored.revised,
        bumps=stored.bumps + 1 if significant and not told else stored.bumps,
        significant=significant,
    )
