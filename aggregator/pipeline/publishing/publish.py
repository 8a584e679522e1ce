"""From the ledger to files: admit what waits, amend what changed, render what is dirty, replace what differs.

    BATCH topics at a time: settle (waiting → ledger lines, changed stories, leaving by age)      one commit
                            → close archives that are full (closing.py)                          a commit for many
                            → head → Feed → bytes in every format → files
                            → note what was rendered, so that a clean topic costs nothing          one commit
                            → their pages (pages.py)                                              one commit
    then the pages around them; files of removed topics and dropped formats go

The store is the truth and feeds/ its shadow: a crash between the two is mended by the next publish, without network. Commits
wait for the disk, so topics share them. All files are looked at now and then; in between, what has changed.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from pathlib import Path

from sqlite_utils import Database

from aggregator.curate import compose
from aggregator.errors import PublishError
from aggregator.model import Feed, FeedEntry, Publication, Site, StoredItem, Topic
from aggregator.pipeline.policies import Policies
from aggregator.pipeline.publishing import digests
from aggregator.pipeline.publishing.ageing import age, moves
from aggregator.pipeline.publishing.archivefolder import intact
from aggregator.pipeline.publishing.archives import Archives
from aggregator.pipeline.publishing.closing import close
from aggregator.pipeline.publishing.entries import compose_head
from aggregator.pipeline.publishing.pages import Pages, Read
from aggregator.pipeline.publishing.settle import settle
from aggregator.pipeline.report import TopicReport
from aggregator.publish import freshness, rendered
from aggregator.publish.formats import FORMATS
from aggregator.publish.fragments import Fragments
from aggregator.publish.writer import Writer
from aggregator.store import topics
from aggregator.store.store import Store
from aggregator.store.topics import TopicRow
from aggregator.version import version

BATCH = 50
"""Topics that are published together: their feeds are in memory at once, 200 KB to 400 KB each."""
LOOK = timedelta(seconds=30)
"""Between two looks at all files, for what somebody deleted or changed: a publication costs what changed, not what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """What one transaction made of a topic."""

    row: TopicRow
    added: int
    revised: int
    left: int


@dataclass(slots=True)
class _Memory:
    """Of the last publication: when all files were looked at, entries by topic, topics whose files could not be written."""

    looked: datetime | None = None
    whole: bool = True
    entries: dict[str, int] = field(default_factory=dict)
    unwritten: set[str] = field(default_factory=set)
    signatures: dict[str, str] = field(default_factory=dict)
    """By topic: neither it nor the policies change while a publisher lives."""


