"""The schedule after a pause or a jump of the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.polling.backlog import AT_ONCE, WINDOW, sane_due, spread
from aggregator.polling.plan import NEVER

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def overdue(count: int) -> list[tuple[str, datetime | None]]:
    return [(f"s{place:05}", NOW - timedelta(seconds=count - place)) for place in range(count)]


def test_a_few_overdue_sources_are_polled_at_once() -> None:
    assert spread(overdue(AT_ONCE), NOW, budget=24, sources=1000) == {}


def test_after_downtime_a_backlog_takes_a_quarter_of_an_hour_longest_waiting_first() -> None:
    later = spread(overdue(10_000), NOW, budget=24, sources=10_000)
    assert len(later) == 10_000 - AT_ONCE
    dues = [later[f"s{place:05}"] for place in range(AT_ONCE, 10_000)]
    assert dues == sorted(dues)
    assert dues[0] > NOW
    assert timedelta(minutes=14) < dues[-1] - NOW <= timedelta(minutes=16)
    per_minute = [
        sum(NOW + timedelta(minutes=minute) < due <= NOW + timedelta(minutes=minute + 1) for due in dues) for minute in range(15)
    ]
    assert max(per_minute) <= 700


def test_a_frugal_budget_does_not_hold_news_back_for_longer_than_an_hour() -> None:
    later = spread(overdue(1000), NOW, budget=0.01, sources=1000)
    assert max(later.values()) <= NOW + timedelta(seconds=WINDOW)


def test_sources_that_were_never_polled_or_are_not_due_are_left_alone() -> None:
    waiting = [*overdue(500), ("new", None), ("later", NOW + DAY)]
    later = spread(waiting, NOW, budget=24, sources=502)
    assert "new" not in later
    assert "later" not in later


@given(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=300), st.floats(0.01, 1440), st.integers(0, 10**6))
def test_a_spread_source_is_polled_within_the_window_and_nobody_earlier_than_before(dues, budget, sources) -> None:
    waiting = {f"s{place}": due for place, due in enumerate(dues)}
    for id, due in spread(waiting.items(), NOW, budget=budget, sources=sources).items():
        assert waiting[id] <= NOW < due <= NOW + timedelta(seconds=WINDOW + 1)


@pytest.mark.parametrize(
    "reason", ["adaptive", "interval", "polling", "max-age", "ttl", "skip-hours", "retry-after", "backoff", None]
)
def test_a_due_a_year_ahead_comes_within_a_day(reason: str | None) -> None:
    sane = sane_due(NOW + 365 * DAY, reason, NOW, jitter=0.5)
    assert sane == NOW + DAY / 2


@pytest.mark.parametrize(
    ("due", "reason", "longest"),
    [
        (None, None, 86400.0),
        (NOW - 365 * DAY, "adaptive", 86400.0),
        (NOW + DAY, "adaptive", 86400.0),
        (NOW + 1.1 * DAY, "adaptive", 86400.0),
        (NOW + 7 * DAY, "max-age", 86400.0),
        (NOW + 7.6 * DAY, "backoff", 86400.0),
        (NOW + 30 * DAY, "interval", 30 * 86400.0),
        (NOW + 300 * DAY, "cron", 86400.0),
        (NEVER, "gone", 86400.0),
    ],
)
def test_a_due_that_a_plan_can_have_set_stays(due, reason, longest) -> None:
    assert sane_due(due, reason, NOW, longest=longest, jitter=0.3) == due


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["adaptive", "ttl", "interval"]), st.floats(0, 1, exclude_max=True))
def test_whatever_the_clock_did_nobody_is_silenced_for_longer_than_a_plan_allows(due, reason, jitter) -> None:
    sane = sane_due(due, reason, NOW, jitter=jitter)
    assert sane is not None
    assert sane == due or NOW <= sane <= NOW + DAY
    assert sane <= NOW + 8 * DAY
    assert sane_due(sane, reason, NOW, jitter=jitter) == sane
