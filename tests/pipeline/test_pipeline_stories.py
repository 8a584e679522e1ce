"""Stories as they are published: one entry for all who tell one, and what becomes of it as news, rules and sources change."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from outlets import BRIDGE, NOON, ORCHARD, Outlet, entries, hours, told
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.errors import AggregatorError, ConfigError, StoreError
from aggregator.pipeline.answers import tales
from aggregator.pipeline.publishing import windows
from aggregator.pipeline.publishing.grouping import Grouper
from aggregator.store import database, stories
from aggregator.stories import index

TOPIC = '[[topic]]\nslug = "all"\n'


class Newsroom:
    """A project over outlets, with a clock of its own."""

    def __init__(self, project) -> None:
        self.project = project
        self.now = NOON + hours(6)
        self.outlets = [Outlet(project.root, name) for name in ("herald", "post", "tribune")]
        self.configure(TOPIC)

    def configure(self, topics: str, outlets: list[Outlet] | None = None) -> None:
        self.project.configure(topics + "".join(outlet.table for outlet in (outlets or self.outlets)))

    def once(self, after: float = 0) -> None:
        self.now += hours(after)
        asyncio.run(App(load(self.project.config, {}), now=lambda: self.now).once(force=True))

    def run(self, work: Callable[[App], Coroutine[None, None, object]]) -> None:
        asyncio.run(work(App(load(self.project.config, {}), now=lambda: self.now)))

    @property
    def store(self) -> Path:
        return self.project.root / "aggregator.db"

    def number(self, key: str) -> int:
        """The number of an article of the herald."""
        return tales.find(self.store, f"http://herald.example/{key}")

    def entries(self, slug: str = "all"):
        return entries(self.project.feeds, slug)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with database.visit(self.project.root / "aggregator.db") as db:
            return db.execute(sql).fetchall()


@pytest.fixture
def newsroom(project) -> Newsroom:
    return Newsroom(project)


@pytest.fixture
def bridge(newsroom) -> Newsroom:
    """All three tell of the bridge, the herald of apples, too."""
    herald, post, tribune = newsroom.outlets
    herald.tell("apples", "A record harvest of apples", ORCHARD, NOON - hours(2))
    herald.tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0], NOON)
    post.tell("b", "Cables snap, Kestrel bridge falls", BRIDGE[1], NOON + hours(1))
    tribune.tell("b", "Rust warning before Kestrel bridge fell", BRIDGE[2], NOON + hours(2))
    return newsroom


def test_one_entry_tells_the_story_and_says_who_else_does_in_all_formats(bridge) -> None:
    bridge.once()
    story, apples = bridge.entries()
    assert (told(story), told(apples)) == (["herald", "post", "tribune"], ["herald"])
    assert story["title"] == "Kestrel bridge collapses at Aldermouth"
    assert story["date_published"] == "2026-03-02T12:00:00+00:00"
    assert story["_aggregator"]["also_covered_by"][0] == {
        "source": "The post",
        "title": "Cables snap, Kestrel bridge falls",
        "url": "http://post.example/b",
    }
    listed = '<li>The post: <a href="http://post.example/b">Cables snap, Kestrel bridge falls</a></li>'
    assert story["content_html"].startswith("The Kestrel suspension bridge")
    assert "<p>Also covered by:</p>\n<ul>" + listed in story["content_html"]
    assert "Also covered" not in apples["content_html"]
    atom, rss = (feedparser.parse((bridge.project.feeds / f"all.{format}").read_bytes()).entries[0] for format in ("atom", "rss"))
    assert [(link.href, link.title) for link in atom.links if link.rel == "related"] == [
        ("http://post.example/b", "The post: Cables snap, Kestrel bridge falls"),
        ("http://tribune.example/b", "The tribune: Rust warning before Kestrel bridge fell"),
    ]
    assert all("http://post.example/b" in entry.content[0].value for entry in (atom, rss))
    assert "Also covered" not in atom.summary
    assert [link.href for link in rss.links if link.rel == "related"] == []


def test_stories_off_means_an_entry_per_item_and_no_grouping_at_all(bridge) -> None:
    bridge.configure(TOPIC + "stories = false\n")
    bridge.once()
    assert [told(entry) for entry in bridge.entries()] == [["tribune"], ["post"], ["herald"], ["herald"]]
    assert bridge.query("select * from told") == []


def test_a_second_run_a_deleted_folder_and_a_lost_store_change_no_byte(bridge) -> None:
    bridge.configure(TOPIC + '[[topic]]\nslug = "strict"\nstories = { strictness = "strict", prefer = ["tribune"] }\n')
    bridge.once()
    before = bridge.project.topic_files()
    bridge.once()
    assert bridge.project.topic_files() == before
    shutil.rmtree(bridge.project.feeds)
    bridge.once()
    assert bridge.project.topic_files() == before
    shutil.rmtree(bridge.project.feeds)
    bridge.project.lose_store()
    bridge.once()
    assert bridge.project.topic_files() == before


def test_new_coverage_is_silent_but_for_the_second_and_third_source(newsroom) -> None:
    herald, post, tribune = newsroom.outlets
    herald.tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0])
    newsroom.once()
    (alone,) = newsroom.entries()
    post.tell("b", "Cables snap, Kestrel bridge falls", BRIDGE[1], NOON + hours(1))
    newsroom.once(after=1)
    (two,) = newsroom.entries()
    assert (two["id"], told(two), two["date_modified"]) == (alone["id"], ["herald", "post"], "2026-03-02T19:00:00+00:00")
    post.tell("again", "Kestrel bridge: cables snapped", BRIDGE[1].replace("brought", "have brought"), NOON + hours(6))
    newsroom.once(after=1)
    (same,) = newsroom.entries()
    assert (told(same), same["date_modified"]) == (["herald", "post", "post"], two["date_modified"])
    post.tell("b", "Cables snap, Kestrel bridge falls", BRIDGE[1] + " A crane is on its way.", NOON + hours(1))
    newsroom.once(after=1)
    assert newsroom.entries()[0]["date_modified"] == two["date_modified"]
    herald.tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0] + " The mayor has resigned.")
    newsroom.once(after=1)
    assert newsroom.entries()[0]["date_modified"] == "2026-03-02T22:00:00+00:00"
    tribune.tell("b", "Rust warning before Kestrel bridge fell", BRIDGE[2], NOON + hours(2))
    newsroom.once(after=1)
    assert newsroom.entries()[0]["date_modified"] == "2026-03-02T23:00:00+00:00"


APART = 24 * 20
"""Hours: further than any story reaches."""


@pytest.mark.parametrize("late", [False, True])
def test_what_an_entry_told_stays_with_it_when_the_store_is_lost_and_the_story_comes_apart(bridge, late: bool) -> None:
    """The herald puts its post on top again, under a new date, so that it is no longer grouped with the others."""
    bridge.once()
    story, apples = bridge.entries()
    bridge.project.lose_store()
    bridge.outlets[0].tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0], NOON + hours(APART))
    feed = bridge.project.root / "herald" / "feed.xml"
    if late:
        feed.rename(feed.with_name("away"))
    bridge.once(after=APART + 1)
    if late:
        assert [(told(entry), entry["id"]) for entry in bridge.entries()] == [(["post", "tribune"], story["id"])]
        feed.with_name("away").rename(feed)
        bridge.once(after=1)
    assert {entry["id"]: told(entry) for entry in bridge.entries()} == {
        story["id"]: ["post", "tribune", "herald"],
        apples["id"]: ["herald"],
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "2026/bridge"},
        {"link": "http://moved.example/b"},
        {"title": "Kestrel bridge: a lorry is missing"},
        {"key": "2026/bridge", "title": "Cables snap, Kestrel bridge falls (with video)"},
    ],
    ids=["permalinks", "host", "title", "permalinks and title"],
)
def test_what_only_archives_name_is_known_without_a_date_when_its_address_or_title_has_changed(bridge, changed) -> None:
    """Of what is named there, feeds tell title and address; the post gives no dates, so its article is no longer of that time."""
    _, post, _ = bridge.outlets
    article = {"key": "b", "title": "Cables snap, Kestrel bridge falls", "text": BRIDGE[1], "at": None}
    post.tell(**article)
    bridge.once()
    before = {entry["id"]: told(entry) for entry in bridge.entries()}
    assert list(before.values()) == [["herald", "tribune", "post"], ["herald"]]
    bridge.project.lose_store()
    post.drop("b").tell(**article | changed)
    bridge.once(after=APART)
    assert {entry["id"]: len(told(entry)) for entry in bridge.entries()} == {id: len(of) for id, of in before.items()}


@pytest.mark.parametrize(
    "title", ["Update: Cables snap, Kestrel bridge falls", "Cables snap, Kestrel bridge falls: the mayor resigns"]
)
@pytest.mark.parametrize("page", ["http://post.example/b", "http://post.example/"])
def test_what_an_archive_names_is_known_when_it_was_put_on_top_again_with_more_in_its_title(
    bridge, title: str, page: str
) -> None:
    _, post, _ = bridge.outlets
    post.tell("b", "Cables snap, Kestrel bridge falls", BRIDGE[1], NOON + hours(1), page)
    bridge.once()
    before = {entry["id"]: len(told(entry)) for entry in bridge.entries()}
    assert list(before.values()) == [3, 1]
    bridge.project.lose_store()
    post.tell("b", title, f"Once more. {BRIDGE[1]}", NOON + hours(APART), page)
    bridge.once(after=APART)
    assert {entry["id"]: len(told(entry)) for entry in bridge.entries()} == before


@pytest.mark.parametrize("page", ["http://post.example/2026/bridge", "http://moved.example/"])
def test_what_was_put_on_top_again_before_the_store_was_lost_is_known_at_another_address(bridge, page: str) -> None:
    """Beyond the story's reach; but other posts of that time have gone out, and only one had that title."""
    herald, post, _ = bridge.outlets
    bridge.once()
    post.tell("b", "Cables snap, Kestrel bridge falls", BRIDGE[1], NOON + hours(APART - 48))
    herald.tell("octopus", "Ten years of the aquarium", "An octopus has opened its tank.", NOON + hours(APART - 24))
    bridge.once(after=APART)
    before = {entry["id"]: len(told(entry)) for entry in bridge.entries()}
    assert sorted(before.values()) == [1, 1, 3]
    bridge.project.lose_store()
    post.tell("b", "Cables snap, Kestrel bridge falls", BRIDGE[1], NOON + hours(APART - 48), page)
    bridge.once(after=1)
    assert {entry["id"]: len(told(entry)) for entry in bridge.entries()} == before


