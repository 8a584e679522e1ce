"""When a source is polled next, and why."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import FetchError, HttpStatusError, ParseError
from aggregator.model import Hints
from aggregator.polling.plan import NEVER, after_failure, after_success, raised

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)  # a Sunday
HOUR, DAY = 3600, 86400


def seconds(plan) -> float:
    return (plan.due - NOW).total_seconds()


def status(code: int, retry_after: float | None = None) -> HttpStatusError:
    return HttpStatusError("no", url="http://example.org/", status=code, retry_after=retry_after)


@pytest.mark.parametrize(
    ("more", "expected", "reason"),
    [
        ({}, HOUR, "interval"),
        ({"interval": 60}, 60, "interval"),
        ({"interval": 60, "why": "adaptive"}, 60, "adaptive"),
        ({"interval": 60, "why": "cron", "jitter": 0.9}, 60, "cron"),
        ({"interval": 60, "why": "adaptive", "freshness": 61.0}, 61, "max-age"),
        ({"freshness": 0.0}, HOUR, "interval"),
        ({"freshness": HOUR}, HOUR, "interval"),
        ({"freshness": 2 * HOUR}, 2 * HOUR, "max-age"),
        ({"freshness": 1e15}, 7 * DAY, "max-age"),
        ({"hints": Hints(ttl=0)}, HOUR, "interval"),
        ({"hints": Hints(ttl=3 * HOUR)}, 3 * HOUR, "ttl"),
        ({"hints": Hints(ttl=float("inf"))}, 7 * DAY, "ttl"),
        ({"hints": Hints(ttl=float("nan"))}, HOUR, "interval"),
        ({"hints": Hints(ttl=-5)}, HOUR, "interval"),
        ({"hints": Hints(ttl=3 * HOUR), "freshness": 4 * HOUR}, 4 * HOUR, "max-age"),
        ({"hints": Hints(ttl=5 * HOUR), "freshness": 4 * HOUR}, 5 * HOUR, "ttl"),
        ({"interval": 30 * DAY, "freshness": 1e15}, 30 * DAY, "interval"),
    ],
)
def test_a_success_is_followed_after_the_interval_or_what_the_source_asks(more, expected, reason) -> None:
    plan = after_success(NOW, **more)
    assert (seconds(plan), plan.reason, plan.interval) == (expected, reason, expected)
    assert plan.host_until is None


@pytest.mark.parametrize(
    ("hints", "due"),
    [
        (Hints(skip_hours=(13,)), datetime(2026, 3, 1, 14, tzinfo=UTC)),
        (Hints(skip_hours=(13, 14, 15)), datetime(2026, 3, 1, 16, tzinfo=UTC)),
        (Hints(skip_days=(6,)), datetime(2026, 3, 2, 0, tzinfo=UTC)),
        (Hints(skip_days=(6, 0), skip_hours=(0, 1)), datetime(2026, 3, 3, 2, tzinfo=UTC)),
        (Hints(skip_hours=tuple(range(13, 24))), datetime(2026, 3, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_poll_moves_out_of_skipped_hours_and_days(hints: Hints, due: datetime) -> None:
    plan = after_success(NOW, hints=hints)
    assert (plan.due, plan.reason) == (due, "skip-hours")


@pytest.mark.parametrize(
    "hints", [Hints(skip_hours=tuple(range(24))), Hints(skip_days=tuple(range(7))), Hints(skip_hours=(12, 99), skip_days=(9,))]
)
def test_skipping_everything_or_nothing_real_is_not_obeyed(hints: Hints) -> None:
    assert after_success(NOW, hints=hints).reason == "interval"


def test_skipped_days_do_not_carry_past_seven_days() -> None:
    plan = after_success(NOW, freshness=1e15, hints=Hints(skip_days=(6, 0, 1)))
    assert seconds(plan) == 7 * DAY


def test_failures_back_off_from_half_an_hour_to_seven_days() -> None:
    error = FetchError("no", url="u")
    waits = [seconds(after_failure(NOW, failures, error)) for failures in (1, 2, 3, 8, 9, 10, 5000)]
    assert waits == [1800, 3600, 7200, 1800 * 128, 1800 * 256, 7 * DAY, 7 * DAY]
    assert after_failure(NOW, 1, ParseError("junk")).reason == "backoff"
    assert seconds(after_failure(NOW, 0, error)) == 1800


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("asked", "failures", "expected", "reason"),
    [
        (120, 1, 120, "retry-after"),
        (0, 1, 60, "retry-after"),
        (1e9, 1, 7 * DAY, "retry-after"),
        (float("inf"), 1, 7 * DAY, "retry-after"),
        (-90, 1, 6 * HOUR, "backoff"),
        (None, 1, 6 * HOUR, "backoff"),
        (None, 2, 12 * HOUR, "backoff"),
        (None, 9, 7 * DAY, "backoff"),
    ],
)
def test_an_overloaded_server_cools_its_whole_host(code, asked, failures, expected, reason) -> None:
    plan = after_failure(NOW, failures, status(code, asked))
    assert (seconds(plan), plan.reason) == (expected, reason)
    assert plan.host_until == NOW + timedelta(seconds=expected)


@pytest.mark.parametrize("code", [401, 403])
def test_a_refusal_is_asked_again_after_a_day(code: int) -> None:
    plan = after_failure(NOW, 5, status(code))
    assert (seconds(plan), plan.reason, plan.host_until) == (DAY, "backoff", None)


def test_two_410_a_day_apart_retire_a_source_and_one_does_not() -> None:
    first = after_failure(NOW, 1, status(410), jitter=0.5)
    assert first.reason == "backoff"
    assert first.due - NOW >= timedelta(days=1)
    early = after_failure(NOW + timedelta(hours=23), 2, status(410), gone_since=NOW)
    assert early.reason == "backoff"
    second = after_failure(first.due, 2, status(410), gone_since=NOW)
    assert (second.reason, second.due) == ("gone", NEVER)


def test_a_retry_after_of_another_status_is_not_what_decides() -> None:
    assert seconds(after_failure(NOW, 1, status(500, 10))) == 1800


wishes = st.none() | st.floats(min_value=-1e12, max_value=1e18)


@given(
    st.none() | st.floats(1, 30 * DAY),
    wishes,
    wishes,
    st.floats(0, 1, exclude_max=True),
    st.sets(st.integers(0, 23)),
    st.sets(st.integers(0, 6)),
)
def test_no_success_is_followed_sooner_than_the_interval_or_much_later_than_seven_days(
    interval, fresh, ttl, jitter, hours, days
) -> None:
    hints = Hints(ttl=ttl, skip_hours=tuple(hours), skip_days=tuple(days))
    plan = after_success(NOW, interval=interval, freshness=fresh, hints=hints, jitter=jitter)
    least = 3600.0 if interval is None else interval
    assert seconds(plan) >= least - 1e-3
    assert seconds(plan) <= max(least * 1.1, 7 * DAY + 360)
    if plan.reason == "max-age":
        assert seconds(plan) >= min(fresh, 7 * DAY) - 1e-3


@given(
    st.integers(0, 10**6),
    st.integers(100, 999),
    st.none() | st.floats(allow_nan=False),
    st.floats(0, 1, exclude_max=True),
)
def test_every_failure_is_followed_within_a_minute_and_seven_days(failures, code, retry_after, jitter) -> None:
    plan = after_failure(NOW, failures, status(code, retry_after), jitter=jitter)
    assert 60 <= seconds(plan) <= 7 * DAY
    assert plan.host_until is None or NOW < plan.host_until <= plan.due


@given(
    st.floats(1, 30 * DAY), wishes, wishes, st.floats(0, 1, exclude_max=True), st.sampled_from(["adaptive", "interval", "cron"])
)
def test_a_poll_is_never_earlier_than_what_the_source_asked(interval, fresh, ttl, jitter, why) -> None:
    plan = after_success(NOW, interval=interval, why=why, freshness=fresh, hints=Hints(ttl=ttl), jitter=jitter)
    for wish in (fresh, ttl):
        assert wish is None or seconds(plan) >= min(wish, 7 * DAY) - 1e-3
    assert seconds(plan) >= interval - 1e-3


def test_a_plan_is_raised_until_the_host_is_free() -> None:
    plan = after_success(NOW, interval=HOUR, why="adaptive")
    assert raised(plan, None) is plan
    assert raised(plan, NOW) is plan
    later = raised(plan, NOW + timedelta(hours=5))
    assert (later.due, later.reason) == (NOW + timedelta(hours=5), "host-budget")
    gone = after_failure(NOW, 2, status(410), gone_since=NOW - timedelta(days=2))
    assert raised(gone, NOW + timedelta(days=9)).reason == "gone"
