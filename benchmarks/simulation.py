"""Thirty days among strangers in a few minutes: does the daemon's schedule keep its promises to 200 sources on 50 hosts?

    python benchmarks/simulation.py [--days 30] [--sources 200] [--hosts 50] [--restarts 100] [--seed 7]

The clock is simulated: one number in shared memory, which this process moves from due to due. The program runs in a process of
its own, with its real store, fetcher, gate and workers; every second restart is a SIGKILL in the middle of its work. The
publishers run here on loopback and note each request with both clocks. host_gap is written as 250 ms: gaps pass on the clock that
nobody simulates. The program spaces what it sends, and a busy machine delivers one of it late and the next in time: three gaps
in a row are judged, and one of them is forgiven.

Broken promises are counted by what the publishers saw and by the `due` that the store held. Any but 0 is exit code 1.
"""

import argparse
import asyncio
import contextlib
import mmap
import random
import signal
import sqlite3
import struct
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from aggregator.app import App
from aggregator.config.loading import load

START = 1_760_000_000.0
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
WEEK = 7 * DAY
FLOOR = 15 * MINUTE - 1
"""The store keeps whole seconds."""
GAP = 0.25
CLOCKS = 0.002
"""Seconds by which two readings of one clock may differ."""
PUBLISH = HOUR
"""Simulated seconds between two publications: they are not what is proved here."""
STEP = MINUTE
"""Simulated seconds between two ticks, at least."""
PROMISES = (
    "unconditional though an answer is stored",
    "before it is due",
    "within 15 minutes of the last poll",
    "before max-age is over",
    "before Retry-After is over",
    "to a source that is gone",
    "twice at once to a host",
    "within the host's gap",
)


