"""From the ledger to files: admit what waits, amend what changed, render what is dirty, replace what differs.

    per topic: settle (one transaction: waiting → ledger lines, changed stories, leaving by age)
               → close archives that are full (archives.py) → head → Feed → bytes in every format
               → files → note what was rendered, so that a clean topic costs nothing
    then the pages around them (pages.py); files of removed topics and dropped formats go

The store is the truth and feeds/ its shadow: a crash between the two is mended by the next publish, without network.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from sqlite_utils import Database

from aggregator.curate import compose
from aggregator.curate.compose import ANNOUNCED, announced
from aggregator.errors import PublishError
from aggregator.model import Feed, FeedEntry, Publication, Site, StoredItem, Topic
from aggregator.pipeline import digests
from aggregator.pipeline.archives import Archives, intact
from aggregator.pipeline.entries import compose_head
from aggregator.pipeline.pages import Pages, Read
from aggregator.pipeline.policies import Policies
from aggregator.pipeline.report import TopicReport
from aggregator.pipeline.settle import settle
from aggregator.publish import freshness, ledger, rendered
from aggregator.publish.formats import FORMATS
from aggregator.publish.fragments import Fragments
from aggregator.publish.writer import Writer
from aggregator.store import ledger as lines
from aggregator.store import takedowns, topics
from aggregator.store.store import Store
from aggregator.store.topics import TopicRow
from aggregator.version import version


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """What one transaction made of a topic."""

    row: TopicRow
    added: int
    revised: int
    left: int


@dataclass(frozen=True, slots=True)
class Publisher:
    """Writes the configured topics below a directory."""

    store: Store
    directory: Path
    site: Site
    topics: Sequence[Topic]
    policies: Policies = field(default_factory=Policies)
    fragments: Fragments = field(default_factory=Fragments)
    _writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_writer", Writer(self.directory))

    async def publish(self, now: datetime) -> tuple[TopicReport, ...]:
        """Bring every file up to what the store holds. One topic that cannot be written does not keep the others from it.

        Raises PublishError if the directory as a whole cannot be used, StoreError.
        """
        writer = self._writer
        await asyncio.to_thread(writer.ready)
        rows = await self.store.read(lambda db: {row.slug: row for row in topics.load_all(db)})
        feeds: dict[str, Read] = {}
        reports = [await self._topic(topic, rows[topic.slug], writer, now, feeds) for topic in self.topics]
        await self._pages().write(writer, feeds)
        await self._clear(writer)
        return tuple(reports)

    async def _topic(self, topic: Topic, row: TopicRow, writer: Writer, now: datetime, feeds: dict[str, Read]) -> TopicReport:
        if await asyncio.to_thread(self._is_clean, topic, row) and not await self._moves(topic, now):
            return TopicReport(slug=topic.slug, entries=_number(row.rendered.get("entries")))
        settled = await self.store.write(lambda db: self._settle(db, topic, now))
        history = self._history(topic, settled.row)
        closed = await history.close(now)
        feed = await self._head(topic, history)
        feeds[topic.slug] = Read(settled.row.generation, feed)
        note = row.rendered.get("archives") if row.rendered.get("signature") == self._signature(topic) else None
        try:
            restored = await history.restore(note, writer, self.directory)
            files, changed, quarantined = await asyncio.to_thread(self._write, feed, writer)
        except PublishError as error:
            return TopicReport(slug=topic.slug, entries=len(feed.entries), added=settled.added, archives=closed, error=str(error))
        left = {
            "generation": settled.row.generation,
            "signature": self._signature(topic),
            "entries": len(feed.entries),
            "max_age": freshness.max_age([entry.updated for entry in feed.entries]),
            "head": [entry.id for entry in feed.entries],
            "files": files,
            "archives": restored.note,
            "quarantined": list(quarantined),
        }
        await self.store.write(lambda db: topics.rendered(db, topic.slug, left))
        return TopicReport(
            slug=topic.slug,
            entries=len(feed.entries),
            added=settled.added,
            revised=settled.revised,
            left=settled.left,
            archives=closed,
            files=(*changed, *restored.files),
            quarantined=quarantined,
        )

    async def amend(self, told: Sequence[tuple[str, int]]) -> bool:
        """Render entries (topic, story) anew for the closed archives that hold them. True if any does. Raises StoreError."""
        rows = await self.store.read(lambda db: {row.slug: row for row in topics.load_all(db)}) if told else {}
        histories = {topic.slug: self._history(topic, rows[topic.slug]) for topic in self.topics if topic.slug in rows}
        return any([await histories[slug].amend(story) for slug, story in told if slug in histories])

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

    async def _moves(self, topic: Topic, now: datetime) -> bool:
        """Whether time alone changes the topic: a period ended, or entries are too old."""
        if await self.store.read(lambda db: digests.is_due(db, topic, now)):
            return True
        if topic.max_age is None:
            return False
        before = now - timedelta(seconds=topic.max_age)
        return bool(await self.store.read(lambda db: lines.older_than(db, topic.slug, before)))

    def _settle(self, db: Database, topic: Topic, now: datetime) -> _Settled:
        """Bring the ledger up to date."""
        row = topics.load(db, topic.slug)
        if row is None:
            raise AssertionError(f"topic {topic.slug} was never entered into the store")
        settled = settle(db, topic, now, self.policies)
        made = digests.settle(db, topic, now, self.policies)
        left = _age(db, topic, now)
        return _Settled(row=row, added=settled.added + made, revised=settled.revised, left=left)

    def compose(self, db: Database, slug: str, told: Sequence[tuple[Publication, StoredItem]]) -> list[FeedEntry]:
        """Lines of the ledger as the entries that a topic shows."""
        return compose_head(db, slug, told, self.policies)

    def _pages(self) -> Pages:
        return Pages(
            store=self.store,
            directory=self.directory,
            site=self.site,
            topics=self.topics,
            load=self._load,
            compose=self.compose,
            signature=self._signature,
        )

    async def _load(self, topic: Topic) -> Read:
        """The head of a topic that is published as it stands."""
        row = await self.store.read(lambda db: topics.load(db, topic.slug))
        if row is None:
            raise AssertionError(f"topic {topic.slug} was never entered into the store")
        return Read(row.generation, await self._head(topic, self._history(topic, row)))

    async def _head(self, topic: Topic, history: Archives) -> Feed:
        deleted = await self.store.read(lambda db: takedowns.tombstones(db, topic.slug, ANNOUNCED))
        return announced(await history.head(), deleted)

    def _history(self, topic: Topic, row: TopicRow) -> Archives:
        return Archives(
            store=self.store,
            site=self.site,
            topic=topic,
            shell=compose.feed(self.site, topic, row.feed_id, row.created, ()),
            compose=self.compose,
            fragments=self.fragments,
        )

    def _write(self, feed: Feed, writer: Writer) -> tuple[dict[str, list[int]], list[str], tuple[str, ...]]:
        """Render and replace. Returns the stat of each file, the names of those that changed, and what was left out."""
        files: dict[str, list[int]] = {}
        changed: list[str] = []
        quarantined: tuple[str, ...] = ()
        for format in self.site.formats:
            made = [self.fragments.of(format, entry) for entry in feed.entries]
            body = FORMATS[format].fill(FORMATS[format].frame(feed), [one.body for one in made if not one.wrong])
            name = feed.name(format)
            if writer.replace(name, body):
                changed.append(name)
            files[name] = _stat(self.directory / name) or []
            quarantined = rendered.quarantined(feed, made) or quarantined
        return files, changed, quarantined

    def _signature(self, topic: Topic) -> str:
        """Digest of everything but the store that decides what a topic renders to."""
        return blake2b(repr((version(), self.site, topic, self.policies.signature)).encode(), digest_size=16).hexdigest()

    async def _clear(self, writer: Writer) -> None:
        """Take away the feeds of topics and in formats that are no longer published."""
        known = await self.store.read(lambda db: {row.slug for row in topics.load_all(db)} | set(topics.aliases(db)))
        former = known - {topic.slug for topic in self.topics}
        dropped = {f"{topic.slug}.{format}" for topic in self.topics for format in FORMATS if format not in self.site.formats}
        for name in {f"{slug}.{format}" for slug in former for format in FORMATS} | dropped:
            writer.remove(name)
        for slug in former:
            writer.prune(slug, set())


def _age(db: Database, topic: Topic, now: datetime) -> int:
    """Let entries leave that are older than the topic's max_age, and return where it was raised. Events, so they are stored."""
    if topic.max_age is None:
        back = lines.left_by(db, topic.slug, "age", None)
        lines.write(db, [ledger.return_(line) for line in back])
        return 0
    before = now - timedelta(seconds=topic.max_age)
    lines.write(db, [ledger.return_(line) for line in lines.left_by(db, topic.slug, "age", before)])
    leaving = [ledger.leave(line, now, "age") for line in lines.older_than(db, topic.slug, before)]
    lines.write(db, leaving)
    return len(leaving)


def _stat(path: Path) -> list[int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return [stat.st_size, stat.st_mtime_ns]


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
