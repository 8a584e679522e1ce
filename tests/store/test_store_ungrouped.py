"""What grouping reads of an item: an address that stands beside itself in a source identifies nothing."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from aggregator.store import ungrouped
from aggregator.store.database import connect

ITEM_BY_ITEM = (
    "select item.pk from json_each(?) as wanted join item on item.pk = wanted.value where item.link_key is not null"
    " and exists (select 1 from sighting where sighting.item = item.pk) and exists (select 1 from item as other"
    " where other.link_key = item.link_key and other.source_id = item.source_id and other.pk <> item.pk"
    " and exists (select 1 from sighting where sighting.item = other.pk))"
)
"""The same question, asked of each item: simple, and slow where many had the address."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    db = connect(tmp_path_factory.mktemp("ungrouped") / "a.db")
    yield db
    db.conn.close()


def put(db: Database, source: str, link: str | None, held_by: Collection[str]) -> int:
    """An item, and the documents that hold it."""
    values = {
        "source_id": source,
        "native": "",
        "link_key": link,
        "first_seen": 0,
        "dated": 0,
        "revised": 0,
        "data": '{"title": ""}',
    }
    number = db.execute("select coalesce(max(pk), 0) + 1 from item").fetchone()[0]
    db.table("item").insert({"pk": number, "key": str(number), "substance": "", "rendition": "", **values})
    for url in held_by:
        db.table("sighting").insert({"source_id": source, "url": url, "fingerprint": str(number), "item": number})
    return int(number)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.sampled_from([None, "x.example/1", "x.example/2", "y.example"]),
            st.sets(st.sampled_from(["first", "second"])),
        ),
        max_size=12,
    ),
    st.sets(st.integers(1, 12)),
)
def test_an_address_that_two_items_of_a_source_have_side_by_side_is_neithers(store: Database, said, wanted: set[int]) -> None:
    for table in ("item", "sighting"):
        store.execute(f"delete from {table}")
    links = {put(store, *one): one[1] for one in said}
    shared = {pk for (pk,) in store.execute(ITEM_BY_ITEM, [json.dumps(sorted(wanted))])}
    found = {one.pk: one.link_key for one in ungrouped.read(store, wanted)}
    assert found == {pk: None if pk in shared else link for pk, link in links.items() if pk in wanted}


def test_what_a_source_once_had_under_an_address_is_not_walked_through(tmp_path: Path) -> None:
    """Ever new ids at one address: a thousand a poll, of which those of the last poll stand."""
    db = connect(tmp_path / "a.db")
    with db.atomic():
        pks = [put(db, "a", "x.example/", ["first"] if number >= 1950 else []) for number in range(2000)]
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    db.conn.set_progress_handler(step, 1)
    found = ungrouped.read(db, pks[1950:])
    db.conn.set_progress_handler(None, 0)
    assert [one.link_key for one in found] == [None] * 50
    assert steps < 50 * 200, "item by item, it would be fifty times two thousand, and more"
