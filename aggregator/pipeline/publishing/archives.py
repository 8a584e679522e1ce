"""A topic's history: which entries its archives take, the archives' bytes in the store, and their files as its shadow.

    look        what stands or waits, read and rendered once ─full→ archives to be closed (closing.py), or the head
    restore     archives in the store → feeds/<slug>/<n>.<format>, before the head that leads to them

An archive that is in the store is closed, whether its files were written or not: a crash in between is mended by the next
publish, and a deleted feeds/ by the same way, byte for byte.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from aggregator.curate.compose import ANNOUNCED, announced, via
from aggregator.model import Feed, FeedEntry, Publication, Site, StoredItem, Tombstone, Topic
from aggregator.pipeline.publishing.archivefolder import modified, seen, sizes
from aggregator.publish import archive
from aggregator.publish.formats import FORMATS
from aggregator.publish.fragments import Fragments
from aggregator.publish.writer import Writer
from aggregator.store import archives, ledger, takedowns
from aggregator.store.archives import ArchiveFile, Extent
from aggregator.store.store import Store

AT_ONCE = 10
"""Archives that are closed in one transaction, 2 MB of entries or so: the writer takes 40 ms to compress and store them."""
Lines = Sequence[tuple[Publication, StoredItem]]
Told = Sequence[tuple[Publication, FeedEntry]]
Compose = Callable[[Database, str, Lines], Sequence[FeedEntry]]
"""Lines of the ledger → their entries, in the same order."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What `restore` did. `note` is to be kept, and to be given to it the next time."""

    note: dict[str, int]
    files: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """An archive that is full, rendered and about to be closed. `lines` are newest first."""

    slug: str
    number: int
    lines: Sequence[Publication]
    files: Mapping[str, ArchiveFile]
    bodies: Mapping[str, bytes]
    """By name: what `files` make."""


