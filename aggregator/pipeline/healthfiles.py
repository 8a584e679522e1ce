"""feeds/health.atom, .rss, .json: written anew where incidents changed, or where somebody touched the files."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aggregator.health import entries
from aggregator.model import Feed, Site
from aggregator.publish.formats import FORMATS
from aggregator.publish.mint import feed_id
from aggregator.publish.writer import Writer
from aggregator.store import incidents
from aggregator.store.store import Store


class HealthFiles:
    """The files of one folder. `publish` False: there are none."""

    def __init__(self, store: Store, directory: Path, site: Site, *, publish: bool) -> None:
        self._store = store
        self._directory = directory
        self._writer = Writer(directory)
        self._site = site
        self._publish = publish
        self._written: Mapping[str, tuple[int, int] | None] | None = None

    @property
    def stale(self) -> bool:
        """Whether the files lag behind what is known."""
        return self._written is None

    def age(self) -> None:
        """Something changed: the next `write` writes them."""
        self._written = None

    async def write(self) -> None:
        """Files of the formats that are published, and no others. Nothing is done where they are as they were left."""
        if self._written is not None and await asyncio.to_thread(self._stats) == self._written:
            return
        newest = await self._store.read(lambda db: incidents.newest(db, entries.LIMIT))
        feed = entries.feed(self._site, feed_id(entries.SLUG), newest)
        self._written = await asyncio.to_thread(self._replace, feed)

    def _replace(self, feed: Feed) -> Mapping[str, tuple[int, int] | None]:
        writer = self._writer
        writer.ready()
        for name, renderer in FORMATS.items():
            if self._publish and name in self._site.formats:
                writer.replace(f"{entries.SLUG}.{renderer.SUFFIX}", renderer.render(feed).body)
            else:
                writer.remove(f"{entries.SLUG}.{renderer.SUFFIX}")
        return self._stats()

    def _stats(self) -> Mapping[str, tuple[int, int] | None]:
        return {name: _stat(self._directory / f"{entries.SLUG}.{renderer.SUFFIX}") for name, renderer in FORMATS.items()}


def _stat(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
