"""Taken down: out of every output at once, blocked for ever, announced, and only a person lifts it."""

import asyncio
import json
import re
from pathlib import Path

import pytest
import time_machine
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.errors import ConfigError
from aggregator.pipeline.report import TakedownReport
from aggregator.pipeline.takedown import list_all, preview, subjects
from aggregator.store import archives, coverage, database

BLOG = "http://source.example"
SECRET = "Words that must go"
ALL = '[[topic]]\nslug = "all"\nstories = false\n'


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def source(url: str, id: str = "s", **more: str) -> str:
    return f'[[source]]\nid = "{id}"\nurl = "{url}"\n' + "".join(f"{key} = {value}\n" for key, value in more.items())


def post(number: int, guid: str | None = None, link: str | None = None, text: str = "") -> str:
    return item(number, guid=guid, link=link, text=text or (f"{SECRET} {number}" if number == 2 else ""))


def take_down(project, words: str, comment: str | None = None, *, undo: bool = False) -> TakedownReport:
    return asyncio.run(project.app().takedown(words, comment=comment, undo=undo))


def entries(project, slug: str = "all") -> dict[str, str]:
    return {entry["title"]: entry["id"] for entry in json.loads((project.feeds / f"{slug}.json").read_bytes())["items"]}


def everything(project) -> bytes:
    """All that is published, and all that the store still says."""
    published = b"".join(path.read_bytes() for path in sorted(project.feeds.rglob("*")) if path.is_file())
    with database.visit(project.root / "aggregator.db") as db:
        tables = [name for name in db.table_names() if name != "archive_bytes"]
        rows = [repr(row) for table in tables for row in db.execute(f"select * from [{table}]")]
        kept = [archives.files(db, *row).values() for row in db.execute("select topic, number from archive")]
    archived = b"".join(piece for files in kept for file in files for piece in (file.frame, *file.entries))
    return published + archived + "\n".join(rows).encode()


def setup(project, site: PublisherSite, more: str = "") -> dict[str, str]:
    project.configure(source(site.put("/feed", rss([post(number) for number in (1, 2, 3)]))) + ALL + more)
    project.once()
    return entries(project)


def test_an_address_leaves_every_output_at_once_and_is_announced(project, site: PublisherSite) -> None:
    before = setup(project, site)
    assert SECRET.encode() in everything(project)
    report = take_down(project, f"{BLOG}/2?utm_source=feed", "At its author's request")
    assert (report.kind, report.items, len(report.entries)) == ("address", 1, 1)
    assert report.entries[0].id == before["Title 2"]
    assert not report.entries[0].remains
    assert set(entries(project)) == {"Title 1", "Title 3"}
    left = everything(project)
    for said in (SECRET, "Title 2"):
        assert said.encode() not in left
    atom = (project.feeds / "all.atom").read_text()
    found = re.search(r'<at:deleted-entry [^>]*ref="([^"]+)" when="([^"]+)"[^>]*>\s*<at:comment>(.*?)</at:comment>', atom)
    assert found is not None
    assert found[1] == before["Title 2"]
    assert found[3] == "At its author's request"
    assert f"<updated>{found[2]}</updated>" in atom, "the feed changed when the entry went"
    assert project.published() == (project.once() and project.published())


@pytest.mark.parametrize(
    ("guid", "link"),
    [("2", f"{BLOG}/2"), ("2", f"{BLOG}/elsewhere"), ("new", "https://www.source.example/2/?utm_medium=x"), ("2", "")],
)
def test_what_was_taken_down_never_comes_in_again(project, site: PublisherSite, guid: str, link: str) -> None:
    before = setup(project, site)
    take_down(project, f"{BLOG}/2")
    again = post(2, guid, link or f"{BLOG}/2", text="Edited words that must go")
    for feed in ([again, post(3), post(4)], [post(4)], [post(2, guid, f"{BLOG}/third"), post(4)]):
        site.put("/feed", rss(feed))
        project.once()
        assert set(entries(project)) == {"Title 1", "Title 3"} | ({"Title 4"} if feed else set())
        assert b"must go" not in everything(project)
    project.configure(project.config.read_text() + '[[topic]]\nslug = "later"\n', head="")
    project.once()
    assert set(entries(project, "later")) == {"Title 1", "Title 3", "Title 4"}
    assert entries(project)["Title 1"] == before["Title 1"]


