"""`add`, `import` and `export` as a person meets them: real servers, a real configuration."""

import json
import re
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pytest_httpserver import HTTPServer
from rich.console import Console

from aggregator.cli import paper
from aggregator.cli.intake import print_found
from aggregator.cli.main import cli
from aggregator.config.loading import Config, load
from aggregator.pipeline.answers.discover import Finding, Found
from aggregator.pipeline.report import SourceCheck

HEAD = '[site]\ntitle = "T"\n[fetch]\nallow_private = ["127.0.0.0/8", "::1/128"]\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(HEAD)
    return tmp_path


@pytest.fixture
def httpserver(httpserver: HTTPServer) -> HTTPServer:
    """A server that answers 404 for what it does not have."""
    httpserver.no_handler_status_code = 404
    return httpserver


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == code, result.output
    return result


def config() -> Config:
    return load(Path("config.toml"), {})


def rss(name: str, count: int = 2) -> str:
    items = "".join(
        f"<item><guid>{name}{n}</guid><title>{name} number {n}</title><pubDate>0{n} Feb 2026 10:00 GMT</pubDate></item>"
        for n in range(1, count + 1)
    )
    return f'<rss version="2.0"><channel><title>{name}</title><link>http://x.example/</link>{items}</channel></rss>'


def link(href: str) -> str:
    return f'<link rel="alternate" type="application/rss+xml" href="{href}">'


def serve(server: HTTPServer, path: str, body: str, **headers: str) -> str:
    server.expect_request(path).respond_with_data(body, content_type="text/html", headers=headers)
    return server.url_for(path)


def test_a_feed_is_found_behind_its_site_shown_and_written(folder: Path, httpserver: HTTPServer) -> None:
    serve(httpserver, "/blog/feed.xml", rss("The Blog"))
    site = serve(httpserver, "/blog/", f"<html><head>{link('feed.xml')}</head></html>")
    result = run("add", site, "--topic", "news")
    assert "The Blog number 2" in result.output
    assert 'Wrote into config.toml: source "the-blog", new topic "news".' in result.output
    assert [(one.id, one.url, one.title) for one in config().sources()] == [
        ("the-blog", httpserver.url_for("/blog/feed.xml"), "The Blog")
    ]
    assert config().topics()[0].sources == ("the-blog",)
    before = (folder / "config.toml").read_bytes()
    again = run("add", httpserver.url_for("/blog/feed.xml") + "?utm_source=x", "--topic", "news")
    assert 'is configured already, as "the-blog"' in again.output
    assert 'takes what comes from "the-blog" already' in again.output
    assert (folder / "config.toml").read_bytes() == before


def test_of_several_one_is_chosen_by_number_and_nothing_is_written_before(folder: Path, httpserver: HTTPServer) -> None:
    serve(httpserver, "/a.xml", rss("Alpha"))
    serve(httpserver, "/b.xml", rss("Beta"))
    site = serve(httpserver, "/", f"<html>{link('/a.xml')}{link('/b.xml')}{link('/gone.xml')}</html>")
    result = run("add", site, code=2)
    assert "Alpha" in result.output
    assert "Beta" in result.output
    assert "there are 2 feeds: say which one, as in --choose 1" in result.output
    assert config().sources() == ()
    assert "there are 2 feeds" in run("add", site, "--choose", "3", code=2).output
    found = json.loads(run("add", site, "--choose", "2", "--id", "bee", "--dry-run", "--json").stdout)
    assert [one["check"]["title"] for one in found["found"]] == ["Alpha", "Beta"]
    assert (found["chosen"], found["source"]["id"], found["written"]) == (2, "bee", False)
    assert "404" in found["failed"][0]
    assert 'id = "bee"' in run("add", site, "--choose", "2", "--id", "bee", "--dry-run").output
    assert config().sources() == ()
    run("add", site, "--choose", "2", "--id", "bee")
    assert [one.id for one in config().sources()] == ["bee"]


