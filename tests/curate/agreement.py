"""The three ways to find what a topic matches, put side by side over one store.

arriving items ─percolator→ memberships        stored items ─index, matcher→ back-fill        items ─the book→ expected
"""

from dataclasses import replace
from datetime import UTC, datetime

from by_the_book import holds, show

from aggregator.model import Arrival, Outcome, Source, Topic
from aggregator.pipeline import backfill
from aggregator.pipeline.membership import compile_rules
from aggregator.pipeline.polls.intake import take_in
from aggregator.store import items, sources, topics
from aggregator.store.database import connect
from aggregator.store.documents import Resource

NOW = datetime(2026, 3, 31, tzinfo=UTC)
SOURCES = [
    Source(id=id, kind=kind, title=title) for id, kind, title in [("one", "feed", "The One"), ("two-x", "folder", "中国 Two")]
]
RESTRICTED = {0: ("one",), 1: ("two-x", "one")}
"""Sources of every seventh topic, and of the next."""


def compare(folder, arriving, queries):
    """Take the items in, in two goes (the second changes a third of them), and compare. Returns matches, and pairs compared."""
    rules = [
        Topic(slug=f"t{number}", title="T", query=str(query), sources=RESTRICTED.get(number % 7, ()))
        for number, query in enumerate(queries)
    ]
    db = connect(folder / "agreement.db")
    with db.atomic():
        for topic in rules:
            topics.enter(db, topic.slug, title="T", feed_id=topic.slug, now=NOW)
        _take_in(db, arriving, compile_rules(rules))
    together = backfill.find(db, rules)
    alone = {topic.slug: backfill.find(db, [topic])[topic.slug] for topic in rules}
    pairs = matches = 0
    for stored in (item for batch in items.every(db) for item in batch):
        source = next(source for source in SOURCES if source.id == stored.source_id)
        seen = show(stored.item, source.id, source.kind, source.title)
        memberships = topics.of_item(db, stored.pk)
        for topic, query in zip(rules, queries, strict=True):
            expected = (not topic.sources or source.id in topic.sources) and holds(query, seen)
            said = topic.slug in memberships, stored.pk in together[topic.slug], stored.pk in alone[topic.slug]
            assert set(said) == {expected}, f"{query}\n{stored.item}\nbook: {expected}; arrival, back-fill, alone: {said}"
            pairs += 1
            matches += expected
    db.close()
    return matches, pairs


def _take_in(db, arriving, rules):
    for place, source in enumerate(SOURCES):
        sources.enter(db, id=source.id, kind=source.kind, address="", title=source.title, signature="")
        theirs = [
            replace(item, native_id=f"{number}", title=item.title) for number, item in enumerate(arriving[place :: len(SOURCES)])
        ]
        changed = [
            replace(theirs[-number], native_id=item.native_id) if number % 3 == 0 else item for number, item in enumerate(theirs)
        ]
        for turn in (theirs, changed):
            take_in(db, source, _outcome(turn), Resource(url=source.id), rules=rules, now=NOW, holds=lambda url: False)


def _outcome(arriving):
    return Outcome(
        arrivals=tuple(
            Arrival(fingerprint=f"{place} {item!r}", item=item, substance=repr(item), rendition=repr(item))
            for place, item in enumerate(arriving)
        )
    )
