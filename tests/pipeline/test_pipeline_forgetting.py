"""`[store] keep`: an item is forgotten when it has been out of its source's documents for so long, and returns with them."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.store import database

TOPIC = '[[topic]]\nslug = "all"\nquery = "*"\n'


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2025-09-02T09:00:00Z", tick=True) as clock:
        yield clock


def keeping(url: str, more: str = "", topic: str = TOPIC) -> str:
    return f'[store]\nkeep = "10d"\n[[source]]\nid = "one"\nurl = "{url}"\n{more}{topic}'


def entries(project) -> dict[str, dict[str, object]]:
    return {entry["title"]: entry for entry in json.loads((project.feeds / "all.json").read_bytes())["items"]}


def titles(project) -> list[str]:
    return [title.removeprefix("Title ") for title in entries(project)]


def ledger(project) -> list[tuple[object, ...]]:
    with database.visit(project.root / "aggregator.db") as db:
        columns = "story, entry_id, position, published, updated, revision, left, left_reason, lead, turn, archive"
        return db.execute(f"select {columns} from publication order by story").fetchall()


def days(project, clock: time_machine.Traveller, number: int) -> None:
    """So many days, with a run on each."""
    for _ in range(number):
        clock.shift(timedelta(days=1))
        project.once()


def forget_all(project, site: PublisherSite, clock: time_machine.Traveller) -> None:
    """The source shows something else, for longer than `keep`."""
    site.put("/feed", rss([item(9)]))
    project.once()
    days(project, clock, 12)
    assert titles(project) == ["9"]


def test_the_time_begins_anew_with_each_leaving(project, site, clock) -> None:
    url = site.put("/feed", rss([item(1), item(2)]))
    project.configure(keeping(url))
    project.once()
    for shown in ([item(2)], [item(1), item(2)], [item(2)]):
        days(project, clock, 8)
        site.put("/feed", rss(shown))
    project.once()
    days(project, clock, 8)
    assert titles(project) == ["2", "1"]


def test_a_forgotten_item_that_is_shown_again_is_what_it_was(project, site, clock) -> None:
    shown = rss([item(1), item(2)])
    project.configure(keeping(site.put("/feed", shown)))
    project.once()
    before = entries(project)
    forget_all(project, site, clock)
    site.put("/feed", shown)
    report = project.once()
    assert (report.sources[0].new, report.sources[0].updated, report.topics[0].added) == (0, 0, 0)
    assert before.items() <= entries(project).items()
    with database.visit(project.root / "aggregator.db") as db:
        assert db.execute("select count(*) from search where search match 'number'").fetchone() == (3,)
    days(project, clock, 12)
    assert before.items() <= entries(project).items()


def test_what_returns_takes_no_new_place_in_head_and_archives(project, site, clock) -> None:
    shown = rss([item(number) for number in range(1, 9)])
    project.configure(keeping(site.put("/feed", shown), topic=TOPIC + "limit = 2\n"))
    project.once()
    site.put("/feed", rss([item(8), item(9)]))
    project.once()
    before, lines = project.topic_files(), ledger(project)
    assert sum(line[-1] is not None for line in lines) >= 4
    days(project, clock, 12)
    assert ledger(project) != lines
    site.put("/feed", rss([item(number) for number in range(1, 10)]))
    project.once()
    assert ledger(project) == lines
    assert project.topic_files() == before


def test_one_that_was_edited_meanwhile_is_told_as_an_edit(project, site, clock) -> None:
    project.configure(keeping(site.put("/feed", rss([item(1)]))))
    project.once()
    before = entries(project)["Title 1"]
    forget_all(project, site, clock)
    site.put("/feed", rss([item(1, text="Another text")]))
    assert project.once().sources[0].updated == 1
    after = entries(project)["Title 1"]
    assert (after["id"], after["date_published"]) == (before["id"], before["date_published"])
    assert str(after["date_modified"]) > str(before["date_modified"])


def test_one_that_no_entry_told_is_told_by_none_when_it_is_shown_again(project, site, clock) -> None:
    shown = rss([item(1), item(2), item(3)])
    url = site.put("/feed", shown)
    project.configure(keeping(url, topic=""))
    project.once()
    project.configure(keeping(url, topic=TOPIC + 'backfill = "last 1"\n'))
    project.once()
    assert titles(project) == ["3"]
    forget_all(project, site, clock)
    site.put("/feed", shown)
    assert project.once().topics[0].added == 0
    assert titles(project) == ["9", "3"]


def test_what_was_taken_down_does_not_return_with_what_was_forgotten(project, site, clock) -> None:
    shown = rss([item(1), item(2)])
    project.configure(keeping(site.put("/feed", shown)))
    project.once()
    forget_all(project, site, clock)
    asyncio.run(project.app().takedown("http://source.example/1"))
    site.put("/feed", shown)
    project.once()
    assert titles(project) == ["9", "2"]


def test_a_store_that_forgot_what_is_still_shown_has_it_again(project, site, clock) -> None:
    """As the version before left it: two that stand are empty, one of them taken down; one left, nobody knows when."""
    project.configure(keeping(site.put("/feed", rss([item(1), item(2), item(3)]))))
    project.once()
    before = entries(project)
    asyncio.run(project.app().takedown("http://source.example/1"))
    site.put("/feed", rss([item(1), item(2)]))
    project.once()
    days(project, clock, 2)
    with database.visit(project.root / "aggregator.db") as db:
        db.execute("drop table absent")
        db.execute("delete from _sqlite_migrations where name like 'm004%'")
        db.execute("delete from membership where item = 2")
        db.execute("update publication set left = 1, left_reason = 'forgotten' where story = 2")
        data = "json_object('native_id', '2', 'link', 'http://source.example/2', 'title', 'Title 2')"
        db.execute(f"update item set forgotten = 1, data = {data} where pk = 2")
    project.once()
    assert entries(project) == {title: entry for title, entry in before.items() if title != "Title 1"}
    assert project.once().sources[0].result == "not-modified"
    days(project, clock, 12)
    assert titles(project) == ["2"]
