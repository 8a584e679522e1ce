"""A small planet that does not exist: eight sources on loopback, four weeks of their stories, three topics.

    with planet(folder) as one:             eight sources that answer
        one.live(days)                      polls and publishes as time goes by, on a clock of its own
        with served(one) as address: …      its pages as the daemon serves them

Everything is made from the numbers below, so that two planets are the same. Stories, people and sites are invented.
"""

import asyncio
import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.daemon import pages as daemon_pages
from aggregator.serve.app import create
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
CONFIG = """
[site]
title = "Tidewater Planet"
base_url = "{base_url}"
author = "The harbour library"
contact = "planet@tidewater.example"
[fetch]
allow_private = ["127.0.0.0/8"]
[store]
snapshots = 0
[[topic]]
slug = "harbour"
title = "The harbour"
subtitle = "Ships, tides and what the council wants to build on the quay"
query = "harbour OR quay OR ferry OR tide*"
[[topic]]
slug = "energy"
title = "Wind and power"
subtitle = "The wind farm, the cable and who pays for them"
query = "wind OR cable OR power"
[[topic]]
slug = "science"
title = "Science on the coast"
query = "seal* OR plankton OR measured OR study"
"""
SOURCES = (
    ("courier", "The Tidewater Courier", 9, "All rights reserved, The Tidewater Courier"),
    ("gull", "Gull & Mast", 17, "CC BY 4.0"),
    ("council", "Council notices", 41, ""),
    ("marine-lab", "Marine Laboratory, field notes", 29, "CC BY-SA 4.0"),
    ("windwatch", "Windwatch", 23, ""),
    ("ferry", "Ferry Users’ Association", 53, ""),
    ("almanach", "Küsten-Almanach", 71, "© Küsten-Almanach"),
    ("old-pier", "The Old Pier", 5, ""),
)
"""Id, title, hours between two posts, rights."""
HEADLINES = (
    ("Council votes for a second ferry berth at the north quay", "The vote was closer than expected: eleven to nine, after four hours and three amendments. The harbour master had asked for it since the spring."),
    ("Wind farm cable is to land at Sandy Point after all", "Engineers measured the sea bed again and found the clay too soft for the shorter route. The power company says that the price will not change."),
    ("Grey seals are back on the outer skerries, a study counts 214 of them", "It is the highest number since counting began. Volunteers walked the skerries at low tide on six mornings in October."),
    ("What the spring tide left on the beach", "Two lobster pots, a door, and a message in a bottle that turned out to be an advertisement. A walk with the camera."),
    ("Night ferry: timetable for the winter", "From December the last boat leaves at 22:40. Holders of a season ticket travel free on Sundays until the end of February."),
    ("Plankton bloom seen from space reaches the harbour mouth", "Samples taken at the quay show a harmless species. Swimmers may notice that the water glows at night."),
    ("Sturmflut: Pegelstände der Nacht", "Am Leuchtturm wurden 3,42 m measured; the tide gauge in the harbour stood at 3,18 m. Keine Schäden gemeldet."),
    ("Who pays for the wind? Three questions to the power company", "The answers came in writing, and they leave the most important question open: what happens to the old turbines after 2031."),
    ("Pier restaurant to open before Easter", "The timber for the new quay arrived this morning by ship. Tasting begins in March."),
    ("A tide table for people who do not like tables", "We drew the year as one long line. It is four metres wide and hangs in the harbour library."),
)  # fmt: skip


@dataclass
class Planet:
    """The planet at an hour. `time` is what the program takes for now."""

    root: Path
    url: str
    time: datetime = NOW - timedelta(days=28)
    broken: frozenset[str] = frozenset()

    def app(self) -> App:
        return App(load(self.root / "config.toml", {}), now=lambda: self.time)

    @property
    def feeds(self) -> Path:
        return self.root / "feeds"

    def configure(self, base_url: str = "http://planet.tidewater.example/", more: str = "") -> None:
        sources = "".join(f'[[source]]\nid = "{id}"\nurl = "{self.url}{id}"\ninterval = "6h"\n' for id, *_ in SOURCES)
        (self.root / "config.toml").write_text(CONFIG.format(base_url=base_url) + sources + more)

    def live(self, days: float, *, hours: float = 8) -> None:
        """Poll and publish every so many hours."""
        with ThreadPoolExecutor(1) as thread:  # playwright's loop runs in the one of the tests
            thread.submit(asyncio.run, self._live(self.time + timedelta(days=days), timedelta(hours=hours))).result()

    async def _live(self, until: datetime, step: timedelta) -> None:
        async with self.app().engine("command") as engine:
            while self.time < until:
                self.time += step
                await engine.once(force=True)

    def document(self, id: str) -> bytes:
        """What a source answers now: its newest twenty posts."""
        place, (_, title, every, rights) = next((n, one) for n, one in enumerate(SOURCES) if one[0] == id)
        last = int((self.time - datetime(2026, 9, 1, tzinfo=UTC)).total_seconds() // 3600) // every
        items = "".join(_item(id, place, number, every) for number in range(last, max(0, last - 20), -1))
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{escape(title)}</title><link>https://{id}.example/</link><description>News from {escape(title)}</description>"
            f"<copyright>{escape(rights)}</copyright>{items}</channel></rss>"
        ).encode()


def _item(id: str, place: int, number: int, every: int) -> str:
    headline, text = HEADLINES[(number * 7 + place * 3) % len(HEADLINES)]
    rest = f", part {number}" if (number * 7 + place) % 3 else ""
    when = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=number * every, minutes=(number * 13 + place * 7) % 60)
    return (
        f"<item><guid isPermaLink='false'>{id}-{number}</guid><title>{escape(headline + rest)}</title>"
        f"<link>https://{id}.example/{when:%Y/%m}/{number}</link><description>{escape(text)}</description>"
        f"<pubDate>{format_datetime(when)}</pubDate></item>"
    )


@contextmanager
def planet(root: Path) -> Iterator[Planet]:
    """A planet in an empty folder, with its sources on a port of their own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            id = self.path.strip("/")
            known = id in {one[0] for one in SOURCES} and id not in made.broken
            body = made.document(id) if known else b""
            self.send_response(200 if known else 500)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Planet(root, f"http://127.0.0.1:{server.server_address[1]}/")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.configure()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def served(one: Planet) -> Iterator[str]:
    """The planet's site as the daemon serves it, with search and status, on a port of its own; yields its address."""
    started: queue.Queue[str] = queue.Queue()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with one.app().engine("command") as engine:
            shelf = Shelf(one.feeds)
            shelf.load()
            site = create(
                shelf,
                base_path="/",
                health=dict,
                search=daemon_pages.search(engine),
                status=daemon_pages.status_page(load(one.root / "config.toml", {}), engine),
            )
            server = Server()
            await server.start(site, "127.0.0.1", 0)
            started.put(f"http://127.0.0.1:{server.port}/")
            await stop.wait()
            await server.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    yield started.get(timeout=30)
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    loop.close()


def written(feeds: Path) -> Sequence[str]:
    """Names of all pages that were written."""
    return sorted(path.relative_to(feeds).as_posix() for path in feeds.rglob("*.html"))
