"""When the periods of a digest end: daily or weekly, at a time of day, in a time zone. Pure.

    read("daily 07:00 Europe/Berlin") → Schedule
    end_at_or_after(schedule, instant), last_end(schedule, instant) → when a period ends, in UTC

There is one end on each day that the calendar of the zone has, whatever the clocks do: a time that is left out in spring is
the instant at which it would have been; of a time that comes twice in autumn it is the first.
"""

import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WRITTEN = re.compile(r"(?:(daily)|weekly ([A-Za-z]+)) (\d\d):(\d\d)(?: (\S+))?", re.ASCII)
_AROUND = (-2, -1, 0, 1, 2)
"""Days beside the one sought, in periods: no zone is two days away from UTC, nor is the date line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`weekday` counts from 0, Monday; None means every day."""

    at: time
    zone: str
    weekday: int | None = None


def read(written: str) -> Schedule:
    """Read `daily HH:MM [ZONE]` or `weekly DAY HH:MM [ZONE]`; without a zone it is UTC. Raises ValueError, with what to write."""
    found = _WRITTEN.fullmatch(" ".join(written.split()))
    if found is None:
        raise ValueError('must be written as "daily 07:00 Europe/Berlin" or "weekly mon 07:00 Europe/Berlin"')
    _, day, hour, minute, zone = found.groups()
    if day is not None and day[:3].lower() not in DAYS:
        raise ValueError(f"must name a day such as mon, not {day}")
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(f"must name a time from 00:00 to 23:59, not {hour}:{minute}")
    zone = zone or "UTC"
    if zone not in zoneinfo.available_timezones():
        raise ValueError(f'must name a time zone such as "Europe/Berlin" or "UTC", not {zone}')
    weekday = None if day is None else DAYS.index(day[:3].lower())
    return Schedule(at=time(int(hour), int(minute)), zone=zone, weekday=weekday)


def end_at_or_after(schedule: Schedule, instant: datetime) -> datetime:
    """The first end of a period that is not before the instant."""
    return next(end for end in _ends(schedule, instant) if end >= instant)


def last_end(schedule: Schedule, instant: datetime) -> datetime:
    """The last end of a period that is not after the instant."""
    return max(end for end in _ends(schedule, instant) if end <= instant)


def local_date(schedule: Schedule, end: datetime) -> date:
    """The day on which a period ends, where its time zone is."""
    return end.astimezone(zoneinfo.ZoneInfo(schedule.zone)).date()


def _ends(schedule: Schedule, instant: datetime) -> list[datetime]:
    """Ends around an instant, in order."""
    day = instant.astimezone(UTC).date()
    step = 1 if schedule.weekday is None else 7
    if schedule.weekday is not None:
        day += timedelta(days=(schedule.weekday - day.weekday()) % 7)
    return sorted({_end(schedule, day + timedelta(days=step * place)) for place in _AROUND})


def _end(schedule: Schedule, day: date) -> datetime:
    return datetime.combine(day, schedule.at, zoneinfo.ZoneInfo(schedule.zone)).astimezone(UTC)
