"""Does a daemon keep up with so many sources, and for how much CPU? A few minutes at full pace stand for a day.

    python benchmarks/many.py --sources 100000 --real 4 [--budget 24]

100,000 sources at 24 requests a day are 28 polls a second. Only those that are due within the minutes measured are polled before
(6,700 for 4 minutes, feeds of 10 entries of a kilobyte each); then they become due evenly, and one in twenty has a new entry.
What these polls taught of rates is copied to the rows of all others, which are due later in the day: schedule and budget have all
of them to look at. Then `aggregator run`, in real time, for so many minutes: polls that arrived at the server
(benchmarks/feedserver.py), CPU of the daemon and of its workers, memory of all, and what is still due at the end. It publishes a
topic, with stories, and serves meanwhile. Starting up is not counted.

Kept up: at least 98 % of what was due was polled, nothing is late by more than a minute, for at most half a core.
"""

import asyncio
import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from account import cpu_of, memory_of, tree
from feedserver import SOME
from loopback import ask, serves
from sqlite_utils import Database

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.pipeline.run import poll_all
from aggregator.store import sources

HERE = Path(__file__).parent
DAY = 86400.0
NEWS = 5
"""Per cent of the feeds that have a new entry."""
LATE = 60
"""Seconds."""


def run(number: int, budget: float, minutes: float, ago: float) -> bool:
    """Measure and print. Returns whether it kept up."""
    sample = min(number, round(number * budget / DAY * minutes * 60))
    feeds = ["--feeds", str(number), "--entries", "10", "--bytes", "1000", "--ago", str(ago)]
    command = [sys.executable, str(HERE / "feedserver.py"), *feeds]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port, root = int(server.stdout.readline().split()[0]), Path(folder)
            serving = _configure(root, number, budget, port)
            began = time.monotonic()
            begin = asyncio.run(_prepare(root, sample, number, minutes, port))
            print(f"{sample:,} of {number:,} sources polled first, in {time.monotonic() - began:.0f} s", flush=True)
            return _measure(root, sample, minutes, begin, port, serving)
        finally:
            server.kill()


def _configure(root: Path, number: int, budget: float, port: int) -> int:
    """Returns the port at which the daemon will serve."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        serving = int(probe.getsockname()[1])
    text = f'[fetch]\nallow_private = ["127.0.0.0/8"]\nbudget = {budget}\n[store]\nsnapshots = 0\n[serve]\nport = {serving}\n'
    text += "".join(f'[[source]]\nid = "s{n}"\nurl = "http://127.0.0.1:{port}/f/{n}.xml"\n' for n in range(number))
    (root / "config.toml").write_text(text + f'[[topic]]\nslug = "some"\nquery = "{SOME}"\n')
    return serving


async def _prepare(root: Path, sample: int, number: int, minutes: float, port: int) -> datetime:
    """Poll the sample, let it have news, and say when everything is due. Returns when the sample's first is."""
    app, chance = App(load(root / "config.toml", {})), random.Random(7)
    async with app.engine("command") as engine:
        known = [engine.sources[f"s{n}"] for n in range(sample)]
        failed = [report for report in await poll_all(known, engine.fly) if report.result != "ok"]
        if failed:
            raise RuntimeError(f"{len(failed)} polls failed, such as {failed[0]}")
        await engine.publish()
        await asyncio.to_thread(ask, port, f"change/{NEWS}")
        begin = datetime.now(UTC) + timedelta(seconds=40 + number / 1500)  # the daemon reads and enters all sources meanwhile

        def write(db: Database) -> None:
            db.execute(
                "update source set (rate, pace, least, last_poll, last_result) ="
                " (select rate, pace, least, last_poll, last_result from source as old"
                "  where old.id = 's' || cast(substr(source.id, 2) as integer) % ?) where rate is null",
                [sample],
            )
            for place, source in enumerate(engine.sources):
                seconds = minutes * 60 * place / sample if place < sample else DAY * chance.uniform(0.5, 1)
                sources.schedule(db, source, begin + timedelta(seconds=seconds), "adaptive")

        await engine.store.write(write)
    return begin


def _measure(root: Path, due: int, minutes: float, begin: datetime, port: int, serving: int) -> bool:
    command = [sys.executable, "-m", "aggregator", "run", "--config", str(root / "config.toml")]
    with (root / "log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        while not serves(serving, "healthz"):
            if daemon.poll() is not None or datetime.now(UTC) > begin:
                raise RuntimeError(f"the daemon did not start in time: {(root / 'log').read_text()[-2000:]}")
            time.sleep(0.1)
        time.sleep(max(0.0, (begin - datetime.now(UTC)).total_seconds()))
        ask(port, "counts")
        main, every = cpu_of(daemon.pid), _all(daemon.pid)
        time.sleep(minutes * 60)
        main, every = cpu_of(daemon.pid) - main, _all(daemon.pid) - every
        counts = json.loads(ask(port, "counts"))
        memory, processes = sum(map(memory_of, tree(daemon.pid))) / 1e6, len(list(tree(daemon.pid)))
        late = _late(root / "aggregator.db")
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(60)
    news = counts.get("200", 0)
    polls = max(1, news + counts.get("304", 0))
    share = every / (minutes * 60)
    print(
        f"{minutes:g} minutes: {polls:,} polls of {due:,} that were due ({polls / minutes / 60:.1f} a second), {news:,} with news"
    )
    print(f"CPU: {share:.1%} of a core, {every / polls * 1000:.2f} ms a poll: {main / polls * 1000:.2f} in the daemon itself")
    print(f"memory of {processes} processes: {memory:.0f} MB; late by more than {LATE} s at the end: {late:,}")
    return share <= 0.5 and polls >= due * 0.98 and not late


def _all(pid: int) -> float:
    """CPU seconds of a process and all that it started, also of those that ended."""
    return sum(cpu_of(one, awaited=True) for one in tree(pid))


def _late(path: Path) -> int:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        sql = "select count(*) from source where active = 1 and due < ?"
        return int(db.execute(sql, [time.time() - LATE]).fetchone()[0])
    finally:
        db.close()
