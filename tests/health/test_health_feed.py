"""The health feed, end to end: a real server that fails, parks, falls silent, is gone, floods or moves; real polls and files."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from health_project import HEAD, PAGE, START, HealthProject, Publisher, daily, posts, source
from lxml import etree
from pytest_httpserver import HTTPServer

from aggregator.errors import StoreError
from aggregator.health import findings

ATOM = "{http://www.w3.org/2005/Atom}"
TOPIC = '[[topic]]\nslug = "all"\n'
FEW = daily(5)


def ids(project: HealthProject) -> list[str]:
    return [entry["id"] for entry in project.entries()]


def test_before_anything_goes_wrong_there_is_an_empty_feed(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    assert project.entries() == []
    for format in ("atom", "rss"):
        assert feedparser.parse((project.feeds / f"health.{format}").read_bytes()).feed.title == "Test: health"
    assert project.status().troubles == ()


def test_a_source_that_fails_three_times_is_one_entry_and_the_same_one_when_it_is_over(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    site.put("no", status=500)
    project.once(hours=1)
    project.once(hours=1)
    assert project.entries() == []
    project.once(hours=1)
    [entry] = project.entries()
    assert entry["title"] == "blog is failing"
    assert "Every poll since 2026-03-02 13:00 UTC failed: " in entry["content_html"]
    assert "answered 500" in entry["content_html"]
    assert "What to do: " in entry["content_html"]
    assert entry["tags"] == ["failing"]
    assert entry["date_published"] == "2026-03-02T15:00:00+00:00"
    before = (project.feeds / "health.atom").read_bytes()
    project.restart()
    project.once(hours=1)
    assert (project.feeds / "health.atom").read_bytes() == before
    site.put(posts(FEW))
    project.once(hours=1)
    [over] = project.entries()
    assert (over["id"], over["title"]) == (entry["id"], "Resolved: blog is failing")
    assert over["date_published"] == entry["date_published"]
    assert over["date_modified"] == "2026-03-02T17:00:00+00:00"
    assert "Resolved at 2026-03-02 17:00 UTC, 2 hours after it began." in over["content_html"]
    assert "What to do" not in over["content_html"]


def test_a_source_that_flaps_is_one_entry(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    for _ in range(3):
        site.put(posts(FEW))
        project.once(hours=1)
        site.put("no", status=500)
        project.rounds(3, hours=2)
    assert project.titles() == ["blog is failing"]
    assert "It came back 2 times." in project.entries()[0]["content_html"]
    first = ids(project)
    project.restart()
    site.put(posts(FEW))
    project.once(hours=1)
    site.put("no", status=500)
    project.rounds(3, hours=24)
    assert project.titles() == ["blog is failing", "Resolved: blog is failing"]
    assert ids(project)[1:] == first


def test_a_page_where_a_feed_used_to_be_is_an_entry_at_once(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    site.put(PAGE)
    project.once(hours=1)
    assert project.titles() == ["blog answers with a page instead of a feed"]
    project.rounds(4, hours=1)
    assert project.titles() == ["blog answers with a page instead of a feed"]
    assert project.status().sources[0].incidents == ("page",)
    assert project.status().troubles[0].title == "blog answers with a page instead of a feed"
    site.put(posts(FEW))
    project.once(hours=1)
    assert project.titles() == ["Resolved: blog answers with a page instead of a feed"]


def test_a_page_that_never_was_a_feed_is_only_failing(project, site) -> None:
    project.configure(source(site.put(PAGE)) + TOPIC)
    project.rounds(3, hours=1)
    assert project.titles() == ["blog is failing"]


def test_410_twice_a_day_apart_is_gone_and_once_is_nothing(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    site.put("gone", status=410)
    project.once(hours=1)
    project.once(hours=1)
    assert project.entries() == []
    project.once(hours=24)
    assert project.titles() == ["blog is gone"]
    asked = site.asked
    project.once(days=30)
    assert site.asked == asked
    assert project.titles() == ["blog is gone"]
    [trouble] = project.status().troubles
    assert (trouble.kind, trouble.title) == ("gone", "blog is gone")
    assert "it is not asked any more" in trouble.tried
    project.configure(TOPIC)
    project.once(hours=1)
    [entry] = project.entries()
    assert entry["title"] == "Resolved: blog is gone"
    assert "It is not polled any more." in entry["content_html"]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_source_is_silent_against_its_own_rhythm(project, site, restarts) -> None:
    """One post a day: four days are remarkable, three are not."""
    project.configure(source(site.put(posts(daily(20)))) + TOPIC)
    project.once()
    project.once(days=3)
    assert project.entries() == []
    if restarts:
        project.restart()
    project.once(days=1)
    assert project.titles() == ["blog is silent"]
    if restarts:
        project.restart()
    assert "its last post is of 2026-03-02 11:00 UTC; it used to post at least every 24 hours." in str(project.entries())
    project.once(days=20)
    assert len(project.entries()) == 1
    [trouble] = project.status().troubles
    assert trouble.since == START - timedelta(hours=1)
    assert trouble.tried.startswith("polled at 2026-03-26 12:00 UTC (not-modified); ")
    site.put(posts([project.now, *daily(20)]))
    project.once(hours=1)
    assert project.titles() == ["Resolved: blog is silent"]
    project.once(days=3)
    assert project.titles() == ["Resolved: blog is silent"]


def test_a_source_that_was_dead_when_it_was_added_is_called_silent_three_days_later(project, site) -> None:
    project.configure(source(site.put(posts(daily(20, until=START - timedelta(days=900))))) + TOPIC)
    project.once()
    project.once(days=2)
    assert project.entries() == []
    project.restart()
    project.once(days=1)
    assert project.titles() == ["blog is silent"]


def test_seven_posts_are_no_rhythm(project, site) -> None:
    project.configure(source(site.put(posts(daily(7)))) + TOPIC)
    project.once()
    project.once(days=100)
    assert project.entries() == []


def test_a_failing_source_is_not_called_silent_as_well(project, site) -> None:
    project.configure(source(site.put(posts(daily(20)))) + TOPIC)
    project.once()
    site.put("no", status=500)
    project.rounds(4, days=3)
    assert project.titles() == ["blog is failing"]


def test_a_source_that_floods_is_an_entry_that_ends_after_a_day(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    project.once(hours=1)
    site.put(posts(FEW, more=60))
    project.once(hours=1)
    [entry] = project.entries()
    assert entry["title"] == "blog brought far more than usual"
    assert "brought 60 new items; usual is about 1." in entry["content_html"]
    project.once(hours=23)
    assert project.titles() == ["blog brought far more than usual"]
    project.once(hours=1)
    assert project.titles() == ["Resolved: blog brought far more than usual"]


def test_a_first_poll_and_an_ordinary_one_are_no_flood(project, site) -> None:
    project.configure(source(site.put(posts(FEW, more=300))) + TOPIC)
    project.once()
    site.put(posts(FEW, more=349))
    project.once(hours=1)
    assert project.entries() == []


def test_a_source_that_moved_for_good_is_an_entry_with_the_edit(project, site) -> None:
    new = site.put(posts(FEW), path="/new")
    old = site.put("", status=301, Location=new)
    project.configure(source(old) + TOPIC)
    project.rounds(9, days=1)
    [entry] = project.entries()
    assert entry["title"] == "blog has moved"
    assert f"url = &quot;{new}&quot;" in entry["content_html"]
    status = project.status()
    assert status.sources[0].moved_to == new
    assert f'url = "{new}"' in status.troubles[0].advice
    project.configure(source(new) + TOPIC)
    project.once(hours=1)
    assert project.titles() == ["Resolved: blog has moved"]


def test_a_topic_that_cannot_be_written_is_an_entry(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    (project.feeds / "all.atom").unlink()
    (project.feeds / "all.atom").mkdir()
    report = project.once(hours=1)
    assert report.topics[0].error is not None
    [entry] = project.entries()
    assert entry["title"] == "all cannot be written"
    assert str(project.root) not in str(entry)
    assert project.status().troubles[0].kind == "unwritten"
    (project.feeds / "all.atom").rmdir()
    project.once(hours=1)
    assert project.titles() == ["Resolved: all cannot be written"]


def test_a_folder_that_cannot_be_written_is_an_incident_that_status_shows(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    shutil.rmtree(project.feeds)
    project.feeds.write_text("in the way")
    with pytest.raises(Exception, match="cannot be used to publish into"):
        project.once(hours=1)
    assert project.status().troubles[0].title == "feeds cannot be written"
    project.feeds.unlink()
    project.once(hours=1)
    assert project.titles() == ["Resolved: feeds cannot be written"]


def test_a_health_feed_that_cannot_be_written_stops_nothing(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.feeds.mkdir()
    (project.feeds / "health.rss").mkdir()
    assert project.once().topics[0].files == ("all.atom", "all.rss", "all.json")
    assert [trouble.title for trouble in project.status().troubles] == ["health cannot be written"]
    (project.feeds / "health.rss").rmdir()
    project.once(hours=1)
    project.once(hours=1)
    assert project.titles() == ["Resolved: health cannot be written"]


def test_entries_that_cannot_be_rendered_are_an_incident_of_their_topic(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    project.execute("update item set data = json_set(data, '$.title', char(1) || 'x') where pk = 1")
    project.execute("update topic set generation = generation + 1")
    project.once(hours=1)
    [entry] = project.entries()
    assert entry["title"] == "all holds entries that cannot be rendered"
    assert "1 entry cannot be rendered. all: entry urn:uuid:" in entry["content_html"]
    project.once(hours=1)
    assert project.titles() == ["all holds entries that cannot be rendered"]
    project.execute("update item set data = json_set(data, '$.title', 'mended') where pk = 1")
    project.execute("update topic set generation = generation + 1")
    project.once(hours=1)
    assert project.titles() == ["Resolved: all holds entries that cannot be rendered"]


def test_a_store_that_refuses_is_an_incident_as_soon_as_it_can_be_stored(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    project.execute(
        "create trigger full before update of due_reason on source begin select raise(abort, 'the disk is full'); end"
    )
    with pytest.raises(Exception, match="the disk is full"):
        project.once(hours=1)
    assert [trouble.title for trouble in project.status().troubles] == ["The store is in trouble"]
    project.execute("drop trigger full")
    project.once(hours=1)
    assert project.titles() == ["Resolved: The store is in trouble"]


def test_a_store_that_was_damaged_is_told_with_what_stands_in_its_place(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    project.restart()
    store = project.root / "aggregator.db"
    store.write_bytes(b"nonsense" * 1000)
    for path in project.root.glob("aggregator.db-*"):
        path.unlink()
    project.once(hours=1)
    [entry] = project.entries()
    assert entry["title"] == "The store was damaged and has been replaced"
    assert str(project.root) not in str(entry)
    assert [trouble.kind for trouble in project.status().troubles] == ["restored"]
    project.restart()
    project.once(days=2)
    assert project.titles() == ["Resolved: The store was damaged and has been replaced"]


def test_a_snapshot_that_cannot_be_taken_is_an_incident(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    in_the_way = project.root / "aggregator.db.snapshots"
    in_the_way.write_text("")
    project.once()
    [trouble] = project.status().troubles
    assert (trouble.kind, trouble.subject) == ("store", "snapshots")
    assert trouble.sentence.startswith("The store has no snapshot of today: ")
    in_the_way.unlink()
    project.restart()
    project.once(hours=1)
    project.once(hours=1)
    assert project.titles() == ["Resolved: The store is in trouble"]


def test_ids_that_a_source_changed_are_an_event_told_from_elsewhere(project, site) -> None:
    """The door for what other parts find."""
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    found = findings.opened("migrated", "blog", f"5 items have new ids, see {project.root}/aggregator.db.", "Nothing to do.")
    assert project.run(lambda engine: engine.health.opened(found))
    assert not project.run(lambda engine: engine.health.opened(found))
    project.once(hours=1)
    assert project.titles() == ["blog changed its ids"]
    assert "5 items have new ids, see [store]." in project.entries()[0]["content_html"]
    assert project.run(lambda engine: engine.health.over("migrated", "blog"))
    assert not project.run(lambda engine: engine.health.over("migrated", "blog"))


def test_what_cannot_be_stored_is_told_by_whoever_must_know(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    project.execute("create trigger full before insert on incident begin select raise(abort, 'the disk is full'); end")
    assert project.run(lambda engine: engine.health.opened(findings.unstored("full")))
    with pytest.raises(StoreError, match="the disk is full"):
        project.run(lambda engine: engine.health.opened(findings.opened("config", "config.toml", "wrong")))
    project.execute("drop trigger full")
    assert project.run(lambda engine: engine.health.over("config", "config.toml"))
    project.once(hours=1)
    assert sorted(project.titles()) == [
        "Resolved: The store is in trouble",
        "Resolved: config.toml is wrong, and the old configuration stays in force",
    ]


def test_troubles_of_what_is_not_configured_any_more_are_not_shown(project, site) -> None:
    """Status reads the configuration of now, though no daemon has acted on it yet."""
    url = site.put(posts(daily(20)))
    project.configure(source(url) + TOPIC)
    project.rounds(2, days=5)
    project.execute("update topic set rendered = json_set(rendered, '$.quarantined', json_array('entry 1 was left out'))")
    project.once(hours=1)
    assert [trouble.kind for trouble in project.status().troubles] == ["quarantined", "silent"]
    project.configure(source(url, more="enabled = false"))
    assert project.status().troubles == ()


def test_without_a_store_there_is_no_trouble(project) -> None:
    project.configure(source("http://127.0.0.1:9/") + TOPIC)
    status = project.status()
    assert status.troubles == ()
    assert status.sources[0].incidents == ()


# ── what holds for all of them ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HealthProject]:
    """A project with incidents of many kinds, some of them over."""
    project = HealthProject(tmp_path_factory.mktemp("troubled"))
    with HTTPServer(port=0) as server:
        site = Publisher(server)
        new = site.put(posts(FEW), path="/new")
        project.configure(
            source(site.put(posts(FEW), path="/good"), "good")
            + source(site.put(posts(daily(20)), path="/silent"), "silent")
            + source(site.put("", status=500, path="/failing"), "failing")
            + source(site.put("", status=301, path="/moved", Location=new), "moved")
            + source(site.put(posts(FEW), path="/parked"), "parked")
            + source(site.put(posts(FEW), path="/flood"), "flood")
            + TOPIC
        )
        project.once()
        site.put(PAGE, path="/parked")
        site.put(posts(FEW, more=60), path="/flood")
        project.rounds(9, days=1)
        yield project
        project.close()


@pytest.mark.shared
def test_every_kind_of_entry_stands_in_all_formats_and_atom_is_valid(troubled: HealthProject, shared: Path) -> None:
    project = troubled
    assert sorted(project.titles()) == [
        "Resolved: flood brought far more than usual",
        "failing is failing",
        "moved has moved",
        "parked answers with a page instead of a feed",
        "silent is silent",
    ]
    document = etree.fromstring((project.feeds / "health.atom").read_bytes())
    schema = etree.RelaxNG(etree.parse(shared / "schemas" / "atom.rng"))
    assert schema.validate(document), schema.error_log
    assert [entry.findtext(f"{ATOM}id") for entry in document.iterfind(f"{ATOM}entry")] == ids(project)
    assert document.findtext(f"{ATOM}updated") == max(entry.findtext(f"{ATOM}updated") for entry in document.iter(f"{ATOM}entry"))
    assert [entry.title for entry in feedparser.parse((project.feeds / "health.rss").read_bytes()).entries] == project.titles()


def test_the_worst_trouble_comes_first_in_status(troubled: HealthProject) -> None:
    project = troubled
    assert [(trouble.kind, trouble.subject) for trouble in project.status().troubles] == [
        ("page", "parked"),
        ("failing", "failing"),
        ("moved", "moved"),
        ("silent", "silent"),
    ]
    assert all(trouble.since and trouble.tried and trouble.advice for trouble in project.status().troubles)


def test_topic_feeds_are_the_same_bytes_with_and_without_incidents(tmp_path: Path, site) -> None:
    """The same polls, once with sources in trouble beside the good one, once without them."""
    published = []
    for name, more in (("quiet", ""), ("troubled", source(site.put("", status=500, path="/failing"), "failing"))):
        (tmp_path / name).mkdir()
        project = HealthProject(tmp_path / name)
        project.configure(source(site.put(posts(daily(20)), path="/good"), "good") + more + TOPIC)
        project.rounds(4, hours=1)
        told = {file: body for file, body in project.topic_files().items() if not file.startswith("sources.")}
        published.append((told, project.titles()))  # the directory of sources lists all of them
        project.close()
    (quiet, none), (troubled_files, some) = published
    assert (none, some) == ([], ["failing is failing"])
    assert quiet == troubled_files
    assert "health" not in b"".join(body for name, body in quiet.items() if name != "style.css").decode()


def test_a_second_run_and_deleted_files_make_the_same_bytes(troubled: HealthProject) -> None:
    project = troubled
    before = {name: (project.feeds / f"health.{name}").read_bytes() for name in ("atom", "rss", "json")}
    stats = {name: (project.feeds / f"health.{name}").stat().st_mtime_ns for name in before}
    project.restart()
    project.once()
    assert stats == {name: (project.feeds / f"health.{name}").stat().st_mtime_ns for name in before}
    shutil.rmtree(project.feeds)
    project.once()
    assert before == {name: (project.feeds / f"health.{name}").read_bytes() for name in before}


def test_switched_off_it_leaves_no_file_but_status_still_knows(project, site) -> None:
    url = site.put("", status=500)
    project.configure(source(url) + TOPIC)
    project.rounds(3, hours=1)
    assert (project.feeds / "health.atom").exists()
    project.configure(source(url) + TOPIC + "[publish]\nhealth = false\n")
    project.once(hours=1)
    assert not list(project.feeds.glob("health.*"))
    assert project.status().sources[0].incidents == ("failing",)


def test_a_format_that_is_not_published_has_no_health_feed(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    project.configure(source(site.put(posts(FEW))) + TOPIC + '[publish]\nformats = ["json"]\n')
    project.once(hours=1)
    assert [path.name for path in project.feeds.glob("health.*")] == ["health.json"]


def test_the_index_and_the_list_of_topics_do_not_name_it(troubled: HealthProject) -> None:
    project = troubled
    for name in ("index.html", "topics.opml"):
        assert b"health" not in (project.feeds / name).read_bytes()


def test_an_address_that_holds_a_key_is_not_published(project, site) -> None:
    site.put(posts(FEW), path="/feed")
    url = site.server.url_for("/feed") + "?token=s3cr3t-0123456789abcdef"
    project.configure(source(url) + TOPIC)
    project.once()
    site.put("", status=302, Location=site.server.url_for("/nowhere?token=s3cr3t-0123456789abcdef"))
    project.rounds(3, hours=1)
    assert project.titles() == ["blog is failing"]
    assert not [path.name for path in project.feeds.rglob("*.*") if b"s3cr3t" in path.read_bytes()]


@pytest.mark.parametrize(
    "address", ["https://bob:pw@h.example/f", "https://h.example/feed?token=s3cr3ts3cr3t", "https://[h/?x=1"]
)
def test_a_sentence_that_quotes_a_key_is_published_without_it(project, site, address: str) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    found = findings.opened("config", "config.toml", f'It leads to "{address}", control \x01 and\nline.', "Look.")
    project.run(lambda engine: engine.health.opened(found))
    project.once()
    text = project.entries()[0]["content_html"]
    assert "control and line." in text
    assert not any(part in text for part in ("pw@", "s3cr3t", "[h/"))


def test_where_folders_lie_on_this_machine_is_not_published(project) -> None:
    project.configure('[[source]]\nid = "clips"\nkind = "folder"\npath = "nowhere"\n' + TOPIC)
    project.rounds(3, hours=1)
    [entry] = project.entries()
    assert str(project.root) not in str(entry)
    assert "[clips]" in entry["content_html"]
    assert str(project.root) in project.status().troubles[0].sentence


def test_what_a_stranger_writes_is_text(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    site.put('<html><head><link rel="alternate" type="application/rss+xml" href="/&lt;script>alert(1)"></head></html>')
    project.once(hours=1)
    [entry] = project.entries()
    assert "<script" not in entry["content_html"]


def test_a_renamed_source_keeps_its_incident(project, site) -> None:
    url = site.put("", status=500)
    project.configure(source(url) + TOPIC)
    project.rounds(3, hours=1)
    before = ids(project)
    project.configure(source(url, "renamed", 'was = ["blog"]') + TOPIC)
    project.once(hours=1)
    assert ids(project) == before
    assert project.titles() == ["blog is failing"]
    site.put(posts(FEW))
    project.once(hours=1)
    assert ids(project) == before
    assert project.titles() == ["Resolved: blog is failing"]


def test_a_renamed_source_is_not_looked_at_earlier_for_it(project, site) -> None:
    url = site.put(posts(daily(20, until=START - timedelta(days=900))))
    project.configure(source(url) + TOPIC)
    project.once()
    project.configure(source(url, "renamed", 'was = ["blog"]') + TOPIC)
    project.once(hours=1)
    assert project.entries() == []
    project.once(days=3)
    assert project.titles() == ["renamed is silent"]


def test_a_clock_that_jumps_a_year_both_ways_makes_valid_entries(project, site) -> None:
    project.configure(source(site.put(posts(FEW))) + TOPIC)
    project.once()
    site.put("", status=500)
    project.rounds(3, hours=1)
    site.put(posts(FEW))
    project.once(days=-365)
    [entry] = project.entries()
    assert entry["title"] == "Resolved: blog is failing"
    assert entry["date_published"] == entry["date_modified"] == "2026-03-02T15:00:00+00:00"
    project.once(days=730)
    assert project.titles() == ["Resolved: blog is failing"]


def test_at_most_fifty_entries_stand_in_the_feed_and_the_history_is_bounded(project, site) -> None:
    site.put("", status=500)
    many = "".join(source(site.server.url_for("/feed") + f"?{number}", f"s{number:02}") for number in range(60))
    project.configure(many + TOPIC)
    project.rounds(3, hours=1)
    assert len(project.entries()) == 50
    assert len(project.status().troubles) == 60
    assert json.loads((project.feeds / "health.json").read_bytes())["title"] == "Test: health"


def test_topics_cannot_take_its_name(project) -> None:
    project.configure('[[topic]]\nslug = "health"\n', head=HEAD)
    with pytest.raises(Exception, match="health"):
        project.once()
