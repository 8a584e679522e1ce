"""Stored items that topics match: candidates from the index over their words, each matched again by the matcher itself.

    topics ─sieve→ words ─index→ candidates ─matcher→ found          equal to looking at every item, in less time

Where one of the topics has neither words to look for nor sources that it is restricted to, every item is looked at.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlite_utils import Database

from aggregator.curate.matcher import Matcher, admits
from aggregator.curate.rule import rule
from aggregator.curate.sieve import marks, sieve
from aggregator.curate.subject import subject
from aggregator.curate.version import LANGUAGE
from aggregator.model import StoredItem, Topic
from aggregator.store import items, search, sources

BATCH = 500
"""Items held in memory at once."""


class Found(NamedTuple):
    """What is kept of each item that matches, since there may be a million. Ordered by date."""

    dated: datetime
    pk: int
    clause: str


def find(db: Database, topics: Sequence[Topic]) -> dict[str, dict[int, Found]]:
    """The stored items that each topic matches: slug → pk → what was found. Raises QueryError."""
    matcher = Matcher(topics)
    rows = {row.id: row for row in sources.load_all(db)}
    found: dict[str, dict[int, Found]] = {topic.slug: {} for topic in topics}
    for item in read(db, topics, rows):
        row = rows[item.source_id]
        seen = subject(item.item, source_id=row.id, kind=row.kind, source_title=row.called)
        for match in matcher.match(seen):
            found[match.slug][item.pk] = Found(item.dated, item.pk, match.clause)
    return found


def read(db: Database, topics: Sequence[Topic], known: Iterable[str]) -> Iterator[StoredItem]:
    """Every stored item, of the sources `known`, that one of the topics may match, and others; by pk."""
    pks: set[int] = set()
    for topic in topics:
        groups = sieve(rule(topic))
        restricted = any(not source.startswith("!") for source in topic.sources)
        if not groups and not restricted:
            for every in items.every(db, BATCH):
                yield from every
            return
        theirs = [source for source in known if admits(topic.sources, source)] if restricted else None
        pks.update(search.candidates(db, groups, theirs))
    ordered = iter(sorted(pks))
    while batch := list(islice(ordered, BATCH)):
        yield from items.get(db, batch)


def refile(db: Database) -> None:
    """File every item anew where this version of the program makes other words of it than the one that filed it."""
    version = str(LANGUAGE)
    if search.made_by(db) == version:
        return
    for batch in items.every(db, BATCH):
        for item in batch:
            seen = subject(item.item, source_id=item.source_id, kind="", source_title="")
            search.file(db, item.pk, marks(seen))
    search.made(db, version)
