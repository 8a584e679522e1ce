"""What a source answers when asked, without storing or publishing anything."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.errors import FetchError, SourceError
from aggregator.fetch.fetcher import Fetcher
from aggregator.model import Item, Network, Source
from aggregator.pipeline.polls.credentials import with_headers, without_headers
from aggregator.pipeline.report import Latest, SourceCheck
from aggregator.pipeline.workers import Workers
from aggregator.sources import adapter

LATEST = 5
"""Entries shown of a source."""
REQUESTS = 4
"""Enough to find a site's feed and read its first page; a check is not a poll."""

Progress = Callable[[str, int, int], None]
"""Called as one is done: its name, how many are done, how many there are."""


async def check(source: Source, fetcher: Fetcher, workers: Workers, allow_private: tuple[Network, ...]) -> SourceCheck:
    """Ask a source once. Never raises for what it does."""
    started = time.monotonic()
    kind = adapter.load(source.kind)
    entries, format, title, dropped = 0, "", None, []
    newest: datetime | None = None
    error: SourceError | None = None
    moved_to: str | None = None
    items: list[Item] = []
    waiting = deque(kind.requests(source, {}))
    for _ in range(REQUESTS):
        if not waiting or error is not None:
            break
        allowed = source.allow_private if source.allow_private is not None else allow_private
        request = with_headers(replace(waiting.popleft(), allow_private=allowed), source, source.url)
        async for result in fetcher.fetch(request):
            try:
                if isinstance(result, FetchError):
                    raise result
                outcome = await workers.process(*without_headers(result, source), {})
            except SourceError as failure:
                if source.path is not None:
                    dropped.append(str(failure))
                else:
                    error = failure
                continue
            if result.request.url == source.url:
                moved_to = result.moved_to
            items += [arrival.item for arrival in outcome.arrivals if arrival.item is not None]
            entries += len(outcome.arrivals) + len(outcome.subscriptions or ())
            format = format or outcome.format
            title = title or (outcome.attribution.title if outcome.attribution else None)
            newest = max(filter(None, (newest, outcome.newest)), default=None)
            dropped.extend(outcome.dropped)
            waiting.extend(outcome.requests)
    if source.path is not None and dropped and not entries:
        error = SourceError(dropped[0])
    return SourceCheck(
        id=source.id,
        kind=source.kind,
        address=source.url or source.path or "",
        entries=entries,
        format=format,
        title=title,
        newest=newest,
        dropped=tuple(dropped),
        error=str(error) if error else None,
        reason=error.reason if error else None,
        seconds=time.monotonic() - started,
        moved_to=moved_to,
        latest=_latest(items),
    )


def _latest(items: Sequence[Item]) -> tuple[Latest, ...]:
    """The newest entries by the dates that they claim; those without one in document order, behind."""
    ordered = sorted(items, key=lambda item: item.published.timestamp() if item.published else float("-inf"), reverse=True)
    return tuple(Latest(title=item.title, published=item.published, link=item.link) for item in ordered[:LATEST])
