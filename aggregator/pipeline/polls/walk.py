"""The requests of one source, in the order in which polls and checks make them: both reach the same documents.

walk(source, state, …) ─kind.requests→ ask(request) ─answer→ take(answer) → what to ask for next …
                                                    ─404→ Request.otherwise
"""

from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import NamedTuple

from aggregator.errors import AggregatorError, FetchError, HttpStatusError, ParseError, SourceError
from aggregator.model import Document, Request, Source, State
from aggregator.sources import adapter

Ask = Callable[[Request], AsyncGenerator[Document | FetchError]]
Take = Callable[[Document | FetchError], Awaitable[Sequence[Request]]]
"""What one answer holds is used; returns what to ask for next. Raises SourceError."""


class Walked(NamedTuple):
    """How it ended: what failed of a folder whose other files came in, and the first request that was one too many."""

    failed: Sequence[SourceError]
    left: Request | None


async def walk(source: Source, state: State, *, most: int, asked: set[str], ask: Ask, take: Take) -> Walked:
    """Make at most so many requests, each address once; they go into `asked`, where `take` may add what came beside them.

    Raises SourceError: the first, but of a folder only if nothing in it can be read. A fault in a kind's code is one, too:
    whoever wrote it, other sources go on.
    """
    try:
        return await _walk(source, state, most, asked, ask, take)
    except AggregatorError:
        raise
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
        raise ParseError(f"the code of kind {source.kind!r} failed on source {source.id!r}: {fault}") from error


async def _walk(source: Source, state: State, most: int, asked: set[str], ask: Ask, take: Take) -> Walked:
    waiting = deque(adapter.load(source.kind).requests(source, state))
    failed: list[SourceError] = []
    good = 0
    for _ in range(most):
        if not waiting:
            break
        request = waiting.popleft()
        if request.url in asked:
            continue
        asked.add(request.url)
        async with aclosing(ask(request)) as answers:
            async for answer in answers:
                try:
                    waiting.extend(await take(answer))
                    good += 1
                except SourceError as error:
                    if request.otherwise is not None and isinstance(error, HttpStatusError) and error.status == 404:
                        waiting.append(request.otherwise)
                    elif source.path is None:
                        raise
                    else:
                        failed.append(error)
    if failed and not good:
        raise failed[0]
    return Walked(failed, waiting[0] if waiting else None)