@pytest.mark.parametrize("several", [False, True])
def test_the_next_post_on_the_page_of_a_series_is_news_after_the_store_was_lost(bridge, several: bool) -> None:
    """By its date, while there was but one on that page; without a date as one of many."""
    _, post, _ = bridge.outlets
    page = "http://post.example/now"
    post.drop("b").tell("1", "Cables snap, Kestrel bridge falls", BRIDGE[1], NOON + hours(1), page)
    bridge.once()
    if several:
        post.drop("1").tell("2", "Ten years of the aquarium", "An octopus has opened its own tank at the aquarium.", None, page)
        bridge.once(after=1)
    before = {entry["id"] for entry in bridge.entries()}
    assert len(before) == 2 + several
    bridge.project.lose_store()
    post.drop("2" if several else "1").tell(
        "3", "Ferries return", "The ferries sail again.", None if several else NOON + hours(APART), page
    )
    bridge.once(after=APART + 1)
    assert [told(entry) for entry in bridge.entries() if entry["id"] not in before] == [["post"]]


def test_what_comes_late_does_not_bring_back_an_entry_that_was_taken_down(bridge) -> None:
    bridge.once()
    story = bridge.entries()[0]
    bridge.project.lose_store()
    herald, post, tribune = bridge.outlets
    bridge.configure(TOPIC, [post])
    bridge.once()
    assert [(told(entry), entry["id"]) for entry in bridge.entries()] == [(["post"], story["id"])]
    assert bridge.query("select found from heir where title like 'cables%'") == [(1,)]
    bridge.run(lambda app: app.takedown("http://post.example/b"))
    assert bridge.query("select found from heir where title like 'cables%'") == []
    bridge.configure(TOPIC, [herald, post, tribune])
    bridge.once(after=1)
    assert [told(entry) for entry in bridge.entries()] == [["herald", "tribune"], ["herald"]]
    assert story["id"] not in {entry["id"] for entry in bridge.entries()}