def test_on_a_terminal_it_asks(folder: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(httpserver, "/a.xml", rss("Alpha"))
    serve(httpserver, "/b.xml", rss("Beta"))
    site = serve(httpserver, "/", f"<html>{link('/a.xml')}{link('/b.xml')}</html>")
    monkeypatch.setattr("aggregator.cli.add._is_asked", lambda: True)
    result = CliRunner().invoke(cli, ["add", site], input="7\n2\n")
    assert "Which one" in result.output
    assert [one.id for one in config().sources()] == ["beta"]


def test_where_a_table_would_be_folded_each_feed_has_lines_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "config.toml").write_text(f'{HEAD}[[source]]\nid = "a"\nurl = "https://x.example/a.xml"\n')
    monkeypatch.setattr(paper, "sheet", lambda: Console(file=sys.stdout, width=80, no_color=True))
    newest, long = datetime(2026, 2, 2, 10, 0, tzinfo=UTC), "https://x.example/" + "b" * 40
    checks = [
        SourceCheck(
            id="a", kind="feed", address="https://x.example/a.xml", entries=1, format="rss20", title="Alpha\x1b", newest=newest
        ),
        SourceCheck(id="b", kind="feed", address=long, format="atom10"),
    ]
    findings = (Finding(how="link", check=checks[0]), Finding(how="path", check=checks[1]))
    stdout = StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    print_found(Found(asked="x.example", findings=findings), config())
    assert stdout.getvalue().splitlines() == [
        "1  Alpha\\x1b",
        "   announced: rss20, 1 entry, the newest of 2026-02-02 10:00 UTC",
        '   https://x.example/a.xml (configured already, as "a")',
        f"2  {long}",
        "   usual place: atom10, 0 entries",
        f"   {long}",
        "",
    ]


@pytest.mark.parametrize("how", ["itself", "header", "anchor", "path", "json"])
def test_feeds_are_found_where_sites_have_them(folder: Path, httpserver: HTTPServer, how: str) -> None:
    feed = (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{"id": "1", "title": "x"}]}'
        if how == "json"
        else rss("x")
    )
    place = {"path": "/site/atom.xml", "json": "/feed.json"}.get(how, "/odd/place.rss")
    target = serve(httpserver, place, feed)
    page = {"anchor": '<html><a href="/odd/place.rss">RSS</a></html>'}.get(how, "<html></html>")
    headers = {"Link": f'<{target}>; rel="alternate"; type="application/rss+xml"'} if how == "header" else {}
    site = target if how == "itself" else serve(httpserver, "/site/", page, **headers)
    found = json.loads(run("add", site, "--json").stdout)
    assert [(one["url"], one["how"]) for one in found["found"]] == [(target, "path" if how == "json" else how)]
    assert found["written"]


def test_a_wordpress_site_is_found_by_its_api(folder: Path, httpserver: HTTPServer) -> None:
    post = {
        "id": 1,
        "date": "2026-02-03T04:05:06",
        "date_gmt": "2026-02-03T04:05:06",
        "modified_gmt": "2026-02-03T04:05:06",
        "link": "http://x.example/1",
        "title": {"rendered": "One"},
    }
    httpserver.expect_request("/wp-json/wp/v2/posts").respond_with_json([post])
    site = serve(httpserver, "/", f'<html><link rel="https://api.w.org/" href="{httpserver.url_for("/wp-json/")}"></html>')
    run("add", site)
    assert [(one.kind, one.url) for one in config().sources()] == [("wordpress", site)]


def test_a_list_is_added_as_a_list(folder: Path, httpserver: HTTPServer) -> None:
    target = serve(httpserver, "/all.opml", '<opml><body><outline xmlUrl="http://a.example/"/></body></opml>')
    run("add", target, "--id", "planet")
    assert [(one.id, one.kind) for one in config().sources()] == [("planet", "opml")]


def test_a_feed_that_moved_for_good_is_written_with_its_new_address(folder: Path, httpserver: HTTPServer) -> None:
    target = serve(httpserver, "/new.xml", rss("x"))
    httpserver.expect_request("/old.xml").respond_with_data(status=301, headers={"Location": target})
    run("add", serve(httpserver, "/", f"<html>{link('/old.xml')}</html>"))
    assert config().sources()[0].url == target


