"""Ids that leave us."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish.mint import entry_id, feed_id


def _free(_: str) -> bool:
    return False


def test_ids_are_the_ones_that_were_delivered_before() -> None:
    # Written down once: if this fails, every subscriber gets every entry again.
    assert (
        entry_id("birds", "herons", "https://herons.example.com/?p=1", _free) == "urn:uuid:2411b31a-afcc-5a8e-8854-f4c5f125bb54"
    )
    assert feed_id("birds") == "urn:uuid:b6139d99-cdab-5185-a893-7e9277cf5b85"


def test_a_taken_id_is_salted_the_same_way_each_time() -> None:
    first = entry_id("t", "s", "n", _free)
    second = entry_id("t", "s", "n", {first}.__contains__)
    third = entry_id("t", "s", "n", {first, second}.__contains__)
    assert len({first, second, third}) == 3
    assert second == entry_id("t", "s", "n", {first}.__contains__)


def test_parts_that_run_together_to_the_same_text_give_different_ids() -> None:
    ids = {entry_id(*parts, _free) for parts in [("a", "bc", "d"), ("ab", "c", "d"), ("a", "b", "cd"), ("a", 'b", "c', "d")]}
    assert len(ids) == 4


@given(st.text(), st.text(), st.text())
def test_any_text_gives_a_version_5_uuid(slug: str, source: str, native: str) -> None:
    minted = entry_id(slug, source, native, _free)
    assert UUID(minted).version == 5
    assert minted == UUID(minted).urn
    assert minted != feed_id(slug)