@pytest.mark.parametrize("gone", [False, True])
def test_a_new_post_with_the_title_of_one_that_an_entry_told_is_news_after_the_store_was_lost(bridge, gone: bool) -> None:
    bridge.once()
    before = {entry["id"] for entry in bridge.entries()}
    bridge.project.lose_store()
    if gone:
        bridge.outlets[0].drop("b")
    bridge.outlets[0].tell("c", "Kestrel bridge collapses at Aldermouth", f"A year ago today. {ORCHARD}", NOON + hours(APART))
    bridge.once(after=APART + 1)
    assert [told(entry) for entry in bridge.entries() if entry["id"] not in before] == [["herald"]]
    assert before == {entry["id"] for entry in bridge.entries() if entry["url"] != "http://herald.example/c"}


def test_silent_coverage_of_an_archived_story_is_told_in_the_head(bridge) -> None:
    """A closed archive keeps its bytes: a reader would never hear of who told the story since."""
    bridge.configure(TOPIC + "limit = 2\n")
    for number in range(4):
        bridge.outlets[0].tell(f"{number}", f"Number {number}", f"Nothing but {number} happened", NOON + hours(3 + number / 10))
    bridge.once()
    archives = {path.name: path.read_bytes() for path in (bridge.project.feeds / "all").glob("*.json")}
    closed = next(body for body in archives.values() if b"Kestrel" in body)
    (story,) = (entry for entry in json.loads(closed)["items"] if "Kestrel" in entry["title"])
    bridge.outlets[1].tell(
        "again", "Kestrel bridge: cables snapped", BRIDGE[1].replace("brought", "have brought"), NOON + hours(6)
    )
    bridge.once(after=1)
    (again,) = (entry for entry in bridge.entries() if entry["id"] == story["id"])
    assert told(again) == ["herald", "post", "tribune", "post"]
    assert again["date_modified"] == story["date_modified"]
    assert archives.items() <= {path.name: path.read_bytes() for path in (bridge.project.feeds / "all").glob("*.json")}.items()


