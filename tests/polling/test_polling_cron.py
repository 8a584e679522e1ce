"""Cron expressions: when they come, and what is wrong with them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.polling.cron import check, next_time

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)  # a Sunday


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "timezone", "expected"),
    [
        ("*/15 6-22 * * mon-fri", "Europe/Berlin", utc(2026, 11, 23, 5, 0)),
        ("*/15 6-22 * * MON-FRI", None, utc(2026, 11, 23, 6, 0)),
        ("0 9 * * 0", None, utc(2026, 11, 22, 9)),
        ("0 9 * * 7", None, utc(2026, 11, 22, 9)),
        ("0 9 * * 1", None, utc(2026, 11, 23, 9)),
        ("0 9 * * 5-7", None, utc(2026, 11, 22, 9)),
        ("0 9 * * sat-mon", None, utc(2026, 11, 22, 9)),
        ("0 9 * * mon-sun", None, utc(2026, 11, 22, 9)),
        ("0 9 * * 2/2", None, utc(2026, 11, 24, 9)),
        ("0 9 * * 1,3", None, utc(2026, 11, 23, 9)),
        ("0 9 * * ?", None, utc(2026, 11, 22, 9)),
        ("0 0 29 2 *", None, utc(2028, 2, 29)),
        ("30 2 1 * *", "America/New_York", utc(2026, 12, 1, 7, 30)),
        ("0 0 ? * sun", None, utc(2026, 11, 29)),
    ],
)
def test_an_expression_comes_when_crontab_says(expression, timezone, expected) -> None:
    assert check(expression) == expression
    assert next_time(expression, timezone, NOW) == expected


def test_the_hour_that_does_not_exist_in_spring_is_not_waited_for_until_next_year() -> None:
    after = next_time("30 2 * * *", "Europe/Berlin", utc(2026, 3, 28, 12))
    assert after is not None
    assert utc(2026, 3, 28, 12) < after <= utc(2026, 3, 30, 1)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "must have five fields"),
        ("@daily", "must have five fields"),
        ("* * * * * *", "must have five fields"),
        ("61 * * * *", "61"),
        ("*/0 * * * *", "increment"),
        ("5-1 * * * *", "minimum"),
        ("0 0 1 foo *", "foo"),
        ("* * * * 8", 'no day of the week "8"'),
        ("* * * * foo", 'no day of the week "foo"'),
        ("* * * * mon-", 'no day of the week "mon-"'),
        ("* * * * mon-foo", 'no day of the week "foo"'),
        ("0 0 1 * 1", "day of month or day of week"),
        ("0 0 30 2 *", "no such date"),
        ("0 " + ",".join(["0"] * 200) + " * * *", "200 characters"),
    ],
)
def test_a_mistake_is_said_in_words_that_complete_a_sentence(expression: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        check(expression)
    assert said in str(caught.value)
    assert str(caught.value).split()[0] in ("must", "cannot")


def test_blanks_do_not_matter() -> None:
    assert check("  0   9 *  * mon ") == "0 9 * * mon"


@given(st.text("0123456789*/-,? monsuLlast", max_size=30))
def test_any_text_is_an_expression_or_a_value_error(text: str) -> None:
    try:
        found = check(text)
    except ValueError:
        return
    at = next_time(found, "Asia/Kathmandu", NOW)
    assert at is not None
    assert at > NOW
