"""The entries at the head of a topic, from what the store knows: rendering reads nothing else.

line of the ledger + lead + source → entry      the other items that the line tells → "Also covered by"
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlite_utils import Database

from aggregator.curate import compose
from aggregator.curate.discretion import Veil, keys, without
from aggregator.curate.republish import republished
from aggregator.model import Coverage, FeedEntry, Publication, Source, StoredItem, Url
from aggregator.pipeline.policies import Policies
from aggregator.pipeline.publishing.digested import listing
from aggregator.store import coverage, kept, sources
from aggregator.store.coverage import Mention
from aggregator.store.sources import SourceRow


def compose_head(db: Database, slug: str, head: Sequence[tuple[Publication, StoredItem]], policies: Policies) -> list[FeedEntry]:
    """An entry for each line, with its lead, in the order given."""
    told = coverage.told(db, slug, [line.story for line, _ in head])
    leads = {line.lead for line, _ in head}
    beside: dict[int, list[Mention]] = {}
    for mention in coverage.mentions(db, slug, told.keys() - leads):
        beside.setdefault(told[mention.item], []).append(mention)
    ids = {item.source_id for _, item in head} | {one.source_id for mentions in beside.values() for one in mentions}
    origins = sources.load_some(db, ids)
    entries = [
        compose.told_by(
            _shown(db, line, item, origins.get(item.source_id), policies), _coverage(beside.get(line.story, ()), origins)
        )
        for line, item in head
    ]
    return listing(db, entries, [item for _, item in head])


def _shown(db: Database, line: Publication, item: StoredItem, origin: SourceRow | None, policies: Policies) -> FeedEntry:
    """The version of the item that the topic shows, and as much of it as may be shown."""
    if policies.updates(line.topic, item.source_id) == "ignore":
        item = kept.restored(db, line.topic, item)
    shown = republished(_entry(line, item, origin), policies.republish(line.topic, item.source_id))
    return without(shown, keys_of(origin))


def _entry(line: Publication, item: StoredItem, origin: SourceRow | None) -> FeedEntry:
    """An entry under what the store knows of its source, configured or not."""
    if origin is None:
        return compose.entry(line, item, None, None)
    said = origin.attribution
    if said is not None and item.source_updated is not None:
        said = replace(said, updated=item.source_updated)
    url = origin.address if origin.address.startswith(("http:", "https:")) else None
    return compose.entry(line, item, said, Source(id=origin.id, kind=origin.kind, url=url, title=origin.title))


def _coverage(mentions: Sequence[Mention], origins: dict[str, SourceRow]) -> list[Coverage]:
    return [
        Coverage(
            source=compose.plain(one.origin or (origins[one.source_id].called if one.source_id in origins else one.source_id)),
            title=compose.plain(one.title),
            link=Url(one.link),
        )
        for one in mentions
        if Veil(keys_of(origins.get(one.source_id))).shows(one.link)
    ]


def keys_of(origin: SourceRow | None) -> frozenset[str]:
    """What of a source's address nobody may see."""
    return frozenset() if origin is None else keys((origin.address, origin.overlay))
