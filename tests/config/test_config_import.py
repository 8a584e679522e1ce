"""Lists from elsewhere become sources and topics; lists of our own change nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import names
from aggregator.config.add import addition
from aggregator.config.edit import Draft
from aggregator.config.export import render, render_topics
from aggregator.config.import_ import Plan, plan
from aggregator.config.loading import Config, load
from aggregator.config.starter import STARTER
from aggregator.config.types import own_slug, source_id
from aggregator.errors import ConfigError
from aggregator.model import Attribution, Person, Plain, Subscription, Url
from aggregator.sources.opml import parse_list

CONFIG = """
[site]
title = "T"
base_url = "https://t.example/"
[[source]]
id = "lwn"
url = "https://lwn.net/headlines/rss"
title = "LWN"
[[source]]
id = "wp"
kind = "wordpress"
url = "https://wp.example/"
was = ["press"]
[[source]]
id = "clips"
kind = "folder"
path = "clips"
[[source]]
id = "off"
url = "https://off.example/"
enabled = false
[[topic]]
slug = "linux"
title = "Linux & more"
sources = ["lwn", "clips", "!off"]
[[topic]]
slug = "all"
[[topic]]
slug = "rest"
sources = ["!lwn"]
was = ["others"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return write(tmp_path, CONFIG)


def write(folder: Path, text: str) -> Config:
    (folder / "config.toml").write_text(text)
    return load(folder / "config.toml", {})


def feed(url: str, *folders: str, title: str | None = None, kind: str = "feed", id: str | None = None) -> Subscription:
    return Subscription(url=url, title=title, folders=folders, kind=kind, id=id, line=7)


def carried_out(config: Config, planned: Plan) -> Config:
    draft = Draft(config.file)
    planned.apply(draft)
    return draft.save({})


def test_feeds_become_sources_and_folders_topics(config: Config) -> None:
    planned = plan(
        config,
        [feed("https://a.example/feed", "Tech", "Python", title="The A"), feed("https://b.example/", "Tech")],
    )
    assert [(one.id, one.url, one.kind) for one in planned.new] == [
        ("the-a", "https://a.example/feed", "feed"), ("b", "https://b.example/", "feed"),
    ]  # fmt: skip
    assert [(one.slug, one.title, one.sources) for one in planned.topics] == [
        ("tech", "Tech", ("the-a", "b")),
        ("python", "Python", ("the-a",)),
    ]


def test_a_list_within_a_list_becomes_a_source_of_its_own(config: Config) -> None:
    (new,) = plan(config, [feed("https://c.example/l", kind="opml")]).new
    assert (new.id, new.kind) == ("c", "opml")
    assert (
        'type="include"'
        in render(
            config.site(), carried_out(config, plan(config, [feed("https://c.example/l", kind="opml")])).sources(), []
        ).decode()
    )


def test_what_is_configured_or_named_twice_makes_no_second_source(config: Config) -> None:
    planned = plan(
        config,
        [
            feed("http://www.lwn.net/headlines/rss/", "linux & MORE"),
            feed("https://wp.example/"),
            feed("https://new.example/a", "One"),
            feed("http://new.example/a/", "Two"),
            feed("https://lwn.net/headlines/rss"),
        ],
    )
    assert planned.known == {"http://www.lwn.net/headlines/rss/": "lwn", "https://wp.example/": "wp"}
    assert [one.id for one in planned.new] == ["new"]
    assert planned.repeated == 2
    assert [(one.slug, one.sources) for one in planned.topics] == [("one", ("new",)), ("two", ("new",))]
    assert planned.grown == {}


def test_a_topic_that_is_there_grows_unless_it_draws_from_all(config: Config) -> None:
    planned = plan(config, [feed("https://n.example/", "Linux & more", "all", "Rest"), feed("https://off.example/", "linux")])
    assert planned.grown == {"linux": ("n",)}
    assert planned.topics == ()
    after = carried_out(config, planned)
    assert after.topics()[0].sources == ("lwn", "clips", "!off", "n")


def test_names_that_are_or_were_taken_are_left_alone(config: Config) -> None:
    planned = plan(
        config, [feed("https://x.example/", "Others", "Status", title="Press"), feed("https://y.example/", title="LWN", id="lwn")]
    )
    assert [one.id for one in planned.new] == ["press-2", "lwn-2"]
    assert [one.slug for one in planned.topics] == ["others-2", "status-news"]


def test_a_list_of_our_own_changes_nothing_here_and_makes_the_same_elsewhere(config: Config, tmp_path: Path) -> None:
    body = render(config.site(), config.sources(), config.topics())
    assert body == render(config.site(), config.sources(), config.topics())
    listing = parse_list(body, url="file:///ours.opml")
    planned = plan(config, listing.subscriptions, listing.left)
    assert not planned.changes
    assert planned.left == ()
    (tmp_path / "elsewhere").mkdir()
    empty = write(tmp_path / "elsewhere", "")
    after = carried_out(empty, plan(empty, listing.subscriptions))
    assert [(one.id, one.kind, one.url, one.title) for one in after.sources()] == [
        ("lwn", "feed", "https://lwn.net/headlines/rss", "LWN"), ("wp", "wordpress", "https://wp.example/", None),
    ]  # fmt: skip
    assert [(one.title, one.sources) for one in after.topics()] == [("Linux & more", ("lwn",))]


def test_two_sources_with_one_address_survive_the_round_trip(tmp_path: Path) -> None:
    pair = '[[source]]\nid = "{0}"\nurl = "http{1}://a.example/"\n[[topic]]\nslug = "of-{0}"\nsources = ["{0}"]\n'
    config = write(
        tmp_path, pair.format("one", "") + pair.format("two", "s") + '[[source]]\nid = "three"\nurl = "http://a.example/"\n'
    )
    listing = parse_list(render(config.site(), config.sources(), config.topics()), url="file:///x")
    assert not plan(config, listing.subscriptions).changes


def test_topics_are_exported_as_they_are_published(config: Config) -> None:
    listing = parse_list(render_topics(config.site(), config.topics()), url="https://t.example/topics.opml")
    assert [one.url for one in listing.subscriptions] == [
        "https://t.example/linux.atom",
        "https://t.example/all.atom",
        "https://t.example/rest.atom",
    ]


def planet(**said: object) -> Attribution:
    return Attribution(
        title=Plain("Planet X"),
        link=Url("https://planet.example/x/"),
        authors=(Person(name="Ann", email="ann@example.org"),),
        **said,
    )  # type: ignore[arg-type]


def test_a_planet_says_what_the_site_is_called_where_nobody_has_said_it_yet(tmp_path: Path, config: Config) -> None:
    assert plan(config, [], header=planet()).site == {"author": "Ann", "contact": "ann@example.org"}
    started = write(tmp_path, STARTER.read_text())
    planned = plan(started, [feed("https://a.example/")], header=planet())
    assert planned.site == {
        "title": "Planet X",
        "base_url": "https://planet.example/x/",
        "author": "Ann",
        "contact": "ann@example.org",
    }
    assert carried_out(started, planned).site().base_url == "https://planet.example/x/"


def test_what_a_planet_says_and_we_cannot_use_is_not_taken(tmp_path: Path) -> None:
    odd = Attribution(link=Url("https://planet.example/?x=1"), authors=(Person(name=None, email="ann at example"),))
    assert plan(write(tmp_path, ""), [], header=odd).site == {}


def test_an_address_that_the_configuration_would_refuse_is_left_out(config: Config) -> None:
    planned = plan(config, [Subscription(url="ftp://a.example/", line=3)], ["line 1: x"])
    assert planned.left == (
        "line 1: x",
        "line 3: ftp://a.example/ must be an absolute address such as https://example.org/feed.xml",
    )


@pytest.mark.parametrize(
    ("title", "url", "name"),
    [
        ("The Verge – Tech", "https://x.example/", "the-verge-tech"),
        ("Großes Übel", "https://x.example/", "grosses-ubel"),
        ("Ann's Blog", "https://x.example/", "anns-blog"),
        ("日本語", "https://blog.example.co.uk/feed", "blog-example"),
        (None, "https://www.lwn.net/x", "lwn"),
        (None, "https://feeds.bbci.co.uk/x", "bbci"),
        (None, "http://127.0.0.1:8080/x", "127-0-0-1"),
        (None, "http://localhost/x", "localhost"),
        ("a" * 60, "https://x.example/", "a" * 40),
        ("one two three four five six seven eight nine ten", "https://x.example/", "one-two-three-four-five-six-seven-eight"),
        ("Taken", "https://x.example/", "taken-3"),
    ],
)
def test_ids_are_short_readable_and_free(title: str | None, url: str, name: str) -> None:
    assert names.source_id(title, url, {"taken", "taken-2"}) == name


@given(st.text(max_size=80), st.sampled_from(["https://a.example/", "http://[::1]/", "https://" + "x" * 60 + ".example/"]))
def test_every_derived_name_is_a_right_one(title: str, url: str) -> None:
    assert source_id(names.source_id(title, url, ()))
    assert own_slug(names.topic_slug(title, ()))


def add(config: Config, url: str = "https://n.example/", topic: str | None = None, id: str | None = None):  # type: ignore[no-untyped-def]
    return addition(config, url=url, kind="feed", title="New", topic=topic, id=id)


def test_a_feed_is_added_under_its_own_name_or_a_given_one(config: Config) -> None:
    assert (add(config).id, add(config, id="mine").id) == ("new", "mine")
    known = add(config, "http://lwn.net/headlines/rss", id="mine")
    assert (known.id, known.known, known.changes) == ("lwn", True, False)


@pytest.mark.parametrize(
    ("topic", "url", "new", "extends"),
    [
        ("linux", "https://n.example/", False, True),
        ("linux", "https://lwn.net/headlines/rss", False, False),
        ("linux", "https://off.example/", False, False),
        ("all", "https://n.example/", False, False),
        ("rest", "https://n.example/", False, False),
        ("fresh", "https://lwn.net/headlines/rss", True, False),
    ],
)
def test_a_topic_is_made_or_gets_it_unless_it_has_it(config: Config, topic: str, url: str, new: bool, extends: bool) -> None:
    done = add(config, url, topic)
    assert (done.new_topic, done.extends) == (new, extends)
    if done.changes:
        after = carried_out(config, done)  # type: ignore[arg-type] # both are applied in the same way
        drawn = next(one for one in after.topics() if one.slug == topic)
        assert not drawn.sources or done.id in drawn.sources or drawn.sources[0].startswith("!")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"id": "lwn"}, "--id lwn: is the id of another source"),
        ({"id": "press"}, "--id press: is the id of another source, or was"),
        ({"id": "A b"}, "--id A b: must be 1 to 80"),
        ({"topic": "status"}, "--topic status: is reserved"),
        ({"topic": "others"}, "--topic others: was the slug of another topic"),
    ],
)
def test_names_of_no_use_are_refused(config: Config, words: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        add(config, **words)
