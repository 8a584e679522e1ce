"""What a poll, a publication, the memory and a start cost, against how many sources, stored items and topics there are.

    python benchmarks/size.py [--points small,sources,items,topics] [--polls 200] [--rounds 5]
    python benchmarks/size.py --points 100000x1000000x1000        other sizes: sources x items x topics

Named points: `small` is 1,000 sources, 10,000 items and 10 topics, and each of the others has ten times as many of its kind.
The default takes a few minutes. A store is filled as polls fill it (pipeline.intake, an item in one or two topics), but in large
transactions, and is published once; then, in a process of its own:

poll         CPU of this process for a poll of a source, over loopback (benchmarks/feedserver.py), once with a new entry of 20 and
             once unchanged; the worker's is left out: it sees a document and not the store
tick         CPU of a look at who is due, while nobody is
publish      CPU of a publication in which one topic got an item, and in which ten did; the least of some rounds. The
             difference, per topic, is what a changed topic costs; the first alone is what a publication costs at all.
             fsync is left out
start        `aggregator run` until it serves: seconds of CPU and of the clock
memory       resident MB of the daemon with everything that it started, after it has polled (proportional set size)

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
import urllib.request
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.dedupe.hashes import rendition, substance
from aggregator.model import Arrival, Html, Item, Plain, Source, Url
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.membership import Rules
from aggregator.pipeline.polls.intake import take_in
from aggregator.pipeline.worker import Outcome
from aggregator.store import sources
from aggregator.store.documents import Resource

HERE = Path(__file__).parent
NAMED = {
    "small": (1_000, 10_000, 10),
    "sources": (10_000, 10_000, 10),
    "items": (1_000, 100_000, 10),
    "topics": (1_000, 10_000, 100),
}
POLLED = 200
"""Sources that the server on loopback speaks for."""
ENTRIES = 20
WORDS = 40
"""Of an item's text."""
BATCH = 2_000
"""Items in a transaction of the filling."""
A_DAY = 10
"""Items that a topic gets: the more there are, the longer is its history."""
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Point:
    sources: int
    items: int
    topics: int

    @classmethod
    def read(cls, text: str) -> "Point":
        return cls(*NAMED[text]) if text in NAMED else cls(*(int(part) for part in text.split("x")))

    def __str__(self) -> str:
        return f"{self.sources:,} sources, {self.items:,} items, {self.topics:,} topics"


# ── a store of that size ────────────────────────────────────────────────────────────────────────────────────


def configure(root: Path, point: Point, port: int, serving: int) -> None:
    """Topic k asks for the word `topic<k>`; the first sources are at the server, the others where nobody is."""
    lines = [
        '[site]\ntitle = "Size"\nbase_url = "http://127.0.0.1/"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n',
        f"[serve]\nport = {serving}\n[store]\nsnapshots = 0\n",
    ]
    for number in range(point.sources):
        host = f"127.0.0.1:{port}" if number < POLLED else f"site{number}.example"
        lines.append(f'[[source]]\nid = "s{number}"\nurl = "http://{host}/f/{number}.xml"\n')
    lines += [f'[[topic]]\nslug = "t{number}"\nquery = "topic{number}"\nstories = false\n' for number in range(point.topics)]
    (root / "config.toml").write_text("".join(lines))


def item(number: int, topic: int, chance: random.Random, at: datetime) -> Item:
    words = " ".join(f"w{chance.randrange(20_000)}" for _ in range(WORDS))
    return Item(
        native_id=f"n{number}",
        title=Plain(f"Number {number} tells of topic{topic}"),
        link=Url(f"http://site.example/{number}"),
        published=at,
        content=Html(f"<p>{words}</p>"),
        text=words,
    )


def bring(db: Database, engine: Engine, rules: Rules, source_id: str, made: Sequence[Item], now: datetime) -> None:
    """Take items in as a poll of their source does."""
    source = engine.sources[source_id]
    arrivals = tuple(
        Arrival(fingerprint=one.native_id or "", item=one, substance=substance(one), rendition=rendition(one)) for one in made
    )
    answered = Resource(url=f"http://fill.example/{source_id}/{made[0].native_id}", digest=made[0].native_id)
    take_in(db, source, Outcome(arrivals=arrivals), answered, rules=rules, now=now, holds=lambda _: False)