def test_an_earlier_item_that_arrives_late_leads_under_the_same_id(newsroom) -> None:
    herald, post, _ = newsroom.outlets
    post.tell("b", "Cables snap, Kestrel bridge falls", BRIDGE[1], NOON + hours(1))
    newsroom.once()
    (before,) = newsroom.entries()
    herald.tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0])
    newsroom.once(after=1)
    (after,) = newsroom.entries()
    assert (after["id"], told(after)) == (before["id"], ["herald", "post"])


def test_a_source_that_tells_a_story_again_and_again_crowds_nobody_out_of_it(bridge) -> None:
    """A feed that copies another's text into each of its entries is named ten times at most; the others are counted."""
    bridge.once()
    before = bridge.entries()[0]
    echo = Outlet(bridge.project.root, "echo")
    for number in range(60):
        echo.tell(f"e{number:02}", "Kestrel bridge collapses at Aldermouth", BRIDGE[0], NOON + timedelta(minutes=1 + number))
    bridge.outlets.append(echo)
    bridge.configure(TOPIC)
    bridge.once(after=1)
    story = next(entry for entry in bridge.entries() if entry["id"] == before["id"])
    assert Counter(told(story)) == {"echo": 10, "herald": 1, "post": 1, "tribune": 1}
    assert story["content_html"].endswith("<li>and 50 more</li></ul>")
    assert [other["url"] for other in story["_aggregator"]["also_covered_by"]][:2] == [
        "http://echo.example/e00",
        "http://echo.example/e01",
    ]
    published = {path: path.read_bytes() for path in bridge.project.feeds.glob("all.*")}
    shutil.rmtree(bridge.project.feeds)
    bridge.once()
    assert {path: path.read_bytes() for path in published} == published


