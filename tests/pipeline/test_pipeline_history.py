"""The history of a feed: head and archives hold everything ever published, and closed archives keep their bytes."""

import asyncio
import json
import shutil
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from lxml import etree
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.publish.writer import Writer
from aggregator.store import archives, database, ledger

ATOM = "{http://www.w3.org/2005/Atom}"
FH = "{http://purl.org/syndication/history/1.0}"
BASE = "http://feeds.example/"


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def configured(project, url: str, limit: int | None = 4, **topic: str) -> None:
    lines = "".join(f"{key} = {value}\n" for key, value in topic.items())
    limited = "" if limit is None else f"limit = {limit}\n"
    project.configure(f'[[source]]\nid = "one"\nurl = "{url}"\n[[topic]]\nslug = "all"\n{limited}{lines}')


@dataclass
class Reader:
    """A subscriber who has nothing but files: reads the head, and goes back until it meets nothing that it does not know."""

    feeds: Path
    slug: str = "all"
    format: str = "atom"
    known: dict[str, str] = field(default_factory=dict)
    documents: int = 0

    def read(self) -> None:
        at: str | None = f"{self.slug}.{self.format}"
        seen: dict[str, str] = {}
        while at is not None:
            entries, at = self._document(at)
            news = {id: updated for id, updated in entries.items() if updated > self.known.get(id, "")}
            for id, updated in entries.items():
                seen[id] = max(updated, seen.get(id, ""))
            if not news and self.documents > 1:
                break
        self.known |= {id: max(updated, self.known.get(id, "")) for id, updated in seen.items()}

    def _document(self, name: str) -> tuple[dict[str, str], str | None]:
        self.documents += 1
        body = (self.feeds / name).read_bytes()
        if self.format == "json":
            document = json.loads(body)
            return {one["id"]: one["date_modified"] for one in document["items"]}, _name(document.get("next_url"))
        root = etree.fromstring(body)
        links = {link.get("rel"): link.get("href") for link in root.iterfind(f"{'channel/' * (self.format == 'rss')}{ATOM}link")}
        if self.format == "rss":
            found = {one.findtext("guid"): one.findtext(f"{ATOM}updated") for one in root.iterfind("channel/item")}
        else:
            found = {one.findtext(f"{ATOM}id"): one.findtext(f"{ATOM}updated") for one in root.iterfind(f"{ATOM}entry")}
        assert "next-archive" not in links
        return found, _name(links.get("prev-archive"))


def _name(address: str | None) -> str | None:
    if address is None:
        return None
    assert address.startswith(BASE)
    return address.removeprefix(BASE)


def archived(project, slug: str = "all") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((project.feeds / slug).glob("[0-9]*.[ajr]*"))}


def titles(project, name: str) -> list[str]:
    return [one["title"] for one in json.loads((project.feeds / name).read_bytes())["items"]]


def test_archives_hold_what_left_the_head_and_are_linked_as_rfc_5005_says(project, site) -> None:
    configured(project, site.put("/feed", rss([item(n) for n in range(1, 12)])))
    report = project.once()
    assert report.topics[0].archives == 3
    assert titles(project, "all.json") == [f"Title {n}" for n in range(11, 6, -1)]
    assert titles(project, "all/3.json") == ["Title 6", "Title 5"]
    assert sorted(archived(project)) == [f"{n}.{suffix}" for n in (1, 2, 3) for suffix in ("atom", "json", "rss")]
    head = etree.fromstring((project.feeds / "all.atom").read_bytes())
    last = etree.fromstring((project.feeds / "all/3.atom").read_bytes())
    first = etree.fromstring((project.feeds / "all/1.atom").read_bytes())
    links = [{link.get("rel"): link.get("href") for link in root.iterfind(f"{ATOM}link")} for root in (head, last, first)]
    assert links[0] == {"self": f"{BASE}all.atom", "alternate": BASE, "prev-archive": f"{BASE}all/3.atom"}
    assert links[1] == {
        "self": f"{BASE}all/3.atom", "alternate": BASE, "current": f"{BASE}all.atom", "prev-archive": f"{BASE}all/2.atom"
    }  # fmt: skip
    assert "prev-archive" not in links[2]
    assert [root.find(f"{FH}archive") is not None for root in (head, last, first)] == [False, True, True]
    assert head.findtext(f"{ATOM}id") == first.findtext(f"{ATOM}id")
    channel = etree.fromstring((project.feeds / "all/2.rss").read_bytes()).find("channel")
    assert channel.find(f"{FH}archive") is not None
    assert (project.feeds / "all/2.atom").read_bytes().startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<?xml-stylesheet")
    assert b'href="../style.css"' in (project.feeds / "all/2.rss").read_bytes()
    document = json.loads((project.feeds / "all/2.json").read_bytes())
    assert (document["feed_url"], document["next_url"]) == (f"{BASE}all.json", f"{BASE}all/1.json")
    assert document["_aggregator"]["archive_url"] == f"{BASE}all/2.json"


