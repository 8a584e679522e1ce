"""Feeds come and go with the list that names them, and keep their history."""

import re

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from aggregator.asking import Asking
from aggregator.config.loading import load
from aggregator.model import Source, Subscription
from aggregator.pipeline.polls import lists
from aggregator.store import database, sources
from aggregator.store.subscriptions import Followed

LIST = '[[source]]\nid = "planet"\nkind = "opml"\n'
TOPIC = '[[topic]]\nslug = "all"\nstories = false\nsources = ["planet"]\n'


class World:
    """A list, and feeds with one item each."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.named: list[str] = []
        self.body: bytes | None = None
        self.asked: list[str] = []
        server.expect_request("/list.opml").respond_with_handler(self._list)
        server.expect_request(re.compile("/feed/.*")).respond_with_handler(self._feed)
        nothing = '<rss version="2.0"><channel><title>x</title></channel></rss>'
        server.expect_request(re.compile("/nothing/.*")).respond_with_data(nothing, content_type="text/xml")
        for name in "abc":
            server.expect_request(f"/{name}.xml").respond_with_handler(self._feed)

    def url(self, path: str) -> str:
        return self.server.url_for(path)

    def opml(self) -> bytes:
        outlines = "".join(f'<outline text="The {name}" xmlUrl="{self.url(f"/{name}.xml")}"/>' for name in self.named)
        return f'<opml version="2.0"><body>{outlines}</body></opml>'.encode()

    def listing(self, *paths: str) -> bytes:
        outlines = "".join(f'<outline text="{path[:6]}" xmlUrl="{self.url(path)}"/>' for path in paths)
        return f'<opml version="2.0"><body>{outlines}</body></opml>'.encode()

    def _list(self, _: Request) -> Response:
        return Response(self.opml() if self.body is None else self.body, content_type="text/x-opml")

    def _feed(self, request: Request) -> Response:
        self.asked.append(request.path)
        item = f"<item><guid>{request.path}</guid><title>Item of {request.path}</title></item>"
        return Response(f'<rss version="2.0"><channel><title>x</title>{item}</channel></rss>', content_type="text/xml")


@pytest.fixture
def world(httpserver: HTTPServer) -> World:
    return World(httpserver)


def entries(project) -> int:  # type: ignore[no-untyped-def]
    return project.published()["all.atom"].count(b"<entry")


def test_feeds_of_a_list_are_polled_in_the_run_that_finds_them_and_go_when_it_names_them_no_more(project, world) -> None:  # type: ignore[no-untyped-def]
    project.configure(LIST + f'url = "{world.url("/list.opml")}"\n' + TOPIC)
    world.named = ["a", "b"]
    report = project.once()
    assert [source.id.partition("-")[0] for source in report.sources] == ["planet", "planet/localhost", "planet/localhost"]
    assert (sum(source.new for source in report.sources), report.topics[0].added, entries(project)) == (2, 2, 2)
    world.asked.clear()
    world.named = ["b", "c"]
    report = project.once()
    assert sorted(world.asked) == ["/a.xml", "/b.xml", "/c.xml"]  # a was still followed when the run began
    assert entries(project) == 3
    assert report.warnings == ()
    world.asked.clear()
    project.once()
    assert sorted(world.asked) == ["/b.xml", "/c.xml"]
    ids = [source.id for source in project.app().status().sources]
    assert len(ids) == 3
    assert project.poll(ids[1], force=True).sources[0].result == "not-modified"


def test_a_feed_that_comes_back_is_not_delivered_again(project, world) -> None:  # type: ignore[no-untyped-def]
    project.configure(LIST + f'url = "{world.url("/list.opml")}"\n' + TOPIC)
    for world.named in (["a", "b"], ["b"], ["a", "b"]):
        report = project.once()
    assert sum(source.new for source in report.sources) == 0
    assert entries(project) == 2


def test_a_broken_list_changes_nothing(project, world) -> None:  # type: ignore[no-untyped-def]
    project.configure(LIST + f'url = "{world.url("/list.opml")}"\n' + TOPIC)
    world.named = ["a", "b"]
    project.once()
    whole = world.opml()
    for world.body in (whole[:-40], b"<html><body>Maintenance</body></html>", b'<opml><body><outline text="x"/></body></opml>'):
        report = project.once()
        assert report.failed[0].id == "planet"
        assert len(report.sources) == 3
    assert len(project.app().status().sources) == 3


def test_a_list_in_a_file_is_read_at_every_run(project, world) -> None:  # type: ignore[no-untyped-def]
    project.configure(LIST + 'path = "feeds.opml"\n' + TOPIC)
    for world.named in (["a"], ["a", "c"]):
        (project.root / "feeds.opml").write_bytes(world.opml())
        project.once(force=False)
    assert entries(project) == 2


def test_a_list_that_is_renamed_keeps_its_feeds_and_one_that_leaves_it_keeps_its_items(project, world) -> None:  # type: ignore[no-untyped-def]
    url = f'url = "{world.url("/list.opml")}"\n'
    project.configure(LIST + url + '[[topic]]\nslug = "all"\nstories = false\n')
    world.named = ["a", "b"]
    project.once()
    member = project.app().status().sources[1].id
    project.configure(
        f'[[source]]\nid = "mine"\nkind = "opml"\nwas = ["planet"]\n{url}[[topic]]\nslug = "all"\nstories = false\n'
    )
    report = project.once()
    assert [source.id.partition("/")[0] for source in report.sources] == ["mine", "mine", "mine"]
    assert sum(source.new for source in report.sources) == 0
    own = f'[[source]]\nid = "a"\nurl = "{world.url("/a.xml")}"\nwas = ["{member.replace("planet", "mine")}"]\n'
    project.configure(f'[[source]]\nid = "mine"\nkind = "opml"\n{url}{own}[[topic]]\nslug = "all"\nstories = false\n')
    report = project.once()
    assert [source.id.partition("-")[0] for source in report.sources] == ["mine", "a", "mine/localhost"]
    assert sum(source.new for source in report.sources) == 0
    assert entries(project) == 2


def test_a_disabled_list_and_one_that_is_taken_out_follow_nothing(project, world) -> None:  # type: ignore[no-untyped-def]
    url = f'url = "{world.url("/list.opml")}"\n'
    project.configure(LIST + url + '[[topic]]\nslug = "all"\nstories = false\n')
    world.named = ["a"]
    project.once()
    project.configure(LIST + "enabled = false\n" + url + '[[topic]]\nslug = "all"\nstories = false\n')
    assert [source.result for source in project.once().sources] == ["disabled"]
    project.configure('[[topic]]\nslug = "all"\nstories = false\n')
    report = project.once()
    assert [warning.split("'")[1] for warning in report.warnings] == []
    assert report.sources == ()
    assert entries(project) == 1


async def test_check_counts_what_a_list_names(project, world) -> None:  # type: ignore[no-untyped-def]
    project.configure(LIST + f'url = "{world.url("/list.opml")}"\n' + TOPIC)
    world.named = ["a", "b"]
    checked = await Asking(load(project.config, {})).check()
    assert (checked.sources[0].entries, checked.sources[0].format) == (2, "opml")


async def test_an_engine_knows_that_lists_name_other_feeds_than_it_polls(project, world) -> None:  # type: ignore[no-untyped-def]
    project.configure(LIST + f'url = "{world.url("/list.opml")}"\n' + TOPIC)
    app = project.app()
    async with app.house("command") as house:
        engine = await house.wire(app.config)
        assert not await engine.relisted()
        named = [Subscription(url=world.url("/a.xml"), title="A")]
        await engine.store.write(lambda db: lists.keep(db, "planet", named))
        assert await engine.relisted()
        after = await house.wire(app.config)
        assert not await after.relisted()
        await engine.store.write(lambda db: lists.keep(db, "planet", named))
        assert not await after.relisted()
        assert len(after.sources) == 2


def test_what_is_configured_or_stands_in_an_earlier_list_is_not_followed_twice() -> None:
    one = Source(id="one", kind="opml", url="https://x.example/1")
    two = Source(id="two", kind="opml", url="https://x.example/2")
    own = Source(id="own", kind="feed", url="https://a.example/feed/")
    named = {
        "one": [Followed(name="a", url="http://www.a.example/feed"), Followed(name="b", url="https://b.example/")],
        "two": [Followed(name="b", url="http://b.example/"), Followed(name="c", url="https://c.example/")],
        "gone": [Followed(name="d", url="https://d.example/")],
    }
    assert [source.id for source in lists.followed([one, two, own], named)] == ["one", "two", "own", "one/b", "two/c"]


def test_a_name_is_made_of_the_address_alone_and_fits_an_id() -> None:
    assert lists.name("http://lwn.net/headlines/rss") == lists.name("https://www.lwn.net/headlines/rss/")
    assert lists.name("https://lwn.net/a") != lists.name("https://lwn.net/b")
    for url in (
        "https://lwn.net/",
        "https://bücher.example/",
        "http://[::1]:8080/x",
        f"https://{'a' * 60}.{'b' * 60}.example/",
        "http://x" * 900,
    ):
        load_id = f"planet/{lists.name(url)}"
        assert load_id.removeprefix("planet/")[0].isalnum()
        assert len(load_id) < 100
        assert set(load_id) <= set("abcdefghijklmnopqrstuvwxyz0123456789./-")


def test_a_feed_of_a_list_has_its_networks_but_none_of_its_headers() -> None:
    listed = Source(id="one", kind="opml", url="https://x.example/1", allow_private=(), headers={"X-Key": "secret"})
    (_, feed) = lists.followed([listed], {"one": [Followed(name="a", url="https://a.example/", title="A")]})
    assert (feed.allow_private, feed.headers, feed.title, feed.kind) == ((), {}, "A", "feed")


def test_a_new_topic_is_filled_with_what_a_list_brought_before(project, world) -> None:  # type: ignore[no-untyped-def]
    listed = LIST + f'url = "{world.url("/list.opml")}"\n'
    project.configure(listed)
    world.named = ["a", "b"]
    project.once()
    project.configure(listed + TOPIC + '[[topic]]\nslug = "others"\nstories = false\nsources = ["!planet"]\n')
    project.once(force=False)
    assert entries(project) == 2
    assert b"<entry" not in project.published()["others.atom"]


def test_a_feed_whose_address_has_another_key_with_each_download_stays_what_it_is(project, world) -> None:  # type: ignore[no-untyped-def]
    project.configure(LIST + f'url = "{world.url("/list.opml")}"\n' + TOPIC)
    for token in ("one", "two", "three"):
        world.body = world.listing(f"/feed/a?token={token}", "/feed/b")
        report = project.once()
        world.asked.clear()
    assert len(report.sources) == 3
    assert entries(project) == 2
    project.once()
    db = database.view(project.root / "aggregator.db")
    assert [row.id.partition("/")[0] for row in sources.load_all(db)] == ["planet"] * 3
    assert {address for (address,) in db.execute("select url from resource where url like '%token%'")} == {
        world.url("/feed/a?token=three")
    }
    db.close()


def test_feeds_that_a_list_names_once_and_that_bring_nothing_are_forgotten(project, world) -> None:  # type: ignore[no-untyped-def]
    project.configure(LIST + f'url = "{world.url("/list.opml")}"\n' + TOPIC)
    for turn in range(3):
        world.body = world.listing("/feed/always", f"/feed/{turn}", f"/nothing/{turn}")
        project.once()
    db = database.view(project.root / "aggregator.db")
    addresses = [row.address.partition("//")[2].partition("/")[2] for row in sources.load_all(db)]
    assert sorted(addresses) == ["feed/0", "feed/1", "feed/2", "feed/always", "list.opml", "nothing/2"]
    assert {id for (id,) in db.execute("select source_id from rhythm")} <= {row.id for row in sources.load_all(db)}
    db.close()


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("https://a.org/f?token=1", "https://a.org/f?token=2", True),
        ("https://a.org/f?token=1&page=1", "https://a.org/f?token=2&page=2", False),
        ("https://a.org/private/abc/feed", "https://a.org/private/def/feed", True),
        ("https://a.org/f?channel=1", "https://a.org/f?channel=2", False),
        ("https://a.org/one.xml", "https://a.org/two.xml", False),
        ("https://a.org/f?token=1", "https://b.org/f?token=1", False),
        ("http://a.org/f?token=1", "https://a.org/f?token=1", True),
    ],
)
def test_an_address_is_followed_where_only_the_key_in_it_changed(before: str, now: str, same: bool) -> None:
    (was,) = lists.called([Subscription(url=before, title="A")], ())
    (found,) = lists.called([Subscription(url=now, title="A")], [was])
    assert (found.name == was.name) is same
    assert found.url == now


@pytest.mark.parametrize("titles", [("One", "Two"), (None, None), ("One", None)])
def test_what_looks_like_a_key_may_be_a_public_id_of_another_feed(titles: tuple[str | None, str | None]) -> None:
    shows = "https://feeds.acast.com/public/shows/"
    one, two = f"{shows}2f9bd9ce-1f28-4a6a-a1c1-4b2c7ad3f0de", f"{shows}c0a80a34-6a1c-4b4f-9d0e-5a0f0a2f7a11"
    (was,) = lists.called([Subscription(url=one, title=titles[0])], ())
    (found,) = lists.called([Subscription(url=two, title=titles[1])], [was])
    assert found.name != was.name


def test_of_several_that_differ_in_their_keys_alone_each_is_a_feed_of_its_own() -> None:
    urls = [f"https://a.org/f?token={token}" for token in "abc"]
    before = lists.called([Subscription(url=url, title="A") for url in urls[:2]], ())
    assert len({feed.name for feed in before}) == 2
    after = lists.called([Subscription(url=urls[2], title="A")], before)
    assert after[0].name not in {feed.name for feed in before}


def test_no_two_feeds_of_a_list_have_one_name_whoever_returns() -> None:
    a, b = (Subscription(url=f"https://a.org/f?token={token}", title="A") for token in "ab")
    first = lists.called([a], ())
    moved = lists.called([b], first)
    assert moved[0].name == first[0].name
    both = lists.called([a, b], moved)
    assert both[1] == moved[0]
    assert both[0].name == f"{moved[0].name}~2"
    assert lists.called([b, a], both) == both[::-1]
