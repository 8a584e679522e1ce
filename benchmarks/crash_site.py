"""The world around benchmarks/crash.py: publishers that have news at every asking, and somebody who reads every file."""

import json
import random
import threading
from collections import Counter, defaultdict
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

FEEDS = 8
WINDOW = 15
"""Entries of a document: more than are posted between two answers that the daemon can miss in a row."""
TOPICS = ("all", "odd")
FORMATS = ("atom", "rss", "json")
ATOM = "{http://www.w3.org/2005/Atom}"
Name = tuple[int, int]
"""Feed and number of an item."""


class Publishers(ThreadingHTTPServer):
    """Feeds that have news at every asking. `online` False: they hang up, as a dead network does."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = self.server_address[1]
        self.online = True
        self.still = False
        self.counts: Counter[str] = Counter()
        self.acknowledged: set[Name] = set()
        self.revisions: dict[Name, int] = defaultdict(int)
        self._newest = [3] * FEEDS
        self._served: dict[str, list[Name]] = {}
        self._version = 0
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def answer(self, feed: int, etag: str | None) -> tuple[str, bytes] | None:
        """A new version of a feed and its validator; None where nothing changed. What it shows to have is acknowledged."""
        with self._lock:
            known = self._served.get(etag or "")
            self.counts["requests"] += 1
            if known is not None:
                self.counts["conditional"] += 1
                self.acknowledged.update(known)
            if known and (self.still or self._chance.random() < 0.2) and self._served[f'"{feed}"'] is known:
                return None
            if not self.still:
                self._newest[feed] += self._chance.randint(0, 2)
                if self._chance.random() < 0.3:
                    self.revisions[feed, self._newest[feed] - self._chance.randint(0, 2)] += 1
            self._version += 1
            names = [(feed, n) for n in range(self._newest[feed], max(0, self._newest[feed] - WINDOW), -1)]
            mark = f'"{feed}-{self._version}"'
            self._served[mark] = self._served[f'"{feed}"'] = names
            return mark, self._body(feed, names)

    def served(self) -> int:
        return sum(self._newest)

    def _body(self, feed: int, names: list[Name]) -> bytes:
        items = "".join(
            f"<item><title>Item {n} of feed {feed}</title><guid isPermaLink='false'>{feed}-{n}</guid>"
            f"<link>http://site{feed}.example/{n}</link><pubDate>{format_datetime(datetime.now(UTC))}</pubDate>"
            f"<description>Text {n} of {feed}, revision {self.revisions[feed, n]}. {'Words follow words. ' * 40}"
            "</description></item>"
            for feed, n in names
        )
        head = f"<title>Feed {feed}</title><link>http://site{feed}.example/</link>"
        return f"<rss version='2.0'><channel>{head}{items}</channel></rss>".encode()


class _Handler(BaseHTTPRequestHandler):
    server: Publishers
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.server.online:
            self.close_connection = True
            return
        answer = self.server.answer(int(self.path.rpartition("/")[2]), self.headers["If-None-Match"])
        self.send_response(304 if answer is None else 200)
        if answer is not None:
            self.send_header("ETag", answer[0])
            self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(answer[1]) if answer else 0))
        self.end_headers()
        if answer is not None:
            self.wfile.write(answer[1])

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.server.counts["hung up"] += 1  # the daemon was killed in the middle of an answer

    def log_message(self, format: str, *args: object) -> None:
        pass


class Reader(threading.Thread):
    """Reads every published feed over and over, and parses what changed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self._folder = folder
        self._last: dict[str, bytes] = {}
        self._over = threading.Event()
        self._ids: dict[tuple[str, str], str] = {}
        self._links: dict[tuple[str, str], str] = {}
        self.reads = self.parsed = 0
        self.torn: list[str] = []
        self.doubled: list[str] = []

    def run(self) -> None:
        while not self._over.wait(0.001):
            self.look()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def look(self) -> None:
        for slug in TOPICS:
            for format in FORMATS:
                try:
                    body = (self._folder / f"{slug}.{format}").read_bytes()
                except FileNotFoundError:
                    continue
                self.reads += 1
                if self._last.get(f"{slug}.{format}") != body:
                    self._last[f"{slug}.{format}"] = body
                    self._judge(slug, format, body)

    def _judge(self, slug: str, format: str, body: bytes) -> None:
        self.parsed += 1
        try:
            entries = parsed(format, body)
        except (ValueError, ElementTree.ParseError, KeyError, AttributeError) as error:
            self.torn.append(f"{slug}.{format} of {len(body)} bytes: {error}")
            return
        for id, link in entries:
            if self._ids.setdefault((slug, link), id) != id:
                self.doubled.append(f"{slug}: {link} has ids {self._ids[slug, link]} and {id}")
            if self._links.setdefault((slug, id), link) != link:
                self.doubled.append(f"{slug}: id {id} stands for {self._links[slug, id]} and {link}")


def parsed(format: str, body: bytes) -> list[tuple[str, str]]:
    """Id and link of each entry. Raises if it is not a whole feed."""
    if format == "json":
        return [(item["id"], item["url"]) for item in json.loads(body)["items"]]
    root = ElementTree.fromstring(body)
    if format == "rss":
        return [(item.findtext("guid", ""), item.findtext("link", "")) for item in root.iter("item")]
    return [
        (
            entry.findtext(f"{ATOM}id", ""),
            next(link.get("href", "") for link in entry.iter(f"{ATOM}link") if link.get("rel") == "alternate"),
        )
        for entry in root.iter(f"{ATOM}entry")
    ]
