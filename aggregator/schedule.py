"""When things happen: one APScheduler tick over what is due, and a watch over files that people edit.

    Schedule(tick).start() → tick, tick, tick … → stop(): the tick under way ends first
    watch(paths, changed)  → changed({paths}), until cancelled

APScheduler owns the time, the store owns the state (`due`): there is one job, not one per source. A tick that is late runs once
(coalesce), never beside another (max_instances), and is never left out (no misfire grace). What a job raises is logged.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from pathlib import Path

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from watchfiles import DefaultFilter, awatch

from aggregator.stamp import Stamp, stamp

_log = structlog.get_logger(__name__)

DEBOUNCE = 400
"""Milliseconds in which changes are gathered: an editor's write, rename and chmod are one change."""
REARM = 5.0
"""Seconds after which a watch looks whether its folders came, went or were replaced, and after which a failed one tries again."""

Changed = Callable[[set[Path]], Awaitable[None]]


class Schedule:
    """Calls `tick` every `seconds`, from the running event loop."""

    def __init__(self, tick: Callable[[], Awaitable[None]], *, seconds: float = 1.0) -> None:
        self._tick = tick
        self._running: asyncio.Task[object] | None = None
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._scheduler.add_job(self._run, "interval", seconds=seconds, id="tick")
        self._scheduler.add_listener(_failed, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Begin; the first tick comes after `seconds`."""
        # A tick that takes longer than its interval is no news once a second, and errors are logged by the listener.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler.start()

    async def stop(self, grace: float = 8.0) -> None:
        """No further tick. The one under way may end within `grace` seconds, then it is cancelled."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        running = self._running
        if running is not None:
            await asyncio.wait([running], timeout=grace)
        self._scheduler.shutdown(wait=False)  # cancels a tick that still runs: the executor cannot wait
        if running is not None:
            await asyncio.wait([running])

    async def _run(self) -> None:
        self._running = asyncio.current_task()
        try:
            await self._tick()
        finally:
            self._running = None


def _failed(event: JobExecutionEvent) -> None:
    _log.error("job failed", job=event.job_id, exc_info=event.exception)


async def watch(
    paths: Iterable[Path],
    changed: Changed,
    *,
    since: Mapping[Path, Stamp] | None = None,
    debounce: int = DEBOUNCE,
    rearm: float = REARM,
) -> None:
    """Call `changed` with what changed: files of `paths` themselves, and files below those of `paths` that are folders.

    Runs until cancelled. A file is watched through its folder, since editors replace files by renaming, and reported if what
    stands at its address differs. What does not exist yet is waited for; a folder that came or was replaced is reported as
    such, since its files were not seen one by one. `since` holds what stood at a file's address when it was read, where that was
    before this call: what changed in between is told, too. `changed` may raise: that is logged. Calls never overlap.
    """
    known = tuple(dict.fromkeys(paths))
    lock = asyncio.Lock()

    async def tell(what: set[Path]) -> None:
        async with lock:
            try:
                await changed(what)
            except Exception as error:
                _log.exception("change not handled", paths=sorted(map(str, what)), error=str(error))

    async with asyncio.TaskGroup() as group:
        group.create_task(_watch_folders(known, tell, debounce, rearm))
        group.create_task(_watch_files(known, {**{path: stamp(path) for path in known}, **(since or {})}, tell, debounce, rearm))


async def _watch_folders(paths: tuple[Path, ...], tell: Changed, debounce: int, rearm: float) -> None:
    """All folders in one watch (each watch takes a thread), set up anew when one of them came, went or was replaced."""
    before: Mapping[Path, Stamp] | None = None
    while True:
        roots = _folders(paths)
        if before is not None and roots:
            await tell(set(roots))  # what happened between two watches was not seen
        before = roots
        try:
            async with aclosing(_changes(roots, True, debounce, rearm)) as batches:
                async for batch in batches:
                    if batch:
                        await tell(batch)
                    # A folder that was removed and made again may have the same inode; then its removal is in the batch.
                    if not batch.isdisjoint(roots) or _folders(paths) != roots:
                        break
        except (OSError, RuntimeError) as error:
            _log.warning("folders not watched", error=str(error), retry_in=rearm)
            await asyncio.sleep(rearm)


async def _watch_files(paths: tuple[Path, ...], stamps: Mapping[Path, Stamp], tell: Changed, debounce: int, rearm: float) -> None:
    """All files, and what does not exist yet, in one watch of their folders."""

    async def compare() -> None:
        nonlocal stamps
        now = {path: stamp(path) for path in paths}
        changed = {path for path in paths if now[path] != stamps[path] and not path.is_dir()}
        stamps = now
        if changed:
            await tell(changed)

    while True:
        await compare()  # what happened between two watches was not seen
        roots = _folders(path.parent for path in paths if not path.is_dir())
        try:
            async with aclosing(_changes(roots, False, debounce, rearm)) as batches:
                async for _ in batches:
                    await compare()
                    if _folders(path.parent for path in paths if not path.is_dir()) != roots:
                        break
        except (OSError, RuntimeError) as error:
            _log.warning("files not watched", error=str(error), retry_in=rearm)
            await asyncio.sleep(rearm)


async def _changes(roots: Iterable[Path], recursive: bool, debounce: int, rearm: float) -> AsyncGenerator[set[Path], None]:
    """Batches of changed paths below the roots; an empty one after `rearm` seconds of silence."""
    folders = tuple(roots)
    if not folders:
        await asyncio.sleep(rearm)
        yield set()
        return
    batches = awatch(
        *folders,
        watch_filter=DefaultFilter(),
        debounce=debounce,
        rust_timeout=int(rearm * 1000),
        yield_on_timeout=True,
        recursive=recursive,
        ignore_permission_denied=True,
    )
    async with aclosing(batches):
        async for batch in batches:
            yield {Path(path) for _, path in batch}


def _folders(paths: Iterable[Path]) -> Mapping[Path, Stamp]:
    """Those of the paths that are folders now, and which folder it is that has the name."""
    return {path: found[:2] for path in paths if path.is_dir() and (found := stamp(path)) is not None}