def test_a_preferred_source_leads_and_a_changed_preference_rewrites_silently(bridge) -> None:
    bridge.once()
    story = bridge.entries()[0]
    bridge.configure(TOPIC + 'stories = { prefer = ["tribune"] }\n')
    bridge.once(after=1)
    preferred = bridge.entries()[0]
    assert told(preferred) == ["tribune", "herald", "post"]
    assert (preferred["id"], preferred["date_modified"]) == (story["id"], story["date_modified"])


def test_a_topic_tells_those_items_of_a_story_that_it_matches_itself(bridge) -> None:
    bridge.configure(TOPIC + '[[topic]]\nslug = "rust"\nquery = "rust OR rusted OR apple"\n')
    bridge.once()
    assert [told(entry) for entry in bridge.entries("rust")] == [["tribune"], ["herald"]]
    assert len({entry["id"] for slug in ("all", "rust") for entry in bridge.entries(slug)}) == 4


def test_a_narrowed_query_takes_items_out_and_the_entry_stands_while_one_is_left(bridge) -> None:
    bridge.once()
    story = bridge.entries()[0]
    for query, left in (("-site:herald.example", ["post", "tribune"]), ("rusted", ["tribune"])):
        bridge.configure(TOPIC + f'query = "{query}"\n')
        bridge.once(after=1)
        (entry,) = bridge.entries()
        assert (told(entry), entry["id"], entry["date_modified"]) == (left, story["id"], story["date_modified"])
    bridge.configure(TOPIC + 'query = "zeppelin"\n')
    bridge.once(after=1)
    assert bridge.entries() == []
    bridge.configure(TOPIC + 'query = "snapped"\n')
    bridge.once(after=1)
    assert [(told(entry), entry["id"]) for entry in bridge.entries()] == [(["herald", "post"], story["id"])]


def test_stories_turned_off_take_no_entry_apart_and_turned_on_again_they_merge_silently(bridge) -> None:
    bridge.once()
    before = {entry["id"]: told(entry) for entry in bridge.entries()}
    bridge.configure(TOPIC + "stories = false\n")
    bridge.once(after=1)
    assert {entry["id"]: told(entry) for entry in bridge.entries()} == before
    bridge.outlets[1].tell("c", "Kestrel bridge: divers go home", BRIDGE[1].replace("look for", "found"), NOON + hours(7))
    bridge.once(after=1)
    assert told(bridge.entries()[0]) == ["post"]
    assert {entry["id"]: told(entry) for entry in bridge.entries()[1:]} == before
    bridge.configure(TOPIC)
    bridge.once(after=1)
    assert [(told(entry), entry["id"] in before) for entry in bridge.entries()] == [
        (["herald", "post", "tribune", "post"], True),
        (["herald"], True),
    ]


def test_a_renamed_source_changes_nothing_in_an_entry(bridge) -> None:
    bridge.once()
    story = bridge.entries()[0]
    table = bridge.outlets[1].table.replace('id = "post"', 'id = "mail"\nwas = ["post"]')
    bridge.project.configure(TOPIC + bridge.outlets[0].table + table + bridge.outlets[2].table)
    bridge.once(after=1)
    assert bridge.entries()[0] == story


def test_forgotten_items_leave_their_entry_one_by_one(bridge) -> None:
    head = '[site]\ntitle = "T"\nbase_url = "http://feeds.example/"\n[store]\nkeep = "1d"\n'
    bridge.project.configure(TOPIC + "".join(outlet.table for outlet in bridge.outlets), head)
    bridge.once()
    story = bridge.entries()[0]
    bridge.outlets[0].drop("b", "apples").tell(
        "new", "Nothing", "Nothing of any interest happened in the town today.", NOON + hours(40)
    )
    for _ in range(4):
        bridge.once(after=12)
    assert [(told(entry), entry["id"] == story["id"]) for entry in bridge.entries()] == [
        (["herald"], False),
        (["post", "tribune"], True),
    ]


