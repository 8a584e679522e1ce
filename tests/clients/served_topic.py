"""A topic of thirty entries, served by our own server, with a record of what was asked and answered."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.types import Message, Receive, Scope, Send

from aggregator.model import Attribution, Category, Enclosure, Feed, FeedEntry, Html, Link, Person, Plain, Site, Url
from aggregator.publish import atom, jsonfeed, rss
from aggregator.serve.app import create
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf

NEWEST = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
TITLES = {
    3: "Straße & Söhne: <em> is no markup here",
    7: "“Quoted”, 𝕌nicode and 漢字",
    11: "A title that is long enough to be folded by whoever folds titles, and that goes on for a good while after that point",
}


def entries() -> tuple[FeedEntry, ...]:
    return tuple(_entry(number) for number in range(1, 31))


def _entry(number: int) -> FeedEntry:
    published = NEWEST - timedelta(hours=7 * number)
    return FeedEntry(
        id=f"urn:uuid:0f8fad5b-d9cb-569f-a165-{number:012x}",
        title=Plain(TITLES.get(number, f"Entry {number}")),
        link=Url(f"https://news.example.org/2026/{number}?a=1&b=2"),
        published=published,
        updated=published + timedelta(minutes=number),
        summary=Html(f"<p>Summary of {number}</p>"),
        content=Html(f'<p>Body of <em>number {number}</em>: 5 &gt; 4 &amp; <a href="https://example.org/{number}">more</a></p>'),
        text=f"Body of number {number}: 5 > 4 & more",
        authors=(Person(name=f"Author {number}"),),
        categories=(Category(term="news"),),
        enclosures=(Enclosure(href=f"https://news.example.org/{number}.mp3", type="audio/mpeg", length=number),)
        if number % 5 == 0
        else (),
        links=(Link(href=f"https://other.example.org/{number}", rel="related"),) if number % 3 == 0 else (),
        source=Attribution(title=Plain("Example News"), link=Url("https://news.example.org/")),
    )


def topic(base_url: str, made_of: Sequence[FeedEntry]) -> Feed:
    return Feed(
        site=Site(title="Planet", base_url=base_url, author="Planet"),
        slug="thirty",
        id="urn:uuid:0f8fad5b-d9cb-569f-a165-70867728950e",
        title=Plain("Thirty entries"),
        subtitle=Plain("Not one more"),
        updated=max(entry.updated for entry in made_of),
        entries=tuple(made_of),
    )


@dataclass
class Asked:
    """A line of the access record."""

    path: str
    status: int
    conditional: bool


@dataclass
class Site30:
    """The served topic: its address, what was asked, and how to publish another state of it."""

    url: str
    shelf: Shelf
    record: list[Asked] = field(default_factory=list)

    def publish(self, made_of: Sequence[FeedEntry]) -> None:
        feed = topic(self.url, made_of)
        for format, renderer in (("atom", atom), ("rss", rss), ("json", jsonfeed)):
            rendered = renderer.render(feed)
            assert rendered.quarantined == ()
            (self.shelf.directory / f"thirty.{format}").write_bytes(rendered.body)
        self.shelf.load()

    def statuses(self, format: str) -> list[int]:
        return [asked.status for asked in self.record if asked.path == f"/thirty.{format}"]


@asynccontextmanager
async def serving(directory: Path) -> AsyncIterator[Site30]:
    directory.mkdir()
    shelf = Shelf(directory)
    app = create(shelf, base_path="/", health=dict)
    record: list[Asked] = []

    async def recording(scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in scope["headers"]}
                conditional = bool(names & {b"if-none-match", b"if-modified-since"})
                record.append(Asked(scope["path"], message["status"], conditional))
            await send(message)

        await app(scope, receive, noting)

    server = Server()
    await server.start(recording, "127.0.0.1", 0)
    site = Site30(f"http://127.0.0.1:{server.port}/", shelf, record)
    site.publish(entries())
    try:
        yield site
    finally:
        await server.stop()


async def run(*command: str | Path, home: Path, path: str = "/usr/bin:/bin") -> str:
    """Run a client with a home of its own; its output."""
    environment = {"HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TERM": "dumb"}
    process = await asyncio.create_subprocess_exec(
        *map(str, command), env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=home
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, output.decode()
    return output.decode()
