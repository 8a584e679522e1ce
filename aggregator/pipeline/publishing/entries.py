"""The entries at the head of a topic, from what the store knows: rendering reads nothing else.

line of the ledger + lead + source → entry      the other items that the line tells → "Also covered by"
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlite_utils import Database

from aggregator.curate import compose
from aggregator.curate.discretion import Veil, keys, without
from aggregator.curate.republish import republished
from aggregator.model import Attribution, Coverage, FeedEntry, Publication, Source, StoredItem, Url
from aggregator.pipeline.policies import Policies
from aggregator.pipeline.publishing.digested import listing
from aggregator.store import coverage, kept, sources
from aggregator.store.coverage import Beside, Mention
from aggregator.store.sources import SourceRow


@dataclass(frozen=True, slots=True)
class _Origin:
    """A source as its entries name it, and what of its address nobody may see: the same for all of them."""

    called: str
    said: Attribution
    hidden: frozenset[str] = frozenset()
    known: bool = False
    """Whether it says anything of itself."""


def compose_head(db: Database, slug: str, head: Sequence[tuple[Publication, StoredItem]], policies: Policies) -> list[FeedEntry]:
    """An entry for each line, with its lead, in the order given."""
    leads = {line.story: item.pk for line, item in head}
    beside = coverage.mentions(db, slug, leads, most=compose.LISTED, each=compose.OF_ONE_SOURCE)
    ids = {item.source_id for _, item in head} | {one.source_id for others in beside.values() for one in others.named}
    rows = sources.load_some(db, ids)
    origins = {id: _origin(id, rows.get(id)) for id in ids}

    def composed(line: Publication, item: StoredItem) -> FeedEntry:
        others = beside.get(line.story, Beside([], 0))
        shown = _shown(db, line, item, origins[item.source_id], policies)
        return compose.told_by(shown, _coverage(others.named, origins), others.more)

    entries = [composed(line, item) for line, item in head]
    return listing(db, entries, [item for _, item in head])


def _origin(id: str, row: SourceRow | None) -> _Origin:
    """A source under what the store knows of it, configured or not."""
    if row is None:
        return _Origin(id, compose.attribute(None, None, id))
    return _Origin(row.called, said_of(row), _hidden(row.address, row.overlay), row.attribution is not None)


def said_of(row: SourceRow) -> Attribution:
    """How a source is named wherever it is."""
    return _said(row.id, row.kind, row.address, row.title, row.attribution)


@lru_cache(4096)
def _said(id: str, kind: str, address: str, title: str | None, attribution: Attribution | None) -> Attribution:
    """Remembered: a first poll of 2,000 sources publishes each of them twenty times."""
    url = address if address.startswith(("http:", "https:")) else None
    return compose.attribute(attribution, Source(id=id, kind=kind, url=url, title=title), id)


@lru_cache(4096)
def _hidden(address: str, overlay: str | None) -> frozenset[str]:
    return keys((address, overlay))


def _shown(db: Database, line: Publication, item: StoredItem, origin: _Origin, policies: Policies) -> FeedEntry:
    """The version of the item that the topic shows, and as much of it as may be shown."""
    if policies.updates(line.topic, item.source_id) == "ignore":
        item = kept.restored(db, line.topic, item)
    said = origin.said
    if origin.known and item.source_updated is not None:
        said = replace(said, updated=item.source_updated)
    shown = republished(compose.entry(line, item, said), policies.republish(line.topic, item.source_id))
    return without(shown, origin.hidden)


def _coverage(mentions: Sequence[Mention], origins: Mapping[str, _Origin]) -> list[Coverage]:
    return [
        Coverage(
            source=compose.plain(one.origin or origins[one.source_id].called),
            title=compose.plain(one.title),
            link=Url(one.link),
        )
        for one in mentions
        if Veil(origins[one.source_id].hidden).shows(one.link)
    ]
