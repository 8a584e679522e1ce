"""What a poll costs: ours against `reader`, on the same feeds from a loopback server, interleaved in one run.

    python benchmarks/poll.py [--feeds 300] [--rounds 3] [--workers 1,4] [--minutes 20]

Phases, each a fresh process per side, so that starting up is part of the price of each:

    first        N feeds × 20 entries of about 3 KB: parsed, sanitized, stored; ours also matches and publishes two topics
    all 304      nothing changed
    5 % changed  one new entry in every twentieth feed
    idle         nothing is due: what starting up alone costs

A side is believed only if the server saw every feed asked for, with the expected number of 304s, and if the side says that
it has the expected number of new items; otherwise the run ends. CPU is user + system of the process and all that it started,
also what outlives it (workers, and the process that forks them): this process adopts and awaits them. Wall is the clock's;
both in ms per feed, medians over the rounds, with the ratio to ours. `reader` is a fast, correct feed library and runs as
its documentation says, once for each number of workers. Everything is written to temporary folders, which are removed.
"""

import argparse
import ctypes
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
ENTRIES = 20
ADOPT = 36
"""PR_SET_CHILD_SUBREAPER, prctl(2)."""
PHASES = ("first", "all 304", "5 % changed", "idle")
PHASE_SECONDS_PER_FEED = 1.0
"""A phase that takes longer has failed. Slower than any program that was ever measured."""

BYTECODE = tempfile.mkdtemp(prefix="bytecode-")
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": BYTECODE}
"""What is installed has its bytecode. Without it, starting up would compile all of the program, in each phase anew."""

READER = """
import sys
from reader import make_reader
path, what, workers, urls = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
reader = make_reader(path)
if what == "subscribe":
    for url in open(urls):
        reader.add_feed(url.strip())
else:
    before = reader.get_entry_counts().total
    reader.update_feeds(scheduled=what == "idle", workers=workers)
    assert not list(reader.get_feeds(broken=True)), "a feed is broken"
    print(reader.get_entry_counts().total - before)
"""


@dataclass(frozen=True)
class Cost:
    """Of one phase: seconds of CPU and of the clock."""

    cpu: float
    wall: float


class Server:
    """The publishers, in their own process."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            text: str = answer.read().decode()
        return text


@contextmanager
def server(feeds: int) -> Iterator[Server]:
    command = [sys.executable, str(Path(__file__).with_name("feedserver.py")), "--feeds", str(feeds), "--entries", str(ENTRIES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline().split()[0]))
        finally:
            process.terminate()


def measured(command: Sequence[str], seconds: float, cwd: Path) -> tuple[Cost, str]:
    """Run a command to its end; what it cost with all that it started, and what it printed. Raises RuntimeError if it fails.

    A worker's server outlives the program by a moment, and is nobody's child then: its CPU, and that of its workers, would be
    in no account if it were not adopted here.
    """
    others = _children()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=errors, cwd=cwd, env=ENVIRONMENT)
        limit = started + seconds
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > limit:
                process.kill()
                raise RuntimeError(f"not done in {seconds:.0f} s: {' '.join(command[:4])} …")
            time.sleep(0.002)
        wall = time.monotonic() - started
        cpu = usage.ru_utime + usage.ru_stime
        while orphans := _children() - others:
            for orphan in orphans:
                _, _, usage = os.wait4(orphan, 0)
                cpu += usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise RuntimeError(f"exit code {process.returncode}: {' '.join(command[:4])} …\n{errors.read()[-2000:]}")
        return Cost(cpu, wall), output.read()


def _children() -> set[int]:
    """Pids of this process's children, of all of its threads."""
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


class Ours:
    """The command line program over a configuration of N sources and two topics."""

    name = "aggregator"

    def __init__(self, feeds: int, url: str, folder: Path) -> None:
        self._folder = folder
        self._seconds = 60 + feeds * PHASE_SECONDS_PER_FEED
        sources = "".join(f'[[source]]\nid = "s{n}"\nurl = "{url}f/{n}.xml"\n' for n in range(feeds))
        (folder / "config.toml").write_text(
            '[site]\ntitle = "Benchmark"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n'
            '[[topic]]\nslug = "all"\nstories = false\n'
            '[[topic]]\nslug = "some"\nquery = "glacier (violin OR orbit)"\nstories = false\n' + sources
        )

    def poll(self, phase: str) -> tuple[Cost, int]:
        command = [sys.executable, "-m", "aggregator", "once", "--json", "--config", str(self._folder / "config.toml")]
        cost, output = measured(command + ["--force"] * (phase != "idle"), self._seconds, ROOT)
        report = json.loads(output)
        failed = [source for source in report["sources"] if source["result"] == "failed"]
        if failed:
            raise RuntimeError(f"{len(failed)} sources failed, such as {failed[0]}")
        return cost, sum(source["new"] for source in report["sources"])


