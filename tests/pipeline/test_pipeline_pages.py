"""Pages as the program writes them: which are written anew, what stands on them, and what is taken away."""

import asyncio
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer
from selectolax.lexbor import LexborHTMLParser

from aggregator.publish import pages

TOPIC = '[[topic]]\nslug = "all"\ntitle = "Everything"\n'


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def source(url: str, id: str = "blog") -> str:
    return f'[[source]]\nid = "{id}"\nurl = "{url}"\n'


def dated(number: int, when: datetime, title: str = "") -> str:
    return item(number, title or f"Title {number}").replace("</item>", "").rpartition("<pubDate>")[0] + (
        f"<pubDate>{when:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
    )


def months(count: int) -> list[str]:
    """An item a month, from January 2024 on."""
    return [dated(n, datetime(2024 + n // 12, n % 12 + 1, 15, tzinfo=UTC)) for n in range(count)]


def titles(path: Path) -> list[str]:
    return [node.text() for node in LexborHTMLParser(path.read_bytes().decode()).css("section.day li > a, article h3 > a")]


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    return {name for name in before | after if before.get(name) != after.get(name) and not name.startswith("health")}


def test_only_the_pages_that_news_belongs_to_are_written(project, site) -> None:
    url = site.put("/feed", rss(months(6)))
    project.configure(source(url) + TOPIC)
    project.once()
    assert {name for name in project.stats() if name.startswith("all/")} == {f"all/2024-{n:02}.html" for n in range(1, 7)}
    assert titles(project.feeds / "all" / "2024-03.html") == ["Title 2"]
    before = project.stats()
    project.once()
    assert project.stats() == before
    site.put("/feed", rss([*months(6), dated(70, datetime(2024, 3, 20, tzinfo=UTC), "Late")]))
    project.once()
    assert changed(before, project.stats()) == {
        "all.atom", "all.rss", "all.json", "all.html", "all/2024-03.html", "index.html"
    }  # fmt: skip
    assert titles(project.feeds / "all" / "2024-03.html") == ["Late", "Title 2"]


def test_a_change_of_a_title_shows_on_its_month_and_a_new_month_between_two_is_linked_from_both(project, site) -> None:
    url = site.put("/feed", rss([dated(0, datetime(2024, 1, 5, tzinfo=UTC)), dated(2, datetime(2024, 3, 5, tzinfo=UTC))]))
    project.configure(source(url) + TOPIC)
    project.once()
    before = project.stats()
    site.put(
        "/feed",
        rss([dated(0, datetime(2024, 1, 5, tzinfo=UTC)), dated(2, datetime(2024, 3, 5, tzinfo=UTC), "Mended"),
             dated(1, datetime(2024, 2, 5, tzinfo=UTC))]),
    )  # fmt: skip
    project.once()
    assert {name for name in changed(before, project.stats()) if name.startswith("all/")} == {
        "all/2024-01.html", "all/2024-02.html", "all/2024-03.html"
    }  # fmt: skip
    assert titles(project.feeds / "all" / "2024-03.html") == ["Mended"]
    assert b'href="2024-02.html"' in (project.feeds / "all" / "2024-01.html").read_bytes()
    assert b'href="2024-02.html"' in (project.feeds / "all" / "2024-03.html").read_bytes()


def test_deleted_pages_come_back_byte_for_byte(project, site) -> None:
    project.configure(source(site.put("/feed", rss(months(3)))) + TOPIC)
    project.once()
    before = project.published()
    (project.feeds / "all" / "2024-02.html").unlink()
    (project.feeds / "sources.html").write_text("nonsense")
    project.once()
    assert project.published() == before
    shutil.rmtree(project.feeds)
    project.once()
    assert project.published() == before


def test_pages_go_with_their_topic_and_move_with_its_name(project, site) -> None:
    feed = source(site.put("/feed", rss(months(2))))
    project.configure(feed + TOPIC + '[[topic]]\nslug = "other"\n')
    project.once()
    assert {"other.html", "other/2024-01.html"} <= project.published().keys()
    project.configure(feed + '[[topic]]\nslug = "whole"\nwas = ["all"]\n')
    project.once()
    found = {name for name in project.published() if name.endswith(".html")}
    assert found == {"index.html", "sources.html", "whole.html", "whole/2024-01.html", "whole/2024-02.html"}
    assert titles(project.feeds / "whole" / "2024-01.html") == ["Title 0"]


def test_what_leaves_by_age_stays_in_the_archive_and_what_a_query_takes_out_does_not(project, site) -> None:
    feed = source(site.put("/feed", rss([*months(2), dated(9, datetime.now(UTC) - timedelta(hours=1), "Fresh")])))
    project.configure(feed + TOPIC)
    project.once()
    project.configure(feed + TOPIC + 'max_age = "10d"\n')
    project.once()
    assert titles(project.feeds / "all.html")[:1] == ["Fresh"]
    assert "Title 0" not in titles(project.feeds / "all.html")
    assert titles(project.feeds / "all" / "2024-01.html") == ["Title 0"]
    project.configure(feed + TOPIC + 'query = "-title:0"\n')
    project.once()
    assert not (project.feeds / "all" / "2024-01.html").exists()
    assert titles(project.feeds / "all" / "2024-02.html") == ["Title 1"]


def test_the_directory_names_every_source_and_hides_addresses_with_a_key(project, site) -> None:
    site.put("/feed", rss(months(2), title="The Blog"))
    site.put("/other", rss([], title="Silent"))
    base = site.put("/x", "")[:-2]
    project.configure(source(f"{base}/feed?token=0123456789abcdef0123") + source(f"{base}/other", "silent") + TOPIC)
    project.once()
    page = LexborHTMLParser(project.published()["sources.html"].decode())
    assert [node.text() for node in page.css(".directory h2")] == ["Silent", "The Blog"]
    assert [a.attributes["href"] for a in page.css(".directory .facts a")] == [f"{base}/other", "all.html"]
    assert not [name for name, body in project.published().items() if b"0123456789abcdef" in body]


def test_a_source_that_calls_itself_otherwise_is_called_so_on_every_page(project, site) -> None:
    project.configure(source(site.put("/feed", rss(months(2), title="Old name"))) + TOPIC)
    project.once()
    site.put("/feed", rss(months(2), title="New name"))
    project.once()
    named = {name for name, body in project.published().items() if b"New name" in body}
    assert {"index.html", "all.html", "sources.html", "all/2024-01.html", "all/2024-02.html"} <= named
    assert not [name for name, body in project.published().items() if b"Old name" in body]


def test_lines_that_are_kept_are_what_would_be_made_of_them_today(project, site) -> None:
    feed = source(site.put("/feed", rss(months(3), title="Old name")))
    config = feed + TOPIC
    edited = [
        *months(2),
        dated(2, datetime(2024, 3, 15, tzinfo=UTC), "Said otherwise"),
        dated(9, datetime(2024, 3, 20, tzinfo=UTC)),
    ]
    steps = [
        lambda: None,
        lambda: site.put("/feed", rss(edited, title="Old name")),
        lambda: site.put("/feed", rss(edited, title="New name")),
        lambda: project.configure(config.replace("[[topic]]", 'title = "My name"\n[[topic]]')),
        lambda: project.configure(config + 'query = "otherwise"\n'),
        lambda: project.configure(config.replace('"all"', '"whole"') + 'was = ["all"]\n'),
    ]
    project.configure(config)
    for step in steps:
        step()
        project.once()
        kept = project.published()
        with sqlite3.connect(project.root / "aggregator.db") as db:
            assert db.execute("delete from page_line").rowcount > 0
            db.execute("delete from page_note")
        project.once()
        assert project.published() == kept


def test_one_page_that_cannot_be_written_keeps_no_other_from_it(project, site) -> None:
    project.configure(source(site.put("/feed", rss(months(1)))) + TOPIC + '[[topic]]\nslug = "other"\n')
    (project.feeds / "all.html").mkdir(parents=True)
    with pytest.raises(Exception, match=r"all\.html"):
        project.once()
    assert titles(project.feeds / "other" / "2024-01.html") == ["Title 0"]
    (project.feeds / "all.html").rmdir()
    project.once()
    assert titles(project.feeds / "all.html") == ["Title 0"]
    assert (project.feeds / "style.css").read_bytes() == pages.stylesheet()


def test_what_is_taken_down_leaves_every_page_at_once_also_what_was_too_old_for_its_feed(project, site) -> None:
    feed = source(site.put("/feed", rss([*months(2), dated(9, datetime.now(UTC) - timedelta(hours=1), "Fresh")])))
    project.configure(feed + TOPIC + 'max_age = "10d"\n')
    project.once()
    assert titles(project.feeds / "all" / "2024-01.html") == ["Title 0"]
    asyncio.run(project.app().takedown("http://source.example/0"))
    asyncio.run(project.app().takedown("http://source.example/9"))
    assert not [name for name, body in project.published().items() if b"Title 0" in body or b"Fresh" in body]
    assert titles(project.feeds / "all" / "2024-02.html") == ["Title 1"]
