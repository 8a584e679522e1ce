"""What a poll costs: ours against peers and the limit, on the same feeds from a loopback server, interleaved in one run.

    python benchmarks/poll.py [--feeds 300] [--rounds 3] [--minutes 30] [--workers 1,4] [--newsboat 0x1,100x4,40x1]
                              [--sides ours,stories,reader,newsboat,bare,limit,feedparser]

Phases, each a fresh process per side, so that starting up is part of the price of each:

    first        N feeds × 20 entries of about 3 KB: parsed, sanitized, stored; ours also matches and publishes two topics
    all 304      nothing changed
    again        nothing changed, once more: the first time that newsboat asks conditionally
    5 % changed  one new entry in every twentieth feed
    all changed  one new entry in every feed
    idle         nothing is due: what starting up alone costs

Sides are those of benchmarks/sides.py: ours with an entry per item, which all others are compared with; ours with stories; reader
for each number of --workers; newsboat for each of --newsboat: feeds x threads (0: all feeds), as it costs more per feed the more
there are; bare, what we promise in its plainest form; the limit, with expat; and the same with feedparser, which reads each
changed document whole.

A side is believed only if the server saw every feed asked for, with the expected number of 304s, and if the side says that
it has the expected number of new items; otherwise the run ends. That newsboat asks unconditionally the second time is said below
the table instead. CPU is user + system of all processes (benchmarks/account.py), wall the clock's; both in ms per feed, medians
over the rounds, with the ratio to ours. A second table has CPU without that of `idle`; a third, what of ours the program itself
used, and what its workers. Everything is written to temporary folders, which are removed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import count
from pathlib import Path
from statistics import median

from account import Cost, adopt, installed
from sides import HERE, Bare, Limit, Newsboat, Ours, Place, Reader, Side

ENTRIES = 20
PHASES = ("first", "all 304", "again", "5 % changed", "all changed", "idle")
CHANGES = {"5 % changed": 5, "all changed": 100}
"""Per cent of the feeds."""
SIDES = ("ours", "stories", "reader", "newsboat", "bare", "limit", "feedparser")


class Server:
    """The publishers, in their own process."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            text: str = answer.read().decode()
        return text


@contextmanager
def server(feeds: int) -> Iterator[Server]:
    command = [sys.executable, str(HERE / "feedserver.py"), "--feeds", str(feeds), "--entries", str(ENTRIES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline().split()[0]))
        finally:
            process.terminate()


Costs = dict[tuple[str, str], list[Cost]]


class Run:
    """All rounds: what each side cost in each phase, and where a peer asked for more than it had to."""

    def __init__(self, publishers: Server) -> None:
        self.costs: Costs = defaultdict(list)
        self.remarks: dict[str, None] = {}
        self.feeds: dict[str, int] = {}
        self._publishers = publishers

    def round(self, sides: Sequence[Side]) -> None:
        """All phases in their order; within each, all sides take turns."""
        for phase in PHASES:
            if phase in CHANGES:
                self._publishers.get(f"change/{CHANGES[phase]}")
            for side in sides:
                self._publishers.get("counts")
                cost, new = side.poll(phase)
                self._believe(side, phase, new)
                self.feeds[side.name] = side.feeds
                self.costs[phase, side.name].append(cost)
                print(f"  {phase:12} {side.name:32} {cost.cpu:8.2f} s CPU {cost.wall:8.2f} s", file=sys.stderr)

    def _believe(self, side: Side, phase: str, new: int) -> None:
        """Raises RuntimeError where the server, or the side, counted something else than what happened."""
        feeds, changed = side.feeds, int(self._publishers.get(f"changed/{side.feeds}"))
        expected = {"first": (feeds, 0, feeds * ENTRIES), "idle": (0, 0, 0)}
        fresh, unchanged, news = expected.get(phase, (0, feeds, 0))
        if phase in CHANGES:
            fresh, unchanged, news = changed, feeds - changed, changed
        counts = json.loads(self._publishers.get("counts"))
        seen = counts.get("200", 0), counts.get("304", 0), new
        if side.forgets and phase == "all 304" and seen == (feeds, 0, 0):
            self.remarks[f"{side.name}, {phase}: asked unconditionally, so all {feeds} answers were 200"] = None
        elif seen != (fresh, unchanged, news):
            raise RuntimeError(f"{side.name}, {phase}: (200s, 304s, new items) are {seen}, not {(fresh, unchanged, news)}")

    def ms(self, phase: str, name: str, key: str = "cpu") -> float:
        """Median, per feed."""
        return float(median(getattr(cost, key) for cost in self.costs[phase, name])) * 1000 / self.feeds[name]


