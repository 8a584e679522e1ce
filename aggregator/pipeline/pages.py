"""The pages around the feeds, and only those that are no longer right: a publish without news looks at notes and writes nothing.

    per topic   dirty (generation, signature, stale months, files)? → its stale months → its page → note
    the site    anything that the index and topics.opml show changed? → these → note;  so the directory and sources.opml
    and the pages of topics that are no longer published go

A month is stale when the ledger changed in it (triggers in the store say so), so what is written is in proportion to what is new.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError
from sqlite_utils import Database

from aggregator.errors import PublishError
from aggregator.model import Feed, Site, Topic
from aggregator.pipeline import listed
from aggregator.pipeline.listed import Compose
from aggregator.publish import opml, pages
from aggregator.publish.listings import Month, Named, Telling, TopicListing, listing
from aggregator.publish.listings import sources as sources_of
from aggregator.publish.writer import Writer
from aggregator.store import pages as stored
from aggregator.store import sources, topics
from aggregator.store.pages import DIRECTORY, SITE, SOURCES, Stale
from aggregator.store.store import Store
from aggregator.store.topics import TopicRow
from aggregator.version import version


class Read(NamedTuple):
    """A feed as it was read from the store."""

    generation: int
    feed: Feed


BATCH = 50
"""Topics whose pages are noted in one commit."""
MANY = 1000
"""Sources of which the directory is written as soon as anything in it changes: a tenth of a second."""
GATHERING = timedelta(hours=1)
"""Between two writes of a directory of more: 100,000 take ten seconds."""
Load = Callable[[Topic], Awaitable[Read]]
Stats = Mapping[str, tuple[int, ...]]
"""Name of a file → its size and mtime (ns); nothing where there is no such file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is known of a topic's pages, or of the site's own, from when they were written."""

    signature: str = ""
    """Digest of everything but the store that decided what they show."""
    generation: int = 0
    listing: TopicListing | None = None
    sources: tuple[Named, ...] = ()
    """Whose stories the topic showed."""
    months: Mapping[str, int] = field(default_factory=dict)
    """Stories by month, oldest first."""
    frame: str = ""
    """Of the directory: digest of what configuration says about it."""
    listed: int = 0
    """How many sources it names."""
    written: datetime | None = None
    files: Stats = field(default_factory=dict)


_note = TypeAdapter(Note)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says before anything is written."""

    rows: Mapping[str, TopicRow]
    notes: Mapping[str, Note]
    stale: Stale

    def note(self, topic: Topic) -> Note:
        return self.notes.get(topic.slug, Note())


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Writes the pages of the configured topics below a directory."""

    store: Store
    directory: Path
    site: Site
    topics: Sequence[Topic]
    load: Load
    """Reads the feed of a topic from the store."""
    compose: Compose
    signature: Callable[[Topic], str]
    """Digest of everything but the store that decides what a topic shows."""
    _parsed: dict[str, tuple[str, Note]] = field(default_factory=dict)

    async def write(self, writer: Writer, chosen: Sequence[Topic], feeds: Mapping[str, Read]) -> list[PublishError]:
        """Bring the pages of some topics up to what the store holds. `feeds`: those that were just read from it, by slug.

        Returns what went wrong, after everything else was written. Raises StoreError.
        """
        slugs = [topic.slug for topic in chosen]
        known = await self.store.read(lambda db: self._look(db, slugs))
        failed: list[PublishError] = []
        written: list[Callable[[Database], None]] = []
        for topic in chosen:
            note = known.note(topic)
            if await asyncio.to_thread(self._dirty, topic, note, known):
                try:
                    read = feeds.get(topic.slug) or await self.load(topic)
                    written.append(await self._topic(topic, read, note, known, writer))
                except PublishError as error:
                    failed.append(error)
        if written:
            await self.store.write(lambda db: [keep(db) for keep in written])
        return failed

    async def finish(self, writer: Writer, done: Collection[str], now: datetime) -> list[PublishError]:
        """Bring up what is left: pages of topics but those `done`, and those of the site. As `write`."""
        known = await self.store.read(lambda db: self._look(db))
        rest = [topic for topic in self.topics if topic.slug not in done]
        stale = await asyncio.to_thread(lambda: [topic for topic in rest if self._dirty(topic, known.note(topic), known)])
        failed: list[PublishError] = []
        for start in range(0, len(stale), BATCH):
            failed += await self.write(writer, stale[start : start + BATCH], {})
        try:
            known = await self.store.read(lambda db: self._look(db)) if stale else known
            await self._site(known, writer)
            await self._directory(known, writer, now)
            await self._clear(known, writer)
        except PublishError as error:
            failed.append(error)
        return failed

    def _look(self, db: Database, slugs: Collection[str] | None = None) -> _Known:
        """What the store says of some topics, or of all; and of the site."""
        return _Known(
            rows={row.slug: row for row in topics.load_all(db, slugs)},
            notes={topic: self._read(topic, text) for topic, text in stored.notes(db, slugs).items()},
            stale=stored.stale(db),
        )

    def _read(self, topic: str, text: str) -> Note:
        """A note, which is parsed once for as long as it stays the same."""
        there = self._parsed.get(topic)
        if there is None or there[0] != text:
            there = self._parsed[topic] = (text, _read(text))
        return there[1]

    # ── a topic ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _dirty(self, topic: Topic, note: Note, known: _Known) -> bool:
        return (
            topic.slug in known.stale
            or note.generation != known.rows[topic.slug].generation
            or note.signature != self.signature(topic)
            or not self._stand(note)
        )

    async def _topic(self, topic: Topic, read: Read, note: Note, known: _Known, writer: Writer) -> Callable[[Database], None]:
        """Write the pages of a topic. Returns the work that notes it."""
        stale = known.stale.get(topic.slug, {})
        wanted = set(stale)
        if note.signature != self.signature(topic) or not await asyncio.to_thread(self._stand, note):
            wanted |= {*await self.store.read(lambda db: stored.months(db, topic.slug)), *note.months}
        lines = {name: await self._lines(topic, name) for name in sorted(wanted)}
        counts = {**note.months, **{name: len(told) for name, told in lines.items()}}
        counts = {name: counts[name] for name in sorted(counts) if counts[name]}
        for name in sorted(_beside(counts.keys() ^ note.months.keys(), counts) - lines.keys()):  # they link to each other
            lines[name] = await self._lines(topic, name)
        new = Note(
            signature=self.signature(topic),
            generation=read.generation,
            listing=listing(read.feed),
            sources=tuple(sorted((who for who, _ in sources_of(read.feed)), key=repr)),
            months=counts,
            files=await asyncio.to_thread(self._write_topic, read.feed, counts, lines, note.files, writer),
        )
        return partial(_keep, topic=topic.slug, note=new, stale=stale)

    async def _lines(self, topic: Topic, month: str) -> list[Telling]:
        return await self.store.read(partial(listed.stories, slug=topic.slug, month=month, compose=self.compose))

    def _write_topic(
        self, feed: Feed, counts: Mapping[str, int], lines: Mapping[str, Sequence[Telling]], before: Stats, writer: Writer
    ) -> Stats:
        names = list(counts)
        files = dict(before)
        for name, told in lines.items():
            file = f"{feed.slug}/{name}.html"
            files.pop(file, None)
            if not told:
                writer.remove(file)
                continue
            place = names.index(name)
            earlier = names[place - 1] if place else None
            later = names[place + 1] if place + 1 < len(names) else None
            writer.replace(file, pages.month(self.site, listing(feed), name, told, before=earlier, after=later), lasting=False)
            files[file] = _stat(self.directory / file)
        page = f"{feed.slug}.html"
        writer.replace(
            page,
            pages.topic(self.site, feed, [Month(name=name, stories=counts[name]) for name in reversed(names)]),
            lasting=False,
        )
        files[page] = _stat(self.directory / page)
        return files

    # ── the site ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _site(self, known: _Known, writer: Writer) -> None:
        listings = [known.note(topic).listing or _unwritten(topic, known.rows[topic.slug]) for topic in self.topics]
        note = known.notes.get(SITE, Note())
        signature = _digest(version(), self.site, listings)
        if note.signature == signature and await asyncio.to_thread(self._stand, note):
            return
        written = {
            "index.html": lambda: pages.index(self.site, listings),
            "style.css": pages.stylesheet,
            "icon.svg": pages.icon,
            "topics.opml": lambda: opml.render(self.site, listings),
        }
        files = await asyncio.to_thread(self._replace, written, writer)
        await self.store.write(partial(_keep, topic=SITE, note=Note(signature=signature, files=files), stale={}))

    async def _directory(self, known: _Known, writer: Writer, now: datetime) -> None:
        """The directory takes as long as there are sources: where these are many, changes are gathered."""
        topics = [TopicListing(slug=topic.slug, title=topic.title) for topic in self.topics]
        shown = [(Named(topic.title, topic.slug), known.notes.get(topic.slug, Note()).sources) for topic in topics]
        note = known.notes.get(DIRECTORY, Note())
        stale = known.stale.get(SITE, {})
        frame, signature = _digest(version(), self.site, topics), _digest(version(), self.site, shown)
        stands = note.frame == frame and await asyncio.to_thread(self._stand, note)
        same = note.signature == signature and SOURCES not in stale
        if stands and (same or (note.written is not None and note.listed > MANY and now - note.written < GATHERING)):
            return
        listing = await self.store.read(lambda db: listed.directory(db, sources.active(db), shown))
        written = {
            "sources.html": lambda: pages.directory(self.site, topics, listing),
            "sources.opml": lambda: opml.render_sources(self.site, listing),
        }
        files = await asyncio.to_thread(self._replace, written, writer)
        new = Note(signature=signature, frame=frame, files=files, listed=len(listing), written=now)
        await self.store.write(partial(_keep, topic=DIRECTORY, note=new, stale=stale, of=SITE))

    def _replace(self, written: Mapping[str, Callable[[], bytes]], writer: Writer) -> Stats:
        for name, render in written.items():
            writer.replace(name, render(), lasting=False)
        return {name: _stat(self.directory / name) for name in written}

    async def _clear(self, known: _Known, writer: Writer) -> None:
        """Take away the pages of topics that are not published any more."""
        gone = (known.notes.keys() | known.stale.keys()) - {topic.slug for topic in self.topics} - {SITE, DIRECTORY}
        if gone:
            for name in [name for slug in gone for name in known.notes.get(slug, Note()).files]:
                await asyncio.to_thread(writer.remove, name)
            await self.store.write(lambda db: stored.forget(db, gone))

    def _stand(self, note: Note) -> bool:
        """Whether every file that was noted is there as it was written, as far as a stat can tell."""
        return bool(note.files) and all(_stat(self.directory / name) == stat for name, stat in note.files.items())


def _read(text: str) -> Note:
    try:
        return _note.validate_json(text)
    except ValidationError:  # another version wrote it: all pages are written anew
        return Note()


def _keep(db: Database, topic: str, note: Note, stale: Mapping[str, int], of: str | None = None) -> None:
    stored.note(db, topic, _note.dump_json(note, exclude_defaults=True).decode())
    stored.settle(db, topic if of is None else of, stale)


def _beside(changed: Iterable[str], counts: Mapping[str, int]) -> set[str]:
    """The months that stand next to one that came or went."""
    found = set()
    for name in changed:
        found |= {max((one for one in counts if one < name), default=""), min((one for one in counts if one > name), default="")}
    return found - {""}


def _unwritten(topic: Topic, row: TopicRow) -> TopicListing:
    """A topic whose pages could never be written."""
    return TopicListing(slug=topic.slug, title=topic.title, subtitle=topic.subtitle, updated=row.created)


def _stat(path: Path) -> tuple[int, ...]:
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_size, stat.st_mtime_ns


def _digest(*values: object) -> str:
    return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
