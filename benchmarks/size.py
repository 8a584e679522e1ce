"""What a poll, a publication, the memory and a start cost, against how many sources, stored items and topics there are.

    python benchmarks/size.py [--points small,sources,items,topics] [--rounds 5] [--told 100000]
    python benchmarks/size.py --points small,million              1,000 sources, 1,000,000 items, 1,000 topics
    python benchmarks/size.py --points 100000x1000000x1000        other sizes: sources x items x topics

Named points: `small` is 1,000 sources, 10,000 items and 10 topics, and `sources`, `items` and `topics` have ten times as many of
their kind. `million` has a hundred times the items and topics, `most` the sources, too. The default takes a few minutes. A store
is filled as polls fill it, in large transactions, but for items beyond --told, which are copied, and of which no topic tells (see
benchmarks/filling.py); it is published once; then, in a process of its own:

poll         CPU of this process for a poll of a source, over loopback (benchmarks/feedserver.py), once with a new entry of 20 and
             once unchanged; the worker's is left out: it sees a document and not the store
tick         CPU of a look at who is due, while nobody is
publish      CPU of a publication in which one topic got an item, and in which ten did; the least of some rounds. The
             difference, per topic, is what a changed topic costs; the first alone is what a publication costs at all. Then
             the same topics once more: of many topics, others were rendered so long ago that their bytes are not kept
             fsync is left out
start        `aggregator run` until it serves: seconds of CPU and of the clock
memory       MB of the daemon with all that it started (proportional set size): the most while it polls what has news, looked at
             twice a second, and at rest after that

Compare the columns of one run.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from account import cpu_of, memory_of, tree
from filling import POLLED, Point, bring, configure, fill, item
from loopback import ask, serves

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.model import Source
from aggregator.pipeline.engine import Engine
from aggregator.store import sources

HERE = Path(__file__).parent
ENTRIES = 20
DUE = 60
"""Sources that the daemon polls at once when it starts: of more than 64, it would make a queue of minutes."""
REST = 10
"""Looks at the memory after all was polled, two a second."""
POLLING = 60.0
"""Seconds in which they must have been polled."""


# ── what is measured ────────────────────────────────────────────────────────────────────────────────────────


async def measure(root: Path, point: Point, port: int, rounds: int) -> dict[str, float]:
    """Poll and publication, in a process that did nothing else before."""
    os.fsync = lambda _: None
    app = App(load(root / "config.toml", {}))
    async with app.engine("command") as engine:
        known = [engine.sources[f"s{number}"] for number in range(POLLED)]
        await _polls(engine, known)
        await engine.publish()
        found = {"new": 1e9, "unchanged": 1e9}
        for _ in range(rounds):
            ask(port, "change/100")
            for kind in found:
                found[kind] = min(found[kind], await _polls(engine, known) / POLLED)
        await engine.publish()
        found["tick"] = min([await _cpu(engine.due()) for _ in range(rounds)])
        found["idle"] = min([await _cpu(engine.publish()) for _ in range(rounds)])
        for changed in (1, 10):
            for turn in range(rounds):
                for kind in ("publish", "again"):  # once more the same topics: what they hold was rendered a moment ago
                    used = await _publication(engine, point, changed, turn, kind)
                    found[f"{kind} {changed}"] = min(found.get(f"{kind} {changed}", 1e9), used)
        now = datetime.now(UTC)
        await engine.store.write(lambda db: [sources.schedule(db, one.id, now, "interval") for one in known[:DUE]])
    ask(port, "change/100")
    found["topic"] = (found["publish 10"] - found["publish 1"]) / 9
    found["topic again"] = (found.pop("again 10") - found.pop("again 1")) / 9
    return {name: value * 1e3 for name, value in found.items()}


async def _polls(engine: Engine, chosen: Sequence[Source]) -> float:
    before = _used()
    for one in chosen:
        report = await engine.fly(one, insist=True)
        if report.result == "failed":
            raise RuntimeError(report.error)
    return _used() - before


async def _publication(engine: Engine, point: Point, changed: int, turn: int, kind: str) -> float:
    """One item for each of some topics, and a publication; `again` with other items."""
    chance, now, rules = random.Random(turn), datetime.now(UTC), engine.poller.rules
    topics = [(turn * 10 + number) % point.topics for number in range(changed)]
    first = 10**9 + changed * 10**6 + turn * 1000 + (500 if kind == "again" else 0)
    made = [item(first + place, topic, chance, now) for place, topic in enumerate(topics)]
    await engine.store.write(lambda db: bring(db, engine, rules, f"s{POLLED}", made, now))
    before = _used()
    reports = await engine.publish()
    used = _used() - before
    added = sum(report.added for report in reports)
    if added != changed:
        raise RuntimeError(f"{added} entries were added, not {changed}")
    return used


async def _cpu(work: Awaitable[object]) -> float:
    before = _used()
    await work
    return _used() - before


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def start(root: Path, serving: int, publishers: int, seconds: float) -> dict[str, float]:
    """Of a daemon: CPU and wall until it serves; memory while it polls, and after that."""
    command = [sys.executable, "-m", "aggregator", "run", "--config", str(root / "config.toml")]
    ask(publishers, "counts")
    before = time.monotonic()
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        while not serves(serving, "t0.atom"):
            if process.poll() is not None or time.monotonic() - before > seconds:
                raise RuntimeError((root / "log").read_text()[-2000:])
            time.sleep(0.01)
        wall, cpu = time.monotonic() - before, cpu_of(process.pid)
        memory, polled, rest = [0.0], 0, REST
        while rest:
            if time.monotonic() - before > wall + POLLING:
                raise RuntimeError(f"polled {polled} of {DUE} sources: {(root / 'log').read_text()[-2000:]}")
            time.sleep(0.5)
            memory.append(sum(memory_of(pid) for pid in tree(process.pid)) / 1e6)
            polled += sum(json.loads(ask(publishers, "counts")).get(status, 0) for status in ("200", "304"))
            rest -= polled >= DUE
        processes = len(list(tree(process.pid)))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    return {"start cpu": cpu, "start wall": wall, "peak": max(memory), "memory": memory[-1], "processes": processes}


# ── the run ─────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def server() -> Iterator[int]:
    """The publishers of what is polled: their port."""
    feeds = ["--feeds", str(POLLED), "--entries", str(ENTRIES), "--bytes", "1000"]
    with subprocess.Popen([sys.executable, str(HERE / "feedserver.py"), *feeds], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().split()[0])
        finally:
            process.kill()


def at(point: Point, rounds: int, told: int) -> dict[str, float]:
    """Everything at one point."""
    folder = Path(tempfile.mkdtemp(prefix="size-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        serving = int(probe.getsockname()[1])
    try:
        with server() as port:
            configure(folder, point, port, serving)
            given = [str(folder), f"{point.sources}x{point.items}x{point.topics}", str(port), str(rounds), str(told)]
            found: dict[str, float] = {}
            for step in ("fill", "measure"):
                began = time.monotonic()
                command = [sys.executable, str(Path(__file__)), "--step", step, *given]
                found |= json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
                print(f"  {step}: {time.monotonic() - began:.0f} s", file=sys.stderr)
            found |= start(folder, serving, port, 600)
            found["store"] = (folder / "aggregator.db").stat().st_size / 1e6
    finally:
        shutil.rmtree(folder)
    return found


ROWS = {
    "new": "poll that brings an entry, ms",
    "unchanged": "poll that brings nothing, ms",
    "tick": "look at who is due, ms",
    "idle": "publication of nothing, ms",
    "publish 1": "publication of one changed topic, ms",
    "topic": "each further changed topic, ms",
    "topic again": "each further topic that changed a moment ago, too, ms",
    "start cpu": "start until it serves, s CPU",
    "start wall": "start until it serves, s",
    "peak": "memory of all processes while it polls, the most, MB",
    "memory": "memory of all processes after that, MB",
    "processes": "processes",
    "store": "store, MB",
    "fill": "filling, s CPU",
}


def table(points: Sequence[Point], found: Sequence[dict[str, float]]) -> str:
    lines = ["| | " + " | ".join(map(str, points)) + " |", "| --- |" + " ---: |" * len(points)]
    for name, title in ROWS.items():
        cells = [
            f"{one[name]:.2f}" if number == 0 else f"{one[name]:.2f} ({one[name] / found[0][name]:.2f} ×)"
            for number, one in enumerate(found)
        ]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def step(name: str, given: Sequence[str]) -> None:
    """What is done in a process of its own; prints what it found."""
    root, point = Path(given[0]), Point.read(given[1])
    port, rounds, told = map(int, given[2:])
    found = {"fill": asyncio.run(fill(root, point, told))} if name == "fill" else asyncio.run(measure(root, point, port, rounds))
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", default="small,sources,items,topics")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--told", type=int, default=100_000, help="most items that come in and are published; others are copied")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("given", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step(options.step, options.given)
        return
    points = [Point.read(text) for text in options.points.split(",")]
    found = []
    for point in points:
        print(point, file=sys.stderr)
        found.append(at(point, options.rounds, options.told))
        print(table([point], found[-1:]), file=sys.stderr)
    print(table(points, found))


if __name__ == "__main__":
    main()
