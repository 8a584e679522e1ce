"""The state is a function of the rows: restarts, the order of a batch and forgetting change no decision."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories_cases import QUAKE, QUAKE_TOO, START, Store, kept, told, world

from aggregator.stories.index import Stories
from aggregator.stories.telling import Kept, Settings

SETTINGS = Settings(background=frozenset({"Sumatra"}))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(1, 59), max_size=4, unique=True))
def test_restarts_between_any_batches_change_no_decision(seed: int, cuts: list[int]) -> None:
    items = world(seed, 60)
    bounds = [0, *sorted(cuts), len(items)]
    batches = [items[start:end] for start, end in pairwise(bounds)]
    running, there, restarted = Stories(SETTINGS), Store(), Store()
    for batch in batches:
        fresh = restarted.restarted(SETTINGS)
        assert there.run(running, batch) == restarted.run(fresh, batch)
        assert running.merges() == fresh.merges()
    assert there.rows == restarted.rows


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_within_a_batch_does_not_matter(seed: int) -> None:
    items = world(seed, 50)
    shuffled = random.Random(seed).sample(items, len(items))
    assert Stories(SETTINGS).group(items) == Stories(SETTINGS).group(shuffled)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), hours=st.integers(0, 240))
def test_what_is_forgotten_might_never_have_been_loaded(seed: int, hours: int) -> None:
    items = world(seed, 60)
    running, store = Stories(SETTINGS), Store()
    store.run(running, items[:40])
    before = told(1, "", hours=hours).dated
    running.forget(before)
    late = [row for row in store.rows.values() if row.dated >= before]
    assert len(running) == len(late)
    restarted = store.restarted(SETTINGS, late)
    assert running.group(items[40:]) == restarted.group(items[40:])


def test_everything_forgotten_leaves_nothing_behind() -> None:
    stories = Stories(SETTINGS)
    stories.group(world(3, 60))
    stories.forget(told(1, "", hours=10_000).dated)
    memory = stories._memory
    tables = (memory.terms, memory.addresses, memory.titles)
    assert [len(table._held) for table in tables] == [0] * 3
    assert not memory.items
    assert not memory.members
    assert not memory._shingles._buckets


@pytest.mark.parametrize("damage", [b"", b"\xff", b"\xff" * 60])
def test_a_trace_that_another_version_wrote_is_left_out(damage: bytes) -> None:
    stories = Stories(Settings())
    one = told(1, "Strong quake kills 22 in Aceh", QUAKE)
    good = kept(one, stories.group([one])[0])
    cut = good.trace[:-1]
    rows = [
        good,
        *(Kept(pk=pk, source_id="b", domain="b", dated=START, story=pk, trace=trace) for pk, trace in ((2, damage), (3, cut))),
    ]
    fresh = Stories(Settings())
    assert fresh.load(rows) == 2
    assert len(fresh) == 1


def test_a_changed_item_stays_in_its_story_and_is_found_by_its_new_words() -> None:
    stories = Stories(Settings())
    stories.group([told(1, "Breaking", "More follows.")])
    [again] = stories.group([told(1, "Strong quake kills 22 in Aceh", QUAKE)])
    assert (again.kind, again.story, again.reason) == ("first", None, "again")
    [later] = stories.group([told(2, "Aceh earthquake: rescuers search houses", QUAKE_TOO, source="b")])
    assert (later.story, later.reason) == (1, "terms")
    [copied] = stories.group([told(3, "Quake", QUAKE_TOO, source="c")])
    [again] = stories.group([told(3, "Quake, updated", QUAKE_TOO, source="c")])
    assert (copied.kind, copied.nearest) == (again.kind, again.nearest) == ("copy", 2)
    [again] = stories.group([told(2, "Aceh earthquake: rescuers search on", QUAKE_TOO, source="b")])
    assert (again.kind, again.story) == ("story", 1)
