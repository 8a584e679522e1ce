"""A topic of digests over days: one entry for each period, each story in exactly one."""

import asyncio
import json
import re

import pytest
import time_machine
from publisher_site import PublisherSite, rss
from pytest_httpserver import HTTPServer

from aggregator.store import database

DIGEST = '[[topic]]\nslug = "news"\ntitle = "News"\nstories = false\ndigest = "daily 07:00 Europe/Berlin"\n'


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def item(day: int, hour: int, title: str | None = None) -> str:
    title = title or f"Story {day:02}-{hour:02}"
    return (
        f"<item><guid isPermaLink='false'>{title}</guid><link>http://source.example/{title.replace(' ', '-')}</link>"
        f"<title>{title}</title><pubDate>{day:02} Mar 2026 {hour:02}:00:00 GMT</pubDate></item>"
    )


def source(url: str, id: str = "one") -> str:
    return f'[[source]]\nid = "{id}"\nurl = "{url}"\ninterval = "30m"\n'


def entries(project, slug: str = "news") -> list[dict[str, str]]:
    return list(reversed(json.loads((project.feeds / f"{slug}.json").read_bytes())["items"]))


def listed(project) -> dict[str, list[str]]:
    """Title of each digest → titles of its stories."""
    return {entry["title"]: re.findall(r">([^<]*)</a>", entry.get("content_html", "")) for entry in entries(project)}


def at(project, clock, day: int, hour: int, minute: int = 0) -> None:
    clock.move_to(f"2026-03-{day:02}T{hour:02}:{minute:02}:00Z")
    project.once()


def test_there_is_one_entry_for_each_day_with_what_was_published_in_it(project, site) -> None:
    with time_machine.travel("2026-03-02T05:00:00Z", tick=True) as clock:
        project.configure(source(site.put("/feed", rss([item(1, 4), item(1, 12), item(2, 3)]))) + DIGEST)
        at(project, clock, 2, 5)
        assert listed(project) == {"News, 2026-03-01": ["Story 01-04"]}
        at(project, clock, 2, 6)
        assert listed(project) == {"News, 2026-03-01": ["Story 01-04"], "News, 2026-03-02": ["Story 01-12", "Story 02-03"]}
        before = project.topic_files()
        site.put("/feed", rss([item(2, 4, "Late"), item(2, 7), item(2, 6, "Sharp")]))
        at(project, clock, 2, 20)
        assert project.topic_files() == before
        at(project, clock, 3, 6)
        assert listed(project)["News, 2026-03-03"] == ["Late", "Sharp", "Story 02-07"]
        at(project, clock, 4, 6)
        assert len(entries(project)) == 3, "a day without news has no digest"
        digest = entries(project)[1]
        assert digest["date_published"] == digest["date_modified"] == "2026-03-02T06:00:00+00:00"
        assert digest["content_html"].endswith(
            '<li><a href="http://source.example/Story-02-03">Story 02-03</a> (A source)</li></ul>'
        )
        assert "source" not in digest.get("_aggregator", {})


def test_periods_that_were_missed_are_made_up_each_with_what_belongs_to_it_and_none_is_empty(project, site) -> None:
    with time_machine.travel("2026-03-01T06:30:00Z", tick=True) as clock:
        project.configure(source(site.put("/feed", rss([item(1, 4)]))) + DIGEST)
        project.once()
        site.put(
            "/feed",
            rss([item(1, 12), item(2, 2), item(4, 12), item(28, 12), item(29, 4), item(29, 5), item(29, 6), item(29, 12)]),
        )
        at(project, clock, 30, 4)
        at(project, clock, 30, 5)
        assert listed(project) == {
            "News, 2026-03-01": ["Story 01-04"],
            "News, 2026-03-02": ["Story 01-12", "Story 02-02"],
            "News, 2026-03-05": ["Story 04-12"],
            "News, 2026-03-29": ["Story 28-12", "Story 29-04", "Story 29-05"],  # summer time began: 07:00 is 05:00 UTC
            "News, 2026-03-30": ["Story 29-06", "Story 29-12"],
        }


def test_a_period_that_was_missed_waits_for_the_sources_that_were_not_polled_meanwhile(project, site) -> None:
    with time_machine.travel("2026-03-01T08:00:00Z", tick=True) as clock:
        project.configure(source(site.put("/feed", rss([item(1, 7)]))) + DIGEST)
        project.once()
        clock.move_to("2026-03-02T08:00:00Z")
        project.publish()
        assert entries(project) == []
        site.put("/feed", rss([item(1, 7), item(1, 9)]))
        project.once(force=False)
        assert listed(project) == {"News, 2026-03-02": ["Story 01-07", "Story 01-09"]}


def test_it_does_not_wait_for_ever(project, site) -> None:
    with time_machine.travel("2026-03-01T08:00:00Z", tick=True) as clock:
        project.configure(source(site.put("/feed", rss([item(1, 7)]))) + DIGEST)
        project.once()
        for minutes, count in ((0, 0), (59, 0), (2, 1)):
            clock.move_to("2026-03-02T08:00:00Z") if not minutes else clock.shift(minutes * 60)
            project.publish()
            assert len(entries(project)) == count