@dataclass(slots=True, eq=False)
class Publisher:
    """Writes the configured topics below a directory."""

    store: Store
    directory: Path
    site: Site
    topics: Sequence[Topic]
    policies: Policies = field(default_factory=Policies)
    fragments: Fragments = field(default_factory=Fragments)
    _memory: _Memory = field(default_factory=_Memory)
    _writer: Writer = field(init=False)
    _pages: Pages = field(init=False)

    def __post_init__(self) -> None:
        self._writer = Writer(self.directory)
        self._pages = Pages(
            store=self.store,
            directory=self.directory,
            site=self.site,
            topics=self.topics,
            load=self._load,
            compose=self.compose,
            signature=self._signature,
        )

    async def publish(self, now: datetime, *, whole: bool = False) -> tuple[TopicReport, ...]:
        """Bring every file up to what the store holds (`whole`: look at all of them). One topic that fails stops no other.

        Raises PublishError if the directory as a whole cannot be used, StoreError.
        """
        await asyncio.to_thread(self._writer.ready)
        memory = self._memory
        whole = memory.whole = whole or memory.looked is None or not timedelta(0) <= now - memory.looked < LOOK
        rows, moving = await self.store.read(lambda db: self._candidates(db, now))
        dirty = await asyncio.to_thread(self._dirty, rows, moving) if whole else [one for one in self.topics if one.slug in rows]
        memory.entries |= {slug: _number(row.rendered.get("entries")) for slug, row in rows.items()}
        reports = {topic.slug: TopicReport(slug=topic.slug, entries=memory.entries.get(topic.slug, 0)) for topic in self.topics}
        failed: list[Exception] = []
        for start in range(0, len(dirty), BATCH):
            batch = dirty[start : start + BATCH]
            feeds, failures = await self._batch(batch, rows, now, reports)
            failed.extend(failures)
            failed.extend(await self._pages.write(self._writer, batch, feeds))
        failed.extend(await self._pages.finish(self._writer, {topic.slug for topic in dirty}, now, whole=whole))
        if whole:
            await self._clear(self._writer)
        memory.entries |= {slug: report.entries for slug, report in reports.items()}
        memory.unwritten = {topic.slug for topic in dirty if reports[topic.slug].error}
        if failed:
            memory.looked = None
            raise failed[0]
        if whole:
            memory.looked = now
        return tuple(reports.values())

    def _candidates(self, db: Database, now: datetime) -> tuple[dict[str, TopicRow], set[str]]:
        """Rows of the topics that may be dirty, and which of them time alone changes."""
        moving = {topic.slug for topic in self.topics if moves(db, topic, now)}
        slugs = None if self._memory.whole else topics.unpublished(db) | self._memory.unwritten | moving
        return {row.slug: row for row in topics.load_all(db, slugs)}, moving

    async def _batch(
        self, batch: Sequence[Topic], rows: Mapping[str, TopicRow], now: datetime, reports: dict[str, TopicReport]
    ) -> tuple[dict[str, Read], list[Exception]]:
        """Publish some topics. Returns their feeds, and what went wrong with those that have none; puts their `reports`."""
        results = await self.store.write_all([partial(self._settle, topic=topic, now=now) for topic in batch])
        settled = {topic.slug: one for topic, one in zip(batch, results, strict=True) if isinstance(one, _Settled)}
        histories = {topic.slug: self._history(topic, settled[topic.slug].row) for topic in batch if topic.slug in settled}
        untouched = await asyncio.to_thread(self._untouched, [*histories], rows)
        closed = await close(self.store, [*histories.values()], self._writer, now)
        feeds: dict[str, Read] = {}
        notes: dict[str, Mapping[str, object]] = {}
        for slug, history in histories.items():
            feed = closed[slug].head or await history.head()
            feeds[slug] = Read(settled[slug].row.generation, feed)
            report = TopicReport(slug=slug, entries=len(feed.entries), added=settled[slug].added, archives=closed[slug].count)
            try:
                notes[slug], files, quarantined = await self._files(
                    history, rows[slug], settled[slug].row, feed, untouched=slug in untouched
                )
            except PublishError as error:
                reports[slug] = replace(report, error=str(error))
                continue
            told = settled[slug]
            files = (*closed[slug].files, *files)
            reports[slug] = replace(report, revised=told.revised, left=told.left, files=files, quarantined=quarantined)
        if notes:
            await self.store.write(lambda db: _note(db, notes))
        return feeds, [one for one in results if isinstance(one, Exception)]

    def _untouched(self, slugs: Sequence[str], rows: Mapping[str, TopicRow]) -> set[str]:
        """Topics whose archives are as they were left; all of them, while files are not looked at."""
        whole = self._memory.whole
        return {one for one in slugs if not whole or intact(rows[one].rendered.get("archives"), self.directory / one)}

    async def _files(
        self, history: Archives, before: TopicRow, row: TopicRow, feed: Feed, *, untouched: bool
    ) -> tuple[Mapping[str, object], tuple[str, ...], tuple[str, ...]]:
        """Write the files of a topic. Returns what to note of them, the names of those that changed, and what was left out."""
        signature = self._signature(history.topic)
        note = before.rendered.get("archives") if before.rendered.get("signature") == signature else None
        restored = await history.restore(note, self._writer, self.directory, untouched=untouched, whole=self._memory.whole)
        files, changed, quarantined, without = await asyncio.to_thread(self._write, feed, self._writer)
        left = {
            "generation": row.generation,
            "signature": signature,
            "entries": len(feed.entries),
            "max_age": freshness.max_age([entry.updated for entry in feed.entries]),
            "head": [entry.id for entry in feed.entries],
            "files": files,
            "archives": restored.note,
            "quarantined": list(quarantined),
            "without": sorted(without),
        }
        return left, (*changed, *restored.files), quarantined

    async def amend(self, told: Sequence[tuple[str, int]]) -> bool:
        """Render entries (topic, story) anew for the closed archives that hold them. True if any does. Raises StoreError."""
        rows = await self.store.read(lambda db: {row.slug: row for row in topics.load_all(db)}) if told else {}
        histories = {topic.slug: self._history(topic, rows[topic.slug]) for topic in self.topics if topic.slug in rows}
        return any([await histories[slug].amend(story) for slug, story in told if slug in histories])

    def _dirty(self, rows: Mapping[str, TopicRow], moving: Collection[str]) -> list[Topic]:
        return [topic for topic in self.topics if topic.slug in moving or not self._is_clean(topic, rows[topic.slug])]

    def _is_clean(self, topic: Topic, row: TopicRow) -> bool:
        """Whether the files on disk are what this generation of the topic renders to, as far as a stat can tell."""
        left = row.rendered
        if left.get("generation") != row.generation or left.get("signature") != self._signature(topic):
            return False
        files = left.get("files")
        if not isinstance(files, dict) or set(files) != {f"{topic.slug}.{format}" for format in self.site.formats}:
            return False
        if not intact(left.get("archives"), self.directory / topic.slug):
            return False
        return all(_stat(self.directory / name) == stat for name, stat in files.items())

    def _settle(self, db: Database, topic: Topic, now: datetime) -> _Settled:
        """Bring the ledger up to date."""
        row = topics.load(db, topic.slug)
        if row is None:
            raise AssertionError(f"topic {topic.slug} was never entered into the store")
        settled = settle(db, topic, now, self.policies)
        made = digests.settle(db, topic, now, self.policies)
        left = age(db, topic, now)
        return _Settled(row=row, added=settled.added + made, revised=settled.revised, left=left)

    def compose(self, db: Database, slug: str, told: Sequence[tuple[Publication, StoredItem]]) -> list[FeedEntry]:
        """Lines of the ledger as the entries that a topic shows."""
        return compose_head(db, slug, told, self.policies)

    async def _load(self, topic: Topic) -> Read:
        """The head of a topic that is published as it stands."""
        row = await self.store.read(lambda db: topics.load(db, topic.slug))
        if row is None:
            raise AssertionError(f"topic {topic.slug} was never entered into the store")
        return Read(row.generation, await self._history(topic, row).head())

    def _history(self, topic: Topic, row: TopicRow) -> Archives:
        return Archives(
            store=self.store,
            site=self.site,
            topic=topic,
            shell=compose.feed(self.site, topic, row.feed_id, row.created, ()),
            compose=self.compose,
            fragments=self.fragments,
        )

    def _write(self, feed: Feed, writer: Writer) -> tuple[dict[str, list[int]], list[str], tuple[str, ...], set[str]]:
        """Render and replace. Returns the stat of each file, the names of those that changed, what was left out, and its ids."""
        files: dict[str, list[int]] = {}
        changed: list[str] = []
        quarantined: tuple[str, ...] = ()
        without: set[str] = set()
        for format in self.site.formats:
            made = [self.fragments.of(format, entry) for entry in feed.entries]
            body = FORMATS[format].fill(FORMATS[format].frame(feed), [one.body for one in made if not one.wrong])
            name = feed.name(format)
            if writer.replace(name, body):
                changed.append(name)
            files[name] = _stat(self.directory / name) or []
            quarantined = rendered.quarantined(feed, made) or quarantined
            without |= {entry.id for entry, one in zip(feed.entries, made, strict=True) if one.wrong}
        return files, changed, quarantined, without

    def _signature(self, topic: Topic) -> str:
        """Digest of everything but the store that decides what a topic renders to."""
        if topic.slug not in self._memory.signatures:
            said = repr((version(), self.site, topic, self.policies.signature))
            self._memory.signatures[topic.slug] = blake2b(said.encode(), digest_size=16).hexdigest()
        return self._memory.signatures[topic.slug]

    async def _clear(self, writer: Writer) -> None:
        """Take away the feeds of topics and in formats that are no longer published."""
        known = await self.store.read(lambda db: {row.slug for row in topics.load_all(db)} | set(topics.aliases(db)))
        former = known - {topic.slug for topic in self.topics}
        dropped = {f"{topic.slug}.{format}" for topic in self.topics for format in FORMATS if format not in self.site.formats}
        for name in {f"{slug}.{format}" for slug in former for format in FORMATS} | dropped:
            writer.remove(name)
        for slug in former:
            writer.prune(slug, set())


def _note(db: Database, notes: Mapping[str, Mapping[str, object]]) -> None:
    for slug, note in notes.items():
        topics.rendered(db, slug, note)


def _stat(path: Path) -> list[int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return [stat.st_size, stat.st_mtime_ns]


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
