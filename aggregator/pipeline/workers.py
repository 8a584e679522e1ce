"""Worker processes, with limits of time and memory per document: a document that passes one costs its source one error.

A worker is forked from a clean server process that has the parsers loaded, so that a killed one is replaced in milliseconds.
"""

import asyncio
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from aggregator.errors import WorkerFailed
from aggregator.model import Document, Known, Outcome, Source
from aggregator.sources.feed import READER

T = TypeVar("T")
MODULE = "aggregator.pipeline.worker"
_STATM = Path("/proc/self/statm")
ATTEMPTS = 2
"""Pools that a document is given to before it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """What one document may cost. The numbers are those that the hostile documents are judged by."""

    cpu: float = 10.0
    """Seconds of CPU."""
    wall: float = 20.0
    """Seconds by the clock, so that a worker that waits for something ends, too."""
    memory: int = 256 * 1024 * 1024
    """Bytes beyond what an idle worker uses."""
    tasks: int = 2_000
    """Documents after which a worker is replaced by a fresh one."""


class Workers:
    """A pool that starts with its first document. Use as an async context manager, or `close` it."""

    def __init__(self, count: int | None = None, limits: WorkerLimits = WorkerLimits()) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([MODULE, READER])
        self.count = count or len(os.sched_getaffinity(0))
        self._limits = limits
        self._pool = self._fresh()

    async def process(self, document: Document, source: Source, known: Known) -> Outcome:
        """`worker.process` in a worker. Raises what it raises, and WorkerFailed where the worker did not survive it."""
        outcome, cpu = await self.run(_process, document, source, known)
        return replace(outcome, cpu=cpu)

    async def run(self, work: Callable[..., T], document: Document, *more: object) -> tuple[T, float]:
        """`work(document, *more)` in a worker, and the seconds of CPU that it took. Raises as `process` does."""
        for _ in range(ATTEMPTS):
            pool = self._pool
            try:
                return await self._once(pool, work, document, more)
            except (BrokenProcessPool, RuntimeError):
                if pool.active:
                    raise
                # pebble gives a pool up when a worker dies between two documents (killed for want of memory, say)
                if self._pool is pool:
                    self._pool = self._fresh()
                    await asyncio.to_thread(_end, pool)
        raise WorkerFailed(f"{document.url} could not be parsed: worker processes do not start, or die at once")

    async def _once(
        self, pool: ProcessPool, work: Callable[..., T], document: Document, more: tuple[object, ...]
    ) -> tuple[T, float]:
        arguments = [self._limits, work, document, *more]
        future: Future[tuple[T, float]] = pool.schedule(_limited, args=arguments, timeout=self._limits.wall)
        try:
            return await asyncio.wrap_future(future)
        except TimeoutError:
            raise WorkerFailed(f"{document.url} took more than {self._limits.wall:g} s to parse: it was given up") from None
        except ProcessExpired as error:
            if -error.exitcode == signal.SIGXCPU:
                raise WorkerFailed(
                    f"{document.url} took more than {self._limits.cpu:g} s of CPU to parse: it was given up"
                ) from None
            raise WorkerFailed(f"{document.url} made its parser die ({_death(error.exitcode)}): it was given up") from None
        except MemoryError:
            megabytes = self._limits.memory // 1024 // 1024
            raise WorkerFailed(f"{document.url} needs more than {megabytes} MB to parse: it was given up") from None

    def close(self) -> None:
        """End the workers, whatever they do."""
        _end(self._pool)

    def _fresh(self) -> ProcessPool:
        return ProcessPool(max_workers=self.count, max_tasks=self._limits.tasks, context=self._context, initializer=_prepare)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call] # pebble has annotations, but not here
    pool.join()


def _prepare() -> None:
    """In a new worker: the parent decides about Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _process(document: Document, source: Source, known: Known) -> Outcome:
    """In a worker, which has the parsers: nobody else loads them."""
    outcome: Outcome = import_module(MODULE).process(document, source, known)
    return outcome


def _limited(limits: WorkerLimits, work: Callable[..., T], *arguments: object) -> tuple[T, float]:
    """In a worker: set this document's limits, then process it.

    RLIMIT_CPU counts the life of the process, so each document gets what was used so far plus its own budget; RLIMIT_DATA
    counts private memory, which is what a parser can run away with.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    budget = int(usage.ru_utime + usage.ru_stime + limits.cpu) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (budget, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + limits.memory, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    result = work(*arguments)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return result, spent.ru_utime + spent.ru_stime - usage.ru_utime - usage.ru_stime


def _data_bytes() -> int:
    """Private memory of this process, from /proc (Linux); elsewhere 0, and the limit is a gigabyte looser by its baseline."""
    try:
        return int(_STATM.read_bytes().split()[5]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 1024 * 1024 * 1024


def _death(exitcode: int) -> str:
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"exit code {exitcode}"
