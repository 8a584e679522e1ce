"""When the periods of a digest end."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.curate.periods import Schedule, end_at_or_after, last_end, local_date, read


def ends(written, first, count):
    schedule, found = read(written), [datetime.fromisoformat(first).replace(tzinfo=UTC)]
    while len(found) <= count:
        found.append(end_at_or_after(schedule, found[-1] + timedelta(seconds=1)))
    return [f"{end:%m-%d %H:%M}" for end in found[1:]]


@pytest.mark.parametrize(
    ("written", "first", "expected"),
    [
        ("daily 07:00", "2026-03-01T06:59", ["03-01 07:00", "03-02 07:00"]),
        ("daily 07:00 Europe/Berlin", "2026-03-28T00:00", ["03-28 06:00", "03-29 05:00", "03-30 05:00"]),
        ("daily 07:00 Europe/Berlin", "2026-10-24T00:00", ["10-24 05:00", "10-25 06:00", "10-26 06:00"]),
        # left out in spring: the instant at which it would have been; twice in autumn: the first
        ("daily 02:30 Europe/Berlin", "2026-03-28T00:00", ["03-28 01:30", "03-29 01:30", "03-30 00:30"]),
        ("daily 02:30 Europe/Berlin", "2026-10-24T00:00", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("weekly mon 07:00 Europe/Berlin", "2026-03-20T00:00", ["03-23 06:00", "03-30 05:00", "04-06 05:00"]),
        ("weekly Sunday 23:59 Pacific/Kiritimati", "2026-03-20T00:00", ["03-22 09:59", "03-29 09:59"]),
        # 30 December 2011 was left out in Samoa, which changed sides of the date line
        ("daily 12:00 Pacific/Apia", "2011-12-28T00:00", ["12-28 22:00", "12-29 22:00", "12-30 22:00", "12-31 22:00"]),
        ("daily 00:00 UTC", "2026-12-31T12:00", ["01-01 00:00", "01-02 00:00"]),
    ],
)
def test_periods_end_where_the_clocks_of_the_zone_say(written, first, expected):
    assert ends(written, first, len(expected)) == expected


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "must be written as"),
        ("07:00", "must be written as"),
        ("daily", "must be written as"),
        ("daily 7:00", "must be written as"),
        ("daily 07:00 Europe/Berlin extra", "must be written as"),
        ("hourly 07:00", "must be written as"),
        ("weekly 07:00", "must be written as"),
        ("weekly foo 07:00", "must name a day such as mon, not foo"),
        ("daily 24:00", "must name a time from 00:00 to 23:59, not 24:00"),
        ("daily 07:60", "must name a time"),
        ("daily 07:00 Berlin", 'must name a time zone such as "Europe/Berlin" or "UTC", not Berlin'),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_write(written, said):
    with pytest.raises(ValueError, match=said):
        read(written)


zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo"]
)
schedules = st.builds(
    lambda hour, minute, zone, weekday: Schedule(at=datetime(1, 1, 1, hour, minute).time(), zone=zone, weekday=weekday),  # noqa: DTZ001
    st.integers(0, 23),
    st.integers(0, 59),
    zones,
    st.one_of(st.none(), st.integers(0, 6)),
)
instants = st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(schedules, instants)
def test_ends_are_a_period_apart_and_at_their_time_of_day(schedule, instant):
    last, following = last_end(schedule, instant), end_at_or_after(schedule, instant)
    assert last <= instant <= following
    assert end_at_or_after(schedule, last) == last
    assert last_end(schedule, following) == following
    chain = [last]
    for _ in range(20):
        chain.append(end_at_or_after(schedule, chain[-1] + timedelta(microseconds=1)))
    days = [local_date(schedule, end) for end in chain]
    step = 1 if schedule.weekday is None else 7
    for before, after in pairwise(chain):
        assert (
            timedelta(days=step, hours=-2) <= after - before <= timedelta(days=step, hours=2) or schedule.zone == "Pacific/Apia"
        )
    assert len(set(days)) == len(days)
    local = [end.astimezone(zoneinfo.ZoneInfo(schedule.zone)).time() for end in chain]
    assert sum(at == schedule.at for at in local) >= 20
