"""Config changes, carried into the store: nothing is lost, nothing is delivered twice.

source or topic new        entered
renamed (`was`)            state, items, ledger and feed id move over; a former topic address answers 301
topic removed              410, ledger kept, so that it may come back as it was
query or sources changed   every stored item is matched again: who no longer matches leaves the head, who matches again
                           returns to its old place, and of the new matches the newest `limit` are delivered (back-fill)
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import blake2b

from sqlite_utils import Database

from aggregator.curate.matcher import Matcher
from aggregator.curate.subject import subject
from aggregator.model import Source, StoredItem, Topic
from aggregator.normalize.entry import VERSION
from aggregator.pipeline.membership import Rules, part
from aggregator.publish.mint import feed_id
from aggregator.store import items, sources, topics
from aggregator.store import ledger as lines


def reconcile(
    db: Database, configured_sources: Collection[Source], configured_topics: Sequence[Topic], rules: Rules, now: datetime
) -> None:
    """Bring the store in line with the configuration; one transaction."""
    for source in configured_sources:
        for old in source.was:
            sources.rename(db, old, source.id)
        if sources.enter(
            db,
            id=source.id,
            kind=source.kind,
            address=source.url or source.path or "",
            title=source.title,
            signature=_signature(source),
        ):
            topics.touch_of_source(db, source.id)
    sources.activate(db, [source.id for source in configured_sources if source.enabled])
    for topic in configured_topics:
        for old in topic.was:
            topics.rename(db, old, topic.slug)
        topics.enter(db, topic.slug, title=topic.title, feed_id=feed_id(topic.slug), now=now)
    for row in topics.load_all(db):
        if row.slug not in rules.versions:
            topics.remove(db, row.slug, now)
    changed = [topic for topic in configured_topics if _needs_matching(db, topic, rules)]
    if changed:
        _match_again(db, changed, rules, now)


def _needs_matching(db: Database, topic: Topic, rules: Rules) -> bool:
    row = topics.load(db, topic.slug)
    return row is None or row.version != rules.versions[topic.slug]


def _match_again(db: Database, changed: Sequence[Topic], rules: Rules, now: datetime) -> None:
    matcher = Matcher(changed)
    rows = {row.id: row for row in sources.load_all(db)}
    matched: dict[str, dict[int, StoredItem]] = {topic.slug: {} for topic in changed}
    clauses: dict[tuple[str, int], str] = {}
    for batch in items.every(db):
        for item in batch:
            row = rows[item.source_id]
            seen = subject(item.item, source_id=row.id, kind=row.kind, source_title=row.called)
            for match in matcher.match(seen):
                matched[match.slug][item.pk] = item
                clauses[match.slug, item.pk] = match.clause
    for topic in changed:
        found, before = matched[topic.slug], topics.members(db, topic.slug)
        for pk in before.keys() - found.keys():
            part(db, topic.slug, pk, now)
        _join(db, topic, [found[pk] for pk in found.keys() - before.keys()], clauses, rules)
        topics.decided(db, topic.slug, rules.versions[topic.slug])
        topics.touch(db, [topic.slug])


def _join(db: Database, topic: Topic, fresh: Sequence[StoredItem], clauses: dict[tuple[str, int], str], rules: Rules) -> None:
    """New matches among stored items: those once delivered return, the newest `limit` others are delivered, the rest is held."""
    fill = 0
    for item in sorted(fresh, key=lambda item: (item.dated, item.pk), reverse=True):
        delivered = lines.line(db, topic.slug, item.story) is not None
        standing = "waiting" if delivered or fill < topic.limit else "held"
        fill += not delivered
        clause = clauses[topic.slug, item.pk]
        topics.join(db, topic.slug, item.pk, version=rules.versions[topic.slug], clause=clause, standing=standing)


def _signature(source: Source) -> str:
    """Digest of what, beside the bytes of a document, decides what is made of it."""
    parts: tuple[object, ...] = (VERSION, source.kind, source.timezone, source.options)
    if (
        source.headers
    ):  # by name: with them it may be another document under the same validators; their values are not ours to keep
        parts = (*parts, sorted(source.headers))
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