class Reader:
    """The library, with a number of threads that fetch."""

    def __init__(self, workers: int, feeds: int, url: str, folder: Path) -> None:
        self.name = f"reader, {workers} worker{'s' * (workers > 1)}"
        self._folder = folder
        self._seconds = 60 + feeds * PHASE_SECONDS_PER_FEED
        self._arguments = [str(workers), str(folder / "urls")]
        (folder / "urls").write_text("".join(f"{url}f/{n}.xml\n" for n in range(feeds)))
        self._run("subscribe")

    def poll(self, phase: str) -> tuple[Cost, int]:
        cost, output = self._run("idle" if phase == "idle" else "poll")
        return cost, int(output)

    def _run(self, what: str) -> tuple[Cost, str]:
        command = [sys.executable, "-c", READER, str(self._folder / "reader.db"), what, *self._arguments]
        return measured(command, self._seconds, self._folder)


Side = Ours | Reader
Costs = Mapping[tuple[str, str], list[Cost]]


def one_round(sides: Sequence[Side], server: Server, feeds: int, costs: Costs) -> None:
    """All phases in their order; within each, all sides take turns."""
    for phase in PHASES:
        changed = int(server.get("change/5")) if phase == "5 % changed" else 0
        expected = {"first": (feeds, 0, feeds * ENTRIES), "5 % changed": (changed, feeds - changed, changed), "idle": (0, 0, 0)}
        fresh, unchanged, new = expected.get(phase, (0, feeds, 0))
        for side in sides:
            server.get("counts")
            cost, got = side.poll(phase)
            counts = json.loads(server.get("counts"))
            seen = (counts.get("200", 0), counts.get("304", 0), got)
            if seen != (fresh, unchanged, new):
                raise RuntimeError(f"{side.name}, {phase}: (200s, 304s, new items) are {seen}, not {(fresh, unchanged, new)}")
            costs[phase, side.name].append(cost)
            print(f"  {phase:12} {side.name:20} {cost.cpu:8.2f} s CPU {cost.wall:8.2f} s", file=sys.stderr)


def table(costs: Costs, names: Sequence[str], feeds: int) -> str:
    """Medians in ms per feed; the ratio of each peer's to ours."""
    lines = [
        f"| {feeds} feeds × {ENTRIES} entries | " + " | ".join(f"{name}: CPU, wall" for name in names) + " |",
        "| --- |" + " --- |" * len(names),
    ]
    for phase in PHASES:
        ours = costs[phase, names[0]]
        cells = []
        for name in names:
            cpu, wall = (_median(costs[phase, name], key) * 1000 / feeds for key in ("cpu", "wall"))
            ratio = _median(costs[phase, name], "cpu") / _median(ours, "cpu")
            cells.append(f"{cpu:.2f} ms, {wall:.2f} ms" + (f" ({ratio:.1f} ×)" if name != names[0] else ""))
        lines.append(f"| {phase} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _median(costs: Sequence[Cost], key: str) -> float:
    return float(median(getattr(cost, key) for cost in costs))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", default="1,4", help="numbers of workers that reader runs with, in turn; empty for none")
    parser.add_argument("--minutes", type=float, default=20.0, help="no further round is begun after this time")
    given = parser.parse_args()
    if ctypes.CDLL(None, use_errno=True).prctl(ADOPT, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "orphans cannot be adopted: their CPU would not be counted")
    workers = [int(number) for number in given.workers.split(",") if number]
    for program in ("aggregator.cli.once, aggregator.app, aggregator.pipeline.worker", "reader"):
        subprocess.run([sys.executable, "-c", f"import {program}"], env=ENVIRONMENT, cwd=ROOT, check=program != "reader")
    costs: dict[tuple[str, str], list[Cost]] = defaultdict(list)
    names: list[str] = []
    end = time.monotonic() + given.minutes * 60
    with server(given.feeds) as publishers:
        for number in range(given.rounds):
            if time.monotonic() > end:
                print(f"out of time after {number} rounds", file=sys.stderr)
                break
            print(f"round {number + 1} of {given.rounds}", file=sys.stderr)
            with tempfile.TemporaryDirectory() as folder:
                places = [Path(folder, str(place)) for place in range(len(workers) + 1)]
                for place in places:
                    place.mkdir()
                sides: list[Side] = [Ours(given.feeds, publishers.url, places[0])]
                sides += [Reader(n, given.feeds, publishers.url, place) for n, place in zip(workers, places[1:], strict=True)]
                names = [side.name for side in sides]
                # Who begins takes turns too: the first one of a phase finds the server's caches cold.
                one_round(sides[number % len(sides) :] + sides[: number % len(sides)], publishers, given.feeds, costs)
    versions = f"aggregator {version('aggregator')}, reader {version('reader')}, feedparser {version('feedparser')}"
    print(table(costs, names, given.feeds))
    print(f"\n{versions}, Python {platform.python_version()}, {os.cpu_count()} cores; rounds: {len(costs[PHASES[0], names[0]])}")


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(BYTECODE, ignore_errors=True)
