"""Who stands around a run that is struck: the publisher that it reads, and somebody who reads what it publishes."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def feed(version: int) -> bytes:
    """Version 1: items 1 to 5; version 2: 1 to 7, of which the third is edited."""
    items = "".join(
        f"<item><title>Number {n}{' is even' if n % 2 == 0 else ''}</title><guid isPermaLink='false'>n{n}</guid>"
        f"<link>http://site.example/{n}</link><pubDate>Sun, 01 Feb 2026 0{n}:00:00 GMT</pubDate>"
        f"<description>What is to be said of {n}{', corrected and told anew' if n == 3 and version == 2 else ''}. "
        f"{'More of it. ' * 200}</description></item>"
        for n in range(3 + 2 * version, 0, -1)
    )
    return f"<rss version='2.0'><channel><title>Numbers</title><link>http://site.example/</link>{items}</channel></rss>".encode()


class Publisher(ThreadingHTTPServer):
    """Serves a version of the feed under its ETag; or hangs up, as a dead network does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.version: int | None = 1
        self.port = self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        version = self.server.version
        if version is None:
            self.close_connection = True
            return
        body = feed(version)
        unchanged = self.headers["If-None-Match"] == f'"v{version}"'
        self.send_response(304 if unchanged else 200)
        self.send_header("ETag", f'"v{version}"')
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", "0" if unchanged else str(len(body)))
        self.end_headers()
        if not unchanged:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Reader(threading.Thread):
    """Somebody who reads every published file over and over."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._allowed: Mapping[str, frozenset[bytes]] = {}
        self._over = threading.Event()
        self.seen: set[tuple[str, int]] = set()
        self.reads = 0
        self.torn: list[str] = []

    def watch(self, folder: Path, allowed: Mapping[str, frozenset[bytes]]) -> None:
        with self._lock:
            self._folder, self._allowed, self.torn = folder, allowed, []

    def rest(self) -> None:
        with self._lock:
            self._folder = None

    def look(self) -> None:
        """One look at every file."""
        with self._lock:
            if self._folder is None:
                return
            for name, allowed in self._allowed.items():
                try:
                    body = (self._folder / name).read_bytes()
                except FileNotFoundError:
                    continue
                self.reads += 1
                self.seen.add((name, len(body)))
                if body not in allowed:
                    self.torn.append(f"{name} ({len(body)} bytes) is no version of it")

    def run(self) -> None:
        while not self._over.wait(0.0005):
            self.look()

    def stop(self) -> None:
        self._over.set()
        self.join()
