"""Polls over real sockets: what is new, what changed, what is the same, and what a failing source leaves alone."""

import asyncio
import json
from datetime import datetime

import pytest
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.store import database, items

TOPIC = """
[[topic]]
slug = "all"
"""


def source(url: str, id: str = "one", more: str = "") -> str:
    return f'[[source]]\nid = "{id}"\nurl = "{url}"\n{more}\n'


def entries(project, slug: str = "all") -> list[dict]:
    return json.loads((project.feeds / f"{slug}.json").read_bytes())["items"]


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def test_a_first_poll_publishes_and_a_second_one_asks_conditionally(project, site) -> None:
    project.configure(source(site.put("/feed", rss([item(2), item(1)]))) + TOPIC)
    assert project.once().sources[0].new == 2
    before = project.stats()
    report = project.once()
    assert site.statuses == [200, 304]
    assert report.sources[0].result == "not-modified"
    assert project.stats() == before
    assert [entry["title"] for entry in entries(project)] == ["Title 2", "Title 1"]


def test_a_source_is_not_polled_before_it_is_due_unless_forced(project, site) -> None:
    project.configure(source(site.put("/feed", rss([item(1)]))) + TOPIC)
    project.once(force=False)
    report = project.once(force=False)
    assert report.sources[0].result == "not-due"
    assert report.sources[0].due_reason == "adaptive"
    assert len(site.requests) == 1


def test_the_same_body_from_a_server_without_validators_is_recognized(project, site) -> None:
    project.configure(source(site.put("/feed", rss([item(1)]), conditional=False)) + TOPIC)
    project.once()
    assert project.once().sources[0].result == "not-modified"
    assert site.statuses == [200, 200]


def test_new_entries_stand_before_old_ones_even_when_their_dates_are_older(project, site) -> None:
    project.configure(source(site.put("/feed", rss([item(5)]))) + TOPIC)
    project.once()
    site.put("/feed", rss([item(5), item(2), item(3)]))
    assert project.once().sources[0].new == 2
    assert [entry["title"] for entry in entries(project)] == ["Title 3", "Title 2", "Title 5"]


def test_a_change_of_substance_moves_updated_and_nothing_else(project, site) -> None:
    project.configure(source(site.put("/feed", rss([item(2), item(1)]))) + TOPIC)
    project.once()
    before = entries(project)
    site.put("/feed", rss([item(2), item(1, text="A correction: everything was different")]))
    report = project.once()
    assert (report.sources[0].new, report.sources[0].updated) == (0, 1)
    after = entries(project)
    assert [entry["id"] for entry in after] == [entry["id"] for entry in before]
    assert after[0] == before[0]
    assert after[1]["date_published"] == before[1]["date_published"]
    assert datetime.fromisoformat(after[1]["date_modified"]) > datetime.fromisoformat(before[1]["date_published"])
    assert "correction" in json.dumps(after[1])


def test_a_cosmetic_change_is_written_silently(project, site) -> None:
    project.configure(source(site.put("/feed", rss([item(1, text="&lt;p&gt;Same words&lt;/p&gt;")]))) + TOPIC)
    project.once()
    before = entries(project)[0]
    site.put("/feed", rss([item(1, text="&lt;div&gt;&lt;b&gt;Same&lt;/b&gt; words&lt;/div&gt;")]))
    assert project.once().sources[0].updated == 1
    after = entries(project)[0]
    assert after["content_html"] != before["content_html"]
    assert {**after, "content_html": ""} == {**before, "content_html": ""}


def test_an_entry_that_leaves_its_source_stays_published(project, site) -> None:
    project.configure(source(site.put("/feed", rss([item(2), item(1)]))) + TOPIC)
    project.once()
    site.put("/feed", rss([item(3)]))
    project.once()
    assert [entry["title"] for entry in entries(project)] == ["Title 3", "Title 2", "Title 1"]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_guid_that_repeats_identifies_only_with_its_link_whatever_the_order(project, site, order) -> None:
    project.configure(source(site.put("/feed", rss([item(1, guid="same")]))) + TOPIC)
    project.once()
    first = entries(project)[0]["id"]
    site.put("/feed", rss([item(number, guid="same") for number in order]))
    report = project.once()
    assert report.sources[0].new == 1
    assert {entry["title"]: entry["id"] for entry in entries(project)}["Title 1"] == first
    site.put("/feed", rss([item(3, guid="same")]))
    assert project.once().sources[0].new == 1
    site.put("/feed", rss([item(1, guid="same", title="Renamed")]))
    assert (project.once().sources[0].new, len(entries(project))) == (0, 3)


def test_of_a_guid_that_repeats_for_ever_only_what_still_stands_is_looked_at(project, site) -> None:
    for poll in range(3):
        told = [item(n, f"News {n} of {poll}", guid="x", link=f"http://source.example/{poll}-{n}") for n in range(4)]
        url = site.put("/feed", rss(told))
        project.configure(source(url) + TOPIC)
        assert project.once().sources[0].new == 4
    db = database.view(project.root / "aggregator.db")
    assert len(items.of_native(db, "one", "id:x")) == 12
    stand = [str(one.item.link) for one in items.standing(db, "one", "id:x")]
    assert stand == [f"http://source.example/2-{n}" for n in range(4)]
    db.close()


