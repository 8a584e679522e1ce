"""Topics that wait until several tell a story, and digests of stories."""

import asyncio
import re

import pytest
from outlets import BRIDGE, NOON, ORCHARD, Outlet, entries, hours, told

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.store import database

BRIDGE_TITLES = (
    "Kestrel bridge collapses at Aldermouth",
    "Cables snap, Kestrel bridge falls",
    "Rust warning before Kestrel bridge fell",
)


class Newsroom:
    """Three outlets, and a clock of its own."""

    def __init__(self, project, *topics: str) -> None:
        self.project = project
        self.now = NOON + hours(1)
        self.outlets = [Outlet(project.root, name) for name in ("herald", "post", "tribune")]
        self.configure(*topics)

    def configure(self, *topics: str) -> None:
        self.project.configure("".join(f"[[topic]]\n{topic}\n" for topic in topics) + "".join(one.table for one in self.outlets))

    def bridge(self, number: int, hour: float) -> None:
        """One of them tells of the bridge."""
        self.outlets[number].tell("bridge", BRIDGE_TITLES[number], BRIDGE[number], NOON + hours(hour))

    def once(self, hour: float) -> None:
        self.now = NOON + hours(hour)
        asyncio.run(App(load(self.project.config, {}), now=lambda: self.now).once(force=True))

    def titles(self, slug: str) -> list[str]:
        return [entry["title"] for entry in entries(self.project.feeds, slug)]

    def standings(self) -> list[str]:
        db = database.view(self.project.root / "aggregator.db")
        found = [standing for (standing,) in db.execute("select standing from membership order by item")]
        db.close()
        return found


@pytest.mark.parametrize("number", [2, 3])
def test_a_story_is_published_once_so_many_tell_it(project, number: int) -> None:
    room = Newsroom(project, f'slug = "sure"\nmin_sources = {number}')
    room.outlets[0].tell("apples", "A record harvest of apples", ORCHARD, NOON)
    room.bridge(0, 0)
    room.once(1)
    assert room.titles("sure") == []
    for outlet, hour in ((1, 2), (2, 4)):
        room.bridge(outlet, hour)
        room.once(hour + 1)
        (*_, story) = entries(project.feeds, "sure") or [None]
        assert (story is not None) == (outlet + 1 >= number)
        if story:
            assert told(story) == ["herald", "post", "tribune"][: outlet + 1]
            assert story["title"] == BRIDGE_TITLES[0]
    assert len(room.titles("sure")) == 1, "nobody else tells of apples"


def test_only_items_that_the_topic_matches_count(project) -> None:
    queries = {"one": "recovered", "two": "snapped", "three": "divers"}
    room = Newsroom(project, *(f'slug = "{slug}"\nquery = "{query}"\nmin_sources = 2' for slug, query in queries.items()))
    for outlet in range(3):
        room.bridge(outlet, 0)
    room.once(1)
    assert [len(room.titles(slug)) for slug in queries] == [0, 1, 1]


def test_a_story_that_nobody_else_can_tell_any_more_is_held_and_comes_up_if_somebody_does(project) -> None:
    room = Newsroom(project, 'slug = "sure"\nmin_sources = 2')
    room.bridge(0, 0)
    room.once(1)
    assert room.standings() == ["waiting"]
    room.outlets[0].tell("apples", "A record harvest of apples", ORCHARD, NOON + hours(14 * 24))
    room.once(14 * 24)
    assert room.standings() == ["held", "waiting"]
    room.bridge(1, 2)
    room.once(14 * 24 + 1)
    assert room.titles("sure") == [BRIDGE_TITLES[0]]
    assert room.standings() == ["published", "waiting", "published"]


def test_fewer_may_be_asked_for_later(project) -> None:
    room = Newsroom(project, 'slug = "sure"\nmin_sources = 2')
    room.bridge(0, 0)
    room.once(1)
    room.configure('slug = "sure"')
    room.once(2)
    assert room.titles("sure") == [BRIDGE_TITLES[0]]


def test_a_digest_tells_a_story_once_with_all_who_told_it_then(project) -> None:
    room = Newsroom(project, 'slug = "daily"\ndigest = "daily 18:00"')
    room.once(1)
    room.bridge(0, 1)
    room.bridge(1, 2)
    room.once(5)
    room.once(6)
    (digest,) = entries(project.feeds, "daily")
    body = digest["content_html"]
    assert re.findall(r">([^<]*)</a> \(([^)]*)\)", body) == [(BRIDGE_TITLES[0], "The herald, The post")]
    room.bridge(2, 7)
    room.once(30)
    assert entries(project.feeds, "daily") == [digest]


def test_a_digest_waits_for_enough_sources(project) -> None:
    room = Newsroom(project, 'slug = "daily"\ndigest = "daily 18:00"\nmin_sources = 2')
    room.once(1)
    room.bridge(0, 1)
    room.once(7)
    assert room.titles("daily") == []
    room.bridge(1, 8)
    room.once(9)
    room.once(30)
    assert room.titles("daily") == ["Daily, 2026-03-03"]
