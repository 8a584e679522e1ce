"""What is known of pages from when they were written: enough to see that they still stand, and to list them elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from sqlite_utils import Database

from aggregator.publish.listings import Named, TopicListing
from aggregator.store import pages as stored
from aggregator.store.pages import Stale

Stats = Mapping[str, tuple[int, ...]]
"""Name of a file → its size and mtime (ns); nothing where there is no such file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Of a topic's pages, or of some of the site's own."""

    signature: str = ""
    """Digest of everything but the store that decided what they show."""
    generation: int = 0
    listing: TopicListing | None = None
    sources: tuple[Named, ...] = ()
    """Whose stories the topic showed."""
    months: Mapping[str, int] = field(default_factory=dict)
    """Stories by month, oldest first."""
    days: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Stories by day, of months whose days have pages of their own."""
    frame: str = ""
    """Of the site's: digest of what the configuration says there."""
    listed: int = 0
    """Of the site's: how many they list."""
    written: datetime | None = None
    """Of the site's: when."""
    files: Stats = field(default_factory=dict)


_note = TypeAdapter(Note)


def read(text: str) -> Note:
    """A note as stored."""
    try:
        return _note.validate_json(text)
    except ValidationError:  # another version wrote it: all pages are written anew
        return Note()


def keep(db: Database, notes: Mapping[str, Note], stale: Stale) -> None:
    """Store notes: what was `stale` when these pages were written is so no more."""
    for slug, note in notes.items():
        stored.note(db, slug, _note.dump_json(note, exclude_defaults=True).decode())
        of = stored.SITE if slug == stored.DIRECTORY else slug
        if slug != stored.SITE:
            stored.settle(db, of, stale.get(of, {}))


def stand(directory: Path, note: Note) -> bool:
    """Whether every file that was noted is there as it was written, as far as a stat can tell."""
    return bool(note.files) and all(stat(directory / name) == stats for name, stats in note.files.items())


def stat(path: Path) -> tuple[int, ...]:
    """Size and mtime (ns) of a file, nothing where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_size, found.st_mtime_ns


def digest(*values: object) -> str:
    """Of values, by what they look like."""
    return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
