"""How long a cache may keep a feed: a tenth of the time that usually passes between its entries.

    dates of the newest entries → seconds for Cache-Control: max-age

A cache in between then hides a new entry for a tenth of the topic's rhythm at most, and a quiet topic is asked for once an hour.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

SHORTEST, LONGEST = 60, 3600
"""Seconds. A minute is what a busy proxy needs to be of any use; an hour is what readers wait between two polls."""
USUAL = 300
"""Seconds, where there are too few entries to tell: a third of the shortest interval at which sources are polled."""
SHARE = 10
COUNTED = 20
"""Newest entries that tell the rhythm of now."""


def max_age(dates: Sequence[datetime]) -> int:
    """Seconds for which an answer is fresh (RFC 9111 section 5.2.2.1), from the dates of a feed's entries in any order."""
    newest = sorted(dates, reverse=True)[:COUNTED]
    if len(newest) < 3:
        return USUAL
    gap = median((later - sooner).total_seconds() for later, sooner in pairwise(newest))
    return int(min(max(gap / SHARE, SHORTEST), LONGEST))
