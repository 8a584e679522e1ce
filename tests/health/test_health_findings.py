"""From what polls and publishes left to what is wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest
from health_values import NOW

from aggregator.health import findings
from aggregator.health.advice import advice
from aggregator.health.findings import Seen

HOUR = timedelta(hours=1)
SEEN = Seen(
    id="blog", address="https://blog.example/feed", error="it answered 500; again later", reason="http-500", since=NOW - HOUR
)


def test_one_or_two_failed_polls_are_a_hiccup() -> None:
    assert findings.answers(SEEN, NOW) is None
    assert findings.answers(replace(SEEN, failures=2), NOW) is None


def test_three_failed_polls_in_a_row_are_an_incident() -> None:
    found = findings.answers(replace(SEEN, failures=3), NOW)
    assert found is not None
    assert (found.kind, found.subject, found.cause) == ("failing", "blog", "http-500")
    assert found.sentence == "Every poll since 2026-03-02 11:00 UTC failed: it answered 500; again later"
    assert found.details == {"polls": "3 failed in a row"}
    assert "asked again by itself" in found.advice


def test_two_polls_that_failed_a_day_apart_are_an_incident() -> None:
    """Who answers 401 is asked once a day."""
    seen = replace(SEEN, failures=2, since=NOW - 24 * HOUR)
    assert findings.answers(seen, NOW) is not None
    assert findings.answers(replace(seen, since=NOW - 23 * HOUR), NOW) is None
    assert findings.answers(replace(seen, failures=1), NOW) is None
    assert findings.answers(replace(seen, since=None), NOW) is None


def test_a_page_instead_of_a_feed_is_one_at_once_if_it_was_a_feed() -> None:
    page = replace(SEEN, reason="not-a-feed", page=True, error="this is a page, not a feed")
    assert findings.answers(page, NOW) is None
    found = findings.answers(replace(page, was_feed=True), NOW)
    assert found is not None
    assert found.kind == "page"
    assert "look for the feed's address" in found.advice


def test_who_is_gone_is_not_failing_as_well() -> None:
    found = findings.answers(replace(SEEN, gone=True, failures=9, page=True, was_feed=True, reason="http-410"), NOW)
    assert found is not None
    assert found.kind == "gone"


def test_silence_names_the_last_post_and_the_usual_gap() -> None:
    found = findings.silent("blog", NOW, timedelta(days=2, hours=5))
    assert found.sentence == "It answers, but its last post is of 2026-03-02 12:00 UTC; it used to post at least every 2 days."
    assert found.details["since"] == "2026-03-02T12:00:00+00:00"


def test_a_spike_says_how_many_and_how_many_are_usual() -> None:
    found = findings.spike("blog", 1200, 0.3, NOW)
    assert found.sentence == "One poll, at 2026-03-02 12:00 UTC, brought 1,200 new items; usual is about 1."


def test_a_move_suggests_an_edit_unless_the_address_is_secret() -> None:
    found = findings.moved("blog", "https://new.example/feed", key="k", edit='url = "https://new.example/feed"')
    assert found.details["edit"] == 'url = "https://new.example/feed"'
    assert "leads to https://new.example/feed for good" in found.sentence
    hidden = findings.moved("blog", None, key="k", edit="url = secret")
    assert "secret" not in str(hidden)
    assert "`aggregator status` shows it" in hidden.advice


def test_quarantined_entries_are_counted_and_the_first_is_named() -> None:
    assert findings.quarantined("all", ()) is None
    one = findings.quarantined("all", ["entry 1 was left out"])
    two = findings.quarantined("all", ["entry 1 was left out", "entry 2 was left out"])
    assert one is not None
    assert two is not None
    assert one.sentence == "1 entry cannot be rendered. entry 1 was left out"
    assert two.sentence == "2 entries cannot be rendered. entry 1 was left out"
    assert one.cause != two.cause


def test_what_was_written_is_no_finding() -> None:
    assert findings.unwritten("all", None) is None
    found = findings.unwritten("all", "the disk is full")
    assert found is not None
    assert (found.kind, found.subject, found.sentence) == ("unwritten", "all", "the disk is full")


def test_an_issue_to_come_opens_its_own_kind() -> None:
    found = findings.opened("migrated", "blog", "30 items have new ids.", details={"items": "30"})
    assert (found.kind, found.cause, found.details) == ("migrated", "30 items have new ids.", {"items": "30"})


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(0), "1 minute"),
        (timedelta(seconds=-5), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_spans_are_said_in_the_unit_that_fits(span: timedelta, said: str) -> None:
    assert findings.span(span) == said


@pytest.mark.parametrize(
    ("reason", "address", "says"),
    [
        ("http-401", "https://blog.example/feed", "credentials"),
        ("http-410", "https://blog.example/feed", "gone for good"),
        ("http-502", "https://blog.example/feed", "asked again by itself"),
        ("timeout", "https://blog.example/feed", "asked again by itself"),
        ("http-418", "https://blog.example/feed", "Open https://blog.example/feed in a browser"),
        (None, "https://blog.example/feed", "`aggregator poll blog --force`"),
        ("not-a-feed", None, "Open its address in a browser"),
        ("parse", "/srv/clips", "Look whether /srv/clips is there"),
    ],
)
def test_advice_fits_the_reason(reason: str | None, address: str | None, says: str) -> None:
    assert says in advice(reason, "blog", address)
    assert "{" not in advice(reason, "blog", address)
