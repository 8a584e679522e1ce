"""What a poll makes of an entry, and which dates it gets."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.changes import MOST_BUMPS, Change, Known, Verdict, dated, decide, first_revised

NOW = datetime(2024, 6, 29, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def known(substance: str = "s", rendition: str = "r", *, bumps: int = 0, claimed: datetime | None = None) -> Known:
    return Known(substance=substance, rendition=rendition, revised=NOW, bumps=bumps, claimed_updated=claimed)


def decided(substance: str, rendition: str, stored: Known, *, claimed: datetime | None = None) -> Change:
    return decide(substance=substance, rendition=rendition, stored=stored, now=NOW + HOUR, claimed_updated=claimed)


def test_an_entry_that_was_never_seen_is_new_and_dated_as_it_says() -> None:
    change = decide(substance="s", rendition="r", stored=None, now=NOW, claimed_updated=NOW - HOUR, dated=NOW - 2 * HOUR)
    assert change == Change(verdict=Verdict.NEW, revised=NOW - HOUR, bumps=0, significant=True)
    assert decide(substance="s", rendition="r", stored=None, now=NOW).revised == NOW


def test_the_same_digests_are_unchanged_even_if_the_source_moves_its_date() -> None:
    change = decided("s", "r", known(), claimed=NOW + HOUR)
    assert (change.verdict, change.revised, change.significant) == (Verdict.UNCHANGED, NOW, False)


def test_a_change_of_substance_moves_revised_to_the_time_of_detection() -> None:
    assert decided("s2", "r2", known()) == Change(verdict=Verdict.UPDATED, revised=NOW + HOUR, bumps=1, significant=True)


def test_a_change_of_appearance_is_written_silently() -> None:
    assert decided("s", "r2", known()) == Change(verdict=Verdict.UPDATED, revised=NOW, bumps=0, significant=False)


def test_after_so_many_changes_that_only_digests_told_updates_are_silent() -> None:
    assert decided("s2", "r2", known(bumps=MOST_BUMPS - 1)).significant
    assert not decided("s2", "r2", known(bumps=MOST_BUMPS)).significant


def test_a_change_that_the_source_dates_is_significant_and_not_counted() -> None:
    change = decided("s2", "r2", known(bumps=MOST_BUMPS, claimed=NOW), claimed=NOW + HOUR)
    assert (change.significant, change.bumps) == (True, MOST_BUMPS)
    assert not decided("s2", "r2", known(bumps=MOST_BUMPS, claimed=NOW), claimed=NOW).significant


def test_revised_stays_where_it_is_when_the_clock_runs_backwards() -> None:
    change = decide(substance="s2", rendition="r2", stored=known(), now=NOW - 100 * HOUR)
    assert (change.revised, change.significant) == (NOW, True)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("ab"), MOMENTS, st.none() | MOMENTS), max_size=60))
def test_over_any_history_revised_never_goes_backwards_and_bumps_are_bounded(
    history: list[tuple[str, str, datetime, datetime | None]],
) -> None:
    stored = known("a", "a")
    for substance, rendition, now, claimed in history:
        change = decide(substance=substance, rendition=rendition, stored=stored, now=now, claimed_updated=claimed)
        assert change.revised >= stored.revised
        assert stored.bumps <= change.bumps <= MOST_BUMPS
        assert change.verdict is not Verdict.NEW
        assert not change.significant or substance != stored.substance
        if change.verdict is Verdict.UPDATED:
            stored = Known(
                substance=substance, rendition=rendition, revised=change.revised, bumps=change.bumps, claimed_updated=claimed
            )


def test_a_claimed_date_in_the_past_is_effective() -> None:
    assert dated(NOW - HOUR, NOW, first_seen=NOW) == NOW - HOUR
    assert dated(None, NOW - HOUR, first_seen=NOW) == NOW - HOUR


def test_an_item_dated_in_the_future_is_clamped_to_first_seen() -> None:
    assert dated(NOW + timedelta(minutes=5), NOW - HOUR, first_seen=NOW) == NOW
    assert dated(NOW + 1000 * HOUR, None, first_seen=NOW) == NOW
    assert dated(NOW + 1000 * HOUR, NOW - HOUR, first_seen=NOW) == NOW - HOUR


def test_an_item_without_a_date_keeps_first_seen() -> None:
    assert dated(None, None, first_seen=NOW) == NOW


@given(st.none() | MOMENTS, st.none() | MOMENTS, MOMENTS)
def test_no_effective_date_is_after_first_seen_and_none_revised_before_it(
    published: datetime | None, updated: datetime | None, first_seen: datetime
) -> None:
    effective = dated(published, updated, first_seen=first_seen)
    assert effective <= first_seen
    assert effective <= first_revised(updated, effective, first_seen) <= first_seen


def test_a_first_publication_does_not_believe_an_update_in_the_future() -> None:
    assert first_revised(NOW + HOUR, NOW - HOUR, NOW) == NOW - HOUR
    assert first_revised(None, NOW - HOUR, NOW) == NOW - HOUR
    assert first_revised(NOW - 9 * HOUR, NOW - HOUR, NOW) == NOW - HOUR
