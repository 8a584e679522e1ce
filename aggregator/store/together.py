"""Work of one sort that many ask for at once, done for all of them in one piece: one future, few statements.

    claims = Together(store, work)     work(db, [ask, …]) → [answer, …], one for each
    answer = await claims.do(ask)      on disk once it is there; what is asked for while a piece is under way shares the next

Nobody pays for another's error: a piece that fails is rolled back, and done again for each by itself.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlite_utils import Database

from aggregator.store.store import Store

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


class Together(Generic[Ask, Answer]):
    """Gathers what is asked for. Belongs to one event loop."""

    def __init__(self, store: Store, work: Callable[[Database, Sequence[Ask]], Sequence[Answer]]) -> None:
        self._store = store
        self._work = work
        self._waiting: list[tuple[Ask, asyncio.Future[Answer]]] = []
        self._working: asyncio.Task[None] | None = None

    async def do(self, ask: Ask) -> Answer:
        """Returns once the answer's group is committed. Raises StoreError, or what `work` raised for this one."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, future))
        if self._working is None:
            self._working = asyncio.create_task(self._work_off(), name="store together")
        return await future

    async def _work_off(self) -> None:
        try:
            while waiting := [(ask, future) for ask, future in self._waiting if not future.done()]:
                self._waiting = []
                await self._settle(waiting)
        finally:
            self._working = None

    async def _settle(self, waiting: Sequence[tuple[Ask, asyncio.Future[Answer]]]) -> None:
        """Do the work for all; if that fails, for each."""

        def work(db: Database) -> list[tuple[asyncio.Future[Answer], Answer]]:
            there = [(ask, future) for ask, future in waiting if not future.done()]  # who has gone meanwhile asks for nothing
            answers = self._work(db, [ask for ask, _ in there]) if there else []
            return [(future, answer) for (_, future), answer in zip(there, answers, strict=True)]

        try:
            answered = await self._store.write(work)
        except Exception as error:
            if len(waiting) > 1:
                for one in waiting:
                    await self._settle([one])
            elif not waiting[0][1].done():
                waiting[0][1].set_exception(error)
        except BaseException:
            for _, future in (*waiting, *self._waiting):
                future.cancel()
            raise
        else:
            for future, answer in answered:
                if not future.done():
                    future.set_result(answer)
