"""How often a source posts, when its silence is remarkable, and what is a flood."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from health_values import NOW
from hypothesis import given
from hypothesis import strategies as st

from aggregator.health.rhythm import KNOWN, SHORTEST, is_spike, silence, typical_gap, usual

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def every(gap: timedelta, count: int, *, last: datetime = NOW) -> list[datetime]:
    return [last - number * gap for number in range(count)]


@pytest.mark.parametrize(
    ("gap", "days"),
    [(10 * MINUTE, 3), (HOUR, 3), (DAY, 4), (7 * DAY, 28), (30 * DAY, 120)],
)
def test_silence_begins_after_four_times_the_usual_gap_and_not_before_three_days(gap: timedelta, days: int) -> None:
    found = silence(every(gap, 20))
    assert found is not None
    assert (found.newest, found.begins) == (NOW, NOW + days * DAY)


def test_too_few_posts_have_no_rhythm() -> None:
    assert silence(every(DAY, KNOWN - 1)) is None
    assert silence(every(DAY, KNOWN)) is not None
    assert silence([]) is None


def test_items_of_one_time_are_one_post() -> None:
    """The backlog of a source without dates came at once: it says nothing of a rhythm."""
    assert silence([NOW] * 30) is None


def test_a_newsletter_that_enters_its_links_in_one_sitting_posts_weekly() -> None:
    weeks = [NOW - 7 * DAY * week - MINUTE * link for week in range(6) for link in range(30)]
    found = silence(weeks)
    assert found is not None
    assert found.begins >= NOW + 27 * DAY


def test_one_long_pause_among_many_posts_does_not_count() -> None:
    before = every(DAY, 40, last=NOW - 100 * DAY)
    found = silence([*every(DAY, 40), *before])
    assert found is not None
    assert found.gap == DAY


def test_a_source_that_posts_with_old_dates_is_alive() -> None:
    old = every(DAY, 20, last=NOW - 900 * DAY)
    found = silence(old, arrived=NOW)
    assert found is not None
    assert found.begins == NOW + 4 * DAY


def test_dates_millennia_apart_have_no_rhythm() -> None:
    times = [datetime(1 + 1200 * number, 1, 1, tzinfo=UTC) for number in range(8)]
    assert silence(times) is None


@given(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=60))
def test_silence_never_begins_before_the_shortest_one_that_is_remarked(times: list[datetime]) -> None:
    found = silence(times)
    if found is not None:
        assert found.begins - found.newest >= max(SHORTEST, 4 * found.gap)
        assert found.newest == max(times)


@given(st.lists(st.integers(0, 10**8), min_size=2, max_size=50, unique=True))
def test_the_typical_gap_is_one_of_the_gaps(seconds: list[int]) -> None:
    times = sorted(NOW + timedelta(seconds=number) for number in seconds)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert typical_gap(times) in gaps


# ── floods ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_first_poll_is_never_a_spike() -> None:
    assert usual([], [], NOW) is None
    assert not is_spike(10_000, None)


def test_of_a_source_polled_once_its_rate_says_what_is_usual() -> None:
    backlog = [(NOW - DAY, 20)]
    assert usual(backlog, every(DAY, 20, last=NOW - DAY), NOW) == pytest.approx(20 / 19)
    assert usual([(NOW - 100 * DAY, 20)], every(DAY, 20, last=NOW - 100 * DAY), NOW) == pytest.approx(100 * 20 / 19)


def test_what_earlier_polls_brought_is_usual_whatever_the_backlog_was() -> None:
    arrivals = [(NOW - 4 * DAY, 1000), (NOW - 3 * DAY, 60), (NOW - 2 * DAY, 40)]
    assert usual(arrivals, every(HOUR, 30, last=NOW - 2 * DAY), NOW) == 50
    assert usual([(NOW - DAY, 1), (NOW - HOUR, 500)], [NOW - DAY], NOW) == 500


@pytest.mark.parametrize(("new", "expected"), [(49, False), (50, True), (1000, True)])
def test_fewer_than_fifty_are_no_spike(new: int, expected: bool) -> None:
    assert is_spike(new, 1.0) == expected


def test_ten_times_as_many_as_usual_are_no_spike_yet() -> None:
    assert not is_spike(500, 50.0)
    assert is_spike(501, 50.0)