def test_closed_archives_survive_changes_of_their_entries_and_a_deleted_folder(project, site) -> None:
    url = site.put("/feed", rss([item(n) for n in range(1, 12)]))
    configured(project, url)
    project.once()
    before, head = archived(project), (project.feeds / "all.atom").read_bytes()
    shutil.rmtree(project.feeds)
    project.once(force=False)
    assert archived(project) == before
    assert (project.feeds / "all.atom").read_bytes() == head
    site.put("/feed", rss([item(n, text=f"<p>Text of number {n} </p>") for n in range(1, 12)], title="Another name"))
    project.once()
    assert archived(project) == before
    shutil.rmtree(project.feeds / "all")
    project.once(force=False)
    assert archived(project) == before


def test_a_substantive_change_brings_an_archived_entry_back_into_the_head(project, site) -> None:
    stories = [item(n) for n in range(1, 12)]
    configured(project, site.put("/feed", rss(stories)))
    project.once()
    before = archived(project)
    site.put("/feed", rss([item(1, text="Something else altogether, and new"), *stories[1:]]))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        report = project.once()
    assert report.topics[0].revised == 1
    assert titles(project, "all.json") == ["Title 11", "Title 10", "Title 9", "Title 1"]
    assert titles(project, "all/4.json") == ["Title 8", "Title 7"]
    assert {name: body for name, body in archived(project).items() if name in before} == before


def test_a_limit_that_nobody_wrote_keeps_the_head_below_half_a_mebibyte(project, site) -> None:
    long = "Many words & more <b>of them</b>. " * 1_500
    configured(project, site.put("/feed", rss([item(n, text=f"<![CDATA[{n} {long}]]>") for n in range(1, 24)])), limit=None)
    project.once()
    sizes = [(project.feeds / f"all.{suffix}").stat().st_size for suffix in ("atom", "rss", "json")]
    assert max(sizes) <= 512 * 1024
    assert len(titles(project, "all.json")) >= 4
    reader = Reader(project.feeds)
    reader.read()
    assert len(reader.known) == 23


def test_what_leaves_by_age_is_in_an_archive(project, site) -> None:
    configured(project, site.put("/feed", rss([item(n) for n in range(1, 6)])), limit=10, max_age='"1h"')
    project.once()
    assert titles(project, "all.json") == []
    reader = Reader(project.feeds)
    reader.read()
    assert len(reader.known) == 5


def test_what_the_query_no_longer_means_is_archived_nowhere(project, site) -> None:
    configured(project, site.put("/feed", rss([item(n) for n in range(1, 6)])), limit=10)
    project.once()
    configured(project, site.put("/feed", rss([item(n) for n in range(1, 30)])), limit=2, query='"number 29"')
    project.once()
    assert archived(project) == {}
    assert titles(project, "all.json") == ["Title 29"]


def test_a_new_address_gives_archives_new_frames_around_the_same_entries(project, site) -> None:
    url = site.put("/feed", rss([item(n) for n in range(1, 12)]))
    configured(project, url)
    project.once()
    before = archived(project)
    project.configure(
        f'[[source]]\nid = "one"\nurl = "{url}"\n[[topic]]\nslug = "every"\ntitle = "All"\nlimit = 4\nwas = ["all"]\n'
    )
    project.once(force=False)
    assert not (project.feeds / "all").exists()
    assert sorted(archived(project, "every")) == sorted(before)
    for name, body in archived(project, "every").items():
        assert body == before[name].replace(b"example/all", b"example/every")


