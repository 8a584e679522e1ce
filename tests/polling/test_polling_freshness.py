"""What an answer's header says about asking again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.polling.freshness import freshness, http_date

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": ""}, None),
        ({"cache-control": "public"}, None),
        ({"cache-control": "max-age=3600"}, 3600),
        ({"cache-control": "Public, MAX-AGE = 60 , must-revalidate"}, 60),
        ({"cache-control": 'max-age="60"'}, 60),
        ({"cache-control": "max-age=60, max-age=900"}, 60),
        ({"cache-control": "s-maxage=900"}, None),
        ({"cache-control": "s-maxage=900, max-age=60"}, 60),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age"}, 0),
        ({"cache-control": "max-age=" + "9" * 500}, 1e15),
        ({"cache-control": "max-age=900, no-store"}, 0),
        ({"cache-control": "no-cache", "expires": date(900)}, 0),
        ({"cache-control": "max-age=60", "expires": date(900)}, 60),
        ({"cache-control": "max-age=900", "age": "300"}, 600),
        ({"cache-control": "max-age=900", "age": "1000"}, 0),
        ({"cache-control": "max-age=900", "age": "old"}, 900),
        ({"expires": date(900)}, 900),
        ({"expires": date(900), "age": "100"}, 800),
        ({"expires": date(900 + 86400), "date": date(86400)}, 900),
        ({"expires": date(900), "date": "junk"}, 900),
        ({"expires": date(-900)}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "-1"}, 0),
        ({"expires": ""}, 0),
    ],
)
def test_freshness_is_what_the_header_says(headers: dict[str, str], seconds: float | None) -> None:
    assert freshness(headers, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 -0000",
    ],
)
def test_all_three_forms_of_an_http_date_are_read(value: str) -> None:
    assert http_date(value) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_whatever_a_header_holds_freshness_is_a_number_not_below_zero_or_none(control: str, expires: str, age: str) -> None:
    found = freshness({"cache-control": control, "expires": expires, "age": age, "date": control}, NOW)
    assert found is None or found >= 0


@given(
    st.from_regex(
        r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,5} [0-9]{1,3}:[0-9]{1,3}:[0-9]{1,3} [+-][0-9]{4}", fullmatch=True
    )
)
def test_an_almost_date_raises_nothing(value: str) -> None:
    assert http_date(value) is None or http_date(value).tzinfo is not None