def test_an_address_without_a_scheme_is_tried_with_both(folder: Path, httpserver: HTTPServer) -> None:
    target = serve(httpserver, "/x.xml", rss("x"))
    run("add", target.removeprefix("http://"))
    assert config().sources()[0].url == target


def test_what_has_no_feed_says_where_it_looked(folder: Path, httpserver: HTTPServer) -> None:
    result = run("add", serve(httpserver, "/blog/", "<html></html>"), code=1)
    assert "no feed is announced there, and none is at the usual places (/blog/feed," in result.output
    assert "/feed.json" in result.output
    broken = run("add", serve(httpserver, "/broken.xml", '<rss version="2.0"><channel><item><titl'), code=1)
    assert "usual places" not in broken.output
    assert run("add", httpserver.url_for("/nothing/"), code=1).output.count("404") == 1
    assert run("add", "nowhere.invalid", code=1).output.startswith("aggregator: ")


def test_feeds_that_a_site_names_in_vain_are_said_to_fail(folder: Path, httpserver: HTTPServer) -> None:
    result = run("add", serve(httpserver, "/", f"<html>{link('/gone.xml')}</html>"), code=1)
    assert "what it names does not answer as a feed (localhost answered 404" in result.output


def test_a_site_of_ones_own_is_refused_with_the_line_that_lets_it_in(folder: Path, httpserver: HTTPServer) -> None:
    feed = serve(httpserver, "/feed.xml", rss("Home"))
    file = folder / "config.toml"
    file.write_text('[site]\ntitle = "T"\n')
    answer = run("add", feed, code=1).output
    line = re.search(r"write (allow_private = .*) below \[fetch\] in the configuration", answer)
    assert line is not None
    file.write_text(f'[site]\ntitle = "T"\n[fetch]\n{line[1]}\n')
    assert 'source "home"' in run("add", feed).output


def test_private_networks_are_not_asked_because_a_page_names_them(folder: Path, httpserver: HTTPServer) -> None:
    (folder / "config.toml").write_text('[site]\ntitle = "T"\n')
    result = run("add", httpserver.url_for("/"), code=1)
    assert "private" in result.output
    assert httpserver.log == []


OPML = """<?xml version="1.0"?>
<opml version="2.0">
<head><title>Mine</title></head>
<body>
<outline text="Tech">
<outline text="Alpha" type="rss" xmlUrl="{0}/a.xml"/>
<outline text="Beta" type="rss" xmlUrl="{0}/b.xml"/>
</outline>
<outline text="Alpha again" type="rss" xmlUrl="{0}/a.xml"/>
<outline text="Odd" type="rss" xmlUrl="query:unread"/>
</body>
</opml>
"""


def test_a_list_is_imported_exported_and_imported_again_without_a_change(folder: Path, httpserver: HTTPServer) -> None:
    (folder / "mine.opml").write_text(OPML.format("https://x.example"))
    result = run("import", "mine.opml", "--dry-run")
    assert "Would write into config.toml: 2 sources, 1 new topic." in result.output
    assert config().sources() == ()
    result = run("import", "mine.opml")
    assert "Wrote into config.toml: 2 sources, 1 new topic." in result.output
    assert "line 10: 'Odd' has no http(s) address (got 'query:unread')" in result.output
    assert "0 addresses configured already, 1 named twice, 1 left out." in result.output
    before = (folder / "config.toml").read_bytes()
    (folder / "ours.opml").write_text(run("export").stdout)
    result = run("import", "ours.opml")
    assert (
        result.output == "Nothing is new: 2 addresses configured already, 0 named twice, 0 left out. config.toml is as it was.\n"
    )
    assert (folder / "config.toml").read_bytes() == before
    (folder / "topics.opml").write_text(run("export", "--topics").stdout)
    assert 'xmlUrl="http://127.0.0.1:8080/tech.atom"' in (folder / "topics.opml").read_text()


