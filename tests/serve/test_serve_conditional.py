"""What a request's headers ask for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.serve.conditional import accepts_gzip, matched, unmodified_since


@pytest.mark.parametrize(
    "header",
    ["gzip", "GZIP", "x-gzip", "deflate, gzip;q=0.5", "gzip, deflate, br, zstd", "*", "br;q=1.0, *;q=0.1", " gzip ; q=1.000 "],
)
def test_gzip_is_taken_where_it_is_acceptable(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "identity",
        "br",
        "gzip;q=0",
        "gzip;q=0.000",
        "*;q=0",
        "gzip;q=0, *",
        "identity, gzip;q=0.5",
        "gzip;q=two",
        "gzip;q=7",
        "gzip;q=-1",
        "gzip;q=nan",
    ],
)
def test_gzip_is_not_taken_where_it_is_refused_or_liked_less(header: str) -> None:
    assert not accepts_gzip(header)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"a"', '"a"'),
        ('W/"b"', '"b"'),
        ('w/"b"', '"b"'),
        ('"x", W/"b" , "y"', '"b"'),
        ('"x,y","a"', '"a"'),
        ("*", '"a"'),
        (" * ", '"a"'),
        ("a", '"a"'),
        ('"c"', None),
        ('"A"', None),
        ("", None),
        ('"', None),
        ('W/"*"', None),
    ],
)
def test_an_etag_is_found_in_lists_weak_and_by_star(header: str, expected: str | None) -> None:
    assert matched(header, ('"a"', '"b"')) == expected


def test_the_first_etag_wins_where_a_client_holds_several() -> None:
    assert matched('"b", "a"', ('"a"', '"b"')) == '"a"'


MODIFIED = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Mon, 21 Sep 2026 14:13:20 GMT", True),
        ("Mon, 21 Sep 2026 14:13:21 GMT", True),
        ("Mon, 21 Sep 2026 14:13:19 GMT", False),
        ("Monday, 21-Sep-26 14:13:20 GMT", True),
        ("Mon Sep 21 14:13:20 2026", True),
        ("Mon, 21 Sep 2026 16:13:20 +0200", True),
        ("yesterday", False),
        ("", False),
        ("Mon, 99 Sep 2026 14:13:20 GMT", False),
        ("Mon, 21 Sep 99999 14:13:20 GMT", False),
    ],
)
def test_if_modified_since_is_read_in_every_form_of_http_and_ignored_in_others(header: str, expected: bool) -> None:
    assert unmodified_since(header, MODIFIED) is expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_makes_an_error(one: str, other: str) -> None:
    assert accepts_gzip(one) in (True, False)
    assert matched(one, (f'"{other}"',)) in (None, f'"{other}"')
    assert unmodified_since(one, MODIFIED) in (True, False)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1)), st.integers(-3, 3))  # noqa: DTZ001 - naive bounds are asked for
def test_our_own_dates_are_understood(date: datetime, seconds: int) -> None:
    date = date.replace(microsecond=0, tzinfo=UTC)
    assert unmodified_since(format_datetime(date + timedelta(seconds=seconds), usegmt=True), date) is (seconds >= 0)
