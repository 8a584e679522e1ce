"""How long a feed may be cached follows from its rhythm alone."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.publish.freshness import LONGEST, SHORTEST, USUAL, max_age

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "seconds"),
    [
        (timedelta(seconds=5), SHORTEST),
        (timedelta(minutes=20), 120),
        (timedelta(hours=5), 1800),
        (timedelta(days=3), LONGEST),
        (timedelta(0), SHORTEST),
    ],
)
def test_a_tenth_of_the_gap_within_a_minute_and_an_hour(gap: timedelta, seconds: int) -> None:
    assert max_age([NOON + gap * number for number in range(10)]) == seconds


def test_the_newest_tell_and_their_order_does_not_matter() -> None:
    now = [NOON + timedelta(minutes=20) * number for number in range(25)]
    once = [NOON - timedelta(days=30) * number for number in range(1, 60)]
    assert max_age([*once, *now]) == max_age(list(reversed(now))) == 120


@pytest.mark.parametrize("dates", [[], [NOON], [NOON, NOON]])
def test_too_few_entries_tell_nothing(dates: list[datetime]) -> None:
    assert max_age(dates) == USUAL
