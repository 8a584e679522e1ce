"""What a source answers when asked, without storing or publishing anything: the same that a first poll would be told."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.errors import FetchError, SourceError
from aggregator.fetch.fetcher import Fetcher
from aggregator.model import Document, Item, Network, Outcome, Request, Source
from aggregator.pipeline.polls.credentials import with_headers, without_headers
from aggregator.pipeline.polls.walk import walk
from aggregator.pipeline.report import Latest, SourceCheck
from aggregator.pipeline.workers import Workers

LATEST = 5
"""Entries shown of a source."""
REQUESTS = 4
"""Enough to find a site's feed and read its first page; a check is not a poll."""

Progress = Callable[[str, int, int], None]
"""Called as one is done: its name, how many are done, how many there are."""


@dataclass(slots=True)
class _Seen:
    """What came so far."""

    entries: int = 0
    format: str = ""
    title: str | None = None
    newest: datetime | None = None
    moved_to: str | None = None
    items: list[Item] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


async def check(source: Source, fetcher: Fetcher, workers: Workers, allow_private: tuple[Network, ...]) -> SourceCheck:
    """Ask a source once. Never raises for what it does."""
    started = time.monotonic()
    seen = _Seen()
    error: SourceError | None = None
    allowed = source.allow_private if source.allow_private is not None else allow_private

    def ask(request: Request) -> AsyncGenerator[Document | FetchError]:
        return fetcher.fetch(with_headers(replace(request, allow_private=allowed), source, source.url))

    async def take(answer: Document | FetchError) -> Sequence[Request]:
        if isinstance(answer, FetchError):
            raise answer
        outcome = await workers.process(*without_headers(answer, source), {})
        if answer.request.url == source.url:
            seen.moved_to = answer.moved_to
        _add(seen, outcome)
        return outcome.requests

    try:
        walked = await walk(source, {}, most=REQUESTS, asked=set(), ask=ask, take=take)
        seen.dropped.extend(map(str, walked.failed))
    except SourceError as failure:
        error = failure
    return SourceCheck(
        id=source.id,
        kind=source.kind,
        address=source.url or source.path or "",
        entries=seen.entries,
        format=seen.format,
        title=seen.title,
        newest=seen.newest,
        dropped=tuple(seen.dropped),
        error=str(error) if error else None,
        reason=error.reason if error else None,
        seconds=time.monotonic() - started,
        moved_to=seen.moved_to,
        latest=_latest(seen.items),
    )


def _add(seen: _Seen, outcome: Outcome) -> None:
    seen.items += [arrival.item for arrival in outcome.arrivals if arrival.item is not None]
    seen.entries += len(outcome.arrivals) + len(outcome.subscriptions or ())
    seen.format = seen.format or outcome.format
    seen.title = seen.title or (outcome.attribution.title if outcome.attribution else None)
    seen.newest = max(filter(None, (seen.newest, outcome.newest)), default=None)
    seen.dropped.extend(outcome.dropped)


def _latest(items: Sequence[Item]) -> tuple[Latest, ...]:
    """The newest entries by the dates that they claim; those without one in document order, behind."""
    ordered = sorted(items, key=lambda item: item.published.timestamp() if item.published else float("-inf"), reverse=True)
    return tuple(Latest(title=item.title, published=item.published, link=item.link) for item in ordered[:LATEST])
