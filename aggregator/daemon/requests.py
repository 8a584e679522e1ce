"""What commands ask of the daemon that owns their store: carried out one by one, answered in the store.

waiting(engine) → requests nobody has begun with      answer(engine, asked) → the run that it asked for, or None
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from pydantic import TypeAdapter

from aggregator.errors import AggregatorError
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.report import RunReport, TakedownReport
from aggregator.store import requests
from aggregator.store.requests import Asked

AGAIN = 15.0
"""Seconds until a request whose answer could not be stored (a full disk) is begun anew."""

_log = structlog.get_logger(__name__)
_answers: dict[type, TypeAdapter[Any]] = {report: TypeAdapter(report) for report in (RunReport, TakedownReport)}


class Requests:
    """The requests that are under way. One that is cut off (by a reload) stays unanswered, and is begun anew."""

    def __init__(self) -> None:
        self._under_way: set[int] = set()

    async def waiting(self, engine: Engine) -> list[Asked]:
        """Requests to answer now; each is given out once. Raises StoreError."""
        found = [asked for asked in await engine.store.read(requests.pending) if asked.pk not in self._under_way]
        self._under_way.update(asked.pk for asked in found)
        return found

    async def answer(self, engine: Engine, asked: Asked, done: Callable[[RunReport], Awaitable[None]]) -> None:
        """Do what a command asked, then `done` with what became of it, then answer. Never raises."""
        value: object = None
        failure: str | None = None
        wait = 0.0
        try:
            try:
                report = await _carry_out(engine, asked)
                await done(report if isinstance(report, RunReport) else RunReport(topics=report.topics))
                value = _answers[type(report)].dump_python(report, mode="json")
            except AggregatorError as error:
                failure = str(error)
            except Exception as error:
                _log.exception("a fault in the program", command=asked.command)
                failure = f"a fault in the daemon ({type(error).__name__}): its log shows where; please report it"
            now = engine.now()
            await engine.store.write(lambda db: requests.answer(db, asked.pk, now, value=value, error=failure))
        except AggregatorError as error:
            _log.error("request not answered", command=asked.command, error=str(error))
            wait = AGAIN
        finally:
            asyncio.get_running_loop().call_later(wait, self._under_way.discard, asked.pk)


async def _carry_out(engine: Engine, asked: Asked) -> RunReport | TakedownReport:
    force = bool(asked.arguments.get("force"))
    if asked.command == "once":
        return await engine.once(force=force)
    if asked.command == "poll":
        return await engine.poll(str(asked.arguments.get("source")), force=force)
    if asked.command == "story join":
        return await engine.join_stories(int(asked.arguments["one"]), int(asked.arguments["other"]))
    if asked.command == "story split":
        return await engine.split_story(int(asked.arguments["item"]))
    if asked.command == "takedown":
        words, comment = str(asked.arguments.get("words")), asked.arguments.get("comment")
        if asked.arguments.get("undo"):
            return await engine.undo_takedown(words)
        return await engine.takedown(words, comment=None if comment is None else str(comment))
    raise AggregatorError(f"this daemon does not know the command {asked.command!r}: is it older than the command?")
