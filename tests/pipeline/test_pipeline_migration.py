"""A source that changes its ids, through the whole program: nothing is delivered twice, and nothing new is held back."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

BLOG = "http://blog.example"
FEED = '[[source]]\nid = "blog"\nurl = "{}"\n[[topic]]\nslug = "all"\nstories = false\n'


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def post(number: int, guid: str = "{n}", link: str = BLOG + "/{n}", **more: str) -> str:
    return item(number, guid=guid.format(n=number), link=link.format(n=number), **more)


def entries(project) -> dict[str, str]:
    return {entry["title"]: entry["id"] for entry in json.loads((project.feeds / "all.json").read_bytes())["items"]}


@pytest.mark.parametrize(
    ("guid", "link"),
    [
        ("new-{n}", BLOG + "/{n}"),
        ("https://blog.example/{n}", "https://blog.example/{n}?utm_source=rss"),
        ("https://new.example/{n}", "https://new.example/{n}"),
        ("https://new.example/?p=1{n}", "https://new.example/2025/09/title-{n}/"),
        ("", "https://new.example/?p=1{n}"),
    ],
)
def test_new_ids_hosts_and_permalinks_deliver_only_true_news(project, site: PublisherSite, guid: str, link: str) -> None:
    project.configure(FEED.format(site.put("/feed", rss([post(number) for number in range(1, 11)]))))
    project.once()
    before = entries(project)
    site.put("/feed", rss([post(number, guid, link) if guid else no_guid(number, link) for number in range(3, 13)]))
    report = project.once()
    assert (report.sources[0].new, report.sources[0].migrated, report.topics[0].added) == (2, 8, 2)
    after = entries(project)
    assert before.items() <= after.items()
    assert set(after) - set(before) == {"Title 11", "Title 12"}
    feed = json.loads((project.feeds / "all.json").read_bytes())["items"]
    assert link.format(n=5).replace("?utm_source=rss", "") in {entry["url"] for entry in feed}
    assert all(entry["date_published"] == entry["date_modified"] for entry in feed)
    health = (project.feeds / "health.atom").read_text()
    assert "blog changed its ids" in health
    assert "8 of its entries came under other ids" in health
    again = project.once()
    assert again.sources[0].result == "not-modified"
    assert entries(project) == after


def no_guid(number: int, link: str) -> str:
    return post(number, link=link).replace(f"<guid isPermaLink='false'>{number}</guid>", "")


def test_a_source_that_takes_its_new_ids_back_delivers_nothing_twice(project, site: PublisherSite) -> None:
    schemes = ["{n}", "x-{n}", "{n}", "y-{n}"]
    ids = []
    for scheme in schemes:
        url = site.put("/feed", rss([post(number, scheme) for number in range(1, 11)]))
        project.configure(FEED.format(url))
        project.once()
        ids.append(entries(project))
    assert ids == [ids[0]] * 4


def test_a_burst_of_posts_with_one_date_and_one_link_is_news(project, site: PublisherSite) -> None:
    day = "<pubDate>Mon, 01 Sep 2025 00:00:00 GMT</pubDate>"

    def burst(first: int) -> str:
        posts = [post(number, link=BLOG + "/news", text=f"Number {number}") for number in range(first, first + 20)]
        return rss([one.partition("<pubDate>")[0] + day + "</item>" for one in posts])

    project.configure(FEED.format(site.put("/feed", burst(1))))
    project.once()
    site.put("/feed", burst(21))
    report = project.once()
    assert (report.sources[0].new, report.sources[0].migrated) == (20, 0)
    assert len(entries(project)) == 40


def test_an_old_item_that_stands_in_the_document_beside_a_new_one_is_another(project, site: PublisherSite) -> None:
    project.configure(FEED.format(site.put("/feed", rss([post(number) for number in range(1, 6)]))))
    project.once()
    both = [post(number, scheme) for number in range(1, 6) for scheme in ("{n}", "x{n}")]
    site.put("/feed", rss(both))
    report = project.once()
    assert (report.sources[0].new, report.sources[0].migrated) == (5, 0)


def test_a_single_post_that_was_made_anew_is_the_same_entry(project, site: PublisherSite) -> None:
    project.configure(FEED.format(site.put("/feed", rss([post(number) for number in range(1, 11)]))))
    project.once()
    before = entries(project)
    again = post(10, "again").replace("01 Sep 2025 10", "02 Sep 2025 10")
    site.put("/feed", rss([again, *(post(number) for number in range(1, 10))]))
    report = project.once()
    assert (report.sources[0].new, report.sources[0].migrated) == (0, 0)
    assert entries(project) == before


def test_a_few_ids_that_change_with_the_host_deliver_nothing_twice(project, site: PublisherSite) -> None:
    project.configure(FEED.format(site.put("/feed", rss([post(number) for number in range(1, 11)]))))
    project.once()
    before = entries(project)
    moved = [
        post(number, "http://new.example/{n}" if number == 3 else "{n}", "http://new.example/{n}") for number in range(1, 11)
    ]
    site.put("/feed", rss(moved))
    assert project.once().sources[0].new == 0
    assert entries(project) == before


def test_a_post_put_on_top_again_is_known_when_its_host_and_with_it_its_id_changes(project, site: PublisherSite) -> None:
    """It claims a later date than the one that it was given: no other item of the source has that."""
    others = [post(number) for number in range(1, 10)]
    project.configure(FEED.format(site.put("/feed", rss([*others, post(10)]))))
    project.once()
    before = entries(project)
    for host in ("http://blog.example", "http://new.example"):
        again = post(10, host + "/{n}", host + "/{n}").replace("01 Sep 2025 10", "02 Sep 2025 10")
        site.put("/feed", rss([again, *others]))
        assert project.once().sources[0].new == 0
    assert entries(project) == before


def test_posts_that_share_an_id_are_recognized_by_what_else_they_are(project, site: PublisherSite) -> None:
    """One id a day: only the days with two posts need more than it, and that changes with the permalinks."""
    posts = [post(number, str(max(number, 2))) for number in range(1, 11)]
    project.configure(FEED.format(site.put("/feed", rss(posts))))
    project.once()
    before = entries(project)
    moved = [post(number, str(max(number, 2)), "http://new.example/?p={n}") for number in range(1, 11)]
    edited = post(11, "2", BLOG + "/11")
    site.put("/feed", rss([*moved, edited]))
    report = project.once()
    assert report.sources[0].new == 1
    assert before.items() <= entries(project).items()


def test_a_clipping_whose_file_was_renamed_is_the_same_entry(project) -> None:
    clips = project.root / "clips"
    clips.mkdir()
    text = "---\ntitle: {}\ndate: 2026-01-02\n---\n\nWords of {}\n"
    for name in ("one", "two"):
        (clips / f"{name}.md").write_text(text.format(name, name))
    project.configure('[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n[[topic]]\nslug = "all"\n')
    project.once()
    before = entries(project)
    (clips / "one.md").rename(clips / "1.md")
    (clips / "copy.md").write_text((clips / "two.md").read_text())
    report = project.once()
    assert report.sources[0].new == 1, "the copy stands beside what it is a copy of"
    assert report.sources[0].migrated == 0
    assert before.items() <= entries(project).items()
    assert not Path(project.feeds / "health.atom").read_text().count("changed its ids")


def test_what_was_forgotten_is_recognized_too(project, site: PublisherSite) -> None:
    with time_machine.travel("2025-09-02T09:00:00Z", tick=True) as clock:
        keep = '[store]\nkeep = "10d"\n'
        project.configure(keep + FEED.format(site.put("/feed", rss([post(number) for number in range(1, 11)]))))
        project.once()
        before = entries(project)
        site.put("/feed", rss([post(11)]))
        clock.shift(timedelta(days=20))
        project.once()
        site.put("/feed", rss([post(number, "x{n}", "https://new.example/{n}") for number in range(1, 12)]))
        report = project.once()
        assert (report.sources[0].new, report.sources[0].migrated) == (0, 11)
        assert before.items() <= entries(project).items()
