"""What the ledger decides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish.ledger import Waiting, admit, leave, return_, revise
from aggregator.publish.mint import entry_id

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _free(_: str) -> bool:
    return False


def _waiting(story: int, hours_ago: float = 1, **fields: object) -> Waiting:
    dated = NOW - hours_ago * HOUR
    return Waiting(**{"story": story, "source_id": "s", "native_id": str(story), "dated": dated, "revised": dated} | fields)


def test_stories_of_one_run_are_published_by_effective_date_after_what_was_published_before() -> None:
    lines = admit("t", [_waiting(1, 2), _waiting(2, 5), _waiting(3, 1)], 7, _free, NOW)
    assert [(line.story, line.position) for line in lines] == [(2, 8), (1, 9), (3, 10)]


def test_published_is_the_effective_date_and_updated_what_was_revised() -> None:
    (line,) = admit("t", [_waiting(1, 5, revised=NOW - HOUR)], 0, _free, NOW)
    assert (line.published, line.updated, line.revision, line.left) == (NOW - 5 * HOUR, NOW - HOUR, 0, None)
    assert line.entry_id == entry_id("t", "s", "1", _free)


def test_an_entry_is_not_dated_after_its_publication_nor_updated_before_it_was_published() -> None:
    ahead, behind = admit("t", [_waiting(1, -0.1), _waiting(2, -0.2, revised=NOW - 9 * HOUR)], 0, _free, NOW)
    assert ahead.published == ahead.updated == NOW
    assert behind.published == behind.updated == NOW


@given(st.permutations([_waiting(number, 1, source_id=f"s{number % 3}", native_id=str(number % 2)) for number in range(6)]))
def test_stories_of_one_date_have_one_order_whatever_order_they_come_in(stories: list[Waiting]) -> None:
    lines = admit("t", stories, 0, _free, NOW)
    assert [line.story for line in lines] == [0, 3, 4, 1, 2, 5]
    assert len({line.entry_id for line in lines}) == 6


def test_two_stories_that_would_mint_one_id_get_two_and_ids_in_the_ledger_stay_whose_they_are() -> None:
    twins = [_waiting(1, native_id="n"), _waiting(2, native_id="n")]
    plain = entry_id("t", "s", "n", _free)
    first, second = admit("t", twins, 0, {plain}.__contains__, NOW)
    assert len({plain, first.entry_id, second.entry_id}) == 3


def test_updated_never_goes_back() -> None:
    (line,) = admit("t", [_waiting(1)], 0, _free, NOW)
    assert revise(line, line.updated) is None
    assert revise(line, line.updated - HOUR) is None
    later = revise(line, NOW)
    assert later == replace(line, updated=NOW, revision=1)


def test_a_line_that_left_keeps_its_first_reason_and_returns_to_its_old_place() -> None:
    (line,) = admit("t", [_waiting(1)], 41, _free, NOW)
    gone = leave(line, NOW, "age")
    assert (gone.left, gone.left_reason, gone.position) == (NOW, "age", 42)
    assert leave(gone, NOW + HOUR, "query") is gone
    assert return_(gone) == line
    assert return_(line) is line
