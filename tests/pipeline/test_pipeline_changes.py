"""Config changes: nothing is lost, nothing is delivered twice, and what is no longer published is gone."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.store import database, ledger, topics


@pytest.fixture
def url(httpserver: HTTPServer) -> str:
    stories = [item(n, title=f"{'Cats' if n % 2 else 'Dogs'} number {n}") for n in range(1, 9)]
    return PublisherSite(httpserver).put("/feed", rss(stories))


def source(url: str, id: str = "one", **more: str) -> str:
    return f'[[source]]\nid = "{id}"\nurl = "{url}"\n' + "".join(f"{key} = {value}\n" for key, value in more.items())


def topic(slug: str, query: str = "*", **more: str) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f"[[topic]]\nslug = \"{slug}\"\nquery = '{query}'\n{lines}"


def entries(project, slug: str) -> dict[str, str]:
    return {entry["title"]: entry["id"] for entry in json.loads((project.feeds / f"{slug}.json").read_bytes())["items"]}


def test_a_narrowed_query_takes_entries_out_and_a_widened_one_brings_them_back_as_they_were(project, url) -> None:
    project.configure(source(url) + topic("pets"))
    project.once()
    before = (project.feeds / "pets.atom").read_bytes()
    project.configure(source(url) + topic("pets", "cats"))
    report = project.once()
    assert len(entries(project, "pets")) == 4
    assert report.topics[0].added == 0
    project.configure(source(url) + topic("pets"))
    report = project.once()
    assert report.topics[0].added == 0
    assert (project.feeds / "pets.atom").read_bytes() == before


def test_a_query_that_means_the_same_is_not_matched_again(project, url) -> None:
    project.configure(source(url) + topic("pets", "cats OR dogs"))
    project.once()
    with database.visit(project.root / "aggregator.db") as db:
        db.execute("update membership set clause = 'marked'")
    project.configure(source(url) + topic("pets", "dogs OR  cats"))
    project.once()
    with database.visit(project.root / "aggregator.db") as db:
        assert db.execute("select distinct clause from membership").fetchall() == [("marked",)]


def test_a_new_topic_is_filled_from_the_store_up_to_its_limit_with_original_dates(project, url) -> None:
    project.configure(source(url) + topic("pets"))
    project.once()
    project.configure(source(url) + topic("pets") + topic("new", limit="3"))
    project.once(force=False)
    feed = json.loads((project.feeds / "new.json").read_bytes())
    assert [entry["title"] for entry in feed["items"]] == ["Dogs number 8", "Cats number 7", "Dogs number 6"]
    assert all(entry["date_published"].startswith("2025-09-01") for entry in feed["items"])
    db = database.view(project.root / "aggregator.db")
    assert ledger.count(db, "new") == 3
    assert sorted(topics.members(db, "new").values()).count("held") == 5


def test_a_renamed_topic_keeps_feed_id_and_entry_ids_and_its_old_files_go(project, url) -> None:
    project.configure(source(url) + topic("pets"))
    project.once()
    before = json.loads((project.feeds / "pets.json").read_bytes())
    atom = (project.feeds / "pets.atom").read_text()
    project.configure(source(url) + topic("animals", was='["pets"]'))
    project.once()
    assert not list(project.feeds.glob("pets.*"))
    assert entries(project, "animals") == {entry["title"]: entry["id"] for entry in before["items"]}
    feed_id = atom[atom.index("<id>") : atom.index("</id>")]
    assert feed_id in (project.feeds / "animals.atom").read_text()
    assert topics.aliases(database.view(project.root / "aggregator.db")) == {"pets": "animals"}


def test_a_removed_topic_loses_its_files_and_comes_back_with_its_ids(project, url) -> None:
    project.configure(source(url) + topic("pets") + topic("other"))
    project.once()
    before = project.published()
    project.configure(source(url) + topic("other"))
    project.once()
    assert not list(project.feeds.glob("pets.*"))
    assert topics.gone(database.view(project.root / "aggregator.db")) == {"pets"}
    project.configure(source(url) + topic("pets") + topic("other"))
    project.once()
    assert project.published() == before


def test_a_renamed_source_keeps_items_validators_and_ids(project, url) -> None:
    project.configure(source(url, title='"Same"') + topic("pets"))
    project.once()
    before = project.published()
    project.configure(source(url, "two", was='["one"]', title='"Same"') + topic("pets"))
    report = project.once()
    assert (report.sources[0].id, report.sources[0].result) == ("two", "not-modified")
    assert project.published() == before


def test_items_of_a_removed_or_disabled_source_stay(project, url) -> None:
    project.configure(source(url) + topic("pets"))
    project.once()
    before = project.topic_files()
    project.configure(source(url, enabled="false") + topic("pets"))
    assert project.once().sources[0].result == "disabled"
    assert project.topic_files() == before
    project.configure(topic("pets"))
    assert project.once().sources == ()
    assert project.topic_files() == before


def test_a_source_that_gets_a_title_shows_it_in_every_entry(project, url) -> None:
    project.configure(source(url) + topic("pets"))
    project.once()
    ids = entries(project, "pets")
    project.configure(source(url, title='"My name for it"') + topic("pets"))
    project.once()
    assert (project.feeds / "pets.atom").read_text().count("My name for it") >= 8
    assert entries(project, "pets") == ids


def test_a_dropped_format_loses_its_file(project, url) -> None:
    project.configure(source(url) + topic("pets"))
    project.once()
    project.configure('[publish]\nformats = ["atom"]\n' + source(url) + topic("pets"))
    project.once()
    assert sorted(path.name for path in project.feeds.glob("pets.*")) == ["pets.atom", "pets.html"]


def test_files_that_are_not_ours_are_left_alone(project, url) -> None:
    project.configure(source(url) + topic("pets"))
    project.once()
    (project.feeds / "robots.txt").write_text("mine")
    project.configure(source(url) + topic("other"))
    project.once()
    assert (project.feeds / "robots.txt").read_text() == "mine"


def test_entries_leave_by_age_as_an_event_and_return_when_max_age_is_raised(project, url) -> None:
    with time_machine.travel("2025-09-01T08:30:00Z", tick=True) as clock:
        project.configure(source(url) + topic("pets", max_age='"4h"'))
        project.once()
        assert [title[-1] for title in entries(project, "pets")] == ["8", "7", "6", "5"]
        clock.shift(timedelta(hours=2))
        report = project.once(force=False)
        assert report.topics[0].left == 2
        assert [title[-1] for title in entries(project, "pets")] == ["8", "7"]
        before = project.stats()
        project.once(force=False)
        assert project.stats() == before
        project.configure(source(url) + topic("pets", max_age='"1d"'))
        project.once(force=False)
        assert [title[-1] for title in entries(project, "pets")] == list("87654321")


def test_a_changed_base_url_changes_addresses_and_no_id(project, url) -> None:
    project.configure(source(url) + topic("pets"))
    project.once()
    before = entries(project, "pets")
    project.configure(
        source(url) + topic("pets"), head=project.config.read_text().split("[[")[0].replace("feeds.example", "new.example")
    )
    project.once()
    assert entries(project, "pets") == before
    assert b"feeds.example" not in (project.feeds / "pets.atom").read_bytes()


class Kept:
    """A source whose items are kept for ten days after they left, polled once a day."""

    def __init__(self, project, httpserver, clock) -> None:
        self.project, self.clock, self.site = project, clock, PublisherSite(httpserver)
        self.url = self.site.put("/feed", rss([item(1), item(2)]))
        self.configure()
        project.once()
        self.ids = entries(project, "pets")

    def configure(self, more: str = "") -> None:
        self.project.configure('[store]\nkeep = "10d"\n' + source(self.url) + more + topic("pets"))

    def days(self, number: int) -> set[str]:
        """After so many more days, what is published."""
        for _ in range(number):
            self.clock.shift(timedelta(days=1))
            self.report = self.project.once().sources[0]
        return {title[-1] for title in entries(self.project, "pets")}

    def texts(self) -> list[str]:
        listed = json.loads((self.project.feeds / "pets.json").read_text())["items"]
        return sorted(entry["content_html"] for entry in listed)


@pytest.fixture
def kept(project, httpserver) -> Iterator[Kept]:
    with time_machine.travel("2025-09-10T09:00:00Z", tick=True) as clock:
        yield Kept(project, httpserver, clock)


def test_an_item_is_forgotten_so_long_after_it_left_its_source_however_long_it_stood(kept: Kept) -> None:
    assert kept.days(20) == {"1", "2"}
    kept.site.put("/feed", rss([item(2), item(3)]))
    assert kept.days(10) == {"1", "2", "3"}
    assert kept.days(2) == {"2", "3"}


def test_what_was_forgotten_and_is_shown_again_returns_whole_and_is_no_news(kept: Kept) -> None:
    kept.site.put("/feed", rss([item(2)]))
    assert kept.days(12) == {"2"}
    kept.site.put("/feed", rss([item(1), item(2)]))
    assert kept.days(1) == {"1", "2"}
    assert (kept.report.new, kept.report.updated) == (0, 0)
    assert kept.texts() == ["Text of number 1", "Text of number 2"]
    assert entries(kept.project, "pets") == kept.ids
    assert kept.days(15) == {"1", "2"}


def test_a_source_that_is_disabled_for_a_day_loses_nothing_and_for_long_gets_it_back(kept: Kept) -> None:
    kept.days(20)
    for days, left in ((1, {"1", "2"}), (12, set())):
        kept.configure("enabled = false\n")
        assert kept.days(days) == left
        kept.configure()
        assert kept.days(1) == {"1", "2"}
        assert kept.texts() == ["Text of number 1", "Text of number 2"]


def test_a_source_that_is_to_be_read_anew_and_cannot_be_loses_nothing(kept: Kept) -> None:
    kept.days(20)
    kept.site.put("/feed", "", status=500)
    kept.configure('timezone = "Europe/Berlin"\n')
    assert kept.days(2) == {"1", "2"}
    kept.site.put("/feed", rss([item(1), item(2)]))
    assert kept.days(9) == {"1", "2"}


def test_a_clock_that_jumps_a_year_and_back_empties_nothing(kept: Kept) -> None:
    kept.site.put("/feed", rss([item(2)]))
    assert kept.days(3) == {"1", "2"}
    kept.clock.shift(timedelta(days=365))
    kept.project.once()
    kept.clock.shift(timedelta(days=-365))
    assert kept.days(3) == {"1", "2"}
    assert kept.days(12) == {"2"}
