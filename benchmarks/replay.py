"""Thirty days of two hundred sources that do what sources do: does a reader who knows entries by their ids get everything once?

    python benchmarks/replay.py [--days 30] [--sources 200] [--steps 3] [--seed 7] [--stories]

The clock is simulated; the publishers are a server on loopback; the program runs in this process with its real fetcher, workers,
store and writer. Sources post, edit, repost (under the old id and under a new one), reorder, repeat ids, leave out dates, titles
or ids, and change their ids: to https, to another host, to new permalinks. Meanwhile the program is started again, feeds/ is
deleted, base_url changes, and the store is lost with all of its snapshots. A reader follows every topic in Atom, archives
included (RFC 5005).

Every post carries a mark that no edit touches; where an entry only names it ("Also covered by"), a reader knows it by that, or by
its address: an untitled post is named by its first words. Counted are posts that came under two ids, posts that never came though
they stood in a document that the program got, and ids that told of another post than before. Any but 0 is exit code 1.
"""

import argparse
import asyncio
import contextlib
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.pipeline.engine import Engine

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = 15
"""Posts in a document."""
ATOM = "{http://www.w3.org/2005/Atom}"
MARK = re.compile(r"mark-\d+-\d+")
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
"""Words of three of them: 343,000, so that only posts about the same have many in common."""
EVENTS = ("nothing", "restart", "feeds/ deleted", "store lost", "nothing", "base_url changed")
"""What happens to the program, each as often as the others."""


# ── the publishers ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Post:
    """A post as its publisher has it; `mark` is what no edit touches."""

    number: int
    mark: str
    title: str
    text: str
    first: datetime
    date: datetime
    guid: int = 0
    """Counts the times that it was made anew."""


