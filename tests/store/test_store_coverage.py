"""Who else tells a story: every source before any again, and no more read than is named."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from aggregator.store import coverage
from aggregator.store.coverage import Beside
from aggregator.store.database import connect


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    db = connect(tmp_path_factory.mktemp("coverage") / "a.db")
    yield db
    db.conn.close()


def put(db: Database, pk: int, source: str, dated: int, native: str, *, linked: bool = True, matched: bool = True) -> None:
    """An item, and whether it has an address and the topic matches it."""
    link = f"http://x.example/{pk}" if linked else None
    db.table("item").insert(
        {
            "pk": pk, "source_id": source, "key": f"{native} {pk}", "native": native, "link_key": link, "first_seen": 0,
            "dated": dated, "revised": 0, "substance": "", "rendition": "", "data": json.dumps({"title": f"T{pk}", "link": link}),
        }
    )  # fmt: skip
    if matched:
        db.table("membership").insert({"topic": "t", "item": pk, "version": "", "clause": "", "standing": "published"})


def named(found: Mapping[int, Beside]) -> dict[int, tuple[list[int], int]]:
    return {line: ([one.item for one in beside.named], beside.more) for line, beside in found.items()}


_Told = tuple[int, str, int, str, bool, bool]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.sampled_from(["a", "b", "c"]),
            st.integers(0, 3),
            st.sampled_from(["m", "n"]),
            st.booleans(),
            st.integers(0, 5).map(bool),
        ),
        max_size=16,
    ),
    st.integers(1, 6),
    st.integers(1, 3),
)
def test_every_source_is_named_before_any_is_named_again(store: Database, said: list[_Told], most: int, each: int) -> None:
    for table in ("item", "membership", "coverage"):
        store.execute(f"delete from {table}")
    expected: defaultdict[int, list[tuple[int, str, str, str, int]]] = defaultdict(list)
    for line in (1, 2, 3):
        put(store, line, "a", 0, "m")
    for pk, (line, source, dated, native, linked, matched) in enumerate(said, 10):
        put(store, pk, source, dated, native, linked=linked, matched=matched)
        store.table("coverage").insert({"topic": "t", "item": pk, "story": line})
        if linked and matched:
            expected[line].append((dated, source, native, f"{native} {pk}", pk))
    told: dict[int, tuple[list[int], int]] = {}
    for line, others in expected.items():
        turns: Counter[str] = Counter()
        placed = []
        for other in sorted(others):
            turns[other[1]] += 1
            if turns[other[1]] <= each:
                placed.append((turns[other[1]], other))
        kept = sorted(other for _, other in sorted(placed)[:most])
        told[line] = ([pk for *_, pk in kept], len(others) - len(kept))
    assert named(coverage.mentions(store, "t", {1: 1, 2: 2, 3: 3}, most=most, each=each)) == told


def test_another_item_may_lead_and_a_line_whose_item_another_tells_has_it_no_more(tmp_path: Path) -> None:
    db = connect(tmp_path / "a.db")
    for pk, source in enumerate("abcd", 1):
        put(db, pk, source, pk, "n")
    db.conn.executemany("insert into coverage (topic, item, story) values ('t', ?, 1)", [(2,), (3,)])
    assert named(coverage.mentions(db, "t", {1: 3, 4: 4}, most=50, each=10)) == {1: ([1, 2], 0)}
    db.execute("insert into coverage (topic, item, story) values ('t', 1, 4)")
    assert named(coverage.mentions(db, "t", {1: 3, 4: 4}, most=50, each=10)) == {1: ([2], 0), 4: ([1], 0)}


def test_of_what_an_entry_only_counts_nothing_is_read(tmp_path: Path) -> None:
    """What is no JSON cannot be read: these are a thousand copies of one source."""
    db = connect(tmp_path / "a.db")
    for pk in range(1, 1001):
        put(db, pk, "echo", pk, "n")
    put(db, 2000, "herald", 5000, "n")
    db.execute("update item set data = 'not read' where source_id = 'echo' and pk > 11")
    db.conn.executemany("insert into coverage (topic, item, story) values ('t', ?, 1)", [(pk,) for pk in [*range(2, 1001), 2000]])
    assert named(coverage.mentions(db, "t", {1: 1}, most=50, each=10)) == {1: ([*range(2, 12), 2000], 989)}