def test_two_sources_that_use_one_guid_do_not_overwrite_each_other(project, site) -> None:
    a = site.put("/a", rss([item(1, title="From A", guid="x")]))
    b = site.put("/b", rss([item(1, title="From B", guid="x", link="http://other.example/1")]))
    project.configure(source(a, "a") + source(b, "b") + TOPIC + "stories = false\n")  # their texts are the same: copies
    project.once()
    assert {entry["title"] for entry in entries(project)} == {"From A", "From B"}


FAULTS = {
    "a page": ("<!DOCTYPE html><html><head><title>Log in</title></head><body>please</body></html>", "page"),
    "empty": ("", "empty"),
    "binary": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "binary"),
    "opml": ('<opml version="2.0"><body><outline text="x"/></body></opml>', "OPML"),
    "robots": ("User-agent: *\nDisallow: /\n", "robots"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_a_feed_fails_by_name_and_leaves_what_was_published(project, site, fault) -> None:
    body, word = FAULTS[fault]
    good = site.put("/good", rss([item(7, title="Good news")], title="Good"))
    project.configure(source(site.put("/feed", rss([item(1)]))) + source(good, "good") + TOPIC)
    project.once()
    before = project.topic_files()
    site.put("/feed", body)
    report = project.once()
    assert [source.result for source in report.sources] == ["failed", "not-modified"]
    assert word.lower() in (report.sources[0].error or "").lower()
    assert project.topic_files() == before
    site.put("/feed", rss([item(2), item(1)]))
    assert project.poll("one", force=True).sources[0].new == 1


def test_a_failing_source_backs_off_and_says_since_when(project, site) -> None:
    project.configure(source(site.put("/feed", "down", status=500)) + TOPIC)
    project.once()
    project.once()
    status = project.app().status().sources[0]
    assert (status.last_result, status.failures, status.due_reason) == ("failed", 2, "backoff")
    assert "500" in (status.error or "")
    assert status.failing_since is not None
    assert project.poll("one").sources[0].result == "not-due"
    assert project.poll("one", force=True).sources[0].result == "failed"


def test_retry_after_is_kept_by_once_even_if_forced_and_holds_for_the_whole_host(project, site) -> None:
    url = site.put("/feed", "slow down", status=429, Retry_After="3600")
    other = site.put("/other", rss([item(1)]))
    project.configure(source(url) + source(other, "two") + TOPIC)
    project.once()
    asked = len(site.requests)
    report = project.once()
    assert [(source.result, source.due_reason) for source in report.sources] == [("not-due", "retry-after")] * 2
    assert len(site.requests) == asked
    assert project.poll("two", force=True).sources[0].result in ("ok", "not-modified")


def test_validators_are_not_kept_of_a_document_that_was_not_understood(project, site) -> None:
    project.configure(source(site.put("/feed", "<html><body>sorry</body></html>")) + TOPIC)
    project.once()
    site.put("/feed", rss([item(1)]))
    project.poll("one", force=True)
    assert [request.headers.get("If-None-Match") for request in site.requests] == [None, None]


def test_an_unreachable_source_is_named_and_the_others_go_on(project, site) -> None:
    project.configure(source("http://127.0.0.1:9/feed", "dead") + source(site.put("/feed", rss([item(1)])), "alive") + TOPIC)
    report = project.once()
    assert [(source.id, source.result) for source in report.sources] == [("dead", "failed"), ("alive", "ok")]
    assert len(entries(project)) == 1


def test_one_unreadable_file_of_a_folder_is_named_and_the_others_come_in(project) -> None:
    folder = project.root / "clips"
    folder.mkdir()
    (folder / "good.md").write_text("---\ntitle: Good\nsource: http://x.example/a\n---\nText")
    (folder / "bad.json").write_text("{not json")
    project.configure('[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n' + TOPIC)
    report = project.once()
    assert (report.sources[0].result, report.sources[0].new) == ("ok", 1)
    assert len(report.sources[0].dropped) == 1
    assert "bad.json" in report.sources[0].dropped[0]
    (folder / "good.md").write_text("---\ntitle: Good\nsource: http://x.example/a\n---\nOther text altogether")
    assert project.once(force=False).sources[0].updated == 1
    (folder / "good.md").unlink()
    project.once()
    assert [entry["title"] for entry in entries(project)] == ["Good"]


def test_a_missing_folder_is_a_failure_that_names_it(project) -> None:
    project.configure('[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n' + TOPIC)
    report = project.once()
    assert report.sources[0].result == "failed"
    assert "clips" in (report.sources[0].error or "")


async def test_who_waits_for_a_poll_has_its_report_though_who_began_it_is_cancelled(project, site) -> None:
    project.configure(f'[[source]]\nid = "one"\nurl = "{site.put("/feed", rss([item(1)]))}"\n[[topic]]\nslug = "all"\n')
    async with project.app().engine("command") as engine:
        source = engine.sources["one"]
        first, second = (asyncio.create_task(engine.fly(source)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).new == 1
        assert first.cancelled()
        alone = asyncio.create_task(engine.fly(source))
        await asyncio.sleep(0)
        (flying,) = [task for task in asyncio.all_tasks() if task.get_name() == "poll one"]
        alone.cancel()
        await asyncio.wait([alone])
        assert flying.cancelled()
        assert not engine.flying
        cut = asyncio.create_task(engine.fly(source))
        await asyncio.sleep(0)
        cut.cancel()
        await asyncio.sleep(0)
        assert (await engine.fly(source)).result == "not-modified", "who comes while a poll is cut off gets one of their own"
        assert cut.cancelled()
