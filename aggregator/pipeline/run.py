"""Many polls, then one publish: who is polled, how many at once, and what is said of the others.

every source → disabled | not due (and why) | polled ─all done→ publish
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

from aggregator.model import Source
from aggregator.pipeline.polls.cooling import domain_of
from aggregator.pipeline.polls.places import ABREAST, Places
from aggregator.pipeline.report import SourceReport
from aggregator.store.sources import SourceRow

CONCURRENT = 64
"""Polls under way at once. Each waits for its host's turn by itself (a few of each domain: aggregator.pipeline.polls.places);
workers and writer take them one after the other."""

Progress = Callable[[str, int, int], None]
"""Called as a source is done: its id, how many are done, how many there are."""


def select(
    sources: Iterable[Source],
    rows: Mapping[str, SourceRow],
    resting: Mapping[str, datetime],
    now: datetime,
    *,
    force: bool = False,
    insist: bool = False,
) -> tuple[list[Source], list[SourceReport]]:
    """Which sources are polled now, and a report for each that is not.

    `force` polls what is not due, too; `insist` also what asked for rest (Retry-After), failed lately or is gone.
    """
    chosen, left = [], []
    for source in sources:
        row = rows.get(source.id)
        until = resting.get(domain_of(source, row) or "") if resting else None
        if not source.enabled:
            left.append(SourceReport(id=source.id, result="disabled"))
        elif insist or source.path is not None or row is None:
            chosen.append(source)
        elif until is not None and until > now:
            left.append(_not_due(source, max(until, row.due or until), "retry-after"))
        elif row.due_reason in ("retry-after", "gone") and row.due and row.due > now:
            left.append(_not_due(source, row.due, row.due_reason))
        elif force or row.due is None or row.due <= now:
            chosen.append(source)
        else:
            left.append(_not_due(source, row.due, row.due_reason))
    return chosen, left


async def poll_all(
    chosen: Sequence[Source],
    poll: Callable[[Source], Awaitable[SourceReport]],
    progress: Progress | None = None,
    *,
    abreast: int = ABREAST,
) -> list[SourceReport]:
    """Poll sources, CONCURRENT at a time and `abreast` of a domain, else in the order given.

    The first error that is not a source's ends the run.
    """
    places = Places(chosen, abreast)
    reports: list[SourceReport] = []

    async def work() -> None:
        while (source := places.take()) is not None:
            report = await poll(source)
            places.done(source)
            reports.append(report)
            if progress is not None:
                progress(source.id, len(reports), len(chosen))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(CONCURRENT, len(chosen))):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return reports


def _not_due(source: Source, due: datetime, reason: str | None) -> SourceReport:
    return SourceReport(id=source.id, result="not-due", due=due, due_reason=reason)