def test_a_format_that_comes_later_gets_its_archives_and_one_that_goes_loses_them(project, site) -> None:
    url = site.put("/feed", rss([item(n) for n in range(1, 12)]))
    configured(project, url)
    text = project.config.read_text()
    project.config.write_text(text + '[publish]\nformats = ["atom"]\n')
    project.once()
    before = archived(project)
    assert {Path(name).suffix for name in before} == {".atom"}
    project.config.write_text(text)
    project.once(force=False)
    assert titles(project, "all/1.json") == ["Title 2", "Title 1"]
    assert {name: body for name, body in archived(project).items() if name in before} == before
    project.config.write_text(text + '[publish]\nformats = ["json"]\n')
    project.once(force=False)
    assert {Path(name).suffix for name in archived(project)} == {".json"}


def test_a_removed_topic_takes_its_archives_with_it_and_brings_them_back(project, site) -> None:
    url = site.put("/feed", rss([item(n) for n in range(1, 12)]))
    configured(project, url)
    project.once()
    before = archived(project)
    (project.feeds / "all" / "mine.txt").write_text("not theirs")
    project.configure(f'[[source]]\nid = "one"\nurl = "{url}"\n')
    project.once(force=False)
    assert archived(project) == {}
    assert (project.feeds / "all" / "mine.txt").exists()
    (project.feeds / "all" / "mine.txt").unlink()
    configured(project, url)
    project.once(force=False)
    assert archived(project) == before


def test_a_clean_topic_reads_no_archive_and_a_lost_file_is_brought_back(project, site) -> None:
    configured(project, site.put("/feed", rss([item(n) for n in range(1, 12)])))
    project.once()
    before, stats = archived(project), {path: path.stat().st_mtime_ns for path in (project.feeds / "all").iterdir()}
    assert project.once(force=False).topics[0].files == ()
    (project.feeds / "all/2.rss").unlink()
    assert project.once(force=False).topics[0].files == ("all/2.rss",)
    assert archived(project) == before
    assert all(path.stat().st_mtime_ns == at for path, at in stats.items() if path.name != "2.rss")


