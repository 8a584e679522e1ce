"""The pages around the feeds, and only those that are no longer right: a publish without news looks at notes and writes nothing.

    per topic   dirty (generation, signature, stale days, files)? → the pages of its stale days (months) → its page → note
    the site    see sitepages
    and the pages of topics that are no longer published go

A day is stale when the ledger changed in it (triggers in the store say so); the lines that did not change are kept, so that
what is made is in proportion to what is new.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from aggregator.errors import PublishError
from aggregator.model import Feed, Site, Topic
from aggregator.pipeline.publishing import listed, months
from aggregator.pipeline.publishing.listed import Compose
from aggregator.pipeline.publishing.pagenotes import Note, keep, read, stand, stat
from aggregator.pipeline.publishing.sitepages import SitePages
from aggregator.publish import pages
from aggregator.publish.listings import Month, TopicListing, listing
from aggregator.publish.listings import sources as sources_of
from aggregator.publish.writer import Writer
from aggregator.store import pages as stored
from aggregator.store import topics
from aggregator.store.pages import DIRECTORY, SITE, Stale
from aggregator.store.store import Store
from aggregator.store.topics import TopicRow


class Read(NamedTuple):
    """A feed as it was read from the store."""

    generation: int
    feed: Feed


BATCH = 50
"""Topics whose pages are noted in one commit."""
Load = Callable[[Topic], Awaitable[Read]]


class _Made(NamedTuple):
    """Lines of a page that were made, by story; how often its days had changed by then. `afresh`: none that were kept hold."""

    slug: str
    name: str
    lines: Mapping[int, str]
    changes: Mapping[str, int]
    afresh: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says before anything is written."""

    rows: Mapping[str, TopicRow]
    notes: Mapping[str, Note]
    stale: Stale

    def note(self, topic: Topic) -> Note:
        return self.notes.get(topic.slug, Note())


