"""The square-root law, and how the budget is dealt out by it."""

import math
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aggregator.polling.adaptive import CEILING, DAY, FIRST_K, FLOOR, Demand, bounds, next_poll, solve
from aggregator.polling.rate import Prior, Rate, pace

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
paces = st.floats(0.01, 20)


def requests(demands: list[Demand], k: float) -> float:
    return sum(DAY / min(max(k / demand.pace, demand.floor), demand.ceiling) for demand in demands) / len(demands)


def known(per_day: float) -> Rate:
    return Rate(learned=NOW.timestamp(), posts=per_day * 1e4, days=1e4)


def test_four_times_the_posts_are_asked_for_twice_as_often() -> None:
    k = solve([Demand(1.0), Demand(2.0)], 24)
    slow, fast = (next_poll(NOW, known(rate), Prior(), k) for rate in (1, 4))
    assert slow / fast == pytest.approx(2.0, rel=0.01)
    assert (DAY / slow + DAY / fast) / 2 == pytest.approx(24, rel=0.01)


def test_without_sources_there_is_a_k_all_the_same() -> None:
    assert solve([], 24) == FIRST_K


def test_a_budget_that_floors_and_ceilings_do_not_allow_is_met_as_near_as_they_do() -> None:
    demands = [Demand(1.0), Demand(5.0)]
    assert requests(demands, solve(demands, 1e6)) == DAY / FLOOR
    assert requests(demands, solve(demands, 1e-6)) == DAY / CEILING


@pytest.mark.parametrize("pace", [0.0, -1.0, float("nan"), float("inf"), 1e300])
def test_a_pace_that_is_no_number_does_no_harm(pace: float) -> None:
    k = solve([Demand(pace), Demand(1.0, floor=0.0, ceiling=-5.0)], 24)
    assert 0 < k < float("inf")


def test_a_hundred_thousand_sources_are_dealt_out_in_a_second() -> None:
    demands = [Demand(math.exp(place % 977 / 100 - 5), FLOOR, CEILING) for place in range(100_000)]
    before = time.process_time()
    k = solve(demands, 24)
    assert time.process_time() - before < 3
    assert requests(demands, k) == pytest.approx(24, rel=0.01)


@given(st.lists(st.tuples(paces, st.floats(60, 3600), st.floats(7200, 7 * DAY)), min_size=1, max_size=50), st.floats(2, 90))
def test_all_sources_together_make_as_many_requests_as_the_budget_says(given_demands, budget) -> None:
    demands = [Demand(*demand) for demand in given_demands]
    assume(requests(demands, 1e9) < budget * 0.99)
    assume(requests(demands, 1e-3) > budget * 1.01)
    assert requests(demands, solve(demands, budget)) == pytest.approx(budget, rel=0.02)


@given(st.lists(st.tuples(paces, st.floats(60, 3600), st.floats(3600, 7 * DAY)), min_size=1, max_size=50), st.floats(2, 90))
def test_as_many_requests_are_made_as_halving_an_interval_finds(given_demands, budget) -> None:
    demands = [Demand(*demand) for demand in given_demands]
    low, high = math.log(1e-3), math.log(1e9)
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if requests(demands, math.exp(middle)) > budget else (low, middle)
    assert requests(demands, solve(demands, budget)) == pytest.approx(requests(demands, math.exp(high)), rel=0.02)


@given(st.lists(st.builds(Demand, paces), min_size=1, max_size=20), st.floats(1, 50), st.floats(1, 3))
def test_a_greater_budget_makes_no_interval_longer(demands, budget, more) -> None:
    assert solve(demands, budget * more) <= solve(demands, budget) * 1.0001


rates = st.builds(
    Rate,
    learned=st.just(NOW.timestamp()),
    posts=st.floats(0, 1e5),
    days=st.floats(0, 20),
    hours=st.tuples(*[st.floats(0, 1000)] * 24),
    weekdays=st.tuples(*[st.floats(0, 1000)] * 7),
)
moments = st.floats(1.5e9, 2e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(moments, rates, st.floats(1e-3, 1e9), st.floats(1, 5 * DAY), st.floats(1, 9 * DAY))
def test_an_interval_lies_between_floor_and_ceiling(now, rate, k, floor, ceiling) -> None:
    assert floor <= next_poll(now, rate, Prior(), k, floor, ceiling) <= max(floor, ceiling)


@given(moments, rates, st.floats(1, 1e7), st.floats(1, 10))
def test_more_posts_never_make_it_longer_and_a_greater_k_never_shorter(now, rate, k, times) -> None:
    more = Rate(learned=rate.learned, posts=rate.posts * times, days=rate.days, hours=rate.hours, weekdays=rate.weekdays)
    seconds = next_poll(now, rate, Prior(), k)
    assert next_poll(now, more, Prior(), k) <= seconds + 1e-3
    assert next_poll(now, rate, Prior(), k * times) >= seconds - 1e-3


def test_a_source_with_office_hours_is_polled_when_it_posts() -> None:
    hours = tuple(300.0 if 8 <= hour < 17 else 0.0 for hour in range(24))
    rate = Rate(learned=NOW.timestamp(), posts=1000, days=100, hours=hours, weekdays=(540.0,) * 5 + (0.0,) * 2)
    k = solve([Demand(pace(rate, Prior()))], 12)
    now, polls = NOW, []
    while now < NOW + timedelta(days=28):
        now += timedelta(seconds=next_poll(now, rate, Prior(), k))
        polls.append(now)
    assert len(polls) / 28 == pytest.approx(12, rel=0.1)
    office = sum(poll.weekday() < 5 and 8 <= poll.hour < 17 for poll in polls)
    assert office / len(polls) > 0.6  # of 168 hours these are 45, so 0.27 without rhythm


@pytest.mark.parametrize(
    ("floor", "ceiling", "found"),
    [
        (None, None, (FLOOR, CEILING)),
        (60.0, None, (60.0, CEILING)),
        (None, 300.0, (300.0, 300.0)),
        (None, 7 * DAY, (FLOOR, 7 * DAY)),
        (2 * DAY, None, (2 * DAY, 2 * DAY)),
        (10.0, 20.0, (10.0, 20.0)),
        (20.0, 10.0, (20.0, 20.0)),
    ],
)
def test_a_bound_that_is_not_written_makes_room_for_the_other(floor, ceiling, found) -> None:
    assert bounds(floor, ceiling) == found