class Clock:
    """Seconds since 1970, shared between processes."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("d", START))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    @property
    def now(self) -> float:
        value: float = struct.unpack("d", self._memory[:8])[0]
        return value

    @now.setter
    def now(self, value: float) -> None:
        self._memory[:8] = struct.pack("d", value)

    def instant(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


# ── the publishers ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Publisher:
    """One source, as its publisher made it, and what became of it."""

    number: int
    host: str
    rate: float
    """Posts a day."""
    max_age: int | None
    ttl: int | None
    gone_at: float = float("inf")
    moved_at: float = float("inf")
    validated: bool = False
    """Whether an answer with validators is stored for sure."""
    not_before: float = 0.0
    """What max-age said last."""
    polled: float | None = None
    gone: list[float] = field(default_factory=list)
    """When 410 was answered."""

    def version(self, now: float) -> int:
        return int((now - START) / DAY * self.rate)


@dataclass(slots=True)
class Host:
    """One domain: how many are asking, and what it asked for."""

    asking: int = 0
    asked: float = float("-inf")
    """When it was asked last, by the clock that nobody simulates."""
    resting: float = 0.0
    resting_since: float = 0.0


class Publishers:
    """Serves all sources; counts requests and broken promises."""

    def __init__(self, clock: Clock, days: float, sources: int, hosts: int, seed: int) -> None:
        self.clock = clock
        self.random = random.Random(seed)
        self.port = 0
        chance = self.random
        self.sources = [
            Publisher(
                number=number,
                host=f"h{number % hosts}.example",
                rate=chance.choice((0.05, 0.3, 1.0, 4.0, 12.0, 48.0)),
                max_age=chance.choice((None, None, None, 600, 3600, 7200, 86400)),
                ttl=chance.choice((None, None, None, 60, 240)),
                gone_at=START + chance.uniform(0.1, 0.6) * days * DAY if number % 20 == 3 else float("inf"),
                moved_at=START + chance.uniform(0.1, 0.6) * days * DAY if number % 20 == 7 else float("inf"),
            )
            for number in range(sources)
        ]
        self.hosts: defaultdict[str, Host] = defaultdict(Host)
        self.due: dict[int, float] = {}
        """What the store held before the tick that runs."""
        self.broken: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.least = float("inf")
        """Seconds between two requests to one host, the shortest."""
        self.fresh: list[Publisher] = []
        """Sources whose answers are stored if the tick ends well."""
        self._lost: list[Callable[[], None]] = []
        """How to take back what an answer of this tick asked for."""

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def settle(self) -> None:
        """The tick ended well: what was answered in it is stored."""
        for source in self.fresh:
            source.validated = True
        self.fresh.clear()
        self._lost.clear()

    def lose(self) -> None:
        """The tick was cut off: what was answered in it may have gone with the program."""
        for forget in self._lost:
            forget()
        self.fresh.clear()
        self._lost.clear()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in fields)}
                domain = ".".join(headers["host"].partition(":")[0].split(".")[-2:])
                host = self.hosts[domain]
                host.asking += 1
                try:
                    answer = self._answer(line.split(" ")[1], headers, domain)
                    await asyncio.sleep(self.random.uniform(0, 0.004))
                    writer.write(answer)
                    await writer.drain()
                finally:
                    host.asking -= 1
        writer.close()

    def _answer(self, path: str, headers: dict[str, str], domain: str) -> bytes:
        now, host, source = self.clock.now, self.hosts[domain], self.sources[int(path.rpartition("/")[2])]
        self._judge_host(host, domain, now)
        if path.startswith("/s/"):
            self._judge_source(source, now)
            if now >= source.moved_at:
                return self._say("301", f"Location: http://moved.{source.host}:{self.port}/m/{source.number}\r\n")
        trouble = self._trouble(domain, now)
        if trouble is not None:
            if trouble[:3] in ("429", "503") and trouble[3:]:
                source.polled = None  # what it asks for may be shorter than what we would wait
            return self._refuse(trouble, host, now)
        if now >= source.gone_at:
            source.gone.append(now)
            return self._say("410")
        conditional = "if-none-match" in headers or "if-modified-since" in headers
        if source.validated and not conditional and now < source.moved_at:
            self._break(PROMISES[0], source)
        self.answers["conditional" if conditional else "unconditional"] += 1
        source.not_before = now + source.max_age if source.max_age else 0.0
        self._lost.append(lambda: setattr(source, "not_before", 0.0))
        self.fresh.append(source)
        return self._feed(source, headers, now)

    def _judge_host(self, host: Host, domain: str, now: float) -> None:
        if host.asking > 1:
            self._break(PROMISES[6], domain)
        asked = time.monotonic()
        gap, host.asked = asked - host.asked, asked
        self.least = min(self.least, gap)
        if gap < GAP - CLOCKS:
            self._break(PROMISES[7], f"{domain}: two requests within {gap * 1000:.0f} ms")
        if host.resting_since <= now < host.resting:
            self._break(PROMISES[4], domain)

    def _judge_source(self, source: Publisher, now: float) -> None:
        """Redirected requests are judged once, where they begin."""
        due = self.due.get(source.number)
        if due is not None and now < due:
            self._break(PROMISES[1], source)
        if source.polled is not None and now - source.polled < FLOOR:
            self._break(PROMISES[2], (now - source.polled, source))
        if now < source.not_before:
            self._break(PROMISES[3], source)
        if len(source.gone) > 1 and source.gone[-1] - source.gone[0] >= DAY:
            self._break(PROMISES[5], source)
        source.polled = now

    def _trouble(self, domain: str, now: float) -> str | None:
        """Each host has an hour of trouble every few days, always the same one for the same seed."""
        hour = random.Random(f"{domain} {int(now // HOUR)}")
        if hour.random() > 0.02:
            return None
        return hour.choice(("429 60", "429 3600", "429 100000", "429", "503 7200", "503 date", "503", "500", "502"))

    def _refuse(self, trouble: str, host: Host, now: float) -> bytes:
        status, _, wait = trouble.partition(" ")
        if status not in ("429", "503"):
            return self._say(status)
        seconds = {"": 6 * HOUR, "date": 5 * HOUR}.get(wait) or float(wait)
        before = host.resting
        host.resting_since, host.resting = now, max(host.resting, now + min(max(seconds, MINUTE), WEEK))
        self._lost.append(lambda: setattr(host, "resting", before))
        if not wait:
            return self._say(status)
        if wait == "date":
            until, date = (format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True) for at in (now + seconds, now))
            return self._say(status, f"Retry-After: {until}\r\nDate: {date}\r\n")
        return self._say(status, f"Retry-After: {wait}\r\n")

    def _feed(self, source: Publisher, headers: dict[str, str], now: float) -> bytes:
        version = source.version(now)
        etag = f'"{source.number}-{version}"'
        fields = f"ETag: {etag}\r\n" + (f"Cache-Control: max-age={source.max_age}\r\n" if source.max_age else "")
        if headers.get("if-none-match") == etag:
            return self._say("304", fields)
        ttl = f"<ttl>{source.ttl}</ttl>" if source.ttl else ""
        items = "".join(
            f"<item><title>Post {n} of {source.number}</title><guid>{source.number}-{n}</guid>"
            f"<pubDate>{format_datetime(datetime.fromtimestamp(START + n / source.rate * DAY, UTC))}</pubDate></item>"
            for n in range(version, max(-1, version - 5), -1)
        )
        body = f'<rss version="2.0"><channel><title>{source.number}</title>{ttl}{items}</channel></rss>'
        return self._say("200", fields + "Content-Type: application/rss+xml\r\n", body)

    def _say(self, status: str, fields: str = "", body: str = "") -> bytes:
        self.answers[status] += 1
        return f"HTTP/1.1 {status} x\r\n{fields}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def _break(self, promise: str, who: object) -> None:
        self.broken[promise] += 1
        if self.broken[promise] == 1:
            print(f"broken: {promise}: day {(self.clock.now - START) / DAY:.2f}, {who}", file=sys.stderr, flush=True)


# ── the program ─────────────────────────────────────────────────────────────────────────────────────────────────


async def live(root: Path) -> None:
    """The child: a tick for each line on standard input, answered by one line when its polls have ended."""
    clock = Clock(root / "clock")
    app = App(load(root / "config.toml", {}), now=clock.instant, lookup=_loopback)
    loop = asyncio.get_running_loop()
    async with app.engine("daemon") as engine:
        await engine.settle(gently=True)
        published = clock.now
        print("up", flush=True)
        while await loop.run_in_executor(None, sys.stdin.readline):
            under_way: set[asyncio.Task[object]] = set()
            while True:
                under_way |= {asyncio.create_task(engine.fly(source)) for source in await engine.due()}
                if not under_way:
                    break
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            if clock.now - published >= PUBLISH:
                await engine.publish()
                published = clock.now
            print("idle", flush=True)


async def _loopback(_name: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


class Program:
    """The child process over its project."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._log = (root / "log").open("wb")
        self._child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            __file__,
            "--live",
            str(self._root),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
        )
        if await self._heard() != b"up\n":
            raise RuntimeError("the program did not start")

    async def tick(self, kill_after: float | None = None) -> bool:
        """Let it work until nothing is due. With `kill_after` real seconds it is killed meanwhile: False, if it had not ended."""
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.write(b"tick\n")
        heard = asyncio.create_task(self._heard())
        if kill_after is not None:
            await asyncio.wait([heard], timeout=kill_after)
            self._child.send_signal(signal.SIGKILL)
            await self._child.wait()
        if await heard == b"idle\n":
            return True
        if kill_after is None:
            raise RuntimeError(f"the program ended by itself: {(self._root / 'log').read_text()[-2000:]}")
        return False

    async def stop(self) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.close()
        if await self._child.wait() != 0:
            raise RuntimeError(f"the program did not end well: {(self._root / 'log').read_text()[-2000:]}")

    async def _heard(self) -> bytes:
        assert self._child is not None
        assert self._child.stdout is not None
        return await asyncio.wait_for(self._child.stdout.readline(), 120)


