"""What the store says of itself, its sources and its topics: read only, while a daemon runs or not.

Sources in trouble come first, those that are in it longest at the top; the others as they are configured.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from aggregator.health.advice import advice
from aggregator.health.incidents import OF_SOURCES, SEVERITY
from aggregator.model import Source, Topic
from aggregator.pipeline.answers.troubles import troubles
from aggregator.pipeline.polls.lists import followed
from aggregator.pipeline.report import DAYS, SourceStatus, StatusReport, StoreStatus, TopicStatus
from aggregator.store import activity, database, incidents, items, ledger, sources, subscriptions, topics
from aggregator.store.activity import DAY

RESOLVED = 10
"""Incidents among which those that are over are shown."""


def status(path: Path, configured: Sequence[Source], topics_: Sequence[Topic], now: datetime) -> StatusReport:
    """The state of everything configured; a store that does not exist yet is an empty one. Raises StoreError."""
    if not path.exists():
        return StatusReport(
            sources=tuple(_source(source, None, 0, ()) for source in configured),
            topics=tuple(TopicStatus(slug=topic.slug, title=topic.title, entries=0, published=0) for topic in topics_),
            store=StoreStatus(path=str(path), bytes=0, items=0),
        )
    db = database.view(path)
    try:
        with database.sentences(path):
            rows = {row.id: row for row in sources.load_all(db)}
            counts = items.count_by_source(db)
            standing = incidents.standing(db)
            kinds: dict[str, list[str]] = {}
            for incident in standing:
                if incident.kind in OF_SOURCES:
                    kinds.setdefault(incident.subject, []).append(incident.kind)
            polled = followed(configured, subscriptions.load_all(db))
            first = int(now.timestamp()) // DAY * DAY - (DAYS - 1) * DAY
            busy = activity.days(db, first)
            found = (_source(one, rows.get(one.id), counts.get(one.id, 0), kinds.get(one.id, ())) for one in polled)
            states = tuple(_active(source, busy.get(source.id, ())) for source in found)
            return StatusReport(
                sources=tuple(sorted(states, key=_place)),
                troubles=troubles(states, [topic.slug for topic in topics_], standing),
                topics=tuple(_topic(db, topic) for topic in topics_),
                resolved=tuple(one for one in incidents.newest(db, RESOLVED) if not one.open),
                store=StoreStatus(
                    path=str(path), bytes=path.stat().st_size, items=sum(counts.values()), owner=database.owner(path)
                ),
            )
    finally:
        db.close()


def remembered(path: Path, now: datetime) -> StatusReport | None:
    """The state of what was configured last, from the store alone; None if there is no store. Raises StoreError."""
    if not path.exists():
        return None
    db = database.view(path)
    try:
        with database.sentences(path):
            active = sources.active(db)
            known = [Source(id=row.id, kind=row.kind, url=row.address) for row in sources.load_all(db) if row.id in active]
            published = [Topic(slug=row.slug, title=row.title) for row in topics.load_all(db) if not row.removed]
    finally:
        db.close()
    return status(path, known, published, now)


def _place(source: SourceStatus) -> tuple[bool, float]:
    since = source.failing_since.timestamp() if source.failing_since else float("inf")
    return not source.troubled, since if source.troubled else 0.0


def _active(source: SourceStatus, days: Sequence[activity.Day]) -> SourceStatus:
    """The source with its last days; None for a day without items that tell a delay."""
    items, delays = [0] * DAYS, [None] * DAYS  # type: list[int], list[float | None]
    for day in days:
        if 0 <= day.number < DAYS:
            items[day.number], delays[day.number] = day.items, day.delay
    return replace(source, days=tuple(items), delays=tuple(delays))


def _source(source: Source, row: sources.SourceRow | None, count: int, kinds: Iterable[str]) -> SourceStatus:
    """`kinds` of the incidents that stand."""
    address = source.url or source.path or ""
    if row is None:
        return SourceStatus(id=source.id, kind=source.kind, address=address, enabled=source.enabled, items=0)
    return SourceStatus(
        id=source.id,
        kind=source.kind,
        address=address,
        enabled=source.enabled,
        items=count,
        last_poll=row.last_poll,
        last_result=row.last_result,
        error=row.error,
        failing_since=row.failing_since,
        failures=row.failures,
        due=row.due,
        due_reason=row.due_reason,
        reason=row.reason,
        advice=advice(row.reason, source.id, row.overlay or address) if row.error else None,
        moved_to=row.overlay if row.address == address else None,
        incidents=tuple(sorted(kinds, key=SEVERITY.__getitem__)),
    )


def _topic(db: Database, topic: Topic) -> TopicStatus:
    head = ledger.head(db, topic.slug, topic.limit)
    row = topics.load(db, topic.slug)
    files = row.rendered.get("files") if row else None
    return TopicStatus(
        slug=topic.slug,
        title=topic.title,
        entries=len(head),
        published=ledger.count(db, topic.slug),
        matched=topics.count_members(db, topic.slug),
        newest=max((line.published for line, _ in head), default=None),
        files=tuple(sorted(files)) if isinstance(files, dict) else (),
    )