def test_a_crash_between_store_and_files_is_mended_by_the_next_publish(project, site, monkeypatch) -> None:
    configured(project, site.put("/feed", rss([item(n) for n in range(1, 12)])))
    replace = Writer.replace

    def crash(self: Writer, name: str, body: bytes) -> bool:
        if name == "all/2.atom":
            raise KeyboardInterrupt
        return replace(self, name, body)

    monkeypatch.setattr(Writer, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        project.once()
    monkeypatch.undo()
    assert not (project.feeds / "all.atom").exists(), "the head never names an archive that is not there"
    project.once(force=False)
    reader = Reader(project.feeds)
    reader.read()
    assert len(reader.known) == 11


def test_a_story_is_cut_out_of_the_archives_that_hold_it_and_nothing_else_changes(project, site) -> None:
    configured(project, site.put("/feed", rss([item(n) for n in range(1, 12)])))
    project.once()
    before = archived(project)
    with database.visit(project.root / "aggregator.db") as db:
        story = next(line.story for line, stored in ledger.archived(db, "all", 2) if stored.item.title == "Title 3")
        assert archives.cut(db, "all", story, {"json": b'{"id":"gone","content_text":""}'}) == [2]
        assert archives.cut(db, "all", 10**6, {}) == []
    assert project.once(force=False).topics[0].files == ("all/2.atom", "all/2.rss", "all/2.json")
    assert [one["id"] for one in json.loads((project.feeds / "all/2.json").read_bytes())["items"]][1] == "gone"
    assert b"Title 3" not in (project.feeds / "all/2.atom").read_bytes()
    assert b"Title 4" in (project.feeds / "all/2.atom").read_bytes()
    assert {name for name, body in archived(project).items() if body != before[name]} == {"2.atom", "2.rss", "2.json"}


def test_a_store_that_kept_each_format_by_itself_is_brought_along(project, site) -> None:
    configured(project, site.put("/feed", rss([item(n) for n in range(1, 12)])))
    project.once()
    before = project.published()
    with database.visit(project.root / "aggregator.db") as db:
        kept = {number: archives.files(db, "all", number) for number in (1, 2, 3)}
        for table in ("archive_file", "archive_bytes"):
            db.execute(f"drop table {table}")
        db.execute(
            "create table archive_file (topic text not null, number integer not null, format text not null, address text not null,"
            " bytes integer not null, lengths text not null, frame blob not null, entries blob not null,"
            " primary key (topic, number, format)) strict"
        )
        db.conn.executemany(
            "insert into archive_file values ('all', ?, ?, ?, ?, ?, ?, ?)",
            [
                (number, format, file.address, file.size, json.dumps([len(entry) for entry in file.entries]),
                 zlib.compress(file.frame), zlib.compress(b"".join(file.entries)))
                for number, files in kept.items()
                for format, file in files.items()
            ],
        )  # fmt: skip
        db.execute("delete from _sqlite_migrations where name like 'm003%'")
    shutil.rmtree(project.feeds)
    project.once(force=False)
    assert project.published() == before
    with database.visit(project.root / "aggregator.db") as db:
        assert {number: archives.files(db, "all", number) for number in (1, 2, 3)} == kept
        assert "archive_alone" not in db.table_names()


def test_lines_that_changed_meanwhile_are_not_archived(project, site) -> None:
    configured(project, site.put("/feed", rss([item(n) for n in range(1, 4)])))
    project.once()
    now = datetime.now(UTC)
    with database.visit(project.root / "aggregator.db") as db:
        lines = [line for line, _ in ledger.unarchived(db, "all", 2)]
        ledger.write(db, [replace(lines[0], updated=now, revision=lines[0].revision + 1)])
        assert not archives.close(db, "all", 1, lines, {}, now)
        fresh = [line for line, _ in ledger.unarchived(db, "all", 2)]
        assert not archives.close(db, "all", 2, fresh, {}, now)
        assert archives.close(db, "all", 1, fresh, {}, now)
        assert archives.load(db, "all", 2) is None
        assert ledger.count_unarchived(db, "all", 100) == 1


# ── ninety days ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("limit", [10, None], ids=["written", "not-written"])
def test_weekly_and_first_time_readers_rebuild_ninety_days_and_no_closed_byte_changes(project, site, limit) -> None:
    start = datetime(2025, 9, 1, tzinfo=UTC)
    url = site.put("/feed", rss([]))
    configured(project, url, limit=limit)
    weekly = [Reader(project.feeds, format=format) for format in ("atom", "rss", "json")]
    texts: dict[int, str] = {}
    closed: dict[str, bytes] = {}

    async def live() -> None:
        nonlocal closed
        today = start
        async with App(load(project.config, {}), now=lambda: today).engine("command") as engine:
            for day in range(0, 90, 3):
                today = start + timedelta(days=day, hours=12)
                texts.update({n: f"What happened on day {day}, told as number {n}" for n in range(day * 3, day * 3 + 9)})
                if day % 9 == 0 and day > 9:
                    texts[day * 3 - 30] = f"Ten days ago we were wrong: on day {day} everything turned out to be different"
                site.put("/feed", rss([item_at(n, texts[n], start) for n in sorted(texts)[-60:]]))
                await engine.once(force=True)
                now = archived(project)
                assert {name: now.get(name) for name in closed} == closed
                closed = now
                for reader in weekly if day % 6 == 0 else ():
                    reader.read()

    asyncio.run(live())
    with database.visit(project.root / "aggregator.db") as db:
        rows = dict(db.execute("select entry_id, updated from publication").fetchall())
        revisions = [revision for (revision,) in db.execute("select revision from publication")]
    truth = {id: datetime.fromtimestamp(at, UTC).isoformat() for id, at in rows.items()}
    assert len(truth) == len(texts) == 270
    assert sum(revisions) == 8
    assert len(closed) >= 3 * (24 if limit else 8)
    for reader in weekly:
        reader.read()
        first = Reader(project.feeds, format=reader.format)
        first.read()
        assert first.known == reader.known == truth
    assert weekly[0].documents < 16 * 8, "whoever comes weekly reads the head and a few archives, not all"


def item_at(number: int, text: str, start: datetime) -> str:
    when = start + timedelta(hours=8 * number % 2160)
    return (
        f"<item><guid isPermaLink='false'>n{number}</guid><link>http://source.example/n{number}</link>"
        f"<title>Number {number}</title><description>{text}</description>"
        f"<pubDate>{when:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
    )
