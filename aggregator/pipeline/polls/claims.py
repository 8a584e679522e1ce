"""The beginning of polls: `due` is moved forward, and what the store remembers of each source is read. One piece of work.

(source, insist) … ─claim→ Gathered … | None: its host rests
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlite_utils import Database

from aggregator.model import Source
from aggregator.pipeline.polls.cooling import domain_of
from aggregator.pipeline.polls.gathered import Gathered
from aggregator.pipeline.polls.overlay import applied
from aggregator.store import documents, hosts, moves, sources

CLAIM = timedelta(minutes=15)
"""How far `due` is moved before a fetch: a poll that dies is tried again after the shortest interval we ever use."""


def claim(db: Database, asked: Sequence[tuple[Source, bool]], now: datetime) -> list[Gathered | None]:
    """What each poll begins with, None for a source whose host rests, unless its poll insists. No source stands in it twice."""
    rows = sources.load_some(db, [source.id for source, _ in asked])
    missing = [source.id for source, _ in asked if source.id not in rows]
    if missing:
        raise AssertionError(f"source {missing[0]} was never entered into the store")
    resting = hosts.resting(db, now)
    begun = {source.id for source, insist in asked if insist or domain_of(source, rows[source.id]) not in resting}
    sources.schedule_all(db, begun, now + CLAIM, "polling")
    moving, known = moves.load_some(db, begun), documents.resources_of(db, begun)
    return [
        Gathered(
            source=applied(source, moving.get(source.id)),
            configured=source,
            row=rows[source.id],
            resources=known.get(source.id, {}),
            move=moving.get(source.id),
        )
        if source.id in begun
        else None
        for source, _ in asked
    ]
