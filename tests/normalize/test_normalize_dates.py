"""Dates of every spelling, read right or not at all."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.normalize import feedparser_dates, zones
from aggregator.normalize.dates import parse

MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def at(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type,misc]  # fields are what datetime takes


SUMMER = at(2024, 6, 29, 19, 28)

STANDARD = {
    # RFC 822 and 2822, and what is made of them
    "Sat, 29 Jun 2024 19:28:00 GMT": SUMMER, "Sat, 29 Jun 2024 19:28 +0000": SUMMER, "29 Jun 2024 19:28:00 UT": SUMMER,
    "Sat, 29 Jun 24 19:28:00 Z": SUMMER, "Sat, 29 Jun 2024 15:28:00 EDT": SUMMER, "Sat, 29 Jun 2024 21:28:00 CEST": SUMMER,
    "Sat, 29 Jun 2024 20:28:00 BST": SUMMER, "Sat, 29 Jun 2024 21:28:00 MEST": SUMMER, "Sun, 30 Jun 2024 05:28:00 AEST": SUMMER,
    "Sun, 30 Jun 2024 04:28:00 JST": SUMMER, "Sat, 29 Jun 2024 21:28:00 +0200 (CEST)": SUMMER, "(x) Sat, 29 Jun 2024 19:28:00 A": SUMMER,
    "Mon, 29 Jun 2024 19:28:00 GMT": SUMMER, "saturday,29 june 2024 19:28:00 gmt": SUMMER, "Sat, 29-Jun-2024 19:28:00 GMT": SUMMER,
    "Sat, 29 Jun 2024 21:28:00 GMT+2": SUMMER, "Sat, 29 Jun 2024 21:28:00 GMT+02:00": SUMMER, "Sat, 29 Jun 2024 15:28:00 ET": SUMMER,
    "Sat, 29 Jun 2024 21:28:00 Europe/Berlin": SUMMER, "1 Jan 2024": at(2024, 1, 1), "Mon, 1 Jan 99 0:00:00 GMT": at(1999, 1, 1),
    "Sat, 29 Jun 2024 24:00:00 GMT": at(2024, 6, 30), "Sat, 29 Jun 2024 23:59:60 GMT": at(2024, 6, 30),
    "Sat, 29 Jun 2024 12:28:00 PT": SUMMER, "\n Sat,  29 Jun 2024\t19:28:00 GMT ": SUMMER, "Sat, 29 Jun 2024 15:58:00 −0330": at(2024, 6, 29, 19, 28),
    # ISO 8601
    "Saturday 29 June 2024 19:28 +0000": SUMMER,
    "2024-06-29T19:28:00Z": SUMMER, "2024-06-29T21:28:00+02:00": SUMMER, "2024-06-29T21:28+0200": SUMMER, "2024-06-29 19:28": SUMMER,
    "2024-06-29T19:28:00.000Z": SUMMER, "2024-06-29T19:28:00,5Z": SUMMER + timedelta(microseconds=500_000), "2024-06-29T19:28:00.Z": SUMMER,
    "2024-06-29t19:28z": SUMMER, "20240629T192800Z": SUMMER, "20240629T1928": SUMMER, "2024-06-29 19:28:00 UTC": SUMMER, "2024-06-29T19:28:00 +00:00": SUMMER,
    "2024-06-29T24:00:00Z": at(2024, 6, 30), "2024-06-29T23:59:60Z": at(2024, 6, 30), "2024-W26-6T19:28Z": SUMMER, "2024W266": at(2024, 6, 29),
    "2024-W26": at(2024, 6, 24), "2024-181": at(2024, 6, 29), "2024-06-29": at(2024, 6, 29), "2024-06": at(2024, 6, 1), "2024": at(2024, 1, 1),
    "2024-6-9": at(2024, 6, 9), "20260203T040506Z": at(2026, 2, 3, 4, 5, 6), "2024-06-29T19:28:00.123456789Z": SUMMER + timedelta(microseconds=123456),
    # numbers
    "1719689280": SUMMER, "1719689280000": SUMMER, "1719689280000000": SUMMER, "1719689280000000000": SUMMER, "1719689280.5": SUMMER,
    "20240629": at(2024, 6, 29), "20240629192800": SUMMER, "202406291928": SUMMER, "1751999400": at(2025, 7, 8, 18, 30),
    # feedparser's
    "2004-05-28 오후 11:31:58": at(2004, 5, 28, 14, 31, 58),
}  # fmt: skip

GUESSED = {
    "Sat Jun 29 19:28:00 2024": SUMMER, "Fri, 05/03/2019 - 15:21": at(2019, 5, 3, 15, 21), "Fri, 03/05/2019 - 15:21": at(2019, 5, 3, 15, 21),
    "Seg, 24 Set 2018 19:22:00 -0300": at(2018, 9, 24, 22, 22), "sáb. 29 jun. 2024": at(2024, 6, 29),
    "June 29, 2024 7:28 PM": SUMMER, "Created: June 29, 2024 7:28 PM": SUMMER, "Saturday, June 29th, 2024 at 7:28pm": SUMMER,
    "Sat Jun 29 21:28 CEST 2024": SUMMER, "29. Juni 2024, 19:28 Uhr": SUMMER, "29. Juni 2024": at(2024, 6, 29), "3. März 2024": at(2024, 3, 3),
    "29 juin 2024 à 19h28": SUMMER, "1er août 2024": at(2024, 8, 1), "29 de junio de 2024": at(2024, 6, 29), "29 juni 2024 om 19:28": SUMMER,
    "29.06.2024 19:28": SUMMER, "29/06/2024 19:28": SUMMER, "06/29/2024 7:28 PM": SUMMER, "05/06/2024 3 pm": at(2024, 5, 6, 15), "06/06/2024": at(2024, 6, 6),
    "2024年6月29日 19:28": SUMMER, "2024/06/29 19:28:00": SUMMER, "Posted on June 29, 2024": at(2024, 6, 29), "12:05 a.m. June 29, 2024": at(2024, 6, 29, 0, 5),
    "Sat, 29 Jun 2024 19:28:00 XYZ": SUMMER, "June 29, 2024 21:28 Europe/Berlin": SUMMER,
}  # fmt: skip

NONSENSE = [
    None, "", " ", "yesterday", "2 hours ago", "0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 +0000", "0000-00-00 00:00:00", "-1", "0", "12",
    "99999-01-01", "9999-12-31T23:59:59-05:00", "Sun, 30 Feb 2024 00:00:00 GMT", "2024-13-01", "2024-02-30", "2024-000", "2023-366", "2024-W60",
    "Sat, 29 Jun 2024 25:00:00 GMT", "2024-06-29T19:60:00Z", "05/06/2024", "June 2024 of our lives", "June 29, 2024 13 pm", "29 June 29 2024 2024",
    "1601-01-01T00:00:00Z", "99999999999999999999", "20241399", "Sat, 29 Foo 2024 19:28:00 GMT", "x" * 5000, "\ud800 2024", "1" * 99, "29 June",
    "June 29, 2024 7:28 0 am", "Mon, 05/03/2019", "Mon, 02/00/2019", "32 June 2024",
]  # fmt: skip


@pytest.mark.parametrize("value", STANDARD)
def test_a_standard_date_is_read_and_not_called_guessed(value: str) -> None:
    read = parse(value, UTC)
    assert read is not None
    assert (read[0].replace(microsecond=0), read[1]) == (STANDARD[value].replace(microsecond=0), False)


@pytest.mark.parametrize("value", GUESSED)
def test_a_date_in_words_is_guessed_and_says_so(value: str) -> None:
    assert parse(value, UTC) == (GUESSED[value], True)


@pytest.mark.parametrize("value", NONSENSE)
def test_what_is_no_date_is_none(value: str | None) -> None:
    assert parse(value, UTC) is None


def test_a_fraction_of_a_second_is_kept() -> None:
    assert parse("2024-06-29T19:28:00.25Z", UTC) == (SUMMER + timedelta(milliseconds=250), False)
    assert parse("1719689280250", UTC) == (SUMMER + timedelta(milliseconds=250), False)


@pytest.mark.parametrize(
    "value", ["2024-06-29 21:28", "Sat, 29 Jun 2024 21:28:00", "20240629T2128", "June 29, 2024 9:28 pm", "202406292128"]
)
def test_a_date_without_a_zone_is_in_the_source_s(value: str) -> None:
    read = parse(value, ZoneInfo("Europe/Berlin"))
    assert read is not None
    assert read[0] == SUMMER
    assert read[0].tzinfo is UTC


@given(MOMENTS, OFFSETS)
def test_every_iso_date_is_read_back(moment: datetime, offset: timezone) -> None:
    local = moment.astimezone(offset)
    assert parse(local.isoformat(), UTC) == (moment, False)


@given(MOMENTS, OFFSETS)
def test_every_mail_date_is_read_back(moment: datetime, offset: timezone) -> None:
    local = moment.replace(microsecond=0).astimezone(offset)
    assert parse(format_datetime(local), UTC) == (moment.replace(microsecond=0), False)


@given(MOMENTS)
def test_dates_in_english_words_are_guessed_right(moment: datetime) -> None:
    moment = moment.replace(second=0, microsecond=0)
    assert parse(f"{moment:%B} {moment.day}, {moment.year} {moment:%I:%M %p}", UTC) == (moment, True)
    assert parse(f"{moment:%A}, {moment.day} {moment:%B} {moment.year} at {moment:%H:%M}", UTC) == (moment, True)


@given(st.text(st.characters(exclude_categories=())) | st.text("0123456789 :-/.,+TZWJunamp年月日", max_size=40))
def test_any_string_at_all_is_read_or_not(value: str) -> None:
    read = parse(value, ZoneInfo("America/New_York"))
    assert read is None or (read[0].tzinfo is UTC and 1900 <= read[0].year <= 9999)


@pytest.mark.parametrize("name", ["+99:00", "+01:75", "Nowhere/Land", "XYZQ", "", "Europe/../etc", "ABCDEF"])
def test_a_zone_that_nobody_knows_is_none(name: str) -> None:
    assert zones.read(name) is None


def test_a_letter_of_the_military_is_utc() -> None:
    assert zones.read("q") is UTC


def test_feedparser_never_raises_through_its_wall() -> None:
    assert feedparser_dates.read("99999-99-99T99:99:99") is None
    assert feedparser_dates.read("nothing") is None