def test_a_broken_list_imports_nothing_and_says_why_with_the_line(folder: Path) -> None:
    whole = OPML.format("https://x.example")
    for body, says in (
        (whole[:-60], "line 10: this list is broken"),
        (whole.replace("<head>", "<head"), "line 3: this list is broken"),
        ("<html></html>", "is a page, not a subscription list"),
    ):
        (folder / "mine.opml").write_text(body)
        result = run("import", "mine.opml", code=1)
        assert says in result.output
        assert (folder / "config.toml").read_text() == HEAD
    assert "cannot be read: no such file" in run("import", "none.opml", code=1).output


def test_a_list_is_imported_from_an_address_and_what_is_dead_is_told(folder: Path, httpserver: HTTPServer) -> None:
    serve(httpserver, "/a.xml", rss("Alpha"))
    place = serve(httpserver, "/mine.opml", OPML.format(httpserver.url_for("").rstrip("/")))
    result = run("import", place, "--check")
    assert "1 dead, with enabled = false:\n    beta (http-404): localhost answered 404" in result.output
    assert "2 new sources asked: 1 dead, 0 in trouble." in result.output
    assert [(one.id, one.enabled) for one in config().sources()] == [("alpha", True), ("beta", False)]
    today = datetime.now(UTC).date()
    assert f"\nenabled = false  # dead on {today}: localhost answered 404 Not Found: " in (folder / "config.toml").read_text()
    assert config().topics()[0].sources == ("alpha", "beta")
    before = (folder / "config.toml").read_bytes()
    told = json.loads(run("import", place, "--check", "--json").stdout)
    assert (told["new"], told["repeated"], told["written"], told["checked"], told["dead"]) == ([], 1, False, [], [])
    assert (folder / "config.toml").read_bytes() == before


def test_what_only_does_not_answer_now_is_imported_to_be_polled(folder: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a.xml").respond_with_data("", status=503)
    httpserver.expect_request("/b.xml").respond_with_data("<html><title>x</title></html>")
    place = serve(httpserver, "/mine.opml", OPML.format(httpserver.url_for("").rstrip("/")))
    told = json.loads(run("import", place, "--check", "--dry-run", "--json").stdout)
    assert (told["dead"], told["written"]) == (["beta"], False)
    result = run("import", place, "--check")
    assert "1 in trouble, to be polled all the same:\n    alpha (http-503)" in result.output
    assert "2 new sources asked: 1 dead, 1 in trouble." in result.output
    assert [(one.id, one.enabled) for one in config().sources()] == [("alpha", True), ("beta", False)]


def test_many_new_sources_and_sentences_are_cut_on_paper_but_not_as_data(folder: Path) -> None:
    outlines = "".join(
        f'<outline text="F{n}" xmlUrl="https://x.example/{n}"/><outline text="O{n}" xmlUrl="exec:{n}"/>' for n in range(80)
    )
    (folder / "many.opml").write_text(f"<opml><body>{outlines}</body></opml>")
    result = run("import", "many.opml", "--dry-run")
    assert "and 30 more, which --json shows" in result.output
    assert "and 70 more, which --json shows" in result.output
    told = json.loads(run("import", "many.opml", "--json").stdout)
    assert (len(told["new"]), len(told["left"]), told["written"]) == (80, 80, True)


def test_a_planet_comes_over_with_its_name(folder: Path) -> None:
    (folder / "planet.ini").write_text(
        "[Planet]\nname = Planet X\nlink = https://planet.example/\nowner_name = Ann\n[https://a.example/feed]\nname = Ann's blog\n"
    )
    run("init", "new")
    result = run("import", "planet.ini", "--config", "new/config.toml")
    assert "1 source, 0 new topics, [site] title, [site] base_url, [site] author" in result.output
    taken = load(Path("new/config.toml"), {})
    assert (taken.site().title, taken.site().base_url, taken.site().author) == ("Planet X", "https://planet.example/", "Ann")
    assert [(one.id, one.title) for one in taken.sources()] == [("anns-blog", "Ann's blog")]
