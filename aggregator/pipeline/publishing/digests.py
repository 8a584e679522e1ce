"""A topic's digests: when a period is over, one entry for what was published in it.

    lines that left for "digest" ─periods→ one item and one line of the ledger for each period that holds something
    aggregator.pipeline.publishing.digested makes the entry of it: a list of titles, links and sources, as they were then

Periods that ended while the program did not run are made up, once the sources that waited meanwhile were polled. A topic that
makes no digests any more delivers what still waits by itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlite_utils import Database

from aggregator.curate import digest, periods
from aggregator.curate.compose import plain
from aggregator.model import FeedEntry, Publication, Topic
from aggregator.pipeline.policies import Policies
from aggregator.pipeline.publishing.entries import compose_head
from aggregator.publish.mint import entry_id
from aggregator.store import coverage, digests
from aggregator.store import ledger as lines
from aggregator.store.digests import Listed

PATIENCE = timedelta(hours=1)
"""How long a period waits at most for sources that were not polled during a pause: so long takes a backlog (polling.backlog)."""


def is_due(db: Database, topic: Topic, now: datetime) -> bool:
    """Whether a period of the topic ended that is not closed yet."""
    if topic.digest is None:
        return False
    closed = digests.closed(db, topic.slug)
    return closed is None or periods.last_end(periods.read(topic.digest), now) > closed


def settle(db: Database, topic: Topic, now: datetime, policies: Policies) -> int:
    """Make the digests that are due. Returns how many."""
    slug = topic.slug
    if topic.digest is None:
        digests.release(db, slug, [story for story in digests.pending(db, slug) if coverage.matched(db, slug, story)])
        return 0
    if not is_due(db, topic, now):
        return 0
    if digests.backlog(db, now) and now - digests.asked(db, slug, now) < PATIENCE:
        return 0
    schedule = periods.read(topic.digest)
    closed = digests.closed(db, slug) or digest.first_closed(schedule, now)
    waiting = [story for story in digests.pending(db, slug) if coverage.matched(db, slug, story)]
    told = {line.story: (line, item) for line, item in lines.with_leads(db, slug, waiting)}
    found = digest.periods({story: told[story][0].published for story in waiting}, closed, schedule, now)
    for end, stories in found.items():
        entries = compose_head(db, slug, [told[story] for story in stories], policies)
        rows = [_row(story, told[story][1].pk, entry) for story, entry in zip(stories, entries, strict=True)]
        origins = {story: told[story][1].source_id for story in stories}
        _deliver(db, topic, schedule, end, digest.order(rows, origins, topic.quota))
    digests.close(db, slug, periods.last_end(schedule, now))
    return len(found)


def _row(story: int, item: int, entry: FeedEntry) -> digest.Row:
    said = [entry.source.title if entry.source else None, *(one.source for one in entry.coverage)]
    sources = tuple(dict.fromkeys(plain(name) for name in said if name))
    return digest.Row(story=story, item=item, title=entry.title, link=entry.link, sources=sources)


def _deliver(db: Database, topic: Topic, schedule: periods.Schedule, end: datetime, rows: Sequence[digest.Row]) -> None:
    urn = entry_id(topic.slug, digests.SOURCE, end.isoformat(), lambda taken: lines.taken(db, taken))
    listed = [Listed(row.story, row.item, row.title, row.link, row.sources, row.more) for row in rows]
    pk = digests.add(db, topic.slug, urn, digest.called(plain(topic.title), schedule, end), end, listed)
    position = lines.last_position(db, topic.slug) + 1
    line = Publication(
        topic=topic.slug, story=pk, entry_id=urn, position=position, published=end, updated=end, lead=pk, lead_revised=end
    )
    lines.write(db, [line])
