"""When a source is polled next, and why: after a success, and after a failure. Pure.

    success:  interval | adaptive | cron ─raised by→ max-age | ttl ─jitter→ due ─moved out of→ skip-hours      capped: 7 days
    failure:  30 min × 2ⁿ, at most 7 days
              429, 503: Retry-After, else 6 h × 2ⁿ, for the whole host;  401, 403: 24 h;  410: 24 h, then gone
    either:   ─raised→ host-budget, moved: not before the host is free

Jitter only ever delays, by up to a tenth: nothing is asked before the source allows it, and a thousand sources that failed
together do not come back together. How long we would wait ourselves is an argument: polling.adaptive and polling.cron decide it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from aggregator.errors import HttpStatusError, SourceError
from aggregator.model import Hints

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
DEFAULT = HOUR
CEILING = 7 * DAY
"""For what the source asks, and for failures."""
JITTER = 0.1
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When a retired source is due."""

Reason = Literal[
    "adaptive", "interval", "cron", "max-age", "ttl", "skip-hours", "retry-after", "backoff", "host-budget", "moved", "gone"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The next poll. `interval` in seconds is what was decided before jitter and skipped hours."""

    due: datetime
    reason: Reason
    interval: float
    host_until: datetime | None = None
    """Until when every source of the host is left alone (429, 503)."""


_UNSAID = Hints()


def after_success(
    now: datetime,
    *,
    interval: float | None = None,
    why: Literal["adaptive", "interval", "cron"] = "interval",
    freshness: float | None = None,
    hints: Hints = _UNSAID,
    jitter: float = 0.0,
) -> Plan:
    """Plan after an answer was understood (or was 304).

    `interval` is how long we would wait (seconds; None: an hour) and `why`, `freshness` what `freshness()` found, `jitter` in
    [0, 1). What the source asks (max-age, ttl, skipped hours and days) only ever makes it later, and by at most 7 days. A time
    that a cron expression names is kept to the second.
    """
    reason: Reason = why
    seconds = DEFAULT if interval is None else interval
    if why == "cron":
        jitter = 0.0
    asked: tuple[tuple[Reason, float | None], ...] = (("max-age", freshness), ("ttl", hints.ttl))
    for name, wish in asked:
        if wish is not None and min(wish, CEILING) > seconds:
            reason, seconds = name, min(wish, CEILING)
    due = now + timedelta(seconds=_delayed(seconds, jitter))
    allowed = _allowed(due, hints)
    if due < allowed <= now + timedelta(seconds=CEILING):
        return Plan(due=allowed + timedelta(seconds=jitter * JITTER * HOUR), reason="skip-hours", interval=seconds)
    return Plan(due=due, reason=reason, interval=seconds)


def after_failure(
    now: datetime,
    failures: int,
    error: SourceError,
    *,
    since: datetime | None = None,
    jitter: float = 0.0,
    gone_since: datetime | None = None,
) -> Plan:
    """Plan after a failed poll.

    `failures` counts polls that failed in a row, this one included; `since` is when the first of them did, None if this is the
    first. `gone_since` is when the first 410 of an unbroken row of 410s came, None if this is the first: a second one at least
    24 hours later retires the source (reason `gone`, due NEVER).
    """
    status = error.status if isinstance(error, HttpStatusError) else None
    wait = error.retry_after if isinstance(error, HttpStatusError) else None
    if status == 410:
        if gone_since is not None and now - gone_since >= timedelta(seconds=DAY):
            return Plan(due=NEVER, reason="gone", interval=0.0)
        return _later(now, "backoff", DAY, jitter)
    if status in (429, 503):
        if wait is not None and wait >= 0:
            plan = _later(now, "retry-after", min(max(wait, MINUTE), CEILING), jitter)
        else:
            plan = _later(now, "backoff", _doubled(6 * HOUR, failures), jitter)
        return Plan(due=plan.due, reason=plan.reason, interval=plan.interval, host_until=now + timedelta(seconds=plan.interval))
    if status in (401, 403):
        return _later(now, "backoff", DAY, jitter)
    pause = _doubled(30 * MINUTE, failures)
    if since is not None:
        # doubled, a pause is half an hour longer than the failure is old; polls that somebody insisted on count no more than that
        pause = min(pause, max((now - since).total_seconds(), 0.0) + 30 * MINUTE)
    return _later(now, "backoff", pause, jitter)


def raised(plan: Plan, until: datetime | None, reason: Reason = "host-budget") -> Plan:
    """The plan, not before `until`: the host rests, or is busy with its other sources. A retired source stays retired."""
    if until is None or until <= plan.due:
        return plan
    return replace(plan, due=until, reason=reason)


def _later(now: datetime, reason: Reason, seconds: float, jitter: float) -> Plan:
    return Plan(due=now + timedelta(seconds=_delayed(seconds, jitter)), reason=reason, interval=seconds)


def _delayed(seconds: float, jitter: float) -> float:
    """With jitter, which does not carry past the ceiling."""
    return max(seconds, min(seconds * (1 + JITTER * jitter), CEILING))


def _doubled(first: float, failures: int) -> float:
    """`first`, doubled for every failure after the first, up to the ceiling."""
    return min(first * 2.0 ** min(max(failures - 1, 0), 20), CEILING)


def _allowed(due: datetime, hints: Hints) -> datetime:
    """The first instant from `due` on that is in no skipped hour or day (UTC); `due` itself if everything is skipped."""
    hours, days = set(hints.skip_hours) & set(range(24)), set(hints.skip_days) & set(range(7))
    if len(hours) == 24 or len(days) == 7:
        return due
    moment = due.astimezone(UTC)
    while moment.weekday() in days or moment.hour in hours:  # ends: some hour of some day of the next eight is free
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment
