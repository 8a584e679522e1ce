"""A lost store, and feeds that were not: entries keep the ids under which they went out.

    read(directory, slugs)   topics that the store does not know, but whose feeds are there → what these say
    keep(db, legacies)       feed ids, and entries that wait for their stories
    claims(db, slug, tales)  stories → the entries that told them: two of path, title and date agree, or one and
                           the id, or a title of many words that no other entry had,
                           or the text

Ids are minted so that a lost store gives the same ones (publish.mint), but not where a source has changed its ids since, or the
first item of a story has gone from its feed.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlite_utils import Database

from aggregator.dedupe.migration import Facets, folded
from aggregator.dedupe.sketch import SAME, sketch
from aggregator.model import Heir, Member
from aggregator.normalize.comparison import comparison_key
from aggregator.publish import legacy, telling
from aggregator.publish.formats import FORMATS
from aggregator.publish.legacy import Legacy
from aggregator.publish.mint import entry_id
from aggregator.store import heirs, items, topics
from aggregator.store.heirs import Told

WORDS = 4
"""Words of a title that no other entry had, by which alone a story is known: fewer return ("Morning briefing")."""
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
            heirs.keep_sketch(db, slug, heir.entry_id, sketch(_TAG.sub(" ", heir.html)))


def _told(heir: Heir) -> Iterable[Told]:
    for title, link in heir.told:
        path = Facets(address=comparison_key(link)).path if link else ""
        yield Told(entry_id=heir.entry_id, path=path, title=folded(title), published=heir.published, updated=heir.updated)


def claims(db: Database, slug: str, tales: Iterable[Sequence[Member]]) -> dict[int, Told]:
    """Story (its first item) → the entry that told it before; claimed, so that no other story gets it."""
    if not heirs.waits(db, slug):
        return {}
    rated = sorted((one for tale in tales for one in _rate(db, slug, tale)), key=lambda one: one[0], reverse=True)
    found: dict[int, Told] = {}
    used: set[str] = set()
    for _, story, told in rated:  # the surest first, so that nobody takes what is another's
        if story not in found and told.entry_id not in used:
            found[story] = told
            used.add(told.entry_id)
    heirs.claim(db, used)
    return found


def _rate(db: Database, slug: str, tale: Sequence[Member]) -> Iterator[tuple[tuple[int, bool], int, Told]]:
    """Entries that may have told a story: how much agrees, the story, the entry."""
    first = telling.first(tale)
    minted = entry_id(slug, first.source_id, first.native_id, lambda _: False)
    for stored in items.get(db, [member.item for member in tale]):
        title, path = folded(stored.item.title), Facets(address=stored.item.link_key or "").path
        found = heirs.like(db, slug, path, title, minted)
        namesakes = {told.entry_id for told in found if told.title == title}
        for told in found:
            agreeing = (path == told.path != "") + (title == told.title != "") + (stored.dated == told.published)
            is_minted = told.entry_id == minted
            telling_title = namesakes == {told.entry_id} and title.count(" ") >= WORDS - 1
            if agreeing + is_minted >= 2 or telling_title:
                yield (agreeing, is_minted), first.item, told
        for told in heirs.saying(db, slug, sketch(stored.item.text), SAME):
            yield (1, False), first.item, told
