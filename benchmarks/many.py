"""Ten thousand sources for a day, compressed: do memory, open files and CPU stay where they are, and what does the schedule cost?

    python benchmarks/many.py [--sources 10000] [--minutes 20] [--budget 24]
    python benchmarks/many.py --sources 100000 --real 4           a few minutes in real time instead: benchmarks/pace.py

Two questions, two measurements, on the real store, schedule, fetcher and workers, against benchmarks/feedserver.py on loopback:

schedule    an hour of ticks, one a second, in which what is due is only put off, not polled: CPU of the tick, its look into the
            store, the choice and the write, as a share of one core
day         86,400 seconds pass in so many minutes; every source is polled when it is due. Resident memory, descriptors and CPU
            per poll (of the daemon, without its workers), hour by hour. Flat: the last third is not above the first by a tenth
"""

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean

import pace
from feedserver import AGO, SOME
from sqlite_utils import Database

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.pipeline.engine import Engine
from aggregator.schedule import Schedule
from aggregator.store import sources

HOURS = 24
DAY = 86400.0
SERVER = Path(__file__).with_name("feedserver.py")


class Clock:
    """Simulated time: set, or running at a multiple of the real one."""

    def __init__(self) -> None:
        self._base = datetime(2026, 3, 1, tzinfo=UTC)
        self._since = time.monotonic()
        self._speed = 0.0

    def run(self, speed: float) -> None:
        self._base, self._since, self._speed = self.now(), time.monotonic(), speed

    def pass_(self, seconds: float) -> None:
        self._base += timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._base + timedelta(seconds=(time.monotonic() - self._since) * self._speed)


async def measure(root: Path, port: int, minutes: float) -> bool:
    clock = Clock()
    app = App(load(root / "config.toml", {}), now=clock.now)
    async with app.engine("daemon") as engine:
        started, used = time.monotonic(), _cpu()
        await _poll_all(engine)
        print(
            f"first poll of {len(engine.sources):,} sources: {time.monotonic() - started:.0f} s, daemon {_cpu() - used:.0f} s CPU"
        )
        share = await _schedule_alone(engine, clock)
        flat = await _day(engine, clock, port, minutes)
    return share <= 0.01 and flat


async def _poll_all(engine: Engine) -> None:
    """Until nothing is due."""
    flying: set[asyncio.Task[object]] = set()
    while True:
        flying |= {asyncio.create_task(engine.fly(source)) for source in await engine.due()}
        if not flying:
            return
        _, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)


async def _schedule_alone(engine: Engine, clock: Clock) -> float:
    """CPU seconds per second of the tick and all that it does but polling; an idle APScheduler, measured apart, included."""
    chance, hour, first = random.Random(7), DAY / 24, clock.now()
    spread = {id: first + timedelta(seconds=chance.uniform(0, hour)) for id in engine.sources}
    await engine.store.write(lambda db: _put_off(db, spread))
    chosen = 0
    used = _cpu()
    for _ in range(3600):
        clock.pass_(1)
        due = await engine.due()
        chosen += len(due)
        if due:
            later = clock.now() + timedelta(seconds=DAY / 24)
            await engine.store.write(
                lambda db, due=due, later=later: [sources.schedule(db, s.id, later, "interval") for s in due]
            )
    ticks = (_cpu() - used) / 3600
    schedule = Schedule(_nothing, seconds=1.0)
    used, started = _cpu(), time.monotonic()
    schedule.start()
    await asyncio.sleep(20)
    idle = (_cpu() - used) / (time.monotonic() - started)
    await schedule.stop()
    print(
        f"schedule: {ticks * 1000:.2f} ms a tick with {chosen / 3600:.1f} sources due, APScheduler {idle * 1000:.2f} ms a second:"
    )
    print(f"          {ticks + idle:.2%} of a core")
    return ticks + idle


def _put_off(db: Database, later: Mapping[str, datetime]) -> None:
    for id, due in later.items():
        sources.schedule(db, id, due, "interval")


async def _nothing() -> None:
    """A tick without work."""


async def _day(engine: Engine, clock: Clock, port: int, minutes: float) -> bool:
    """Poll what is due while the day passes; a line an hour."""
    speed = DAY / (minutes * 60)
    clock.run(speed)
    begun = clock.now()
    await engine.settle(gently=True)
    print(f"\n{'hour':>4} {'polls':>7} {'due':>6} {'RSS MB':>7} {'files':>6} {'CPU ms a poll':>14} {'answers':>8}")
    rows: list[Mapping[str, float]] = []
    flying: set[asyncio.Task[object]] = set()
    for hour in range(HOURS):
        polls, used = 0, _cpu()
        await asyncio.to_thread(_ask, port, "change/1")
        while clock.now() < begun + timedelta(hours=hour + 1):
            due = await engine.due()
            polls += len(due)
            flying |= {asyncio.create_task(engine.fly(source)) for source in due}
            if flying:
                _, flying = await asyncio.wait(flying, timeout=0.05, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(0.05)
        waiting = await engine.store.read(lambda db: sources.count_due(db, clock.now()))
        await engine.publish()
        row = {"polls": polls, "rss": _resident(), "files": _files(), "cpu": (_cpu() - used) / max(1, polls) * 1000}
        rows.append(row)
        counts = json.loads(await asyncio.to_thread(_ask, port, "counts"))
        asked = counts.get("200", 0) + counts.get("304", 0)
        print(
            f"{hour:>4} {polls:>7,} {waiting:>6,} {row['rss']:>7.0f} {row['files']:>6.0f} {row['cpu']:>14.2f} {asked:>8,}",
            flush=True,
        )
    await asyncio.gather(*flying)
    return _is_flat(rows)


def _is_flat(rows: list[Mapping[str, float]]) -> bool:
    """The first hour warms up; then the last third must not be a tenth above the first.

    Descriptors are judged by the most that were open: connections are kept for a while, 64 at most, so busy hours have more.
    """
    third = len(rows) // 3
    flat = True
    for what in ("rss", "files", "cpu"):
        judged = max if what == "files" else mean
        first, last = judged([row[what] for row in rows[1 : third + 1]]), judged([row[what] for row in rows[-third:]])
        grown = last > first * 1.1
        print(f"{what}: {first:.1f} in the first third, {last:.1f} in the last: {'GROWN' if grown else 'flat'}")
        flat = flat and not grown
    return flat


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def _files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are all that is wanted


def _ask(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
        body: bytes = answer.read()
        return body


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--budget", type=float, default=24)
    parser.add_argument("--real", type=float, help="minutes of real time, instead of a day compressed into --minutes")
    parser.add_argument("--ago", type=float, default=AGO, help="with --real: days since a feed's first entry")
    given = parser.parse_args()
    if given.real:
        sys.exit(not pace.run(given.sources, given.budget, given.real, given.ago))
    feeds = ["--feeds", str(given.sources), "--entries", "5", "--bytes", "300"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([sys.executable, SERVER, *feeds], stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline().split()[0])
            text = f'[fetch]\nallow_private = ["127.0.0.0/8"]\nbudget = {given.budget}\n[store]\nsnapshots = 0\n'
            text += "".join(f'[[source]]\nid = "s{n}"\nurl = "http://127.0.0.1:{port}/f/{n}.xml"\n' for n in range(given.sources))
            (Path(folder) / "config.toml").write_text(text + f'[[topic]]\nslug = "some"\nquery = "{SOME}"\n')
            good = asyncio.run(measure(Path(folder), port, given.minutes))
        finally:
            server.kill()
    sys.exit(not good)


if __name__ == "__main__":
    main()