@dataclass(slots=True, kw_only=True, eq=False)
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
    _notes: dict[str, Note] = field(default_factory=dict)
    _site: SitePages = field(init=False)

    def __post_init__(self) -> None:
        self._site = SitePages(store=self.store, directory=self.directory, site=self.site, topics=self.topics)

    async def write(self, writer: Writer, chosen: Sequence[Topic], feeds: Mapping[str, Read]) -> list[PublishError]:
        """Bring the pages of some topics up to what the store holds. `feeds`: those that were just read from it, by slug.

        Returns what went wrong, after everything else was written. Raises StoreError.
        """
        slugs = [topic.slug for topic in chosen]
        known = await self.store.read(lambda db: self._look(db, slugs))
        failed: list[PublishError] = []
        noted: dict[str, Note] = {}
        made: list[_Made] = []
        for topic, stands in await asyncio.to_thread(self._choose, chosen, known):
            try:
                of = feeds.get(topic.slug) or await self.load(topic)
                noted[topic.slug], lines = await self._topic(topic, of, known, writer, stands=stands)
                made += lines
            except PublishError as error:
                failed.append(error)
        if noted:
            await self.store.write(lambda db: _keep(db, noted, known.stale, made))
            self._notes.update(noted)
        return failed

    async def finish(self, writer: Writer, done: Collection[str], now: datetime, *, whole: bool) -> list[PublishError]:
        """Bring up what is left: pages of topics but those `done`, and those of the site. Not `whole`: only what the store says.

        Returns what went wrong, as `write`. Raises StoreError.
        """
        known = await self.store.read(lambda db: self._look(db, None if whole else (SITE, DIRECTORY, *stored.stale(db))))
        rest = [topic for topic in self.topics if topic.slug not in done and (whole or topic.slug in known.stale)]
        stale = await asyncio.to_thread(lambda: [topic for topic in rest if self._dirty(topic, known.note(topic), known)])
        failed: list[PublishError] = []
        for start in range(0, len(stale), BATCH):
            failed += await self.write(writer, stale[start : start + BATCH], {})
        try:
            if whole or done or stale or SITE in known.stale:
                await self._site.write(self._notes, known.stale.get(SITE, {}), writer, now)
            if whole:
                await self._clear(known, writer)
        except PublishError as error:
            failed.append(error)
        return failed

    def _look(self, db: Database, slugs: Collection[str] | None = None) -> _Known:
        """What the store says of some topics, or of all."""
        rows = {row.slug: row for row in topics.load_all(db, slugs)}
        notes = {topic: self._read(topic, text) for topic, text in stored.notes(db, slugs).items()}
        new = {
            topic.slug: _unwritten(topic, rows[topic.slug])
            for topic in self.topics
            if topic.slug in rows and topic.slug not in self._notes
        }
        self._notes.update(new | notes)
        return _Known(rows=rows, notes=notes, stale=stored.stale(db))

    def _read(self, topic: str, text: str) -> Note:
        """A note, which is parsed once for as long as it stays the same."""
        there = self._parsed.get(topic)
        if there is None or there[0] != text:
            there = self._parsed[topic] = (text, read(text))
        return there[1]

    # ── a topic ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _dirty(self, topic: Topic, note: Note, known: _Known) -> bool:
        return (
            topic.slug in known.stale
            or note.generation != known.rows[topic.slug].generation
            or note.signature != self.signature(topic)
            or not stand(self.directory, note)
        )

    def _choose(self, chosen: Sequence[Topic], known: _Known) -> list[tuple[Topic, bool]]:
        """Those of these topics that are dirty, and whether the files of each stand."""
        dirty = [topic for topic in chosen if self._dirty(topic, known.note(topic), known)]
        return [(topic, stand(self.directory, known.note(topic))) for topic in dirty]

    async def _topic(self, topic: Topic, of: Read, known: _Known, writer: Writer, *, stands: bool) -> tuple[Note, list[_Made]]:
        """Write the pages of a topic. Returns what to note of them, and the lines that were made for them."""
        note, stale = known.note(topic), known.stale.get(topic.slug, {})
        afresh = note.signature != self.signature(topic)
        everything = afresh or not stands
        counted = await self.store.read(lambda db: _count(db, topic.slug, note, stale, everything=everything))
        head = listing(of.feed)
        made = months.plan(note.months, note.days, counted, stale, afresh=everything)
        lines: list[_Made] = []
        files = dict(note.files)
        for name in made.write:
            divided = made.days.get(name)
            before, after = made.around(name)
            if divided is not None:
                body = partial(pages.days, self.site, head, name, divided, before=before, after=after)
            else:
                read = partial(listed.page, slug=topic.slug, name=name, compose=self.compose, afresh=afresh)
                page = await self.store.read(read)
                lines.append(_Made(topic.slug, name, page.made, stale, afresh))
                body = partial(pages.month, self.site, head, name, page.lines, before=before, after=after)
            file = f"{topic.slug}/{name}.html"
            files[file] = await asyncio.to_thread(self._replace, file, body, writer)
        orphans = await asyncio.to_thread(_orphans, self.directory / topic.slug, made) if everything else ()
        for name in (*made.remove, *orphans):
            files.pop(f"{topic.slug}/{name}.html", None)
            await asyncio.to_thread(writer.remove, f"{topic.slug}/{name}.html")
        archive = [Month(name=name, stories=count) for name, count in sorted(made.months.items(), reverse=True)]
        own = f"{topic.slug}.html"
        files[own] = await asyncio.to_thread(self._replace, own, partial(pages.topic, self.site, of.feed, archive), writer)
        left = Note(
            signature=self.signature(topic),
            generation=of.generation,
            listing=head,
            sources=tuple(sorted((who for who, _ in sources_of(of.feed)), key=repr)),
            months=made.months,
            days=made.days,
            files=files,
        )
        return left, lines

    def _replace(self, name: str, render: Callable[[], bytes], writer: Writer) -> tuple[int, ...]:
        writer.replace(name, render(), lasting=False)
        return stat(self.directory / name)

    async def _clear(self, known: _Known, writer: Writer) -> None:
        """Take away the pages of topics that are not published any more."""
        gone = (known.notes.keys() | known.stale.keys()) - {topic.slug for topic in self.topics} - {SITE, DIRECTORY}
        if gone:
            for name in [name for slug in gone for name in known.notes.get(slug, Note()).files]:
                await asyncio.to_thread(writer.remove, name)
            await self.store.write(lambda db: stored.forget(db, gone))


def _keep(db: Database, notes: Mapping[str, Note], stale: Stale, made: Sequence[_Made]) -> None:
    """Keep what was written: lines first, which are only kept where nothing changed since."""
    for slug in {one.slug for one in made if one.afresh}:
        stored.forget_lines(db, slug)
    for one in made:
        stored.keep_lines(db, one.slug, one.name, one.lines, one.changes)
    keep(db, notes, stale)


def _count(db: Database, slug: str, note: Note, stale: Collection[str], *, everything: bool) -> dict[str, months.Days]:
    """The days of the months that something changed in (or of all): of a divided month only those that changed are counted."""
    chosen = {months.month_of(day) for day in stale} | ({*stored.months(db, slug), *note.months} if everything else set())
    counted: dict[str, months.Days] = {}
    for month in chosen:
        before = note.days.get(month)
        if before is None or everything:
            counted[month] = stored.days(db, slug, month)
        else:
            changed = [day for day in stale if months.month_of(day) == month]
            counted[month] = {**before, **{day: stored.days(db, slug, day).get(day, 0) for day in changed}}
    return counted


def _orphans(folder: Path, made: months.Plan) -> list[str]:
    """Pages that nobody noted: whoever wrote them was killed before, and what they showed is gone since."""
    wanted = {*made.months, *(day for days in made.days.values() for day in days)}
    there = (path.stem for path in folder.glob("????-??*.html") if months.NAME.fullmatch(path.stem))
    return sorted(set(there) - wanted)


def _unwritten(topic: Topic, row: TopicRow) -> Note:
    """Of a topic whose pages could never be written."""
    return Note(listing=TopicListing(slug=topic.slug, title=topic.title, subtitle=topic.subtitle, updated=row.created))