def test_a_forgotten_item_that_is_shown_again_returns_to_its_entry_without_a_word(bridge) -> None:
    head = '[site]\ntitle = "T"\nbase_url = "http://feeds.example/"\n[store]\nkeep = "1d"\n'
    bridge.project.configure(TOPIC + "".join(outlet.table for outlet in bridge.outlets), head)
    bridge.once()
    before = bridge.entries()
    bridge.outlets[0].drop("b", "apples").tell("new", "Nothing", "Nothing of any interest happened in the town today.")
    bridge.once(after=1)
    for _ in range(3):
        bridge.once(after=12)
    assert [told(entry) for entry in bridge.entries()] == [["herald"], ["post", "tribune"]]
    bridge.outlets[0].tell("apples", "A record harvest of apples", ORCHARD, NOON - hours(2))
    bridge.outlets[0].tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0], NOON)
    bridge.once(after=1)
    assert [entry for entry in bridge.entries() if entry["title"] != "Nothing"] == before


def test_a_source_alone_makes_no_story_and_a_copy_is_no_independent_source(newsroom) -> None:
    herald, post, _ = newsroom.outlets
    herald.tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0])
    herald.tell("c", "Kestrel bridge: what we know", BRIDGE[1], NOON + hours(1))
    newsroom.once()
    assert [told(entry) for entry in newsroom.entries()] == [["herald"], ["herald"]]
    post.tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0], NOON + hours(2))
    newsroom.once(after=1)
    (joined,) = (entry for entry in newsroom.entries() if "post" in told(entry))
    assert told(joined)[0] == "herald"
    assert joined["date_modified"] == "2026-03-02T12:00:00+00:00"
    assert newsroom.query("select kind from told order by pk desc limit 1") == [("copy",)]


def test_items_that_share_an_address_side_by_side_are_no_copies(newsroom) -> None:
    newsroom.outlets[0].tell("x", "A record harvest of apples", ORCHARD).tell("y", "The Kestrel bridge fell", BRIDGE[0])
    file = newsroom.project.root / "herald" / "feed.xml"
    file.write_text(
        file.read_text().replace("herald.example/x", "herald.example/").replace("herald.example/y", "herald.example/")
    )
    newsroom.once()
    assert len(newsroom.entries()) == 2


def test_months_of_history_find_the_stories_of_their_time(newsroom) -> None:
    herald, post, tribune = newsroom.outlets
    for month in (30, 60, 90):
        herald.tell(f"b{month}", "Kestrel bridge collapses at Aldermouth", BRIDGE[0], NOON - hours(24 * month))
        post.tell(f"b{month}", "Cables snap, Kestrel bridge falls", BRIDGE[1], NOON - hours(24 * month - 1))
    newsroom.configure(TOPIC, [herald, post])
    newsroom.once()
    assert [told(entry) for entry in newsroom.entries()] == [["herald", "post"]] * 3
    for month in (30, 60, 90):
        tribune.tell(f"b{month}", "Rust warning before Kestrel bridge fell", BRIDGE[2], NOON - hours(24 * month - 2))
    newsroom.configure(TOPIC)
    newsroom.once(after=1)
    assert [told(entry) for entry in newsroom.entries()] == [["herald", "post", "tribune"]] * 3


