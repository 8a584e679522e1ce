"""How far back a topic reaches."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.curate.reach import reach
from aggregator.model import Backfill

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def standings(policy, limit=3, days=8):
    """Of stories that are 0, 1, 2 … days old."""
    return "".join(reach(policy, limit, place, NOW - timedelta(days=place), NOW)[0] for place in range(days))


@pytest.mark.parametrize(
    ("policy", "standing"),
    [
        (Backfill(), "wwwhhhhh"),
        (Backfill(count=0), "hhhhhhhh"),
        (Backfill(count=1), "whhhhhhh"),
        (Backfill(count=5), "wwwpphhh"),
        (Backfill(since=NOW - timedelta(days=4)), "wwwpphhh"),
        (Backfill(since=NOW + timedelta(days=1)), "hhhhhhhh"),
        (Backfill(age=86400.0), "wwhhhhhh"),
        (Backfill(age=86400.0 * 5), "wwwppphh"),
    ],
)
def test_a_policy_says_what_is_delivered_and_the_limit_what_of_it_stands_in_the_head(policy, standing):
    assert standings(policy) == standing
