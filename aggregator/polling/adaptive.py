"""The square-root law: how the operator's budget of requests is dealt out among sources. Pure.

    interval = k / √λ,  one k for all sources      solve: k from the budget, all paces, floors and ceilings
    next poll: where ∫√λ(t) dt from now reaches k, within [floor, ceiling]

To make the mean delay of items least for a given number of requests, minimize Σ λᵢ·Iᵢ/2 with Σ 1/Iᵢ fixed: Iᵢ = k/√λᵢ. The
same holds within one source whose rate has a rhythm, which is why the law is written as an integral. Intervals proportional to
the gap between posts (1/λ), which is what others use, are no better than fixed ones before floors and ceilings act.

λ is in items per day, intervals are in seconds, so k is in seconds·√(items per day).
"""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from aggregator.polling.rate import DAY, Prior, Rate, level, roots

FLOOR = 900.0
CEILING = DAY
HOUR = 3600.0
FIRST_K = HOUR
"""Before anything was solved: a source with one item a day is polled every hour."""
SMALLEST_K, LARGEST_K = 1e-3, 1e9
_FINE = 200
"""Steps per factor of e, for paces and bounds: half a per cent."""


class Demand(NamedTuple):
    """What one source asks of the budget: its `pace` (√ items per day, averaged), and bounds of its interval in seconds."""

    pace: float
    floor: float = FLOOR
    ceiling: float = CEILING


def solve(demands: Iterable[Demand], budget: float) -> float:
    """The k with which the sources are asked `budget` times a day on average, as near as floors and ceilings allow.

    Sources of one pace and equal bounds are counted first: bounds are mostly the defaults. As k grows, a source is asked at its
    floor, then as k says, then at its ceiling: between two such turns the requests of all are free / k + held.
    """
    bins = Counter((_step(pace), least, most) for pace, least, most in demands)
    if not bins:
        return FIRST_K
    wanted = budget * bins.total()
    free = held = 0.0
    turns: list[tuple[float, float, float]] = []
    for (step, least, most), count in bins.items():
        least = max(least, 1.0)
        pace, floor, ceiling = math.exp(step / _FINE), _rounded(least), _rounded(max(most, least))
        held += count * DAY / floor
        turns.append((pace * floor, count * DAY * pace, -count * DAY / floor))
        turns.append((pace * ceiling, -count * DAY * pace, count * DAY / ceiling))
    if held <= wanted:
        return SMALLEST_K
    former = SMALLEST_K
    for k, more_free, more_held in sorted(turns):
        if free / k + held <= wanted:
            found = free / (wanted - held) if wanted > held else k
            return min(max(found, former, SMALLEST_K), k, LARGEST_K)
        free, held, former = free + more_free, held + more_held, k
    return LARGEST_K


def next_poll(now: datetime, rate: Rate, prior: Prior, k: float, floor: float = FLOOR, ceiling: float = CEILING) -> float:
    """Seconds from `now` to the next poll, in [floor, ceiling] (a ceiling below the floor counts as the floor)."""
    ceiling = max(ceiling, floor)
    root, (hours, weekdays) = math.sqrt(level(rate, prior)), roots(rate)
    start = at = now.timestamp()
    wanted = k
    while at - start < ceiling:
        speed = root * hours[int(at % DAY // HOUR)] * weekdays[int(at // DAY + 3) % 7]
        end = (at // HOUR + 1) * HOUR
        if speed * (end - at) >= wanted:
            at += wanted / speed
            break
        wanted -= speed * (end - at)
        at = end
    return min(max(at - start, floor), ceiling)


@lru_cache(1024)
def bounds(floor: float | None, ceiling: float | None) -> tuple[float, float]:
    """A source's floor and ceiling as configured, None for the defaults; where only one is written, the other makes room."""
    if floor is None:
        floor = FLOOR if ceiling is None else min(FLOOR, ceiling)
    if ceiling is None:
        ceiling = max(CEILING, floor)
    return floor, max(floor, ceiling)


def _step(value: float) -> int:
    """Rounded to half a per cent, within what makes sense; what is no number is nothing."""
    value = min(max(value, 1e-4), 1e9) if value == value else 1e-4  # NaN is not itself
    return round(math.log(value) * _FINE)


@lru_cache(1024)
def _rounded(value: float) -> float:
    return math.exp(_step(value) / _FINE)
