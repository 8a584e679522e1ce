"""Which of the feeds that a list names are dead, by what they answered."""

import pytest

from aggregator.pipeline.answers.dead import dead
from aggregator.pipeline.report import SourceCheck


def check(id: str, reason: str | None = None) -> SourceCheck:
    return SourceCheck(id=id, kind="feed", address=f"https://{id}.example/", reason=reason, error=reason and f"{reason}!")


@pytest.mark.parametrize("reason", ["http-404", "http-410", "not-a-feed"])
def test_what_waiting_does_not_mend_is_dead_whatever_the_others_say(reason: str) -> None:
    assert dead([check("a", reason)]) == {"a": f"{reason}!"}


@pytest.mark.parametrize(
    "reason",
    [
        "timeout",
        "connect",
        "disconnected",
        "truncated",
        "tls",
        "http-401",
        "http-403",
        "http-429",
        "http-503",
        "private-address",
        "parse",
    ],
)
def test_what_may_pass_or_can_be_mended_here_is_not(reason: str) -> None:
    assert dead([check("a", reason), check("b")]) == {}


@pytest.mark.parametrize(
    ("other", "dies"), [(None, True), ("http-500", True), ("not-a-feed", True), ("dns", False), ("connect", False)]
)
def test_a_name_without_an_address_counts_only_where_somebody_answered(other: str | None, dies: bool) -> None:
    assert ("a" in dead([check("a", "dns"), check("b", other)])) is dies


def test_a_list_of_living_feeds_has_no_dead() -> None:
    assert dead([]) == dead([check("a"), check("b")]) == {}