@dataclass(slots=True)
class Publisher:
    """A source: what its documents are like, and what befalls it."""

    number: int
    style: str
    rate: float
    """Posts a day."""
    chance: random.Random
    scheme: str = "http"
    host: str = ""
    permalinks: int = 0
    ids: int = 0
    posts: list[Post] = field(default_factory=list)
    shuffled: bool = False
    migrations: Counter[str] = field(default_factory=Counter)

    def post(self, now: datetime, back: timedelta = timedelta(0)) -> None:
        number = len(self.posts)
        words, text = self.news(now - back)
        mark = f"mark-{self.number}-{number}"
        self.posts.append(Post(number, mark, f"{words.capitalize()} {mark}", text, now - back, now - back))

    def news(self, now: datetime) -> tuple[str, str]:
        """Title and text; every fifth is about what others write about this day, too."""
        about = random.Random(f"{now:%Y-%m-%d} {self.chance.randrange(3)}") if self.chance.random() < 0.2 else self.chance
        title, text = _words(about, 5), _words(about, 25)
        return title, f"{text} {_words(self.chance, 8)}"

    def window(self) -> list[Post]:
        return sorted(self.posts, key=lambda post: (post.date, post.number), reverse=True)[:WINDOW]

    def live(self, now: datetime, days: float) -> None:
        """What happens to it in a part of a day."""
        for _ in range(_poisson(self.chance, self.rate * days)):
            self.post(now, timedelta(minutes=self.chance.randrange(1, 400)))
        self.shuffled = self.chance.random() < 0.1
        if self.chance.random() < 0.05 * days:
            self._migrate()  # by itself: a migration with edits of the same hour is not recognized, and need not be
            return
        edited = [self.chance.choice(self.window()) for _ in range(_poisson(self.chance, 0.4 * days))]
        for post in edited:
            self._edit(post)
        post = self.chance.choice(self.window())
        if self.chance.random() < 0.1 * days and post not in edited:  # else it would be another text under another id
            self._repost(post, now)

    def _edit(self, post: Post) -> None:
        if self.chance.random() < 0.3 and self.style != "untitled":
            post.title = f"{_words(self.chance, 1)} {post.title}"
        post.text = f"{_words(self.chance, 1)} {post.text}"

    def _repost(self, post: Post, now: datetime) -> None:
        """On top again; made anew where an address can tell that it is the same."""
        post.date = now
        if self.style in ("rss", "atom") and self.chance.random() < 0.5:
            post.guid += 1

    def _migrate(self) -> None:
        kind = self.chance.choice(("https", "host", "permalinks", "ids"))
        if kind == "https":
            self.scheme = "http" if self.scheme == "https" else "https"
        elif kind == "host":
            self.host = f"www{self.migrations['host']}.moved{self.number}.example"
        elif kind == "permalinks":
            self.permalinks += 1
            self.ids += 1
        else:
            self.ids += 1
        self.migrations[kind] += 1

    # ── its documents ───────────────────────────────────────────────────────────────────────────────────────────

    def link(self, post: Post) -> str:
        if self.style == "one link":
            return f"{self.scheme}://{self.host}/"
        slug = f"{post.mark}" if self.permalinks % 2 == 0 else f"{self.number * 1000 + post.number:x}"
        return f"{self.scheme}://{self.host}/{'posts' if self.permalinks < 2 else f'v{self.permalinks}'}/{slug}"

    def guid(self, post: Post) -> str | None:
        if self.style == "no ids":
            return None
        if self.style == "one id":
            return "0"
        if self.style == "id a day":
            return f"{post.first:%Y-%m-%d}"
        if self.scheme == "https" or self.ids or post.guid or self.style == "atom":
            return f"{self.scheme}://{self.host}/?v={self.ids}.{post.guid}&p={post.number}"
        return f"{self.number}-{post.number}"

    def document(self) -> bytes:
        posts = self.window()
        if self.shuffled:
            random.Random(len(posts)).shuffle(posts)
        make = self._atom if self.style == "atom" else self._rss
        return make(posts).encode()

    def _rss(self, posts: Sequence[Post]) -> str:
        items = []
        for post in posts:
            guid = self.guid(post)
            items.append(
                "<item>"
                + (f'<guid isPermaLink="false">{escape(guid)}</guid>' if guid else "")
                + f"<link>{self.link(post)}</link>"
                + ("" if self.style == "untitled" else f"<title>{post.title}</title>")
                + f"<description>{post.text} {post.mark}</description>"
                + ("" if self.style == "undated" else f"<pubDate>{format_datetime(post.date)}</pubDate>")
                + "</item>"
            )
        return f'<rss version="2.0"><channel><title>{self.number}</title>{"".join(items)}</channel></rss>'

    def _atom(self, posts: Sequence[Post]) -> str:
        entries = "".join(
            f'<entry><id>{escape(self.guid(post) or "")}</id><title>{post.title}</title><link href="{self.link(post)}"/>'
            f"<published>{post.date.isoformat()}</published><updated>{post.date.isoformat()}</updated>"
            f'<content type="text">{post.text} {post.mark}</content></entry>'
            for post in posts
        )
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{self.number}</title>{entries}</feed>'


STYLES = ("rss", "atom", "no ids", "one link", "one id", "id a day", "undated", "untitled")


def _words(chance: random.Random, count: int) -> str:
    return " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(count))


def _poisson(chance: random.Random, mean: float) -> int:
    count, left = 0, chance.expovariate(1)
    while left < mean:
        count, left = count + 1, left + chance.expovariate(1)
    return count


class World:
    """All publishers behind one port; remembers which posts the program has got."""

    def __init__(self, sources: int, seed: int) -> None:
        chance = random.Random(seed)
        self.port = 0
        self.got: set[str] = set()
        self.addresses: dict[str, str] = {}
        """Address → the mark of the only post that ever had it."""
        self.asked = 0
        self.publishers = [
            Publisher(
                number=number,
                style=STYLES[number % len(STYLES)],
                rate=chance.choice((0.2, 0.5, 1.0, 2.0)),
                chance=random.Random(f"{seed} {number}"),
                host=f"s{number}.example",
            )
            for number in range(sources)
        ]
        for publisher in self.publishers:
            for place in range(10):
                publisher.post(START, timedelta(hours=20 * (10 - place)))

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                line, *_ = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                publisher = self.publishers[int(urlsplit(line.split(" ")[1]).path.rpartition("/")[2])]
                self.asked += 1
                self.got.update(post.mark for post in publisher.window())
                if publisher.style != "one link":
                    self.addresses |= {publisher.link(post): post.mark for post in publisher.window()}
                body = publisher.document()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        writer.close()


