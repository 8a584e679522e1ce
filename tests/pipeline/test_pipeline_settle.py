"""Whatever happens to stories, each item that a topic matches is told by one entry that stands, and entries keep their ids."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from aggregator.model import Item, Plain, Topic
from aggregator.pipeline import wishes
from aggregator.pipeline.membership import compile_rules
from aggregator.pipeline.publishing.settle import settle
from aggregator.store import coverage, items, ledger, stories, topics, ungrouped
from aggregator.store.database import connect
from aggregator.store.stories import Ruling
from aggregator.stories.telling import Change

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOPIC = Topic(slug="t", title="T")
GROUPING = TOPIC.grouping.name
POLICIES = compile_rules([TOPIC], ()).policies


class World:
    """A store with one topic, driven by hand."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.now = START
        self.ids: dict[int, str] = {}
        topics.enter(db, "t", title="T", feed_id="urn:t", now=START)

    def add(self, story: int | None) -> None:
        """An item that joins the story of another one, or begins its own."""
        self.now += timedelta(minutes=1)
        number = ungrouped.newest(self.db) + 1
        item = Item(native_id=str(number), link=None, title=Plain(f"Number {number}"))
        written = items.Written(
            key=str(number), native=f"id:{number}", item=item, substance="", rendition="", dated=self.now, revised=self.now, bumps=0,
            source_updated=None,
        )  # fmt: skip
        pk = items.insert(self.db, f"s{number % 4}", written, first_seen=self.now)
        there = pk if story is None else stories.of_items(self.db, GROUPING, [story])[story]
        ruling = Ruling(
            item=pk,
            story=there,
            kind="story",
            domain=f"d{number % 4}",
            link_key=None,
            native=None,
            dated=self.now,
            reason="terms",
        )
        stories.record(self.db, GROUPING, [ruling], self.now)
        ungrouped.set_mark(self.db, GROUPING, pk)
        self.match(pk)

    def match(self, item: int) -> None:
        topics.join(self.db, "t", item, version="1", clause="*")

    def part(self, item: int) -> None:
        ledger.part(self.db, "t", item, self.now, "query")

    def edit(self, item: int) -> None:
        self.now += timedelta(minutes=1)
        ledger.mark_stale(self.db, item)

    def merge(self, one: int, other: int) -> None:
        found = sorted(set(stories.of_items(self.db, GROUPING, [one, other]).values()))
        if len(found) == 2:
            wishes.join(self.db, GROUPING, found[1], found[0], [], self.now)

    def split(self, item: int) -> None:
        members = stories.of_same(self.db, GROUPING, [item])
        others = sorted(members.keys() - {item})
        if others:
            moved = {item: item} | (dict.fromkeys(others, others[0]) if members[item].story == item else {})
            wishes.split(self.db, GROUPING, ["t"], Change(moved=moved), members)

    def check(self) -> None:
        """Settle, and see that all is well; then that a second time changes nothing."""
        settle(self.db, TOPIC, self.now, POLICIES)
        members = set(topics.members(self.db, "t"))
        tellers = coverage.tellers(self.db, "t", members)
        assert tellers.keys() == members
        lines = ledger.lines(self.db, "t", range(1, ungrouped.newest(self.db) + 1))
        standing = {story for story, line in lines.items() if line.left is None}
        assert standing == set(tellers.values())
        for story, line in lines.items():
            assert self.ids.setdefault(story, line.entry_id) == line.entry_id
            if line.left is None:
                assert tellers.get(line.lead or 0) == story, "it shows an item that it tells"
        by_story: dict[int, set[int]] = {}
        for item, story in stories.of_items(self.db, GROUPING, members).items():
            by_story.setdefault(story, set()).add(tellers[item])
        assert all(len(told) == 1 for told in by_story.values()), "one story, one entry"
        before = self.db.execute("select * from publication").fetchall()
        assert settle(self.db, TOPIC, self.now, POLICIES).added == 0
        assert self.db.execute("select * from publication").fetchall() == before


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("settle")
    opened = connect(folder / "aggregator.db")
    yield opened
    opened.close()


NUMBER = st.integers(1, 8)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.none() | NUMBER),
        st.tuples(st.sampled_from(["part", "match", "edit", "split", "settle"]), NUMBER),
        st.tuples(st.just("merge"), NUMBER, NUMBER),
    ),
    max_size=25,
)


@given(STEPS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_each_item_is_told_once_by_an_entry_that_keeps_its_id(
    db: Database, steps: list[tuple[object, ...]]
) -> None:
    db.execute("begin")
    try:
        world = World(db)
        for name, *arguments in steps:
            count = ungrouped.newest(db)
            numbers = [number for number in arguments if number is not None]
            if any(not isinstance(number, int) or number > count for number in numbers):
                continue
            if name == "settle":
                world.check()
            else:
                getattr(world, str(name))(*arguments)
        world.check()
    finally:
        db.conn.rollback()


def test_an_item_that_is_not_grouped_yet_waits_and_one_that_came_before_the_grouping_does_not(db: Database) -> None:
    db.execute("begin")
    try:
        world = World(db)
        world.add(None)
        world.add(None)
        db.execute("delete from told")
        ungrouped.set_mark(db, GROUPING, 1)
        assert settle(db, TOPIC, world.now, POLICIES).added == 1
        assert ledger.waiting(db, "t") == [2]
        ungrouped.set_mark(db, GROUPING, 2)
        assert settle(db, TOPIC, world.now, POLICIES).added == 1
        assert coverage.tellers(db, "t", [1, 2]) == {1: 1, 2: 2}
    finally:
        db.conn.rollback()
