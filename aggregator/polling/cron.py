"""A cron expression: when it says that a source is polled. The one place that knows APScheduler's CronTrigger. Pure.

    minute hour day-of-month month day-of-week      "*/15 6-22 * * mon-fri"

Fields are those of crontab(5), in the source's time zone: numbers, names, lists, ranges, steps. Two things differ between
crontab and APScheduler, so they are dealt with here: crontab counts weekdays from Sunday (0 and 7), APScheduler from Monday; and
with both days given, crontab takes either, APScheduler both, so that one of the two must be `*`.
"""

import re
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?:(\*)|([0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?)(?:/([1-7]))?", re.ASCII)
_REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Any instant: what has no next time from here on has none ever."""


def check(expression: str) -> str:
    """The expression with single blanks. Raises ValueError that completes "source[2].cron: …"."""
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError('must have five fields: minute, hour, day of month, month, day of week, as in "*/15 6-22 * * mon-fri"')
    tidy = " ".join(fields)
    if len(tidy) > 200:
        raise ValueError("must not be longer than 200 characters")
    if next_time(tidy, None, _REFERENCE) is None:
        raise ValueError("must come at some time: there is no such date")
    return tidy


def next_time(expression: str, timezone: str | None, now: datetime) -> datetime | None:
    """The first instant after `now`, in UTC; None if there is none. `timezone` is an IANA name, None for UTC.

    Raises ValueError for an expression that `check` refuses.
    """
    found: datetime | None = _trigger(expression, timezone).get_next_fire_time(now, now)
    if found is None:
        return None
    return found.astimezone(UTC)


def _trigger(expression: str, timezone: str | None) -> "CronTrigger":
    minute, hour, day, month, weekday = expression.lower().split()
    if day not in ("*", "?") and weekday not in ("*", "?"):
        raise ValueError("must leave day of month or day of week at *: programs disagree on what both together mean")
    trigger: type[CronTrigger] = import_module("apscheduler.triggers.cron").CronTrigger
    try:
        return trigger(
            minute=minute,
            hour=hour,
            day="*" if day == "?" else day,
            month=month,
            day_of_week=_weekdays(weekday),
            timezone=ZoneInfo(timezone or "UTC"),
        )
    except (ValueError, TypeError) as error:
        reason = str(error).rstrip(".")
        raise ValueError(f"cannot be read: {reason[:1].lower()}{reason[1:]}") from error


def _weekdays(field: str) -> str:
    """crontab's days of the week → names, each for itself."""
    chosen: set[int] = set()
    for part in field.replace("?", "*").split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError(f'has no day of the week "{part[:20]}": write 0 to 7 or sun to sat, as in "mon-fri"')
        everything, first, last, step = found.groups()
        begin = 0 if everything else _number(first)
        end = 6 if everything else _number(last) if last else 6 if step else begin
        if last and (end < begin or end == 0):
            end += 7  # sat-mon and fri-7 run over the end of the week
        chosen.update(number % 7 for number in range(begin, end + 1, int(step or 1)))
    return "*" if len(chosen) == 7 else ",".join(_WEEKDAYS[number] for number in sorted(chosen))


def _number(word: str) -> int:
    if word.isdigit():
        return int(word) % 7
    if word not in _WEEKDAYS:
        raise ValueError(f'has no day of the week "{word}": write 0 to 7 or sun to sat, as in "mon-fri"')
    return _WEEKDAYS.index(word)