# ── the reader ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Reader:
    """Follows one topic in Atom, and goes back through its archives as far as it has not been."""

    feeds: Path
    slug: str
    addresses: Mapping[str, str]
    """Address → the mark of the post that is there."""
    known: dict[str, str] = field(default_factory=dict)
    """Entry id → the mark of what it told first."""
    ids: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Mark → the ids that were new, and told of it as their own."""
    leading: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Mark → the ids that ever did: a known entry may show another post of its story."""
    told: set[str] = field(default_factory=set)
    """Marks that stood in any entry."""
    changed: list[str] = field(default_factory=list)
    _seen: dict[str, bytes] = field(default_factory=dict)

    def read(self) -> None:
        name: str | None = f"{self.slug}.atom"
        while name is not None:
            body = (self.feeds / name).read_bytes()
            if self._seen.get(name) == body:
                return
            self._seen[name] = body
            root = etree.fromstring(body)
            for entry in root.iterfind(f"{ATOM}entry"):
                self._take(entry)
            before = next((link.get("href") for link in root.iterfind(f"{ATOM}link") if link.get("rel") == "prev-archive"), None)
            name = "/".join(before.split("/")[-2:]) if before else None

    def _take(self, entry: etree._Element) -> None:
        id, title = str(entry.findtext(f"{ATOM}id")), str(entry.findtext(f"{ATOM}title"))
        content = f"{entry.findtext(f'{ATOM}content')} {entry.findtext(f'{ATOM}summary')}"
        marks = MARK.findall(content)
        own = (MARK.findall(title) or marks)[0]
        self.told.update(MARK.findall(title), marks, self._linked(entry))
        self.leading[own].add(id)
        if id not in self.known:
            self.ids[own].add(id)
        if self.known.setdefault(id, own) != own and own not in marks:
            self.changed.append(f"{id}: {self.known[id]} → {own}")

    def _linked(self, entry: etree._Element) -> list[str]:
        links = [str(link.get("href")) for link in entry.iterfind(f"{ATOM}link")]
        return [self.addresses[link] for link in links if link in self.addresses]

    @property
    def twice(self) -> dict[str, set[str]]:
        return {mark: ids for mark, ids in self.ids.items() if len(ids) > 1}


# ── the program ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Clock:
    now: datetime

    def instant(self) -> datetime:
        return self.now


