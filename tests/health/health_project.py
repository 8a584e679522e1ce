"""A project under a clock that the test moves, and a publisher on loopback whose answers it chooses."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.report import RunReport, StatusReport

Result = TypeVar("Result")
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HEAD = """
[site]
title = "Test"
base_url = "http://feeds.example/"
[fetch]
allow_private = ["127.0.0.0/8", "::1/128"]
"""
PAGE = "<!DOCTYPE html><html><head><title>Buy this domain</title></head><body>parked</body></html>"


class HealthProject:
    """A folder with a configuration, and the real program over it: one engine until it is configured anew, or restarted."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "config.toml"
        self.feeds = root / "feeds"
        self.now = START
        self._runner = asyncio.Runner()
        self._opened: AbstractAsyncContextManager[Engine] | None = None
        self._engine: Engine | None = None

    def configure(self, text: str, head: str = HEAD) -> None:
        self.restart()
        self.config.write_text(head + text)

    def once(self, **later: float) -> RunReport:
        """Let time pass, then poll what may be polled and publish."""
        self.now += timedelta(**later)
        return self.run(lambda engine: engine.once(force=True))

    def run(self, work: Callable[[Engine], Coroutine[None, None, Result]]) -> Result:
        if self._engine is None:
            self._opened = App(load(self.config, {}), now=lambda: self.now).engine("command")
            self._engine = self._runner.run(self._opened.__aenter__())
        return self._runner.run(work(self._engine))

    def rounds(self, count: int, **apart: float) -> None:
        for _ in range(count):
            self.once(**apart)

    def restart(self) -> None:
        """End the engine; the next `once` starts another."""
        opened, self._opened, self._engine = self._opened, None, None
        if opened is not None:
            self._runner.run(opened.__aexit__(None, None, None))

    def close(self) -> None:
        self.restart()
        self._runner.close()

    def status(self) -> StatusReport:
        return App(load(self.config, {}), now=lambda: self.now).status()

    def entries(self) -> list[dict]:
        """Of the health feed."""
        return json.loads((self.feeds / "health.json").read_bytes())["items"]

    def titles(self) -> list[str]:
        return [entry["title"] for entry in self.entries()]

    def topic_files(self) -> dict[str, bytes]:
        files = {path.relative_to(self.feeds).as_posix(): path for path in self.feeds.rglob("*") if path.is_file()}
        return {name: path.read_bytes() for name, path in files.items() if not name.startswith("health.")}

    def execute(self, statement: str) -> None:
        db = sqlite3.connect(self.root / "aggregator.db")
        with db:
            db.execute(statement)
        db.close()


class Publisher:
    """Answers `/feed` (and any other path that is put) with what was last put there."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self._answers: dict[str, Callable[[Request], Response]] = {}
        self.asked = 0

    def put(self, body: str = "", status: int = 200, path: str = "/feed", **headers: str) -> str:
        def answer(request: Request) -> Response:
            self.asked += 1
            response = Response(body, status=status, headers=headers, content_type="application/xml")
            if status == 200:
                response.add_etag()
                response.make_conditional(request)
            return response

        if path not in self._answers:
            self.server.expect_request(path).respond_with_handler(lambda request: self._answers[request.path](request))
        self._answers[path] = answer
        return self.server.url_for(path)


def posts(times: Sequence[datetime], more: int = 0) -> str:
    """An RSS document with a post for each of these times; `more` others have no date."""
    items = [
        f"<item><guid isPermaLink='false'>{at.isoformat()}</guid><title>Post of {at:%d %B %Y %H:%M}</title>"
        f"<link>http://blog.example/{at:%Y%m%d%H%M%S}</link><pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for at in times
    ]
    items += [
        f"<item><guid isPermaLink='false'>n{number}</guid><title>Thing {number}</title>"
        f"<link>http://blog.example/n{number}</link></item>"
        for number in range(more)
    ]
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>A blog</title>'
        f"<link>http://blog.example/</link><description>d</description>{''.join(items)}</channel></rss>"
    )


def daily(count: int, *, until: datetime = START) -> list[datetime]:
    """One post a day, the last one an hour before `until`."""
    return [until - timedelta(days=day, hours=1) for day in range(count)]


def source(url: str, id: str = "blog", more: str = "") -> str:
    return f'[[source]]\nid = "{id}"\nurl = "{url}"\n{more}\n'
