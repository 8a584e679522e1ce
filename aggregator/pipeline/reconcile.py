"""Config changes, carried into the store: nothing is lost, nothing is delivered twice.

source or topic new        entered
feed of a list gone        forgotten, if it never brought an item
renamed (`was`)            state, items, ledger and feed id move over; a former topic address answers 301
topic removed              410, ledger kept, so that it may come back as it was
query or sources changed   every stored item is matched again: who no longer matches leaves the head, who matches again
                           returns to its old place, and of the new matches those are delivered that the back-fill reaches
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import chain

from sqlite_utils import Database

from aggregator.curate.reach import Standing, reach
from aggregator.model import Source, Topic, list_of
from aggregator.normalize import VERSION
from aggregator.pipeline import backfill
from aggregator.pipeline.membership import Rules
from aggregator.publish.mint import feed_id
from aggregator.store import coverage, sources, stories, takedowns, topics
from aggregator.store import ledger as lines
from aggregator.store.sources import Entered


def reconcile(
    db: Database, configured_sources: Collection[Source], configured_topics: Sequence[Topic], rules: Rules, now: datetime
) -> tuple[str, ...]:
    """Bring the store in line with the configuration; one transaction. Returns sentences about what a person should know."""
    there, signed = sources.entered(db), _Signatures()
    kept = [_enter_source(db, source, signed.of(source), there) for source in configured_sources]
    before = sources.activate(db, {source.id for source in configured_sources if source.enabled} - takedowns.sources(db))
    ids = {source.id for source in configured_sources}
    lost = sorted(id for id in before - ids if list_of(id) is None)
    # a list that names other feeds each time would fill the store with their names
    sources.drop_empty(db, (id for id in there.keys() - ids if list_of(id) is not None))
    kept += [_enter_topic(db, topic, now) for topic in configured_topics]
    removed = [row.slug for row in topics.load_all(db) if row.slug not in rules.versions and row.removed is None]
    for slug in removed:
        topics.remove(db, slug, now)
    for topic in configured_topics:
        if topics.tell_by(db, topic.slug, repr((topic.stories, topic.grouping, topic.prefer))):
            lines.reconsider(db, topic.slug)
    backfill.refile(db)
    changed = [topic for topic in configured_topics if _needs_matching(db, topic, rules)]
    if changed:
        _match_again(db, changed, rules, now)
    silenced = sorted(takedowns.sources(db) & {source.id for source in configured_sources if source.enabled})
    return (*chain.from_iterable(kept), *map(_source_silenced, silenced), *map(_source_lost, lost), *map(_topic_removed, removed))


def _enter_source(db: Database, source: Source, signature: str, there: dict[str, Entered]) -> list[str]:
    """`there`: what was entered before; what it takes over is there no more."""
    now = Entered(kind=source.kind, address=source.url or source.path or "", title=source.title, signature=signature)
    if there.get(source.id) == now and not source.was:
        return []
    for old in source.was:
        there.pop(old, None)
    refused = [old for old in source.was if not sources.rename(db, old, source.id) and sources.load(db, old) is not None]
    if sources.enter(db, id=source.id, **now._asdict()):
        topics.touch_of_source(db, source.id)
    return [f"source {source.id!r} cannot take over {old!r}: it has a history of its own; both keep theirs" for old in refused]


def _enter_topic(db: Database, topic: Topic, now: datetime) -> list[str]:
    refused = [old for old in topic.was if not topics.rename(db, old, topic.slug) and topics.load(db, old) is not None]
    topics.enter(db, topic.slug, title=topic.title, feed_id=feed_id(topic.slug), now=now)
    return [f"topic {topic.slug!r} cannot take over {old!r}: it has a history of its own; both keep theirs" for old in refused]


def _source_silenced(id: str) -> str:
    return f"source {id!r} is taken down, and not polled: take it out of the configuration, or `aggregator takedown --undo {id}`"


def _source_lost(id: str) -> str:
    return (
        f"source {id!r} is not configured any more: it is not polled, and its items stay; a new source that replaces it delivers"
        f" them again, unless it says was = [{id!r}]"
    )


def _topic_removed(slug: str) -> str:
    return (
        f"topic {slug!r} is not configured any more: its files are gone and its address answers 410; a new topic that says"
        f" was = [{slug!r}] takes over its subscribers"
    )


def _needs_matching(db: Database, topic: Topic, rules: Rules) -> bool:
    row = topics.load(db, topic.slug)
    return row is None or row.version != rules.versions[topic.slug]


def _match_again(db: Database, changed: Sequence[Topic], rules: Rules, now: datetime) -> None:
    matched = backfill.find(db, changed)
    for topic in changed:
        found = matched[topic.slug]
        for pk in topics.members(db, topic.slug).keys() - found.keys():
            lines.part(db, topic.slug, pk, now, "query")
        _join(db, topic, found.values(), rules, now)
        topics.decided(db, topic.slug, rules.versions[topic.slug])
        topics.touch(db, [topic.slug])


def _join(db: Database, topic: Topic, found: Iterable[backfill.Found], rules: Rules, now: datetime) -> None:
    """Of the stories that match now, those come in that the topic's back-fill reaches, and what was delivered returns."""
    newest = sorted(found, reverse=True)
    members = topics.members(db, topic.slug)
    pks = [item.pk for item in newest]
    delivered = coverage.tellers(db, topic.slug, pks)
    story_of = stories.of_items(db, topic.grouping.name, pks) if topic.stories else {}
    reached: dict[int, Standing] = {}
    for item in newest:
        story = story_of.get(item.pk, item.pk)
        if story not in reached:
            reached[story] = reach(topic.backfill, topic.limit, len(reached), item.dated, now)
        if members.get(item.pk) in ("published", "waiting", "past"):
            continue
        standing = "waiting" if item.pk in delivered else reached[story]
        topics.join(db, topic.slug, item.pk, version=rules.versions[topic.slug], clause=item.clause, standing=standing)
        topics.stand(db, topic.slug, [item.pk], standing)


class _Signatures:
    """Digests of what, beside the bytes of a document, decides what is made of it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str | None, int], str] = {}

    def of(self, source: Source) -> str:
        """A source's; the same for all that have nothing of their own."""
        if source.headers:
            return _signature(source)
        key = source.kind, source.timezone, id(source.options)
        found = self._known.get(key)
        return self._known.setdefault(key, _signature(source)) if found is None else found


def _signature(source: Source) -> str:
    parts: tuple[object, ...] = (VERSION, source.kind, source.timezone, source.options)
    if source.headers:
        # by name: with them it may be another document under the same validators; their values are not ours to keep
        parts = (*parts, sorted(source.headers))
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
