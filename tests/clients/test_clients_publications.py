"""Real feed readers over five publications with edits in between: every item once, with its date, and none twice.

The whole program publishes: notes in a folder, `once`, feeds/, our server. After each publication every reader comes twice.
"""

import asyncio
import json
import mailbox
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime
from pathlib import Path

import feedparser
import pytest
from reader import make_reader
from served_topic import run

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.serve.app import create
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf

FORMATS = ("atom", "rss")
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Note:
    number: int
    title: str
    text: str

    @property
    def dated(self) -> datetime:
        return BEGIN + timedelta(hours=self.number)

    @property
    def link(self) -> str:
        return f"https://notes.example.org/{self.number}"


@dataclass
class Kept:
    """What a reader holds in the end, by format: (title, link, date) of each item; and what it was answered."""

    items: dict[str, list[tuple[str, str, datetime]]] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)
    """Items after each publication."""


class Program:
    """A folder of notes, and feeds/ made of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notes: dict[int, Note] = {}
        self.now = BEGIN + timedelta(days=3)
        (root / "notes").mkdir(parents=True)
        (root / "config.toml").write_text(
            '[site]\ntitle = "Notes"\nbase_url = "http://127.0.0.1/"\n'
            '[[source]]\nid = "notes"\nkind = "folder"\npath = "notes"\n[[topic]]\nslug = "all"\n'
        )

    def write(self, number: int, title: str, text: str) -> None:
        note = self.notes[number] = Note(number, title, text)
        file = self.root / "notes" / f"{number}.md"
        front = f"id: note-{number}\nlink: {note.link}\ndate: {note.dated:%Y-%m-%dT%H:%M:%SZ}\n"
        file.write_text(f"---\ntitle: {json.dumps(title)}\n{front}---\n{text}\n")

    async def publish(self) -> None:
        report = await App(load(self.root / "config.toml", {}), now=lambda: self.now).once(force=True)
        assert [source.result for source in report.sources] == ["ok"]
        self.now += timedelta(hours=5)


def first(program: Program) -> None:
    for number in range(10):
        program.write(number, f"Note {number}", f"Text of note {number} & more")


def two_more_and_a_correction(program: Program) -> None:
    program.write(10, "Note 10 <em>", "Text of note 10")
    program.write(11, "Note 11", "Text of note 11")
    program.write(4, "Note 4", "Text of note 4, which was wrong before and says something else now")


def one_more_and_a_cosmetic_change(program: Program) -> None:
    program.write(12, "Note 12", "Text of note 12")
    program.write(5, "Note 5", "Text of **note 5** & more")


def one_goes_and_three_come(program: Program) -> None:
    (program.root / "notes" / "3.md").unlink()
    for number in (13, 14, 15):
        program.write(number, f"Note {number}", f"Text of note {number}")


def one_more_and_a_new_title(program: Program) -> None:
    program.write(16, "Note 16", "Text of note 16")
    program.write(7, "Note 7, retitled", "Text of note 7 & more")


STEPS: tuple[Callable[[Program], None], ...] = (
    first,
    two_more_and_a_correction,
    one_more_and_a_cosmetic_change,
    one_goes_and_three_come,
    one_more_and_a_new_title,
)
HELD = (10, 12, 13, 16, 17)
"""Items that a reader holds after each step: what left the folder was delivered all the same."""


class Newsboat:
    """A cache for each format: to newsboat an id is an item, whichever feed it comes from."""

    needs = "newsboat"

    async def come(self, url: str, home: Path) -> None:
        for format in FORMATS:
            folder = home / format
            folder.mkdir(exist_ok=True)
            (folder / "urls").write_text(f"{url}all.{format}\n")
            (folder / "config").write_text("")
            files = ["-u", folder / "urls", "-c", folder / "cache.db", "-C", folder / "config"]
            await run("newsboat", "-x", "reload", *files, home=folder)

    async def items(self, url: str, format: str, home: Path) -> list[tuple[str, str, datetime]]:
        with closing(sqlite3.connect(home / format / "cache.db")) as db:
            rows = db.execute("select title, url, pubDate from rss_item").fetchall()
        return [(title, link, datetime.fromtimestamp(date, UTC)) for title, link, date in rows]


class Sfeed:
    needs = "sfeed_update"

    async def come(self, url: str, home: Path) -> None:
        feeds = "\n".join(f'feed "{format}" "{url}all.{format}"' for format in FORMATS)
        (home / "sfeedrc").write_text(f'sfeedpath="{home}/kept"\nfeeds() {{\n{feeds}\n}}\n')
        (home / "kept").mkdir(exist_ok=True)
        assert "FAIL" not in await run("sfeed_update", home / "sfeedrc", home=home)

    async def items(self, url: str, format: str, home: Path) -> list[tuple[str, str, datetime]]:
        rows = [line.split("\t") for line in (home / "kept" / format).read_text().splitlines()]
        return [(row[1], row[2], datetime.fromtimestamp(int(row[0]), UTC)) for row in rows]


class Rss2email:
    needs = "r2e"

    async def come(self, url: str, home: Path) -> None:
        files = ["-c", home / "r2e.cfg", "-d", home / "r2e.json"]
        if not (home / "r2e.cfg").exists():
            (home / "mail").mkdir()
            (home / "r2e.cfg").write_text(
                f"[DEFAULT]\nfrom = us@example.org\nto = us@example.org\nforce-from = False\ndate-header = True\n"
                f"email-protocol = maildir\nmaildir-path = {home}/mail\nmaildir-mailbox = inbox\n"
            )
            for format in FORMATS:
                await run("r2e", *files, "add", format, f"{url}all.{format}", home=home)
        await run("r2e", *files, "run", home=home)

    async def items(self, url: str, format: str, home: Path) -> list[tuple[str, str, datetime]]:
        return [mail[:3] for mail in self._mails(home) if mail[3] == format]

    def _mails(self, home: Path) -> list[tuple[str, str, datetime, str]]:
        found = []
        for mail in mailbox.Maildir(home / "mail" / "inbox", create=False):
            format = str(mail["X-RSS-Feed"]).rpartition(".")[2]
            title = re.sub(r"\s+", " ", str(make_header(decode_header(mail["Subject"]))))
            date = parsedate_to_datetime(mail["Date"]).replace(tzinfo=UTC)  # "-0000": UTC, of a machine that tells no zone
            found.append((title, str(mail["X-RSS-URL"]), date, format))
        return found


class Lemon:
    """reader (PyPI)."""

    needs = None

    async def come(self, url: str, home: Path) -> None:
        def update() -> None:
            with closing(make_reader(str(home / "reader.db"))) as reader:
                for format in FORMATS:
                    reader.add_feed(f"{url}all.{format}", exist_ok=True)
                reader.update_feeds(scheduled=False)

        await asyncio.to_thread(update)

    async def items(self, url: str, format: str, home: Path) -> list[tuple[str, str, datetime]]:
        with closing(make_reader(str(home / "reader.db"))) as reader:
            assert reader.get_feed(f"{url}all.{format}").last_exception is None
            return [
                (entry.title or "", entry.link or "", entry.published or datetime.max.replace(tzinfo=UTC))
                for entry in reader.get_entries(feed=f"{url}all.{format}")
            ]


class Script:
    """What people write around feedparser: ids that were seen, and its conditional requests."""

    needs = None

    def __init__(self) -> None:
        self.seen: dict[str, dict[str, tuple[str, str, datetime]]] = {format: {} for format in FORMATS}
        self.validators: dict[str, dict[str, str | None]] = {format: {} for format in FORMATS}

    async def come(self, url: str, home: Path) -> None:
        for format in FORMATS:
            found = await asyncio.to_thread(feedparser.parse, f"{url}all.{format}", **self.validators[format])
            assert found.status in (200, 304)
            if found.status == 200:
                self.validators[format] = {"etag": found.get("etag"), "modified": found.get("modified")}
            for entry in found.entries:
                date = datetime(*entry.published_parsed[:6], tzinfo=UTC)
                self.seen[format][entry.id] = (entry.title, entry.link, date)

    async def items(self, url: str, format: str, home: Path) -> list[tuple[str, str, datetime]]:
        return list(self.seen[format].values())


READERS: dict[str, type[Newsboat | Sfeed | Rss2email | Lemon | Script]] = {
    "newsboat": Newsboat,
    "sfeed": Sfeed,
    "rss2email": Rss2email,
    "reader": Lemon,
    "feedparser": Script,
}
ASKS_CONDITIONALLY = ("newsboat", "rss2email", "reader", "feedparser")


@asynccontextmanager
async def serving(feeds: Path, record: list[int]) -> AsyncIterator[tuple[str, Shelf]]:
    shelf = Shelf(feeds)
    server = Server()
    site = create(shelf, base_path="/", health=dict)
    site._answered = site.ready._answered = record.append
    await server.start(site, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.port}/", shelf
    finally:
        await server.stop()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Kept], dict[str, list[int]], Program]:
    """The five publications, once for all readers: what each held, and the statuses of its last visit."""
    return asyncio.run(_story(tmp_path_factory.mktemp("publications")))


async def _story(root: Path) -> tuple[dict[str, Kept], dict[str, list[int]], Program]:
    program = Program(root / "program")
    readers = {name: kind() for name, kind in READERS.items() if kind.needs is None or shutil.which(kind.needs)}
    kept = {name: Kept() for name in readers}
    last: dict[str, list[int]] = {}
    for name in readers:
        (root / name).mkdir()
    record: list[int] = []
    async with serving(root / "program" / "feeds", record) as (url, shelf):
        for number, step in enumerate(STEPS):
            step(program)
            await program.publish()
            shelf.load()
            for name, reader in readers.items():
                for _ in range(3 if number == 0 and name == "newsboat" else 2):  # newsboat 2.21 learns validators late
                    record.clear()
                    await reader.come(url, root / name)
                last[name] = list(record)
                for format in FORMATS:
                    items = await reader.items(url, format, root / name)
                    kept[name].counts.setdefault(format, []).append(len(items))
                    kept[name].items[format] = items
    return kept, last, program


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", READERS)
def test_every_item_comes_once_and_stays_itself_through_edits(
    story: tuple[dict[str, Kept], dict[str, list[int]], Program], name: str, format: str
) -> None:
    kept, last, program = story
    if name not in kept:
        pytest.skip(f"{name} is not installed")
    items = kept[name].items[format]
    # sfeed_update(1) takes items for the same if id, title and link agree: by its design, a new title is a new line.
    again = [note for note in program.notes.values() if name == "sfeed" and "retitled" in note.title]
    assert tuple(kept[name].counts[format]) == (*HELD[:-1], HELD[-1] + len(again))
    assert Counter(link for _, link, _ in items) - Counter(note.link for note in again) == Counter(
        note.link for note in program.notes.values()
    )
    dates = {link: date for _, link, date in items}
    edited = {program.notes[number].link for number in (4, 7)}
    for note in program.notes.values():
        # A client that shows `updated` shows when a correction came; all others show when the note was written.
        assert dates[note.link] == note.dated or (note.link in edited and dates[note.link] > note.dated), note
    if name in ASKS_CONDITIONALLY:
        assert last[name] == [304, 304], "nothing was sent twice to who asked whether there is anything new"
