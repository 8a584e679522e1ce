"""How often a source posts, and what would be out of the ordinary. Pure.

    silence(posts, arrived)                → when its silence becomes remarkable, None while too little is known
    usual(arrivals, posts, now)            → how many new items a poll may well bring, None while nothing is known
    is_spike(new, usual)

Posts less than an hour apart count as one sitting where the source has longer gaps, too: a newsletter that enters twenty links
a week within five minutes posts weekly, and most of its gaps would say otherwise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

KNOWN = 8
"""Posts (at different times) before a rhythm is believed."""
QUANTILE = 0.95
FACTOR = 4.0
"""A gap this many times the 95 % quantile of gaps is silence (research: field.md)."""
SHORTEST = timedelta(days=3)
"""Silence that nobody remarks: a long weekend."""
FARTHEST = timedelta(days=30)
"""How far ahead silence is not looked at, so that a clock that was set back does not end the looking."""
SITTING = timedelta(hours=1)
LOOKED_AT = 200
"""Newest posts that a rhythm is taken from."""

SPIKE = 50
"""New items in a poll below which nothing is a spike."""
SPIKE_FACTOR = 10.0
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Of a source that posts nothing more: since when, and from when on that is against its rhythm."""

    newest: datetime
    gap: timedelta
    """Its typical longest."""
    begins: datetime


def silence(posts: Sequence[datetime], arrived: datetime | None = None) -> Silence | None:
    """When a source that stays silent is silent against its own rhythm; None while fewer than KNOWN posts are known.

    `posts` are effective dates of its items in any order; `arrived` is when the newest item came that did not come with the first
    poll: a source that posts with old dates is alive.
    """
    times = sorted(set(posts))[-LOOKED_AT:]
    if len(times) < KNOWN:
        return None
    newest = times[-1] if arrived is None else max(times[-1], arrived)
    gap = typical_gap(times)
    try:
        return Silence(newest=newest, gap=gap, begins=newest + max(SHORTEST, FACTOR * gap))
    except OverflowError:
        return None  # a gap of millennia: such a source has no rhythm


def typical_gap(times: Sequence[datetime]) -> timedelta:
    """The 95 % quantile (nearest rank) of the gaps between at least two posts, in ascending order."""
    gaps = [later - earlier for earlier, later in pairwise(times)]
    sittings = sorted(gap for gap in gaps if gap >= SITTING) or sorted(gaps)
    return sittings[math.ceil(QUANTILE * len(sittings)) - 1]


def usual(arrivals: Sequence[tuple[datetime, int]], posts: Sequence[datetime], now: datetime) -> float | None:
    """How many new items are ordinary: what earlier polls brought, or what its rate of posts makes of the time since.

    `arrivals` are (when, how many new items) of earlier polls, oldest first; the first one is the backlog and says nothing of
    polls, so that with none but itself only the rate counts. `posts` are the dates of items known before. None without either.
    """
    if not arrivals or not posts:
        return None
    polls = [count for _, count in arrivals[1:]]
    span = max(DAY, max(posts) - min(posts))
    expected = len(posts) * (max(timedelta(0), now - arrivals[-1][0]) / span)
    return max(1.0, expected, sum(polls) / len(polls) if polls else 0.0)


def is_spike(new: int, usual: float | None) -> bool:
    return usual is not None and new >= SPIKE and new > SPIKE_FACTOR * usual
