"""The pages that list everything: the index of topics, the directory of sources, and both as OPML.

    changed, or a file is not as it was? ─few are listed, or the last time is long ago→ written → note

Each takes as long as there is something to list, and changes with nearly every publication. So where that is much, changes are
gathered: publishing a topic must not cost more because there are others. What the configuration says shows at once.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.model import Site, Topic
from aggregator.pipeline.publishing import listed
from aggregator.pipeline.publishing.pagenotes import Note, Stats, digest, keep, stand, stat
from aggregator.publish import opml, pages
from aggregator.publish.listings import Named, TopicListing
from aggregator.publish.writer import Writer
from aggregator.store import sources
from aggregator.store.pages import DIRECTORY, SITE, SOURCES
from aggregator.store.store import Store
from aggregator.version import version

TOPICS = 50
"""Of so many, the index is written whenever it changes: 50 ms."""
SOURCES_AT_ONCE = 100
"""Of so many, the directory is written whenever it changes: 5 ms."""
GATHERING = timedelta(minutes=5)
"""Between two writes of a longer one: for so long caches keep it anyway."""
EACH = timedelta(milliseconds=36)
"""Between two writes of the directory, for each source: 100,000 take some seconds, and are written once an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePages:
    """Writes the site's own pages below a directory."""

    store: Store
    directory: Path
    site: Site
    topics: Sequence[Topic]

    async def write(self, notes: Mapping[str, Note], stale: Mapping[str, int], writer: Writer, now: datetime) -> None:
        """Bring them up to what `notes` of the topics say, and the store. Raises PublishError, StoreError."""
        await self._index(notes, writer, now)
        await self._directory(notes, stale, writer, now)

    async def _index(self, notes: Mapping[str, Note], writer: Writer, now: datetime) -> None:
        note = notes.get(SITE, Note())
        frame = digest(version(), self.site, [(topic.slug, topic.title, topic.subtitle) for topic in self.topics])
        stands = note.frame == frame and await asyncio.to_thread(stand, self.directory, note)
        if stands and len(self.topics) > TOPICS and _lately(note, now, GATHERING):
            return
        listings = [_listing(topic, notes.get(topic.slug, Note())) for topic in self.topics]
        signature = digest(listings)
        if stands and note.signature == signature:
            return
        written: dict[str, Callable[[], bytes]] = {
            "index.html": lambda: pages.index(self.site, listings),
            "style.css": pages.stylesheet,
            "icon.svg": pages.icon,
            "topics.opml": lambda: opml.render(self.site, listings),
        }
        files = await asyncio.to_thread(self._replace, written, writer)
        new = Note(signature=signature, frame=frame, files=files, written=now)
        await self.store.write(lambda db: keep(db, {SITE: new}, {}))

    async def _directory(self, notes: Mapping[str, Note], stale: Mapping[str, int], writer: Writer, now: datetime) -> None:
        note = notes.get(DIRECTORY, Note())
        topics = [TopicListing(slug=topic.slug, title=topic.title) for topic in self.topics]
        frame = digest(version(), self.site, topics)
        stands = note.frame == frame and await asyncio.to_thread(stand, self.directory, note)
        if stands and note.listed > SOURCES_AT_ONCE and _lately(note, now, max(GATHERING, note.listed * EACH)):
            return
        shown = [(Named(topic.title, topic.slug), notes.get(topic.slug, Note()).sources) for topic in topics]
        signature = digest(shown)
        if stands and note.signature == signature and SOURCES not in stale:
            return
        listing = await self.store.read(lambda db: listed.directory(db, sources.active(db), shown))
        written: dict[str, Callable[[], bytes]] = {
            "sources.html": lambda: pages.directory(self.site, topics, listing),
            "sources.opml": lambda: opml.render_sources(self.site, listing),
        }
        files = await asyncio.to_thread(self._replace, written, writer)
        new = Note(signature=signature, frame=frame, files=files, listed=len(listing), written=now)
        await self.store.write(lambda db: keep(db, {DIRECTORY: new}, {SITE: stale}))

    def _replace(self, written: Mapping[str, Callable[[], bytes]], writer: Writer) -> Stats:
        for name, render in written.items():
            writer.replace(name, render(), lasting=False)
        return {name: stat(self.directory / name) for name in written}


def _lately(note: Note, now: datetime, interval: timedelta) -> bool:
    return note.written is not None and timedelta(0) <= now - note.written < interval


def _listing(topic: Topic, note: Note) -> TopicListing:
    return note.listing or TopicListing(slug=topic.slug, title=topic.title, subtitle=topic.subtitle)
