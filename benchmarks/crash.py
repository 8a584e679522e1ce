"""Kill the daemon at random, a thousand times, while it works, or strike each point of its disk work: nothing is lost or doubled.

    python benchmarks/crash.py [--kills 1000] [--minutes 60] [--longest 2.0] [--seed 1]
    python benchmarks/crash.py --points [--every 1]

Kills: publishers on loopback post and edit with every answer; the daemon is asked for `once --force` without pause; somebody
reads every published file in a tight loop; after a random time, most often when it is at work, comes SIGKILL, and the daemon is
started again. An item is acknowledged once the server is sent the validators of a document that held it. At the end the daemon
is gone, a last `once` runs, then one without network:

    lost       acknowledged items that the ledger does not hold
    doubled    items with two lines in a topic's ledger, or seen under two ids by the reader (or two items under one id)
    torn       files that the reader could not parse
    stale      files that are not the head of the ledger, without network; edits that were not published
    left       processes of killed daemons that live on; temporary files
    failed     daemons and runs that ended by themselves, and warnings

Points: tests/crash, all of it: each write, sync, rename, truncate and delete of four runs × {kill, ENOSPC, EIO}.
Exit code 1 if anything was found. Everything is written to a temporary folder, which is removed.
"""

import argparse
import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from crash_site import FEEDS, FORMATS, TOPICS, Publishers, Reader, parsed

ROOT = Path(__file__).parent.parent
LIMIT = 60
PATIENCE = 20.0
"""Seconds in which a daemon must have asked a source; far more than it takes."""


@dataclass
class Found:
    """What must be empty."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Soak:
    """One store, killed over and over."""

    def __init__(self, folder: Path, longest: float, seed: int) -> None:
        self._folder = folder
        self._longest = longest
        self._chance = random.Random(seed)
        self.publishers = Publishers(seed)
        self.reader = Reader(folder / "feeds")
        self.lives: Counter[str] = Counter()
        self.found = Found()
        self._sessions: list[int] = []
        self._changes = 0
        """Items and edits in the store, as of the last look."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        sources = "".join(
            f'[[source]]\nid = "f{n}"\nurl = "http://127.0.0.1:{self.publishers.port}/f/{n}"\n' for n in range(FEEDS)
        )
        (folder / "config.toml").write_text(
            f'[site]\ntitle = "Crash"\n[serve]\nport = {port}\n[fetch]\nallow_private = ["127.0.0.0/8"]\n{sources}'
            f'[[topic]]\nslug = "all"\nlimit = {LIMIT}\nstories = false\n'
            f'[[topic]]\nslug = "odd"\nsources = ["f1", "f3", "f5", "f7"]\nlimit = {LIMIT}\nstories = false\n'
        )
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def kill(self) -> None:
        """One life of the daemon."""
        before = self.publishers.counts["requests"], self._changes, self.reader.parsed
        with (self._folder / "log").open("ab") as log:
            daemon = subprocess.Popen(
                [sys.executable, "-m", "aggregator", "run"],
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._let_live(daemon, before[0], self._changes)
            if daemon.poll() is not None:
                self.found.failed.append(f"the daemon ended by itself with {daemon.returncode}")
        finally:
            daemon.kill()
            daemon.wait()
        self.lives["killed"] += 1
        self.lives["asked"] += self.publishers.counts["requests"] > before[0]
        self.lives["stored"] += self._changes > before[1]
        self.lives["published"] += self.reader.parsed > before[2]
        self._sessions.append(daemon.pid)

    def _let_live(self, daemon: subprocess.Popen[bytes], requests: int, changes: int) -> None:
        """Until a random time after its start, after its first request to a source, or (mostly) after it first stored an item.

        From then on it works without pause: what takes long is starting, and a kill in that time proves little.
        """
        started = time.monotonic()
        more = self._chance.uniform(0.02, self._longest)
        end = started + more
        kind = self._chance.random()
        while daemon.poll() is None and time.monotonic() < end:
            self._ask()
            time.sleep(0.01)
            idle = self.publishers.counts["requests"] == requests if kind < 0.4 else self._changes == changes
            if kind > 0.2 and idle and time.monotonic() < started + PATIENCE:
                end = time.monotonic() + more

    def _ask(self) -> None:
        """What `aggregator once --force` leaves for a daemon, if nothing is left to do; and a look at what it stored."""
        try:
            with closing(sqlite3.connect(self._folder / "aggregator.db", timeout=0.05, isolation_level=None)) as db:
                self._changes = db.execute("select count(*) + coalesce(sum(bumps), 0) from item").fetchone()[0]
                waits = db.execute("select 1 from request where answered is null").fetchone()
                if waits is None:
                    command = "insert into request (command, arguments, asked) values ('once', '{\"force\": true}', ?)"
                    db.execute(command, [int(time.time())])
        except sqlite3.Error:
            self.lives["asked in vain"] += 1  # no store yet, or a transaction is under way

    def end(self) -> None:
        """Two runs that nobody disturbs, then the count."""
        self.publishers.still = True
        for sentence in self._once("--force"), self._once("--force"):  # the second shows the validators of the first
            self.found.failed += sentence
        self.publishers.online = False
        self.found.failed += self._once()
        self.reader.stop()
        self.reader.look()
        self.found.torn += self.reader.torn
        self.found.doubled += self.reader.doubled
        self._count()
        self.found.left += [
            f"{path.name}" for path in self._folder.rglob("*") if re.search(r"\.publishing-|\.partial-", path.name)
        ]
        self.found.left += [f"process {pid}: {command}" for pid, command in _living(set(self._sessions))]

    def _once(self, *options: str) -> list[str]:
        command = [sys.executable, "-m", "aggregator", "once", "--json", *options]
        run = subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=120, check=False
        )
        if run.returncode:
            return [f"once ended with {run.returncode}: {run.stderr[-500:]}"]
        report = json.loads(run.stdout)
        return [*report["warnings"], *(topic["error"] for topic in report["topics"] if topic["error"])]

    def _count(self) -> None:
        with closing(sqlite3.connect(self._folder / "aggregator.db")) as db:
            ledger = Counter(
                (topic, int(native.split("-")[0]), int(native.split("-")[1]))
                for topic, native in db.execute(
                    "select publication.topic, item.data ->> 'native_id' from publication join item on item.pk = publication.lead"
                )
            )
            heads = {slug: _head(db, slug) for slug in TOPICS}
            check = db.execute("pragma integrity_check").fetchone()[0]
        if check != "ok":
            self.found.lost.append(f"integrity_check: {check}")
        for feed, number in sorted(self.publishers.acknowledged):
            for topic in TOPICS if feed % 2 else ("all",):
                if not ledger[topic, feed, number]:
                    self.found.lost.append(f"item {number} of feed {feed} is not in {topic}")
        self.found.doubled += [f"{name} has {count} lines" for name, count in ledger.items() if count > 1]
        for slug, head in heads.items():
            for format in FORMATS:
                if [id for id, _ in parsed(format, (self._folder / "feeds" / f"{slug}.{format}").read_bytes())] != head:
                    self.found.stale.append(f"{slug}.{format} is not the head of the ledger")
        for item in json.loads((self._folder / "feeds" / "all.json").read_bytes())["items"]:
            match = re.search(r"Text (\d+) of (\d+), revision (\d+)", item["content_html"])
            if match is None:
                self.found.stale.append(f"{item['url']} is published without its text")
                continue
            number, feed, revision = map(int, match.groups())
            if revision != self.publishers.revisions[feed, number]:
                self.found.stale.append(f"{item['url']} is at revision {revision}, not {self.publishers.revisions[feed, number]}")


