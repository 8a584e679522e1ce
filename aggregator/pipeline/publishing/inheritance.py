"""A lost store, and feeds that were not: entries keep the ids under which they went out.

    read(directory, slugs)   topics that the store does not know, but whose feeds are there → what these say
    keep(db, legacies)       feed ids, and entries that wait for their stories (claims.py)

Ids are minted so that a lost store gives the same ones (publish.mint), but not where a source has changed its ids since, or the
first item of a story has gone from its feed.
"""

import re
from collections.abc import Collection, Iterable, Mapping
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
from aggregator.publish.legacy import Legacy
from aggregator.store import heirs, topics
from aggregator.store.heirs import Told

_TAG = re.compile(r"<[^>]*>")
"""Ours are well-formed, and `<` is escaped elsewhere."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read: a head of a thousand long entries has a tenth of it."""


def read(directory: Path, slugs: Collection[str]) -> Mapping[str, Legacy]:
    """What the feeds of these topics say, by slug, the archives included. Files that cannot be read say nothing."""
    return {slug: found for slug in slugs if (found := _topic(directory, slug)).heirs or found.feed_id}


def _topic(directory: Path, slug: str) -> Legacy:
    for format, renderer in FORMATS.items():
        head = _file(directory / f"{slug}.{renderer.SUFFIX}", format)
        if head.heirs or head.feed_id:
            numbered = sorted((directory / slug).glob(f"[0-9]*.{renderer.SUFFIX}"))
            archives = [heir for path in numbered for heir in _file(path, format).heirs]
            return Legacy(head.feed_id, (*head.heirs, *archives))
    return Legacy()


def _file(path: Path, format: str) -> Legacy:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return Legacy()
        return legacy.read(path.read_bytes(), format)
    except OSError:
        return Legacy()


def keep(db: Database, legacies: Mapping[str, Legacy]) -> None:
    """Enter what was read, for topics that were just entered into the store."""
    for slug, left in legacies.items():
        if left.feed_id is not None:
            topics.call(db, slug, left.feed_id)
        for heir in left.heirs:
            heirs.keep(db, slug, _told(heir))
            heirs.keep_sketch(db, slug, heir.entry_id, sketch(_own_words(heir.html)))


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
