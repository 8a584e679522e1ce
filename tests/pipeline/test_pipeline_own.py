"""Our own feeds among our sources: no circle, nothing twice, and the first publisher is named however often it is republished."""

import json

import pytest
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.pipeline.polls.own import claimed

SOURCE = '[[source]]\nid = "{}"\nurl = "{}"\n'
TOPIC = '[[topic]]\nslug = "{}"\nsources = {}\nstories = false\n'


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def titles(project, slug: str) -> list[str]:
    return sorted(one["title"] for one in json.loads((project.feeds / f"{slug}.json").read_bytes())["items"])


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_our_own_entries_are_not_taken_in_again_also_from_a_republisher(project, site, format) -> None:
    origin = SOURCE.format("origin", site.put("/feed", rss([item(1), item(2)])))
    project.configure(origin + TOPIC.format("all", "[]"))
    project.once()
    body = (project.feeds / f"all.{format}").read_bytes().replace(b"http://feeds.example/", b"http://other.example/")
    mirror = SOURCE.format("mirror", site.put("/mirror", body))
    project.configure(origin + mirror + TOPIC.format("all", "[]"))
    reports = {report.id: report for report in project.once().sources}
    assert reports["mirror"].new == 0
    assert "2 of 2 entries" in reports["mirror"].dropped[0]
    assert titles(project, "all") == ["Title 1", "Title 2"]
    assert project.once().topics[0].files == ()


def test_our_own_feed_is_recognized_even_if_the_store_was_lost(project, site) -> None:
    origin = SOURCE.format("origin", site.put("/feed", rss([item(1), item(2)])))
    project.configure(origin + TOPIC.format("all", "[]"))
    project.once()
    body = (project.feeds / "all.atom").read_bytes()
    project.lose_store()
    project.configure(SOURCE.format("loop", site.put("/loop", body)) + TOPIC.format("all", "[]"))
    report = project.once().sources[0]
    assert (report.result, report.new) == ("ok", 0)
    assert titles(project, "all") == []


@pytest.mark.parametrize(
    ("url", "self_link", "base_url", "slugs"),
    [
        ("https://planet.example.org/a.atom", None, "https://planet.example.org/", {"a"}),
        ("https://planet.example.org/a.json?x=1", None, "https://planet.example.org/", {"a"}),
        ("https://planet.example.org/%61/12.rss", None, "https://planet.example.org/", {"a"}),
        ("https://planet.example.org/a/2026-11.html", None, "https://planet.example.org/", {"a"}),
        ("https://planet.example.org/a/feed.xml", None, "https://planet.example.org/", set()),
        ("https://planet.example.org/a/b/1.atom", None, "https://planet.example.org/", set()),
        ("https://planet.example.org/feed", "https://planet.example.org/feed", "https://planet.example.org/", set()),
        ("http://10.0.0.5/b.atom", "https://planet.example.org/a.atom", "https://planet.example.org/", {"a"}),
        ("https://other.example/a.atom", "https://other.example/a.atom", "https://planet.example.org/", set()),
        ("https://other.example/a.atom", "http://127.0.0.1:8080/a.atom", "http://127.0.0.1:8080/", set()),
        ("https://other.example/a.atom", "http://nas/a.atom", "http://nas/", set()),
        ("file:///srv/feeds/a.atom", "http://127.0.0.1:8080/a.atom", "http://127.0.0.1:8080/", {"a"}),
    ],
)
def test_a_document_may_be_ours_by_its_address_or_by_what_no_other_machine_would_say(url, self_link, base_url, slugs) -> None:
    assert claimed(url, self_link, base_url) == slugs


def below(httpserver: HTTPServer) -> str:
    """A configuration's head: this program publishes at the root of the publisher's own host."""
    address = httpserver.url_for("/")
    return f'[site]\ntitle = "Test"\nbase_url = "{address}"\n[fetch]\nallow_private = ["127.0.0.0/8", "::1/128"]\n'


def test_a_blog_below_our_address_is_a_source_like_others(project, site, httpserver) -> None:
    blog = SOURCE.format("blog", site.put("/blog/feed.xml", rss([item(1), item(2)])))
    named = SOURCE.format("named", site.put("/other.atom", rss([item(3)])))
    project.configure(blog + named + TOPIC.format("blog", "[]"), head=below(httpserver))
    reports = project.once().sources
    assert [(one.new, one.dropped) for one in reports] == [(2, ()), (1, ())]
    assert titles(project, "blog") == ["Title 1", "Title 2", "Title 3"]


@pytest.mark.parametrize("path", ["/new.atom", "/new/1.atom", "/old.atom", "/away.atom", "/health.atom"])
def test_what_we_publish_or_published_is_refused_at_its_address(project, site, httpserver, path) -> None:
    head, origin = below(httpserver), SOURCE.format("origin", site.put("/feed", rss([item(1)])))
    project.configure(origin + TOPIC.format("old", "[]") + TOPIC.format("away", "[]"), head=head)
    project.once()
    loop = SOURCE.format("loop", site.put(path, rss([item(2)])))
    project.configure(origin + loop + TOPIC.format("new", "[]") + 'was = ["old"]\n', head=head)
    report = project.poll("loop").sources[0]
    assert (report.result, report.new) == ("ok", 0)
    assert "1 of 1 entries" in report.dropped[0]
    assert titles(project, "new") == ["Title 1"]


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_whoever_republishes_our_feed_names_the_first_publisher(project, site, format, tmp_path_factory) -> None:
    project.configure(SOURCE.format("origin", site.put("/feed", rss([item(1)], title="The origin"))) + TOPIC.format("all", "[]"))
    project.once()
    other = type(project)(tmp_path_factory.mktemp("other"))
    address = site.put("/planet", (project.feeds / f"all.{format}").read_bytes())
    other.configure(SOURCE.format("planet", address) + TOPIC.format("again", "[]"), head=(
        '[site]\ntitle = "Other"\nbase_url = "http://other.example/"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n'
    ))  # fmt: skip
    other.once()
    (entry,) = json.loads((other.feeds / "again.json").read_bytes())["items"]
    assert entry["_aggregator"]["source"]["title"] == "The origin"
    assert entry["authors"] == [{"name": "The origin"}]
    assert entry["url"] == "http://source.example/1"


def test_a_visible_line_says_where_an_entry_comes_from_if_that_is_wanted(project, site) -> None:
    text = SOURCE.format("origin", site.put("/feed", rss([item(1)], title="A & B"))) + TOPIC.format("all", "[]")
    project.configure(text)
    project.once()
    assert b"via" not in (project.feeds / "all.json").read_bytes()
    project.configure(text + "[publish]\nvia = true\n")
    project.once()
    (entry,) = json.loads((project.feeds / "all.json").read_bytes())["items"]
    assert entry["content_html"] == 'Text of number 1<p>via <a href="http://source.example/">A &amp; B</a></p>'
