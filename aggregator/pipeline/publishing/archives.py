"""A topic's history: which entries its archives take, the archives' bytes in the store, and their files as its shadow.

    full        what waits ─full→ archives: rendered, to be closed (closing.py)
    head        what may stand there ─rendered once, for its size→ the head
    restore     archives in the store → feeds/<slug>/<n>.<format>, before the head that leads to them

An archive that is in the store is closed, whether its files were written or not: a crash in between is mended by the next
publish, and a deleted feeds/ by the same way, byte for byte.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlite_utils import Database

from aggregator.curate.compose import via
from aggregator.model import Feed, FeedEntry, Publication, Site, StoredItem, Topic
from aggregator.publish import archive
from aggregator.publish.formats import FORMATS
from aggregator.publish.fragments import Fragments
from aggregator.publish.writer import NUMBERED, Writer
from aggregator.store import archives, ledger
from aggregator.store.archives import ArchiveFile
from aggregator.store.store import Store

AT_ONCE = 10
"""Archives that are closed in one transaction, 2 MB of entries or so: the writer takes 40 ms to compress and store them."""
Lines = Sequence[tuple[Publication, StoredItem]]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Archives:
    """The history of one topic. `shell` is its feed without entries."""

    store: Store
    site: Site
    topic: Topic
    shell: Feed
    compose: Compose
    fragments: Fragments

    async def full(self) -> list[Full]:
        """The oldest archives that are full now, at most AT_ONCE, rendered. Raises StoreError."""
        counts = await self._counts()
        if not counts:
            return []
        lines, entries = await self._waiting(sum(counts))
        last = (await self.store.read(lambda db: archives.extent(db, self.topic.slug))).last
        return await asyncio.to_thread(self._render, counts, lines, entries, last)

    async def head(self) -> Feed:
        """The head as it stands now. Raises StoreError."""
        lines, entries = await self._read(lambda db: ledger.head(db, self.topic.slug, self.topic.limit))
        delivered = await asyncio.to_thread(self._weigh, lines, entries)
        standing = {line.story for line in archive.head(delivered, self.topic.limit, self.topic.most_bytes)}
        last = (await self.store.read(lambda db: archives.extent(db, self.topic.slug))).last
        chosen = [entry for line, entry in zip(lines, entries, strict=True) if line.story in standing]
        return self._feed(chosen, previous=last or None)

    async def restore(self, note: object, writer: Writer, directory: Path, *, untouched: bool, whole: bool = True) -> Restored:
        """Bring the files of all archives up to what the store holds. Where `note` still holds, only new ones are looked at.

        `untouched`: they were as the note says before new ones were written. Not `whole`: that is believed, for nobody looked.
        Raises PublishError, StoreError.
        """
        slug, folder = self.topic.slug, directory / self.topic.slug
        extent = await self.store.read(lambda db: archives.extent(db, slug))
        known = note if isinstance(note, dict) else {}
        last = known.get("last", 0)
        as_left = untouched and known.get("edition") == extent.edition - (extent.last - last)
        first = last + 1 if as_left else 1
        kept = await self.store.read(lambda db: archives.sizes(db, slug, first))
        there = await asyncio.to_thread(_sizes, folder, self._names(range(first, extent.last + 1)) if as_left else None)
        files = []
        for number in self._amiss(kept, there, range(first, extent.last + 1)):
            for name, body in await self._files(number):
                kept[number, name.rpartition(".")[2]] = "", len(body)
                if await asyncio.to_thread(writer.replace, name, body):
                    files.append(name)
        left = {"last": extent.last, "edition": extent.edition}
        if as_left:  # a folder is not read again for what is known of it; what was not looked at is to be, the next time
            new = [size for (_, format), (_, size) in kept.items() if format in self.site.formats]
            seen = {
                "modified": _modified(folder) if whole else -1,
                "files": known["files"] + len(new),
                "bytes": known["bytes"] + sum(new),
            }
            return Restored(left | seen, files)
        wanted = {f"{slug}/{name}" for name in self._names(range(1, extent.last + 1))}
        await asyncio.to_thread(writer.prune, slug, wanted)
        return Restored(left | await asyncio.to_thread(_seen, folder), files)

    async def amend(self, story: int) -> bool:
        """Put an entry, as it is now, into the archives that hold it. False if none does. Raises StoreError."""
        slug = self.topic.slug
        if not await self.store.read(lambda db: archives.holding(db, slug, story)):
            return False
        _, entries = await self._read(lambda db: ledger.told(db, slug, story))
        bodies = await asyncio.to_thread(
            lambda: {format: self.fragments.of(format, entry).body for format in FORMATS for entry in entries}
        )
        await self.store.write(lambda db: archives.cut(db, slug, story, bodies))
        return True

    # ── the steps ───────────────────────────────────────────────────────────────────────────────────────────

    async def _counts(self) -> list[int]:
        """How many of those that wait make the next archives. They are only read where their number alone does not tell."""
        regular = archive.size(self.topic.limit)
        most = self.topic.limit + regular * AT_ONCE
        waiting = await self.store.read(lambda db: ledger.count_unarchived(db, self.topic.slug, most))
        if waiting >= self.topic.limit + regular:
            return [regular] * ((waiting - self.topic.limit) // regular)
        lines, entries = await self._waiting(waiting)
        delivered = await asyncio.to_thread(self._weigh, lines, entries)
        count = archive.full(delivered, self.topic.limit, self.topic.most_bytes)
        return [count] if count else []

    def _render(self, counts: Sequence[int], lines: Sequence[Publication], entries: Sequence[FeedEntry], last: int) -> list[Full]:
        made, start = [], 0
        for number, count in enumerate(counts, last + 1):
            piece = slice(start, start + count)
            feed = self._feed(entries[piece][::-1], archive=number, previous=number - 1 or None)
            files = {format: self._file(feed, format) for format in self.site.formats}
            bodies = {feed.name(format): _body(format, file) for format, file in files.items()}
            files = {format: replace(file, size=len(bodies[feed.name(format)])) for format, file in files.items()}
            made.append(Full(slug=self.topic.slug, number=number, lines=lines[piece][::-1], files=files, bodies=bodies))
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
        kept = await self.store.read(lambda db: archives.files(db, slug, number))
        row = await self.store.read(lambda db: archives.load(db, slug, number))
        if row is None:
            raise AssertionError(f"archive {number} of {slug} is in the extent but not in the store")
        feed = replace(self.shell, archive=number, previous=number - 1 or None, updated=row.updated)
        made: dict[str, ArchiveFile] = {}
        for format in self.site.formats:
            if format not in kept:
                lines, entries = await self._read(lambda db: ledger.archived(db, slug, number))
                file = await asyncio.to_thread(self._file, replace(feed, entries=tuple(entries)), format)
                told = zip(lines, file.entries, strict=True)
                made[format] = replace(
                    file, entries=tuple(b"" if line.left_reason == "takedown" else body for line, body in told)
                )
            elif kept[format].address != feed.address(format):
                frame = await asyncio.to_thread(FORMATS[format].frame, feed)
                made[format] = replace(kept[format], address=feed.address(format), frame=frame)
        bodies = {format: _body(format, (kept | made)[format]) for format in self.site.formats}
        for format, body in bodies.items():
            known = made.get(format, kept.get(format))
            if known is not None and known.size != len(body):
                made[format] = replace(known, size=len(body))
        if made:
            await self.store.write(lambda db: archives.write(db, slug, number, made))
        return [(feed.name(format), body) for format, body in bodies.items()]

    async def _waiting(self, count: int) -> tuple[list[Publication], list[FeedEntry]]:
        return await self._read(lambda db: ledger.unarchived(db, self.topic.slug, count))

    async def _read(self, read: Callable[[Database], Lines]) -> tuple[list[Publication], list[FeedEntry]]:
        def work(db: Database) -> tuple[list[Publication], list[FeedEntry]]:
            lines = read(db)
            entries = self.compose(db, self.topic.slug, lines)
            return [line for line, _ in lines], [*(map(via, entries) if self.site.via else entries)]

        return await self.store.read(work)

    def _feed(self, entries: Sequence[FeedEntry], *, archive: int | None = None, previous: int | None) -> Feed:
        updated = max((entry.updated for entry in entries), default=self.shell.updated)
        return replace(self.shell, entries=tuple(entries), updated=updated, archive=archive, previous=previous)

    def _file(self, feed: Feed, format: str) -> ArchiveFile:
        entries = tuple(self.fragments.of(format, entry).body for entry in feed.entries)
        return ArchiveFile(address=feed.address(format), frame=FORMATS[format].frame(feed), entries=entries)

    def _weigh(self, lines: Sequence[Publication], entries: Sequence[FeedEntry]) -> list[archive.Delivered]:
        """Lines with what their entries take in each format; nothing is rendered where no size counts."""
        if self.topic.most_bytes is None:
            return [archive.Delivered(line, ()) for line in lines]
        return [
            archive.Delivered(line, tuple(len(self.fragments.of(format, entry).body) for format in self.site.formats))
            for line, entry in zip(lines, entries, strict=True)
        ]


def _body(format: str, file: ArchiveFile) -> bytes:
    return FORMATS[format].fill(file.frame, [entry for entry in file.entries if entry])


def intact(note: object, folder: Path) -> bool:
    """Whether a topic's archives are as they were left, as far as stat tells. Other files come and go beside them."""
    if not isinstance(note, dict):
        return False
    if note.get("modified") == _modified(folder):
        return True
    seen = _seen(folder)
    return all(note.get(key) == seen[key] for key in ("files", "bytes"))


def _seen(folder: Path) -> dict[str, int]:
    """What `intact` compares: when files of a folder were last added, replaced or removed (ns), and how much its archives are."""
    modified = _modified(folder)
    sizes = _sizes(folder)
    return {"modified": modified, "files": len(sizes), "bytes": sum(sizes.values())}


def _modified(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _sizes(folder: Path, names: Iterable[str] | None = None) -> dict[str, int]:
    """Name → bytes of the archives in a folder, or of some of them."""
    if names is not None:
        return {name: status.st_size for name in names if (status := _status(folder / name)) is not None}
    try:
        with os.scandir(folder) as found:
            return {one.name: one.stat(follow_symlinks=False).st_size for one in found if NUMBERED.fullmatch(one.name)}
    except OSError:
        return {}


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None