def tables(run: Run, names: Sequence[str], feeds: int) -> str:
    """Sides below each other, phases beside each other; the ratio of each side's CPU to that of the first, ours."""

    def cell(phase: str, name: str) -> str:
        text = f"{run.ms(phase, name):.3g} ms, {run.ms(phase, name, 'wall'):.3g} ms"
        return text + _ratio(run.ms(phase, name), run.ms(phase, names[0])) * (name != names[0])

    def net(phase: str, name: str) -> str:
        mine, ours = (run.ms(phase, one) - run.ms("idle", one) for one in (name, names[0]))
        return f"{mine:.3g} ms" + _ratio(mine, ours) * (name != names[0])

    def parts(phase: str, name: str) -> str:
        own = run.ms(phase, name, "own")
        return f"{own:.3g} + {run.ms(phase, name) - own:.3g} ms"

    ours = [name for name in names if name.startswith("aggregator")]
    given = f"{feeds} feeds × {ENTRIES} entries"
    return "\n\n".join(
        [
            _table(f"{given}: CPU, wall", PHASES, names, cell),
            _table("CPU without that of idle", PHASES[:-1], names, net),
            _table("CPU: main process + workers", PHASES, ours, parts),
        ]
    )


def _ratio(value: float, ours: float) -> str:
    return f" ({value / ours:.2g} ×)" if value > 0 < ours else ""


def _table(title: str, phases: Sequence[str], names: Sequence[str], cell: Callable[[str, str], str]) -> str:
    lines = [f"| {title} | " + " | ".join(phases) + " |", "| --- |" + " --- |" * len(phases)]
    lines += [f"| {name} | " + " | ".join(cell(phase, name) for phase in phases) + " |" for name in names]
    return "\n".join(lines)


def chosen(given: argparse.Namespace, url: str, root: Path, environment: Mapping[str, str]) -> list[Side]:
    """Each side in a folder of its own, ours first."""
    folders = (root / str(number) for number in count())

    def place(feeds: int = 0) -> Place:
        return Place(min(feeds or given.feeds, given.feeds), url, next(folders), environment)

    sides: list[Side] = [Ours(False, place())]
    if "stories" in given.sides:
        sides.append(Ours(True, place()))
    if "reader" in given.sides:
        sides += [Reader(int(workers), place()) for workers in given.workers.split(",") if workers]
    if "newsboat" in given.sides and Newsboat.installed():
        pairs = [pair.split("x") for pair in given.newsboat.split(",") if pair]
        sides += [Newsboat(int(threads), place(int(feeds))) for feeds, threads in pairs]
    if "bare" in given.sides:
        sides.append(Bare(place()))
    if "limit" in given.sides:
        sides.append(Limit("expat", place()))
    if "feedparser" in given.sides:
        sides.append(Limit("feedparser", place()))
    return sides


def versions() -> str:
    found = [f"{name} {version(name)}" for name in ("aggregator", "reader", "feedparser")]
    if Newsboat.installed():
        told = subprocess.run(["newsboat", "--version"], capture_output=True, text=True, check=True).stdout
        found.append(" ".join(told.split()[:2]))
    return ", ".join([*found, f"Python {platform.python_version()}, {os.cpu_count()} cores"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=30.0, help="no further round is begun after this time")
    parser.add_argument("--sides", default=",".join(SIDES), help="ours always takes part")
    parser.add_argument("--workers", default="1,4", help="numbers of workers that reader runs with, in turn")
    parser.add_argument(
        "--newsboat", default="0x1,100x4,40x1", help="feeds x threads that newsboat runs with, in turn; 0 is all feeds"
    )
    given = parser.parse_args()
    given.sides = given.sides.split(",")
    if unknown := set(given.sides) - set(SIDES):
        parser.error(f"no such side: {', '.join(sorted(unknown))}; there are {', '.join(SIDES)}")
    if "newsboat" in given.sides and not Newsboat.installed():
        print("newsboat is not installed: left out", file=sys.stderr)
    adopt()
    end = time.monotonic() + given.minutes * 60
    names: list[str] = []
    rounds = 0
    with installed() as environment, server(given.feeds) as publishers:
        for program in ("aggregator.cli.once, aggregator.app, aggregator.pipeline.worker", "reader", "feedparser"):
            subprocess.run(
                [sys.executable, "-c", f"import {program}"], env=environment, cwd=HERE.parent, check=program != "reader"
            )
        run = Run(publishers)
        while rounds < given.rounds and time.monotonic() < end:
            print(f"round {rounds + 1} of {given.rounds}", file=sys.stderr)
            with tempfile.TemporaryDirectory() as folder:
                sides = chosen(given, publishers.url, Path(folder), environment)
                names = [side.name for side in sides]
                # Who begins takes turns too: the first one of a phase finds caches cold.
                run.round(sides[rounds % len(sides) :] + sides[: rounds % len(sides)])
            rounds += 1
    print(tables(run, names, given.feeds))
    print("".join(f"\n{remark}" for remark in run.remarks))
    print(f"{versions()}; rounds: {rounds}")


if __name__ == "__main__":
    main()
