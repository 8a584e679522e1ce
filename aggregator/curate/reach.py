"""How far back a new or widened topic reaches into what is stored. Pure.

reach(policy, limit, place, dated, now) → "waiting"  among the newest `limit`: an entry of the feed
                                          "past"     older, but the policy reaches it: into the archive, past the head
                                          "held"     older than the policy reaches: never delivered
"""

from datetime import datetime, timedelta
from typing import Literal

from aggregator.model import Backfill

Standing = Literal["waiting", "past", "held"]


def reach(policy: Backfill, limit: int, place: int, dated: datetime, now: datetime) -> Standing:
    """What becomes of a stored story that a topic matches for the first time; `place` newer ones of the topic precede it.

    Nobody is flooded: whatever the policy reaches, the head takes what stands among its newest `limit`, and nothing else.
    """
    if not _reached(policy, limit, place, dated, now):
        return "held"
    return "waiting" if place < limit else "past"


def _reached(policy: Backfill, limit: int, place: int, dated: datetime, now: datetime) -> bool:
    if policy.since is not None:
        return dated >= policy.since
    if policy.age is not None:
        return dated >= now - timedelta(seconds=policy.age)
    return place < (limit if policy.count is None else policy.count)