def test_a_fault_in_the_grouping_of_an_item_keeps_nothing_from_being_delivered(bridge, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(index.Stories, "group", fail)
        bridge.once()
    assert len(bridge.entries()) == 4
    bridge.outlets[1].tell("new", "Apples again", ORCHARD, NOON + hours(6))
    bridge.once(after=1)
    assert len(bridge.entries()) == 5


def test_an_item_that_was_stored_but_not_grouped_is_grouped_by_the_next_publish(bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def die(self: Grouper, now: datetime) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(Grouper, "group", die)
        with pytest.raises(KeyboardInterrupt):
            bridge.once()
    assert bridge.query("select count(*) from item") == [(4,)]
    bridge.once(after=1)
    assert [told(entry) for entry in bridge.entries()] == [["herald", "post", "tribune"], ["herald"]]


def test_a_split_gives_an_item_an_entry_of_its_own_for_ever_and_a_join_takes_it_back(bridge) -> None:
    bridge.once()
    story = bridge.entries()[0]
    post = tales.find(bridge.store, "http://www.post.example/b?utm_source=x")
    bridge.run(lambda app: app.split_story(post))
    own, rest = bridge.entries()[:2]
    assert (told(own), told(rest), rest["id"]) == (["post"], ["herald", "tribune"], story["id"])
    bridge.outlets[1].tell("again", "Kestrel bridge: cables snapped", BRIDGE[1] + " More to come.", NOON + hours(5))
    bridge.once(after=1)
    assert not any({"post", "herald"} <= set(told(entry)) and entry["url"] == own["url"] for entry in bridge.entries())
    with pytest.raises(AggregatorError, match="alone"):
        bridge.run(lambda app: app.split_story(bridge.number("apples")))
    bridge.run(lambda app: app.join_stories(bridge.number("b"), post))
    joined = next(entry for entry in bridge.entries() if entry["id"] == story["id"])
    assert {"herald", "post", "tribune"} <= set(told(joined))
    assert own["id"] not in {entry["id"] for entry in bridge.entries()}
    with pytest.raises(AggregatorError, match="already"):
        bridge.run(lambda app: app.join_stories(bridge.number("b"), post))


def test_where_the_first_item_is_split_off_it_keeps_the_entry_and_the_others_get_one(bridge) -> None:
    bridge.once()
    story = bridge.entries()[0]
    bridge.run(lambda app: app.split_story(bridge.number("b")))
    assert [told(entry) for entry in bridge.entries()] == [["post", "tribune"], ["herald"], ["herald"]]
    assert bridge.entries()[1]["id"] == story["id"]


def test_stories_that_were_joined_and_split_again_return_to_the_entries_that_they_had(bridge) -> None:
    bridge.once()
    before = bridge.entries()
    bridge.run(lambda app: app.join_stories(bridge.number("apples"), bridge.number("b")))
    (both,) = bridge.entries()
    assert (told(both)[0], both["id"]) == ("herald", before[1]["id"])
    bridge.run(lambda app: app.split_story(bridge.number("apples")))
    assert sorted(entry["id"] for entry in bridge.entries()) != []
    assert before[1]["id"] in {entry["id"] for entry in bridge.entries()}


def test_a_story_is_shown_and_explained(bridge) -> None:
    bridge.once()
    topics = load(bridge.project.config, {}).topics()
    story = bridge.entries()[0]
    tale = tales.show(bridge.store, topics, story["id"])
    assert [(one.source, one.kind) for one in tale.items] == [("herald", "first"), ("post", "story"), ("tribune", "story")]
    assert (tale.sources, [(one.topic, one.entry) for one in tale.entries]) == (3, [("all", story["id"])])
    recorded = tales.explain(bridge.store, topics, "http://post.example/b", "http://herald.example/b")
    assert (recorded.same, recorded.recorded, recorded.reason, recorded.gap) == (True, True, "terms", 3600)
    assert recorded.score is not None
    assert recorded.score > recorded.threshold
    assert "kestrel" in dict(recorded.terms)
    compared = tales.explain(bridge.store, topics, "http://herald.example/apples", "http://tribune.example/b", "all")
    assert (compared.same, compared.recorded, compared.reason in tales.RULES) == (False, False, True)
    with pytest.raises(AggregatorError, match="one item"):
        tales.explain(bridge.store, topics, "1", "1")
    with pytest.raises(AggregatorError, match="no item is known by 'nonsense'"):
        tales.show(bridge.store, topics, "nonsense")
    with pytest.raises(ConfigError, match="'nowhere'"):
        tales.show(bridge.store, topics, "1", "nowhere")
    bridge.configure(TOPIC + "stories = false\n")
    with pytest.raises(ConfigError, match="no topic tells stories"):
        tales.show(bridge.store, load(bridge.project.config, {}).topics(), "1")


def test_an_engine_that_goes_on_decides_as_one_that_starts_anew(newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    herald, post, tribune = newsroom.outlets

    async def news(app: App) -> None:
        async with app.engine("command") as engine:
            herald.tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0])
            await engine.once(force=True)
            post.tell("b", "Cables snap, Kestrel bridge falls", BRIDGE[1], NOON + hours(1))
            await engine.once(force=True)
            herald.tell("old", "Kestrel bridge collapses at Aldermouth", BRIDGE[0], NOON - hours(24 * 30))
            herald.tell("older", "A record harvest of apples", ORCHARD, NOON - hours(24 * 31))
            await engine.once(force=True)
            with monkeypatch.context() as full:
                full.setattr(stories, "record", _full)
                tribune.tell("b", "Rust warning before Kestrel bridge fell", BRIDGE[2], NOON + hours(2))
                with pytest.raises(StoreError):
                    await engine.once(force=True)
            await engine.once(force=True)

    newsroom.run(news)
    kept = {tuple(told(entry)): entry["id"] for entry in newsroom.entries()}
    assert sorted(kept) == [("herald",), ("herald", "post", "tribune")]
    assert len(newsroom.entries()) == 3


@pytest.mark.parametrize("days", [0, 200])
def test_what_was_taken_down_is_nobodys_original_though_the_engine_goes_on(newsroom, days: int) -> None:
    herald, post, _ = newsroom.outlets
    then = NOON - hours(24 * days)

    async def news(app: App) -> None:
        async with app.engine("command") as engine:
            herald.tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0], then)
            await engine.once(force=True)
            await engine.takedown("http://herald.example/b")
            post.tell("b", "Kestrel bridge collapses at Aldermouth", BRIDGE[0], then + hours(1))
            await engine.once(force=True)

    newsroom.run(news)
    assert newsroom.query("select kind, story = item from told order by item desc limit 1") == [("first", 1)]
    assert [told(entry) for entry in newsroom.entries()] == [["post"]]