def _head(db: sqlite3.Connection, slug: str) -> list[str]:
    """Entry ids of a topic's head as the ledger has it: what no closed archive holds, and at least the last LIMIT delivered."""
    sql = "select entry_id, archive, position from publication where topic = ? and left is null order by turn desc"
    rows = [row for place, row in enumerate(db.execute(sql, [slug])) if place < LIMIT or row[1] is None]
    return [id for id, _, _ in sorted(rows, key=lambda row: row[2], reverse=True)]


def _living(sessions: set[int]) -> list[tuple[int, str]]:
    """Processes that belong to a session of a killed daemon, after a time of grace."""
    time.sleep(3)
    living = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")[:80]
            except OSError:
                continue
            if int(state[3]) in sessions and state[0] != "Z":
                living.append((int(entry.name), command))
    return living


def soak(kills: int, minutes: float, longest: float, seed: int) -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run = Soak(Path(folder), longest, seed)
        threading.Thread(target=run.publishers.serve_forever, daemon=True).start()
        run.reader.start()
        while run.lives["killed"] < kills and time.monotonic() - started < minutes * 60:
            run.kill()
            if run.lives["killed"] % 50 == 0:
                print(f"{run.lives['killed']} kills in {time.monotonic() - started:.0f} s", file=sys.stderr)
        run.end()
        run.publishers.shutdown()
        run.publishers.server_close()
        counts, lives = run.publishers.counts, run.lives
        print(f"kills           {lives['killed']:6} of {kills} in {time.monotonic() - started:.0f} s; seed {seed}")
        print(
            f"  at work       {lives['asked']:6} asked a source, {lives['stored']} stored items, {lives['published']} published"
        )
        print(
            f"requests        {counts['requests']:6}, {counts['conditional']} conditional, {counts['hung up']} cut off by a kill"
        )
        print(f"acknowledged    {len(run.publishers.acknowledged):6} items of {run.publishers.served()} served")
        print(f"edits           {sum(run.publishers.revisions.values()):6}")
        print(f"files read      {run.reader.reads:6}, of which {run.reader.parsed} were new and parsed")
        return _tell(vars(run.found))


def points(every: int) -> int:
    sys.path.insert(0, str(ROOT / "tests" / "crash"))
    from crash_scenario import SCENARIOS, Crash, strikes

    started = time.monotonic()
    struck: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder, closing(Crash(Path(folder))) as crash:
        for scenario in SCENARIOS:
            for fault, sentences in strikes(crash, scenario, every=every):
                struck[scenario, fault] += 1
                wrong += sentences
                for sentence in sentences:
                    print(sentence, file=sys.stderr)
                if struck.total() % 200 == 0:
                    print(f"{struck.total()} strikes in {time.monotonic() - started:.0f} s", file=sys.stderr)
            cells = "  ".join(f"{fault} {count}" for (name, fault), count in struck.items() if name == scenario)
            print(f"{scenario:10} {len(crash.points(scenario)):4} points: {cells}")
        print(f"{struck.total()} strikes in {time.monotonic() - started:.0f} s; {crash.reader.reads} reads of published files")
    return _tell({"wrong": wrong})


def _tell(found: dict[str, list[str]]) -> int:
    for name, sentences in found.items():
        print(f"{name:15} {len(sentences):6}")
        for sentence in sentences[:10]:
            print(f"    {sentence}")
    return int(any(found.values()))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=60.0, help="no further kill after this time")
    parser.add_argument("--longest", type=float, default=2.0, help="seconds that a daemon lives at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", action="store_true", help="strike the points of the disk work instead")
    parser.add_argument("--every", type=int, default=1, help="with --points: every n-th strike only")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left of us, whoever ends us
    return points(given.every) if given.points else soak(given.kills, given.minutes, given.longest, given.seed)


if __name__ == "__main__":
    sys.exit(main())