# ── the simulation ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Result:
    days: float
    sources: int
    ticks: int
    kills: int
    restarts: int
    broken: Counter[str]
    answers: Counter[str]
    gone: int
    items: int
    least: float
    seconds: float

    def table(self) -> str:
        requests = sum(number for status, number in self.answers.items() if status.isdigit())
        asked = self.answers["conditional"] + self.answers["unconditional"]
        lines = [
            f"{self.days:g} days, {self.sources} sources, {self.ticks:,} ticks, {self.restarts} restarts and {self.kills} kills"
            f" in {self.seconds:.0f} s",
            f"{requests:,} requests, {requests / self.sources / self.days:.1f} per source and day; "
            + ", ".join(f"{status}: {number:,}" for status, number in sorted(self.answers.items()) if status.isdigit()),
            f"{self.answers['unconditional']} of {asked:,} answered requests were unconditional; {self.gone} sources are gone;"
            f" {self.items:,} posts are stored",
            f"the shortest gap between two requests to a host: {self.least * 1000:.0f} ms of {GAP * 1000:.0f} ms",
            "",
            f"{'requests':<45}count",
        ]
        return "\n".join(lines + [f"{promise:<45}{self.broken[promise]:>5}" for promise in PROMISES])


async def simulate(
    root: Path, *, days: float, sources: int, hosts: int, restarts: int, seed: int, say: Callable[[str], None] = lambda _: None
) -> Result:
    """Run it below `root`. Of the `restarts` every second one is a kill."""
    started = time.monotonic()
    clock = Clock(root / "clock")
    publishers = Publishers(clock, days, sources, hosts, seed)
    server = await publishers.serve()
    (root / "config.toml").write_text(_config(publishers))
    chance = random.Random(seed + 1)
    stops = sorted(chance.uniform(0, days) for _ in range(restarts))
    program = Program(root)
    await program.start()
    kills = ticks = 0
    while (passed := (clock.now - START) / DAY) < days:
        publishers.due = _dues(root)
        ticks += 1
        stop = bool(stops) and stops[0] <= passed
        kill = stop and len(stops) % 2 == 0
        if await program.tick(chance.uniform(0, 0.2) if kill else None):
            publishers.settle()
        else:
            publishers.lose()
        waiting = [due for due in _dues(root).values() if due > clock.now]
        clock.now = max(clock.now + STEP, min(waiting, default=clock.now))
        if stop:
            stops.pop(0)
            kills += kill
            if not kill:
                await program.stop()
            clock.now += chance.choice((0, 0, 10 * MINUTE, 2 * HOUR, 12 * HOUR))
            await program.start()
            say(f"day {passed:.1f}: {sum(publishers.broken.values())} broken promises")
    await program.stop()
    server.close()
    return Result(
        days=days,
        sources=sources,
        ticks=ticks,
        kills=kills,
        restarts=restarts - kills,
        broken=publishers.broken,
        answers=publishers.answers,
        gone=sum(len(source.gone) > 1 for source in publishers.sources),
        items=_query(root, "select count(*) from item")[0][0],
        least=publishers.least,
        seconds=time.monotonic() - started,
    )


