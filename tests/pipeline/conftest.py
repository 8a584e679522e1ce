"""A project in a temporary folder: config.toml, and the program over it."""

import asyncio
import shutil
from pathlib import Path

import pytest

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.pipeline.report import RunReport

HEAD = """
[site]
title = "Test"
base_url = "http://feeds.example/"
[fetch]
allow_private = ["127.0.0.0/8", "::1/128"]
"""


class Project:
    """A folder with a configuration. `once` and `poll` run the real program in this process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "config.toml"
        self.feeds = root / "feeds"

    def configure(self, text: str, head: str = HEAD) -> None:
        self.config.write_text(head + text)

    def app(self) -> App:
        return App(load(self.config, {}))

    def once(self, *, force: bool = True) -> RunReport:
        return asyncio.run(self.app().once(force=force))

    def poll(self, source: str, *, force: bool = False) -> RunReport:
        return asyncio.run(self.app().poll(source, force=force))

    def publish(self) -> None:
        """Publish from the store, without polling."""

        async def publish() -> None:
            async with self.app().engine("command") as engine:
                await engine.publish()

        asyncio.run(publish())

    def lose_store(self) -> None:
        """Delete the store with all that stands beside it."""
        for path in self.root.glob("aggregator.db*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def published(self) -> dict[str, bytes]:
        return {path.relative_to(self.feeds).as_posix(): path.read_bytes() for path in self._files()}

    def topic_files(self) -> dict[str, bytes]:
        """What is published beside the health feed, which tells what befalls sources."""
        return {name: body for name, body in self.published().items() if not name.startswith("health.")}

    def stats(self) -> dict[str, int]:
        return {path.relative_to(self.feeds).as_posix(): path.stat().st_mtime_ns for path in self._files()}

    def _files(self) -> list[Path]:
        return sorted(path for path in self.feeds.rglob("*") if path.is_file())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