def test_a_split_needs_nobody_but_the_story(bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "PAST", 1)
    monkeypatch.setattr(windows, "LIVE", 1)
    bridge.configure(TOPIC + 'stories = { strictness = "loose" }\n')
    bridge.once()
    with database.visit(bridge.store) as db:
        db.execute("update told set story = (select min(item) from told)")
    bridge.run(lambda app: app.split_story(bridge.number("b")))
    assert bridge.query("select count(distinct story), count(*) from told") == [(2, 4)]
    assert bridge.query("select count(*) from story_apart") == [(3,)]
    bridge.run(lambda app: app.join_stories(bridge.number("b"), bridge.number("apples")))
    assert bridge.query("select count(distinct story) from told") == [(1,)]


def _full(*_: object) -> None:
    raise StoreError("the disk is full")


@pytest.mark.parametrize("guid", ["http://localhost/bridge", "tag:own,2025:1"])
def test_nobody_takes_an_entry_over_with_its_address_or_id_and_an_earlier_date(
    project, httpserver: HTTPServer, guid: str
) -> None:
    site = PublisherSite(httpserver)
    own = site.put("/own", rss([item(30, "The bridge opens", BRIDGE, guid=guid, link="http://localhost/bridge")]))
    other = site.put("/other", rss([item(1)])).replace("localhost", "127.0.0.1")
    sources = "".join(f'[[source]]\nid = "{name}"\nurl = "{url}"\n' for name, url in (("own", own), ("other", other)))
    project.configure('[fetch]\nallow_private = ["127.0.0.0/8", "::1/128"]\n' + sources + TOPIC, head="")
    project.once()
    (before,) = [entry for entry in entries(project.feeds, "all") if entry["title"] == "The bridge opens"]
    claims = [
        item(2, "Buy apples", ORCHARD, guid=guid, link="http://localhost/bridge"),
        item(3, "Buy pears", ORCHARD, guid=guid, link="http://evil.example/"),
    ]
    site.put("/other", rss(claims))
    project.once()
    (after,) = [entry for entry in entries(project.feeds, "all") if entry["id"] == before["id"]]
    assert after["title"] == "The bridge opens"
    assert after["date_modified"] == before["date_modified"]