def test_a_topic_that_turns_to_digests_delivers_nothing_twice_and_back_again_loses_nothing(project, site) -> None:
    single = DIGEST.replace("digest", "#")
    with time_machine.travel("2026-03-01T12:00:00Z", tick=True) as clock:
        sources = source(site.put("/feed", rss([item(1, 10)])))
        project.configure(sources + single)
        project.once()
        project.configure(sources + DIGEST)
        site.put("/feed", rss([item(1, 10), item(1, 11)]))
        at(project, clock, 1, 13)
        assert [entry["title"] for entry in entries(project)] == ["Story 01-10"]
        site.put("/feed", rss([item(2, 10)]))
        at(project, clock, 2, 12)
        assert [entry["title"] for entry in entries(project)] == ["Story 01-10", "News, 2026-03-02"]
        assert listed(project)["News, 2026-03-02"] == ["Story 01-11"]
        project.configure(sources + single)
        at(project, clock, 2, 13)
        assert {entry["title"] for entry in entries(project)} == {"Story 01-10", "News, 2026-03-02", "Story 02-10"}
        assert len(entries(project)) == 3


def test_a_digest_is_immutable_whatever_becomes_of_its_stories_and_of_feeds(project, site) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=True) as clock:
        sources = source(site.put("/feed", rss([item(1, 10), item(1, 11)])))
        project.configure(sources + DIGEST)
        project.once()
        at(project, clock, 2, 12)
        before = project.topic_files()
        site.put("/feed", rss([item(1, 10).replace("<title>", "<title>Another title for "), item(1, 11)]))
        at(project, clock, 2, 13)
        assert project.topic_files() == before
        project.configure(sources + DIGEST + 'query = "nothing"\n')
        at(project, clock, 2, 14)
        assert listed(project) == {"News, 2026-03-02": ["Story 01-10", "Story 01-11"]}
        for path in project.feeds.glob("news.*"):
            path.unlink()
        at(project, clock, 2, 15)
        assert project.topic_files() == before
        with database.visit(project.root / "aggregator.db") as db, pytest.raises(Exception, match="UNIQUE"):
            db.execute(
                "insert into digest_row select topic, story, digest + 1, place, item, title, link, sources, more from digest_row"
            )


def test_a_lost_store_makes_the_last_digest_again_under_its_id(project, site) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=True) as clock:
        project.configure(source(site.put("/feed", rss([item(1, 10), item(1, 11)]))) + DIGEST)
        project.once()
        at(project, clock, 2, 12)
        before = entries(project)
        project.lose_store()
        at(project, clock, 2, 13)
        assert entries(project) == before


def test_what_is_beyond_the_quota_stands_at_the_end_of_the_digest(project, site) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=True) as clock:
        one = source(site.put("/one", rss([item(1, hour) for hour in (8, 9, 10)])))
        two = source(site.put("/two", rss([item(1, 11, "Other")])), "two")
        project.configure(one + two + DIGEST + "quota = 2\n")
        project.once()
        at(project, clock, 2, 12)
        assert listed(project)["News, 2026-03-02"] == ["Story 01-08", "Story 01-09", "Other", "Story 01-10"]
        assert "<p>More from these sources:</p>" in entries(project)[0]["content_html"]


def test_what_is_taken_down_leaves_its_digests_and_their_archives_and_is_told_in_no_other(project, site) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=True) as clock:
        project.configure(source(site.put("/feed", rss([item(1, 10), item(1, 11)]))) + DIGEST + "limit = 2\n")
        project.once()
        for day in range(2, 8):
            site.put("/feed", rss([item(1, 10), item(1, 11), item(day, 10)]))
            at(project, clock, day, 12)
        address = b"Story-01-10"
        holding = [path for path in project.feeds.rglob("*") if path.is_file() and address in path.read_bytes()]
        assert {path.parent.name for path in holding} == {"news"}, "by now only archives tell of it"
        ids = [entry["id"] for entry in entries(project)]
        report = asyncio.run(project.app().takedown("http://source.example/Story-01-10"))
        assert [(one.topic, one.remains) for one in report.entries] == [("news", False), ("news", True)]
        files = [path for path in project.feeds.rglob("*") if path.is_file()]
        assert not [path.name for path in files if address in path.read_bytes() or b"Story 01-10" in path.read_bytes()]
        assert all(
            any(b"Story-01-11" in path.read_bytes() for path in files if path.suffix == suffix) for suffix in (".atom", ".rss")
        )
        at(project, clock, 9, 12)
        assert ids[-1] in [entry["id"] for entry in entries(project)]
        assert not [path.name for path in project.feeds.rglob("*") if path.is_file() and address in path.read_bytes()]


def test_a_renamed_topic_keeps_its_digests_and_nothing_else_sees_them(project, site) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=True) as clock:
        sources = source(site.put("/feed", rss([item(1, 10)])))
        project.configure(sources + DIGEST)
        project.once()
        at(project, clock, 2, 12)
        before = entries(project)
        project.configure(
            sources + DIGEST.replace('"news"', '"daily"\nwas = ["news"]') + '[[topic]]\nslug = "all"\nquery = "*"\n'
        )
        report = project.once()
        assert entries(project, "daily") == before
        assert [entry["title"] for entry in entries(project, "all")] == ["Story 01-10"]
        assert report.topics[0].added == 0
        assert project.app().status().store.items == 1
