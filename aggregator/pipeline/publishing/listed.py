"""What the pages list, read from the store: the lines of a month or day, and the directory of sources.

Both name a source as the feeds do (curate.compose): the operator's title first, and no address that looks secret.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from aggregator.model import FeedEntry, Publication, StoredItem
from aggregator.pipeline.publishing.entries import said_of
from aggregator.publish import pages
from aggregator.publish.lexical import uri
from aggregator.publish.listings import Named, SourceListing, telling
from aggregator.store import pages as lines
from aggregator.store import sources
from aggregator.store.sources import SourceRow

Compose = Callable[[Database, str, Sequence[tuple[Publication, StoredItem]]], Sequence[FeedEntry]]
"""Lines of the ledger → their entries, in the same order."""


AT_ONCE = 500
"""Stories of which the entries stand in memory, to make their lines: a day on which ten thousand came takes no more than that."""
Lines = Sequence[tuple[datetime, str]]
"""When each story of a page was published, and its line; the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLines:
    """What the page of a month or day shows. `made` are the lines that were not kept, by story."""

    lines: Lines
    made: Mapping[int, str]


def page(db: Database, slug: str, name: str, compose: Compose, *, afresh: bool = False) -> PageLines:
    """What a topic published in a month or on a day and still stands by. `afresh`: what was kept of it does not hold."""
    found = [line._replace(line=None) if afresh else line for line in lines.shown(db, slug, name)]
    missing = [one.story for one in found if one.line is None]
    made: dict[int, str] = {}
    for start in range(0, len(missing), AT_ONCE):
        told = lines.told(db, slug, missing[start : start + AT_ONCE])
        entries = zip(told, compose(db, slug, told), strict=True)
        made |= {line.story: pages.line(telling(entry, text=False)) for (line, _), entry in entries}
    there = ((one.published, one.line or made.get(one.story)) for one in found)
    return PageLines(lines=[(published, line) for published, line in there if line is not None], made=made)


def directory(db: Database, active: Collection[str], shown: Iterable[tuple[Named, Iterable[Named]]]) -> list[SourceListing]:
    """Every source that is polled or was, and whose stories still stand on a page, under what it says of itself; by title.

    `shown`: topics (title and slug), each with the sources whose stories it shows.
    """
    where: dict[Named, list[Named]] = {}
    for topic, names in shown:
        for name in names:
            where.setdefault(name, []).append(topic)
    found = [_source_listing(row, where) for row in sources.load_all(db)]
    listed = [source for source in found if source.topics or source.id in active]
    return sorted(listed, key=lambda source: (source.title.casefold(), source.id))


def _source_listing(row: SourceRow, where: Mapping[Named, Sequence[Named]]) -> SourceListing:
    said = said_of(row)
    name = Named(said.title or row.id, uri(said.link))
    return SourceListing(
        id=row.id,
        title=name.name,
        subtitle=said.subtitle or "",
        site=name.address,
        feed=uri(said.self_link),
        rights=said.rights or "",
        license=uri(said.license),
        authors=tuple(author.name for author in said.authors if author.name),
        topics=tuple(where.get(name, ())),
    )
