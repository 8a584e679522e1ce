"""How often a source posts, learned from its dates."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.polling.rate import (
    LEAST,
    MOST,
    UNKNOWN,
    Prior,
    Rate,
    expected,
    from_text,
    last_learned,
    learn,
    level,
    pace,
    prior_of,
    rhythm,
    to_text,
)

NOW = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PRIOR = Prior()


def every(gap: timedelta, count: int, until: datetime = NOW) -> list[datetime]:
    return [until - gap * place for place in range(count, 0, -1)]


def polled(posts_per_poll, polls: int, gap: timedelta = HOUR, rate: Rate | None = None) -> tuple[Rate, datetime]:
    """The rate after polls at equal distances, each of which brought posts spread over the time since the last one."""
    now, rate = NOW, rate or Rate(learned=NOW.timestamp())
    for number in range(polls):
        since, now = now, now + gap
        count = posts_per_poll(number)
        rate = learn(rate, [since + gap * (place + 0.5) / count for place in range(count)], since, now)
    return rate, now


def test_a_source_of_which_nothing_is_known_posts_as_the_prior_says() -> None:
    assert level(Rate(), PRIOR) == UNKNOWN
    assert level(Rate(), Prior(mean=7.0)) == pytest.approx(7.0)
    assert expected(Rate(), Prior(mean=7.0), NOW) == pytest.approx(7.0)
    assert pace(Rate(), Prior(mean=9.0)) == pytest.approx(3.0)


@pytest.mark.parametrize("per_day", [0.1, 1.0, 24.0])
def test_a_first_poll_learns_from_the_history_that_it_brings(per_day: float) -> None:
    rate = learn(Rate(), every(DAY / per_day, 60), None, NOW)
    assert level(rate, PRIOR) == pytest.approx(per_day, rel=0.35)


def test_months_of_history_whose_posts_ended_long_ago_are_not_taken_for_news() -> None:
    rate = learn(Rate(), every(HOUR, 50, until=NOW - 100 * DAY), None, NOW)
    assert level(rate, PRIOR) < 0.1


def test_a_document_whose_dates_are_all_that_of_the_last_build_is_no_storm() -> None:
    rate = learn(Rate(), [NOW - timedelta(minutes=5)] * 500, None, NOW)
    later, _ = polled(lambda _: 0, 14 * 4, 6 * HOUR, rate)
    assert level(later, PRIOR) < level(rate, PRIOR) / 20


def test_undated_posts_of_a_first_poll_teach_nothing() -> None:
    rate = learn(Rate(), [NOW] * 20, None, NOW)
    assert level(rate, PRIOR) == UNKNOWN
    assert last_learned(rate) == NOW


def test_polls_find_the_rate_whatever_their_distance() -> None:
    often, _ = polled(lambda number: int(number % 4 == 0), 24 * 40)
    seldom, _ = polled(lambda _: 3, 2 * 40, 12 * HOUR)
    assert level(often, PRIOR) == pytest.approx(6.0, rel=0.05)
    assert level(seldom, PRIOR) == pytest.approx(6.0, rel=0.05)


def test_a_source_that_falls_silent_sinks_by_half_in_a_half_life_and_one_that_wakes_up_rises() -> None:
    busy, _ = polled(lambda _: 1, 24 * 40)
    silent, _ = polled(lambda _: 0, 24 * 7, rate=busy)
    assert level(silent, PRIOR) == pytest.approx(level(busy, PRIOR) / 2, rel=0.05)
    dead, _ = polled(lambda _: 0, 24 * 60, rate=busy)
    assert 0 < level(dead, PRIOR) < 0.2
    awake, _ = polled(lambda _: 1, 24 * 2, rate=dead)
    assert level(awake, PRIOR) > 3


def test_office_hours_are_learned_and_a_few_posts_are_no_rhythm() -> None:
    def office(weeks: int) -> Rate:
        hours = (NOW.replace(hour=0, minute=30) - timedelta(hours=hour) for hour in range(weeks * 168))
        return learn(Rate(), [at for at in hours if at.weekday() < 5 and 8 <= at.hour < 17], None, NOW)

    rate = office(8)
    factors = {at: expected(rate, PRIOR, at) / level(rate, PRIOR) for at in (NOW + HOUR * hour for hour in range(168))}
    assert sum(factors.values()) / 168 == pytest.approx(1.0)
    assert min(factor for at, factor in factors.items() if at.weekday() < 5 and 9 <= at.hour < 16) > 1.5
    assert max(factor for at, factor in factors.items() if at.weekday() > 4 and not 7 <= at.hour < 18) < 0.4
    assert pace(rate, PRIOR) ** 2 < 0.85 * level(rate, PRIOR)
    few = rhythm(learn(Rate(), every(DAY, 5), None, NOW))
    assert min(few.hours) > 0.8
    assert max(few.hours) < 1.3


def test_dates_without_a_time_tell_no_hour() -> None:
    midnight = NOW.replace(hour=0, second=0)
    rate = learn(Rate(), [midnight - DAY * day for day in range(50)], None, NOW)
    assert set(rate.hours) == {0.0}
    assert level(rate, PRIOR) == pytest.approx(1.0, rel=0.3)


def test_posts_dated_before_the_last_poll_count_but_tell_no_hour() -> None:
    since = NOW - HOUR
    rate = learn(Rate(learned=since.timestamp()), [since - 5 * HOUR, since - 6 * HOUR], since, NOW)
    assert rate.posts == pytest.approx(2.0, rel=0.01)
    assert sum(rate.hours) == 0


def test_an_archive_filed_at_once_is_one_event() -> None:
    since = NOW - HOUR
    one = learn(Rate(learned=since.timestamp()), [NOW - 900 * DAY], since, NOW)
    many = learn(Rate(learned=since.timestamp()), [NOW - DAY * (day + 2) for day in range(800)], since, NOW)
    assert many == one
    assert one.posts == 1.0


def test_a_clock_that_jumps_a_year_neither_forgets_everything_nor_breaks() -> None:
    busy, now = polled(lambda _: 1, 24 * 40)
    ahead = learn(busy, [], now, now + 365 * DAY)
    assert level(ahead, PRIOR) > level(busy, PRIOR) / 3
    back = learn(ahead, [now + HOUR], last_learned(ahead), now + HOUR)
    assert last_learned(back) == now + HOUR
    assert level(back, PRIOR) == pytest.approx(level(ahead, PRIOR), rel=0.05)


def test_the_prior_is_the_square_of_the_mean_pace_within_bounds() -> None:
    assert prior_of([]) == Prior()
    assert prior_of([1.0, 3.0]).mean == pytest.approx(4.0)
    assert prior_of([float("nan"), float("inf"), -1.0]) == Prior()
    assert prior_of([0.0]).mean == LEAST
    assert prior_of([1e6]).mean == MOST


@pytest.mark.parametrize(
    "text",
    [
        None, "", "{", "[]", "7", '"x"', "null", '{"posts": "many"}', '{"hours": [1]}', '{"days": -1}', '{"posts": NaN}',
        '{"posts": 1e999}', '{"hours": 3}', '{"learned": {}}', "[" * 100000,
    ],
)  # fmt: skip
def test_what_is_no_rate_is_learned_again(text: str | None) -> None:
    assert from_text(text) == Rate()


instants = st.floats(1e5, 4e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(st.lists(st.tuples(st.lists(instants, max_size=5), st.none() | instants, instants), max_size=5))
def test_whatever_is_learned_can_be_kept_and_is_sane(polls) -> None:
    rate = Rate()
    for posts, since, now in polls:
        rate = learn(rate, posts, since, now)
        assert last_learned(rate) == now
    kept = from_text(to_text(rate))
    assert to_text(kept) == to_text(rate)
    assert len(to_text(rate)) < 700
    assert 0 < level(rate, PRIOR) < 1e6
    assert 0 < pace(rate, PRIOR) <= level(rate, PRIOR) ** 0.5 * 1.0001