def test_an_address_is_blocked_before_anything_has_it_and_in_every_source(project, site: PublisherSite) -> None:
    setup(project, site)
    assert take_down(project, f"{BLOG}/9").items == 0
    url = site.put("/other", rss([post(9), item(10)]))
    project.configure(project.config.read_text() + source(url, "other"), head="")
    project.once()
    assert "Title 9" not in entries(project)
    assert "Title 10" in entries(project)


def test_an_item_that_moves_to_a_blocked_address_goes_too(project, site: PublisherSite) -> None:
    before = setup(project, site)
    take_down(project, f"{BLOG}/9")
    site.put("/feed", rss([post(1), post(2, link=f"{BLOG}/9"), post(3)]))
    project.once()
    assert set(entries(project)) == {"Title 1", "Title 3"}
    assert f'ref="{before["Title 2"]}"' in (project.feeds / "all.atom").read_text()


def test_a_source_goes_as_a_whole_and_is_not_polled_any_more(project, site: PublisherSite) -> None:
    before = setup(project, site)
    with time_machine.travel("2030-01-01T00:00:00Z"):
        report = take_down(project, "s")
        assert (report.kind, report.items, len(report.entries)) == ("source", 3, 3)
        assert entries(project) == {}
        assert b"A source" not in everything(project), "its title, by which it called itself"
        asked = len(site.requests)
        run = project.once()
        assert [one.result for one in run.sources] == ["disabled"]
        assert project.poll("s", force=True).sources[0].result == "disabled"
        assert len(site.requests) == asked
        assert any("'s' is taken down" in warning for warning in run.warnings)
        atom = (project.feeds / "all.atom").read_text()
        assert set(re.findall(r' ref="([^"]+)"', atom)) == set(before.values())
    project.configure(source(site.put("/feed", rss([post(5)])), "renamed", was='["s"]') + ALL)
    project.once()
    assert entries(project) == {}, "a new name changes nothing"


def test_the_address_of_a_source_means_the_source(project, site: PublisherSite) -> None:
    setup(project, site)
    url = site.put("/feed", rss([post(1)]))
    assert preview(project.root / "aggregator.db", url).wanted.subject == "s"


@pytest.mark.parametrize("what", [f"{BLOG}/2", "s"])
def test_undone_it_comes_again_under_the_ids_that_it_had(project, site: PublisherSite, what: str) -> None:
    before = setup(project, site)
    take_down(project, what, "why")
    take_down(project, what, "another word")
    known = list_all(project.root / "aggregator.db")
    assert [(one.said, one.comment) for one in known] == [(what, "another word")]
    report = take_down(project, what, undo=True)
    assert report.undone
    assert list_all(project.root / "aggregator.db") == ()
    assert "deleted-entry" not in (project.feeds / "all.atom").read_text()
    project.once()
    assert entries(project) == before
    assert SECRET in (project.feeds / "all.atom").read_text()
    with pytest.raises(ConfigError, match="is not taken down"):
        take_down(project, what, undo=True)


def told_together(project, site: PublisherSite, *, limit: int = 50) -> dict[str, str]:
    """Two sources, whose first items one entry tells; the lead is `a`'s. Returns that entry."""
    older = [item(number) for number in range(2, 30)]
    urls = [
        site.put(f"/{name}", rss([item(1, guid=name, title="A vote", text=text, link=f"http://{name}.example/1"), *more]))
        for name, text, more in (("a", "Nobody slept.", older), ("b", "Ministers drank coffee.", []))
    ]
    topic = f'[[topic]]\nslug = "all"\nstories = false\nlimit = {limit}\n'
    project.configure(source(urls[0], "a") + source(urls[1], "b") + topic)
    project.once()
    with database.visit(project.root / "aggregator.db") as db:
        pks = dict(db.execute("select source_id, pk from item where data ->> 'title' = 'A vote'").fetchall())
        coverage.cover(db, "all", [(pks["b"], pks["a"])])
        db.execute("update publication set left = 0, left_reason = 'merged' where story = ?", [pks["b"]])
        db.execute("update topic set generation = generation + 1")
    project.once()
    return next(one for one in shown(project) if one["url"] == "http://a.example/1")


def shown(project) -> list[dict[str, str]]:
    """The entries of the head and of all archives."""
    paths = [project.feeds / "all.json", *(project.feeds / "all").glob("*.json")]
    return [entry for path in paths for entry in json.loads(path.read_bytes())["items"]]


