"""What a schedule looks like after a pause or a jump of the clock: neither a storm nor silence. Pure.

overdue sources ─spread→ due over the next minutes, in the order in which they wait; never polled ones stay due at once
a due that no plan can have made ─sane_due→ within a day
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from aggregator.polling.plan import CEILING, DAY, HOUR, JITTER

HURRY = 4.0
"""A backlog is worked off at this many times the budget's pace: at 24 requests a day, all sources take a quarter of an hour."""
WINDOW = HOUR
"""Longest time, in seconds, over which a backlog is spread: news must not wait because the operator is frugal."""
AT_ONCE = 64
"""So many overdue sources are nothing: every busy minute of a large collection has them."""
_ASKED = frozenset({"max-age", "ttl", "skip-hours", "retry-after", "backoff", "host-budget", "moved", "polling"})


def spread(
    due_sources: Iterable[tuple[str, datetime | None]], now: datetime, *, budget: float, sources: int
) -> Mapping[str, datetime]:
    """New dues for overdue sources (id, due); those that are not in the answer stay as they are.

    `budget` is requests per source and day, `sources` how many there are in all. Who waits longest goes first.
    """
    overdue = sorted((due, id) for id, due in due_sources if due is not None and due <= now)
    if len(overdue) <= AT_ONCE:
        return {}
    pace = max(budget, 0.1) * max(sources, len(overdue)) / DAY * HURRY
    step = min(1.0 / pace, WINDOW / len(overdue))
    late = enumerate(overdue[AT_ONCE:], 1)
    return {id: now + timedelta(seconds=place * step) for place, (_, id) in late}


def sane_due(
    due: datetime | None, reason: str | None, now: datetime, *, longest: float = DAY, jitter: float = 0.0
) -> datetime | None:
    """`due`; if it is further away than any plan of ours goes, the clock was set back: then within `longest` seconds.

    `longest` is the source's ceiling or its own interval; what a source asks for, and failures, may take 7 days. `jitter` in
    [0, 1) says where within the time from now to `longest`: sources that were silenced together do not return together.
    Retired sources (`gone`) and cron expressions (which may name one day a year) are left alone.
    """
    if due is None or reason in ("gone", "cron"):
        return due
    limit = max(CEILING, longest) if reason in _ASKED else longest
    if due <= now + timedelta(seconds=limit * (1 + JITTER) + HOUR):  # jitter, and what skipped hours add to it
        return due
    return now + timedelta(seconds=jitter * longest)
