"""All hostile documents at once, polled by the real daemon: what it logs, what it serves, and what becomes of the benign one."""

import json
import os
import pty
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_run import HARMLESS, Publisher, Row, rows

from aggregator.serve.search import with_form

pytestmark = [pytest.mark.shared, pytest.mark.slow]
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
COLOURS = re.compile(r"\x1b\[\d*(?:;\d+)*m")


def _as_served(name: str, body: bytes) -> bytes:
    return with_form(name, body) if name.endswith(".html") else body


class Daemon:
    """`aggregator run` over all documents and a benign one."""

    def __init__(self, root: Path, documents: list[Row], publisher: Publisher) -> None:
        self.root = root
        self.served: dict[str, tuple[dict[str, str], bytes]] = {}
        self.files: dict[str, bytes] = {}
        """As they lay when these were served: at its end the daemon may publish once more."""
        self.rows = {f"h{number}": row for number, row in enumerate(documents)}
        text = '[site]\ntitle = "T"\nbase_url = "http://feeds.example/"\n[serve]\nport = 0\n[fetch]\nallow_private = ["127.0.0.0/8"]\n'
        for id in ("benign", *self.rows):
            text += f'[[source]]\nid = "{id}"\nurl = "{publisher.url(f"/{id}.xml")}"\n'
            text += f'[[topic]]\nslug = "{id}"\nsources = ["{id}"]\nlimit = 1000\n'
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (root / "config.toml").write_text(text.replace("port = 0", f"port = {self.port}"))

    def run(self, output: int) -> None:
        """Until every source was polled and what came was published."""
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
        environment.pop("NO_COLOR", None)
        with subprocess.Popen(
            [sys.executable, "-m", "aggregator", "run"], cwd=self.root, stdout=output, stderr=output, env=environment
        ) as process:
            try:
                end = time.monotonic() + 120
                while self._waiting() and time.monotonic() < end:
                    time.sleep(0.3)
                assert not self._waiting()
                before: object = None  # twice the same: between the ledger and its files there is a moment
                while not (self._settled() and self._bodies() == before) and time.monotonic() < end:
                    before = self._bodies()
                    time.sleep(2)
            finally:
                process.send_signal(signal.SIGTERM)
                assert process.wait(20) == 0

    def _bodies(self) -> dict[str, bytes]:
        return {name: body for name, (_, body) in self.served.items()}

    def _waiting(self) -> int:
        try:
            with sqlite3.connect(f"file:{self.root}/aggregator.db?mode=ro", uri=True) as db:
                sources, waiting = db.execute("select count(*), sum(last_poll is null) from source").fetchone()
                return int(waiting) if sources else -1
        except sqlite3.Error:
            return -1

    def _settled(self) -> bool:
        """Whether everything that was polled is published and served as it lies."""
        try:
            feeds = self.root / "feeds"
            self.files = {
                path.relative_to(feeds).as_posix(): path.read_bytes()
                for path in feeds.rglob("*")
                if path.is_file() and path.name[0] != "."
            }
            self.served = {name: self._get(name) for name in self.files}
        except (FileNotFoundError, urllib.error.HTTPError):  # published at this moment, and not yet on the shelf
            return False
        with sqlite3.connect(f"file:{self.root}/aggregator.db?mode=ro", uri=True) as db:
            waiting = db.execute("select count(*) from membership where standing = 'waiting'").fetchone()[0]
        return waiting == 0 and all(body == _as_served(name, self.files[name]) for name, (_, body) in self.served.items())

    def _get(self, name: str) -> tuple[dict[str, str], bytes]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{name}", timeout=10) as answer:
            return dict(answer.headers), answer.read()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    yield publisher
    publisher.close()


@pytest.fixture
def daemon(shared: Path, tmp_path: Path, publisher: Publisher) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path, rows(shared), publisher)
    publisher.put("/benign.xml", "application/rss+xml", HARMLESS.format("benign").encode())
    for id, row in daemon.rows.items():
        publisher.put(f"/{id}.xml", row["served_as"], (shared / "hostile" / row["file"]).read_bytes())
    yield daemon
    assert publisher.stray == []


def violations(daemon: Daemon, id: str, text: str) -> list[str]:
    pattern = daemon.rows[id]["must_not"] if id in daemon.rows else ""
    return [f"{id}: {found[0]!r}" for found in re.finditer(pattern, text)] if pattern else []


def test_the_log_is_a_json_object_a_line_and_the_feeds_are_served_as_they_lie(daemon: Daemon, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        daemon.run(log.fileno())
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) > 2 * len(daemon.rows)
    for line in lines:
        record = json.loads(line)
        assert CONTROLS.search(line) is None
        said = json.dumps({key: value for key, value in record.items() if key not in ("timestamp", "next")}, ensure_ascii=False)
        said = said.replace(str(daemon.root), "").replace(f":{daemon.port}", "")
        assert violations(daemon, record.get("source") or record.get("topic") or "", re.sub(r"127\.0\.0\.1:\d+", "", said)) == []
    for name, (headers, body) in daemon.served.items():
        assert body == _as_served(name, daemon.files[name])
        assert {header.lower() for header in headers} <= {"date", "content-type", "content-length", "etag", "last-modified", "cache-control", "vary", "link",
                                  "x-content-type-options", "content-security-policy", "referrer-policy", "connection"}, name  # fmt: skip
    titles = {item["title"] for item in json.loads(daemon.served["benign.json"][1])["items"]}
    assert titles == {"A title"}


def test_on_a_terminal_every_event_is_one_line_and_nothing_but_our_colours_acts(daemon: Daemon) -> None:
    ours, theirs = pty.openpty()
    heard = bytearray()

    def listen() -> None:
        while True:
            try:
                heard.extend(os.read(ours, 65536))
            except OSError:  # the other end was closed
                return

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        daemon.run(theirs)
    finally:
        os.close(theirs)
        listener.join(5)
        os.close(ours)
    text = COLOURS.sub("", heard.decode().replace("\r\n", "\n"))
    assert "\x1b[" in heard.decode()
    assert CONTROLS.search(text) is None
    lines = text.splitlines()
    assert len(lines) > 2 * len(daemon.rows)
    assert [
        line for line in lines if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z \[(info|warning|error) *\] ", line)
    ] == []
