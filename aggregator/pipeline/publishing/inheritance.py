"""A lost store, and feeds that were not: entries keep the ids under which they went out.

    read(directory, slugs)   topics that the store does not know, but whose feeds are there → what these say
    keep(db, left)           feed ids, and entries that wait for their stories (claims.py)

Ids are minted so that a lost store gives the same ones (publish.mint), but not where a source has changed its ids since, or the
first item of a story has gone from its feed.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from sqlite_utils import Database

from aggregator.curate.compose import COVERED
from aggregator.dedupe.migration import Facets, folded
from aggregator.dedupe.sketch import sketch
from aggregator.model import Heir
from aggregator.normalize.comparison import comparison_key
from aggregator.publish import legacy
from aggregator.publish.formats import FORMATS
from aggregator.store import heirs, topics
from aggregator.store.heirs import Told

_TAG = re.compile(r"<[^>]*>")
"""Ours are well-formed, and `<` is escaped elsewhere."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read: a head of a thousand long entries has a tenth of it."""


@dataclass(frozen=True, slots=True)
class Left:
    """What the files of a topic say, without the texts: of these the store keeps a sketch, and there may be a million."""

    feed_id: str | None = None
    told: Sequence[Told] = ()
    """Each item that an entry told."""
    sketches: Sequence[tuple[str, tuple[int, ...]]] = ()
    """Of what each entry said, by its id."""


def read(directory: Path, slugs: Collection[str]) -> Mapping[str, Left]:
    """What the feeds of these topics say, by slug, the archives included. Files that cannot be read say nothing."""
    return {slug: found for slug in slugs if (found := _topic(directory, slug)).told or found.feed_id}


def _topic(directory: Path, slug: str) -> Left:
    for format, renderer in FORMATS.items():
        head = _file(directory / f"{slug}.{renderer.SUFFIX}", format)
        if head.told or head.feed_id:
            numbered = sorted((directory / slug).glob(f"[0-9]*.{renderer.SUFFIX}"))
            parts = [head, *(_file(path, format) for path in numbered)]
            told = [one for part in parts for one in part.told]
            return Left(head.feed_id, told, [one for part in parts for one in part.sketches])
    return Left()


def _file(path: Path, format: str) -> Left:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return Left()
        said = legacy.read(path.read_bytes(), format)
    except OSError:
        return Left()
    told = [one for heir in said.heirs for one in _told(heir)]
    return Left(said.feed_id, told, [(heir.entry_id, sketch(_own_words(heir.html))) for heir in said.heirs])


def keep(db: Database, left: Mapping[str, Left]) -> None:
    """Enter what was read, for topics that were just entered into the store."""
    for slug, one in left.items():
        if one.feed_id is not None:
            topics.call(db, slug, one.feed_id)
        heirs.keep(db, slug, one.told)
        for entry_id, numbers in one.sketches:
            heirs.keep_sketch(db, slug, entry_id, numbers)


def _told(heir: Heir) -> Iterable[Told]:
    for place, (title, link) in enumerate(heir.told):
        at = Facets(address=comparison_key(link)) if link else Facets()
        yield Told(
            entry_id=heir.entry_id,
            path=at.path,
            title=folded(title),
            host=at.host,
            lead=place == 0,
            published=heir.published,
            updated=heir.updated,
        )


def _own_words(html: str) -> str:
    """What an entry said itself, without those whom it names."""
    before, names, after = html.rpartition(COVERED)
    return unescape(_TAG.sub(" ", before if names else after))