async def _loopback(_name: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@dataclass(slots=True)
class Replay:
    """The program over its project."""

    root: Path
    world: World
    clock: Clock
    stories: bool
    moves: int = 0

    def configure(self) -> None:
        topics = [self._topic("all", ())]
        names = [f"s{publisher.number}" for publisher in self.world.publishers]
        topics += [self._topic(slug, names[place :: len(self.parts)]) for place, slug in enumerate(self.parts)]
        sources = "".join(
            f'[[source]]\nid = "s{one.number}"\nurl = "http://s{one.number}.example:{self.world.port}/{one.number}"\n'
            for one in self.world.publishers
        )
        head = f'[site]\ntitle = "R"\nbase_url = "http://base{self.moves}.example/"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n'
        (self.root / "config.toml").write_text(f"{head}[publish]\nformats = ['atom']\n{sources}{''.join(topics)}")

    @property
    def parts(self) -> list[str]:
        """Topics beside the one of all sources, each of some of them."""
        return [f"part-{place}" for place in range(min(10, len(self.world.publishers) // 8))]

    def _topic(self, slug: str, sources: Sequence[str]) -> str:
        named = f"sources = {list(sources)}\n" if sources else ""
        return f'[[topic]]\nslug = "{slug}"\nlimit = 100\nstories = {str(self.stories).lower()}\n{named}'

    def app(self) -> App:
        return App(load(self.root / "config.toml", {}), now=self.clock.instant, lookup=_loopback)

    async def once(self, engine: Engine) -> None:
        report = await engine.once(force=True)
        failed = [f"{source.id}: {source.error}" for source in report.failed]
        failed += [sentence for topic in report.topics for sentence in (*topic.quarantined, *filter(None, [topic.error]))]
        if failed:
            raise RuntimeError("; ".join(failed[:5]))

    def lose_feeds(self) -> None:
        shutil.rmtree(self.root / "feeds")

    def lose_store(self) -> None:
        for path in self.root.glob("aggregator.db*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def move(self) -> None:
        self.moves += 1
        self.configure()


@dataclass(frozen=True, slots=True)
class Found:
    """What the readers met, and what it took."""

    readers: Sequence[Reader]
    world: World
    events: Counter[str]
    seconds: float

    @property
    def twice(self) -> list[str]:
        return [f"{reader.slug}: {mark} {sorted(ids)}" for reader in self.readers for mark, ids in reader.twice.items()]

    @property
    def lost(self) -> list[str]:
        return sorted(self.world.got - self.readers[0].told)

    @property
    def changed(self) -> list[str]:
        return [f"{reader.slug}: {change}" for reader in self.readers for change in reader.changed]


async def replay(root: Path, *, days: float, sources: int, steps: int, seed: int, stories: bool = False) -> Found:
    """Let `days` go by, `steps` a day."""
    world, clock, events = World(sources, seed), Clock(START), Counter[str]()
    chance = random.Random(seed)
    server = await world.serve()
    started = time.monotonic()
    program = Replay(root, world, clock, stories)
    program.configure()
    slugs = ["all", *program.parts]
    readers = [Reader(root / "feeds", slug, world.addresses) for slug in slugs]
    changes = {"store lost": program.lose_store, "base_url changed": program.move}
    event, step, bag = "begin", 0, list[str]()
    async with server:
        while step < round(days * steps):
            async with program.app().engine("command") as engine:  # until something happens: then it is started again
                again = True
                while again and step < round(days * steps):
                    await program.once(engine)
                    for reader in readers:
                        reader.read()
                    clock.now += timedelta(days=1 / steps)
                    for publisher in world.publishers:
                        publisher.live(clock.now, 1 / steps)
                    events[event] += 1
                    step += 1
                    bag = bag or chance.sample(EVENTS, len(EVENTS))
                    event = bag.pop()
                    if event == "feeds/ deleted":
                        program.lose_feeds()
                    again = event in ("nothing", "feeds/ deleted")
            if event in changes:
                changes[event]()
    return Found(readers, world, events, time.monotonic() - started)


def tell(found: Found) -> None:
    posts = sum(len(publisher.posts) for publisher in found.world.publishers)
    migrations = sum((publisher.migrations for publisher in found.world.publishers), Counter())
    print(f"{len(found.world.publishers)} sources, {posts:,} posts, {found.world.asked:,} polls, {found.seconds:.0f} s")
    print(f"migrations: {', '.join(f'{number} {kind}' for kind, number in sorted(migrations.items()))}")
    print(f"the program: {', '.join(f'{number} × {event}' for event, number in sorted(found.events.items()))}")
    print(f"entries read: {sum(len(reader.known) for reader in found.readers):,} in {len(found.readers)} topics")
    led = sum(len(ids) > 1 for reader in found.readers for ids in reader.leading.values())
    print(f"shown first in a second entry, which may be known: {led}")
    for promise, broken in (("delivered twice", found.twice), ("lost", found.lost), ("ids changed", found.changed)):
        print(f"{promise:20} {len(broken)}")
        for one in broken[:20]:
            print(f"    {one}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--steps", type=int, default=3, help="polls a day")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--stories", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(replay(Path(folder), **vars(given)))
    tell(found)
    sys.exit(1 if found.twice or found.lost or found.changed else 0)


if __name__ == "__main__":
    main()