@dataclass(frozen=True, slots=True)
class Look:
    """Archives that are full; where none is, the head, which is made of what was read for that."""

    full: Sequence[Full] = ()
    head: Feed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Current:
    """What the store says, at one moment. `counts`: the archives that their number alone makes of what is `told`."""

    told: Told
    """In the order of delivery, where it may close an archive."""
    last: int
    """Number of the newest archive, 0 without any."""
    counts: Sequence[int] = ()
    deleted: Sequence[Tombstone] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Archives:
    """The history of one topic. `shell` is its feed without entries."""

    store: Store
    site: Site
    topic: Topic
    shell: Feed
    compose: Compose
    fragments: Fragments

    async def look(self) -> Look:
        """The oldest archives that are full now, at most AT_ONCE, rendered; where none is, the head. Raises StoreError."""
        return await asyncio.to_thread(self._decide, await self.store.read(self._current))

    async def head(self) -> Feed:
        """The head as it stands now, though archives may be full. Raises StoreError."""
        standing = partial(self._standing, lines=ledger.head)
        return await asyncio.to_thread(self._head, await self.store.read(standing))

    async def restore(self, note: object, writer: Writer, directory: Path, *, untouched: bool, whole: bool = True) -> Restored:
        """Bring the files of all archives up to what the store holds. Where `note` still holds, only new ones are looked at.

        `untouched`: they were as the note says before new ones were written. Not `whole`: that is believed, for nobody looked.
        Raises PublishError, StoreError.
        """
        slug, folder = self.topic.slug, directory / self.topic.slug
        known = note if isinstance(note, dict) else {}
        last = known.get("last", 0)

        def stored(db: Database) -> tuple[Extent, bool, dict[tuple[int, str], tuple[str, int]]]:
            extent = archives.extent(db, slug)
            as_left = untouched and known.get("edition") == extent.edition - (extent.last - last)
            return extent, as_left, archives.sizes(db, slug, last + 1 if as_left else 1)

        extent, as_left, kept = await self.store.read(stored)
        if as_left and extent.last == last and not whole:  # the most frequent case: nobody looks at files, and none is new
            return Restored({**known, "modified": -1}, [])
        first = last + 1 if as_left else 1
        there = await asyncio.to_thread(sizes, folder, self._names(range(first, extent.last + 1)) if as_left else None)
        files = []
        for number in self._amiss(kept, there, range(first, extent.last + 1)):
            for name, body in await self._files(number):
                kept[number, name.rpartition(".")[2]] = "", len(body)
                if await asyncio.to_thread(writer.replace, name, body):
                    files.append(name)
        left = {"last": extent.last, "edition": extent.edition}
        if as_left:  # a folder is not read again for what is known of it; what was not looked at is to be, the next time
            new = [size for (_, format), (_, size) in kept.items() if format in self.site.formats]
            as_said = {
                "modified": modified(folder) if whole else -1,
                "files": known["files"] + len(new),
                "bytes": known["bytes"] + sum(new),
            }
            return Restored(left | as_said, files)
        wanted = {f"{slug}/{name}" for name in self._names(range(1, extent.last + 1))}
        await asyncio.to_thread(writer.prune, slug, wanted)
        return Restored(left | await asyncio.to_thread(seen, folder), files)

    async def amend(self, story: int) -> bool:
        """Put an entry, as it is now, into the archives that hold it. False if none does. Raises StoreError."""
        slug = self.topic.slug
        if not await self.store.read(lambda db: archives.holding(db, slug, story)):
            return False
        told = await self.store.read(lambda db: self._told(db, ledger.told(db, slug, story)))
        bodies = await asyncio.to_thread(
            lambda: {format: self.fragments.of(format, entry).body for format in FORMATS for _, entry in told}
        )
        await self.store.write(lambda db: archives.cut(db, slug, story, bodies))
        return True

    # ── the steps ───────────────────────────────────────────────────────────────────────────────────────────

    def _current(self, db: Database) -> _Current:
        """What is to be decided on. Lines are only read where the number of those that wait does not tell what closes."""
        regular, limit = archive.size(self.topic.limit), self.topic.limit
        waiting = ledger.count_unarchived(db, self.topic.slug, limit + regular * AT_ONCE)
        if waiting < limit + regular:
            return self._standing(db)
        counts = [regular] * ((waiting - limit) // regular)
        lines = ledger.unarchived(db, self.topic.slug, sum(counts))
        return _Current(counts=counts, told=self._told(db, lines), last=archives.extent(db, self.topic.slug).last)

    def _standing(self, db: Database, lines: Callable[[Database, str, int], Lines] = ledger.current) -> _Current:
        slug = self.topic.slug
        return _Current(
            told=self._told(db, lines(db, slug, self.topic.limit)),
            last=archives.extent(db, slug).last,
            deleted=takedowns.tombstones(db, slug, ANNOUNCED),
        )

    def _decide(self, current: _Current) -> Look:
        if current.counts:
            return Look(full=self._render(current.counts, current.told, current.last))
        delivered = self._weigh(current.told)
        count = archive.full([one for one in delivered if one.line.archive is None], self.topic.limit, self.topic.most_bytes)
        if not count:
            return Look(head=self._head(current, delivered))
        waiting = [(line, entry) for line, entry in current.told if line.archive is None]
        return Look(full=self._render([count], waiting, current.last))

    def _head(self, current: _Current, delivered: Sequence[archive.Delivered] | None = None) -> Feed:
        standing = archive.head(delivered or self._weigh(current.told), self.topic.limit, self.topic.most_bytes)
        entries = {line.story: entry for line, entry in current.told}
        feed = self._feed([entries[line.story] for line in standing], previous=current.last or None)
        return announced(feed, current.deleted)

    def _render(self, counts: Sequence[int], waiting: Told, last: int) -> list[Full]:
        made, start = [], 0
        for number, count in enumerate(counts, last + 1):
            piece = waiting[start : start + count][::-1]
            feed = self._feed([entry for _, entry in piece], archive=number, previous=number - 1 or None)
            files = {format: self._file(feed, format) for format in self.site.formats}
            bodies = {feed.name(format): _body(format, file) for format, file in files.items()}
            files = {format: replace(file, size=len(bodies[feed.name(format)])) for format, file in files.items()}
            lines = [line for line, _ in piece]
            made.append(Full(slug=self.topic.slug, number=number, lines=lines, files=files, bodies=bodies))
            start += count
        return made

    def _names(self, numbers: Iterable[int]) -> list[str]:
        return [f"{number}.{format}" for number in numbers for format in self.site.formats]

    def _amiss(
        self, kept: Mapping[tuple[int, str], tuple[str, int]], there: Mapping[str, int], numbers: Iterable[int]
    ) -> Sequence[int]:
        """Numbers of archives whose files are not what the store holds, as far as their addresses and sizes tell."""
        wanted = {
            (number, format): (replace(self.shell, archive=number).address(format), there.get(f"{number}.{format}"))
            for number in numbers
            for format in self.site.formats
        }
        return sorted({number for (number, format), now in wanted.items() if kept.get((number, format)) != now})

    async def _files(self, number: int) -> list[tuple[str, bytes]]:
        """Names and bytes of an archive in every format: those it was closed with.

        A format that was not published then is made of what the entries say today. Under another address than before (a renamed
        topic, another base_url) the document gets a new frame, with the same entries.
        """
        slug = self.topic.slug
        while True:
            kept = await self.store.read(lambda db: archives.files(db, slug, number))
            made, bodies = await self._remade(number, kept)
            if not made or await self.store.write(partial(archives.write, slug=slug, number=number, made=made, before=kept)):
                return [(replace(self.shell, archive=number).name(format), body) for format, body in bodies.items()]

    async def _remade(self, number: int, kept: Mapping[str, ArchiveFile]) -> tuple[dict[str, ArchiveFile], dict[str, bytes]]:
        """What is to be kept anew of an archive, and its bytes in every format."""
        slug = self.topic.slug
        row = await self.store.read(lambda db: archives.load(db, slug, number))
        if row is None:
            raise AssertionError(f"archive {number} of {slug} is in the extent but not in the store")
        feed = replace(self.shell, archive=number, previous=number - 1 or None, updated=row.updated)
        made: dict[str, ArchiveFile] = {}
        for format in self.site.formats:
            if format not in kept:
                told = await self.store.read(lambda db: self._told(db, ledger.archived(db, slug, number)))
                entries = tuple(entry for _, entry in told)
                file = await asyncio.to_thread(self._file, replace(feed, entries=entries), format)
                both = zip(told, file.entries, strict=True)
                shown = (b"" if line.left_reason == "takedown" else body for (line, _), body in both)
                made[format] = replace(file, entries=tuple(shown))
            elif kept[format].address != feed.address(format):
                frame = await asyncio.to_thread(FORMATS[format].frame, feed)
                made[format] = replace(kept[format], address=feed.address(format), frame=frame)
        bodies = {format: _body(format, {**kept, **made}[format]) for format in self.site.formats}
        for format, body in bodies.items():
            known = made.get(format, kept.get(format))
            if known is not None and known.size != len(body):
                made[format] = replace(known, size=len(body))
        return made, bodies

    def _told(self, db: Database, lines: Lines) -> Told:
        """Lines with their entries as the topic shows them."""
        entries = self.compose(db, self.topic.slug, lines)
        shown = map(via, entries) if self.site.via else entries
        return [(line, entry) for (line, _), entry in zip(lines, shown, strict=True)]

    def _feed(self, entries: Sequence[FeedEntry], *, archive: int | None = None, previous: int | None) -> Feed:
        updated = max((entry.updated for entry in entries), default=self.shell.updated)
        return replace(self.shell, entries=tuple(entries), updated=updated, archive=archive, previous=previous)

    def _file(self, feed: Feed, format: str) -> ArchiveFile:
        entries = tuple(self.fragments.of(format, entry).body for entry in feed.entries)
        return ArchiveFile(address=feed.address(format), frame=FORMATS[format].frame(feed), entries=entries)

    def _weigh(self, told: Told) -> list[archive.Delivered]:
        """Lines with what their entries take in each format; nothing is rendered where no size counts."""
        if self.topic.most_bytes is None:
            return [archive.Delivered(line, ()) for line, _ in told]
        return [
            archive.Delivered(line, tuple(len(self.fragments.of(format, entry).body) for format in self.site.formats))
            for line, entry in told
        ]


def _body(format: str, file: ArchiveFile) -> bytes:
    return FORMATS[format].fill(file.frame, [entry for entry in file.entries if entry])
