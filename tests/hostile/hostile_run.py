"""Hostile documents through the whole program: served over loopback beside a benign source, published, shown, listened for.

rows(shared)             MANIFEST.tsv
Publisher                serves what it is told; `stray` holds what else was asked for, by whatever protocol
Town(root, publisher)    a project with the sources `hostile` and `benign`, each a topic of its own → `once` → Outputs
"""

import asyncio
import csv
import io
import os
import re
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aggregator.app import App
from aggregator.cli import data, output
from aggregator.config.loading import load
from aggregator.pipeline.report import SourceReport

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
"""The documents are dated in November 2026."""
CANARY = b"127.0.0.1:18099"
"""What the documents name; the listener has a port of its own, which is written in its place."""
HARMLESS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{0}</title><link>http://{0}.example/</link>'
    "<description>d</description><item><title>A title</title><link>http://{0}.example/1</link><guid>http://{0}.example/1</guid>"
    "<pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate><description>The text of {0}</description></item></channel></rss>"
)
Row = dict[str, str]


def rows(shared: Path) -> list[Row]:
    with (shared / "hostile" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024
    """Connections that wait to be accepted: all sources ask at once."""


class Publisher:
    """Publishes bodies by path, and listens at the canary's port."""

    def __init__(self) -> None:
        self.documents: dict[str, tuple[str, bytes]] = {}
        self.stray: list[str] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._canary = self._listener()(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.port: int = self._server.server_address[1]
        for server in (self._server, self._canary):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def put(self, path: str, content_type: str, body: bytes) -> None:
        canary = f"127.0.0.1:{self._canary.server_address[1]}".encode()
        self.documents[path] = content_type, body.replace(CANARY, canary)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        for server in (self._server, self._canary):
            server.shutdown()
            server.server_close()

    def _listener(publisher) -> type[socketserver.TCPServer]:  # noqa: N805 - `self` is the server's
        class Canary(socketserver.TCPServer):
            def verify_request(self, request: object, client_address: object) -> bool:
                publisher.stray.append("the canary")
                return False

        return Canary

    def _handler(publisher) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5

            def do_GET(self) -> None:
                content_type, body = publisher.documents.get(self.path, ("", b""))
                known = self.path in publisher.documents
                if not known:
                    publisher.stray.append(self.path)
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


@dataclass(frozen=True)
class Outputs:
    """Everything that left the program in one run, without what is ours and changes (times, ports, paths)."""

    report: SourceReport
    published: dict[str, bytes]
    terminal: str
    """What `once` and `status` print on a terminal in colours, and what a pipe and a program get."""

    def feed(self, topic: str) -> str:
        return "\n".join(self.published[f"{topic}.{suffix}"].decode() for suffix in ("atom", "rss", "json"))


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Town:
    """A project: the hostile source and, unless it is left out, the benign one; feeds, terminal."""

    def __init__(self, root: Path, publisher: Publisher, *, more: str = "") -> None:
        self.root = root
        self._publisher = publisher
        text = '[site]\ntitle = "Town"\nbase_url = "http://feeds.example/"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n'
        for id in ("benign", "hostile"):
            publisher.put(f"/{id}.xml", "application/rss+xml", HARMLESS.format(id).encode())
            text += f'[[source]]\nid = "{id}"\nurl = "{publisher.url(f"/{id}.xml")}"\n'
            text += f'[[topic]]\nslug = "{id}"\nsources = ["{id}"]\nlimit = 1000\n'
        (root / "config.toml").write_text(text + more)

    def serve(self, content_type: str, body: bytes, id: str = "hostile") -> None:
        self._publisher.put(f"/{id}.xml", content_type, body)

    def once(self, now: datetime = NOW) -> Outputs:
        """Poll and publish at an instant, then print what the commands print."""
        app = App(load(self.root / "config.toml", {}), now=lambda: now)
        with listening() as calls:
            report = asyncio.run(app.once(force=True))
        assert calls <= {("127.0.0.1", self._publisher.port)}, calls
        source = next(one for one in report.sources if one.id == "hostile")
        problems = [sentence for topic in report.topics for sentence in (*topic.quarantined, *filter(None, [topic.error]))]
        assert not problems
        status = app.status()
        shown = self._shown(
            lambda: output.print_run(report),
            lambda: output.print_status(status, now=now),
            lambda: data.print_json(report),
            lambda: data.print_json(status),
        )
        feeds = self.root / "feeds"
        files = {
            path.relative_to(feeds).as_posix(): self._ours_out(path.read_bytes().decode()).encode()
            for path in feeds.rglob("*")
            if path.is_file()
        }
        return Outputs(source, files, shown)

    def _shown(self, *prints: Callable[[], None]) -> str:
        text = ""
        for stream in (_Terminal(), io.StringIO()):
            with redirect_stdout(stream):
                for show in prints:
                    show()
            text += stream.getvalue()
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)  # our colours; whatever else begins with an escape is a stranger's
        text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:[\d.]+Z| UTC)|\"(seconds|parsing)\": [\de.-]+|\d+\.\d (s\.|MB)", "", text)
        return self._ours_out(re.sub(r"\"bytes\": \d+", "", text))

    def _ours_out(self, text: str) -> str:
        return text.replace(f":{self._publisher.port}", "").replace(str(self.root), "")


@contextmanager
def listening() -> Iterator[set[Any]]:
    """Collects every address that this process calls, every name that it asks for and every program that it starts.

    Not by an audit hook: it cannot be taken away, and breaks the measuring of coverage in threads that start later.
    """
    heard: set[Any] = set()

    def connect(call: Callable[..., Any]) -> Callable[..., Any]:
        def connected(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                heard.add(tuple(address[:2]))
            return call(self, address)

        return connected

    def first(call: Callable[..., Any], place: int = 0) -> Callable[..., Any]:
        def called(*arguments: Any, **more: Any) -> Any:
            heard.add(str(arguments[place] if len(arguments) > place else more))
            return call(*arguments, **more)

        return called

    with ExitStack() as patches:
        for name in ("connect", "connect_ex"):
            patches.enter_context(patch.object(socket.socket, name, connect(getattr(socket.socket, name))))
        for name in ("getaddrinfo", "gethostbyname"):
            patches.enter_context(patch.object(socket, name, first(getattr(socket, name))))
        patches.enter_context(patch.object(subprocess.Popen, "__init__", first(subprocess.Popen.__init__, 1)))
        patches.enter_context(patch.object(os, "system", first(os.system)))
        yield heard