def _config(publishers: Publishers) -> str:
    text = f'[site]\ntitle = "Simulated"\n[fetch]\nallow_private = ["127.0.0.0/8"]\nhost_gap = {GAP}\nhost_parallel = 1\n'
    for source in publishers.sources:
        name = source.host if source.number % 3 else f"www.{source.host}"
        text += f'[[source]]\nid = "s{source.number}"\nurl = "http://{name}:{publishers.port}/s/{source.number}"\n'
    return text + '[[topic]]\nslug = "all"\n'


def _dues(root: Path) -> dict[int, float]:
    return {int(id[1:]): float(due) for id, due in _query(root, "select id, due from source where due is not null")}


def _query(root: Path, sql: str) -> list[tuple[str, int]]:
    db = sqlite3.connect(f"file:{root}/aggregator.db?mode=ro", uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--restarts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--live", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.live is not None:
        asyncio.run(live(given.live))
        return
    with tempfile.TemporaryDirectory() as root:
        result = asyncio.run(
            simulate(
                Path(root),
                days=given.days,
                sources=given.sources,
                hosts=given.hosts,
                restarts=given.restarts,
                seed=given.seed,
                say=lambda line: print(line, file=sys.stderr, flush=True),
            )
        )
    print(result.table())
    sys.exit(bool(result.broken))


if __name__ == "__main__":
    main()