async def fill(root: Path, point: Point) -> float:
    """Returns seconds of CPU of it all."""
    started = time.process_time()
    chance, now = random.Random(7), datetime.now(UTC)
    app = App(load(root / "config.toml", {}))
    async with app.engine("command") as engine:
        rules = engine.poller.rules
        names = list(engine.sources)[POLLED:]
        step = timedelta(days=1) / A_DAY / point.topics
        numbers = {name: range(place, point.items, len(names)) for place, name in enumerate(names)}

        def write(db: Database, batch: Sequence[str]) -> None:
            for name in batch:
                made = [item(n, n % point.topics, chance, now - (point.items - n) * step) for n in numbers[name]]
                if made:
                    bring(db, engine, rules, name, made, now)

        at_once = max(1, BATCH * len(names) // point.items)
        for start in range(0, len(names), at_once):
            await engine.store.write(lambda db, start=start: write(db, names[start : start + at_once]))
        later = now + WEEK
        await engine.store.write(lambda db: [sources.schedule(db, name, later, "interval") for name in engine.sources])
        await engine.publish()
    return time.process_time() - started


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
            _ask(port, "change/100")
            for kind in found:
                found[kind] = min(found[kind], await _polls(engine, known) / POLLED)
        await engine.publish()
        found["tick"] = min([await _cpu(engine.due()) for _ in range(rounds)])
        found["idle"] = min([await _cpu(engine.publish()) for _ in range(rounds)])
        for changed in (1, 10):
            found[f"publish {changed}"] = min([await _publication(engine, point, changed, turn) for turn in range(rounds)])
    found["topic"] = (found["publish 10"] - found["publish 1"]) / 9
    return {name: value * 1e3 for name, value in found.items()}


async def _polls(engine: Engine, chosen: Sequence[Source]) -> float:
    before = _used()
    for one in chosen:
        report = await engine.fly(one, insist=True)
        if report.result == "failed":
            raise RuntimeError(report.error)
    return _used() - before


async def _publication(engine: Engine, point: Point, changed: int, turn: int) -> float:
    """One item for each of some topics, and a publication."""
    chance, now, rules = random.Random(turn), datetime.now(UTC), engine.poller.rules
    topics = [(turn * 10 + number) % point.topics for number in range(changed)]
    made = [item(10**9 + changed * 10**6 + turn * 1000 + place, topic, chance, now) for place, topic in enumerate(topics)]
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


def start(root: Path, serving: int, seconds: float) -> dict[str, float]:
    """Of a daemon: CPU and wall until it serves, and memory once it has polled."""
    command = [sys.executable, "-m", "aggregator", "run", "--config", str(root / "config.toml")]
    before = time.monotonic()
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        while not _serves(serving):
            if process.poll() is not None or time.monotonic() - before > seconds:
                raise RuntimeError((root / "log").read_text()[-2000:])
            time.sleep(0.01)
        wall, cpu = time.monotonic() - before, _cpu_of(process.pid)
        time.sleep(10)
        memory = sum(_memory(pid) for pid in _tree(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    return {"start cpu": cpu, "start wall": wall, "memory": memory / 1e6}


def _serves(port: int) -> bool:
    try:
        return bool(_ask(port, "t0.atom"))
    except OSError:
        return False


def _tree(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _tree(int(child))


def _cpu_of(pid: int) -> float:
    """Seconds that a process used, without those that it started."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> int:
    """Bytes: its own, and its part of what it shares with others."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _ask(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
        body: bytes = answer.read()
        return body


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


def at(point: Point, rounds: int) -> dict[str, float]:
    """Everything at one point."""
    folder = Path(tempfile.mkdtemp(prefix="size-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        serving = int(probe.getsockname()[1])
    try:
        with server() as port:
            configure(folder, point, port, serving)
            given = [str(folder), f"{point.sources}x{point.items}x{point.topics}", str(port), str(rounds)]
            found: dict[str, float] = {}
            for step in ("fill", "measure"):
                began = time.monotonic()
                command = [sys.executable, str(Path(__file__)), "--step", step, *given]
                found |= json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
                print(f"  {step}: {time.monotonic() - began:.0f} s", file=sys.stderr)
            found |= start(folder, serving, 600)
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
    "start cpu": "start until it serves, s CPU",
    "start wall": "start until it serves, s",
    "memory": "memory of all processes, MB",
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
    root, point, port, rounds = Path(given[0]), Point.read(given[1]), int(given[2]), int(given[3])
    found = {"fill": asyncio.run(fill(root, point))} if name == "fill" else asyncio.run(measure(root, point, port, rounds))
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", default=",".join(NAMED))
    parser.add_argument("--rounds", type=int, default=5)
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
        found.append(at(point, options.rounds))
        print(table([point], found[-1:]), file=sys.stderr)
    print(table(points, found))


if __name__ == "__main__":
    main()