@pytest.mark.parametrize("limit", [50, 2])
def test_a_story_that_others_tell_too_stays_without_it(project, site: PublisherSite, limit: int) -> None:
    before = told_together(project, site, limit=limit)
    assert ("Nobody slept" in (project.feeds / "all.json").read_text()) is (limit == 50), "else it is in an archive"
    report = take_down(project, "http://a.example/1")
    assert [entry.remains for entry in report.entries] == [True]
    (after,) = [one for one in shown(project) if one["id"] == before["id"]]
    assert (after["title"], after["url"]) == ("A vote", "http://b.example/1")
    left = everything(project)
    assert b"Nobody slept" not in left
    assert b"Ministers drank" in left
    assert b"deleted-entry" not in (project.feeds / "all.atom").read_bytes()
    assert [entry.remains for entry in take_down(project, "http://b.example/1").entries] == [False, False]
    assert (project.feeds / "all.atom").read_bytes().count(b"deleted-entry ") == 2


def test_archives_lose_it_and_keep_their_other_entries(project, site: PublisherSite) -> None:
    feed = [post(number) for number in range(1, 45)]
    project.configure(source(site.put("/feed", rss(feed))) + '[[topic]]\nslug = "all"\nstories = false\nlimit = 3\n')
    project.once()
    archives = sorted(path for path in (project.feeds / "all").iterdir() if path.suffix != ".html")
    held = [path for path in archives if SECRET in path.read_text()]
    assert len(held) == 3, "in each format"
    before = {path: path.read_bytes() for path in archives}
    take_down(project, f"{BLOG}/2")
    assert b"Title 2<" not in everything(project)
    assert SECRET.encode() not in everything(project)
    assert {path for path in archives if path.read_bytes() != before[path]} == set(held)
    for path in held:
        assert path.read_bytes().count(b"Title 3") == before[path].count(b"Title 3")
    project.configure(project.config.read_text().replace("[fetch]", '[publish]\nformats = ["atom"]\n[fetch]'), head="")
    project.once()
    project.configure(project.config.read_text().replace('["atom"]', '["atom", "rss", "json"]'), head="")
    project.once()
    assert SECRET.encode() not in everything(project)


def test_a_fragment_means_one_entry_of_a_page(project, site: PublisherSite) -> None:
    posts = [item(number, link=f"{BLOG}/log#{number}") for number in (1, 2, 3)]
    project.configure(source(site.put("/feed", rss(posts))) + ALL)
    project.once()
    assert take_down(project, f"{BLOG}/log#2").items == 1
    site.put("/feed", rss([*posts, item(4, link=f"{BLOG}/log#4"), item(5, link=f"{BLOG}/log#2")]))
    project.once()
    assert set(entries(project)) == {"Title 1", "Title 3", "Title 4"}
    assert take_down(project, f"{BLOG}/log").items == 3
    assert entries(project) == {}


def test_what_is_kept_as_it_was_goes_too(project, site: PublisherSite) -> None:
    setup(project, site, '[[topic]]\nslug = "kept"\nstories = false\nupdates = "ignore"\n')
    site.put("/feed", rss([post(1), post(2, text="An edit"), post(3)]))
    project.once()
    assert SECRET in (project.feeds / "kept.atom").read_text()
    take_down(project, f"{BLOG}/2")
    assert SECRET.encode() not in everything(project)


@pytest.mark.parametrize("words", ["nobody", "", "ftp://source.example/2", "http://", "http://[x"])
def test_what_is_neither_address_nor_source_is_refused(project, site: PublisherSite, words: str) -> None:
    setup(project, site)
    with pytest.raises(ConfigError, match="neither an address"):
        take_down(project, words)


def test_without_a_store_there_is_nothing_to_see(tmp_path: Path) -> None:
    assert list_all(tmp_path / "none.db") == ()
    seen = preview(tmp_path / "none.db", "https://e.example/1#x")
    assert (seen.items, seen.known, seen.wanted.subject) == (0, None, "e.example/1#x")
    assert subjects(None) == ()


def test_deletions_are_told_for_three_months_of_the_feed_s_own_time(project, site: PublisherSite) -> None:
    with time_machine.travel("2025-09-02T00:00:00Z") as clock:
        setup(project, site)
        take_down(project, f"{BLOG}/2")
        site.put("/feed", rss([post(7).replace("01 Sep 2025", "20 Nov 2025")]))
        clock.move_to("2025-11-21T00:00:00Z")
        project.once()
        assert "deleted-entry" in (project.feeds / "all.atom").read_text()
        site.put("/feed", rss([post(8).replace("01 Sep 2025", "20 Dec 2025")]))
        clock.move_to("2025-12-21T00:00:00Z")
        project.once()
        assert "deleted-entry" not in (project.feeds / "all.atom").read_text()
