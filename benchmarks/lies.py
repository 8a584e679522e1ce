"""Tells the whole program every lie of tests/fetch/liar.py, at its full limits, and prints what came of each.

    python benchmarks/lies.py [--quick]

    honest server ─once→ items, validators in the store
    lying server  ─poll, one lie after the other→ error, seconds, growth of memory
                  ─poll, the slow ones together → the same; these run until their deadlines
    the store and feeds/ are compared before and after; exit 1 unless each lie ends in a typed error within 31 s, memory grows by
    at most 50 MB, nothing was stored, and every validator is what it was

The server is a process of its own, so that memory and CPU are the program's; each lie has an address of its own in 127.0.0.0/8,
so that one host's rest is not another's. `--quick` leaves out those that run until a deadline.
"""

import argparse
import asyncio
import contextlib
import logging
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "fetch"))

from liar import FLOODS, SLOW, STATIC, H, Handler, redirect, slowly

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.model import Source
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.report import SourceReport
from aggregator.store import database

SECONDS, MEGABYTES = 31.0, 50.0
FEED = b"".join(
    [
        b'<rss version="2.0"><channel><title>Honest</title><link>http://a.example/</link><description>d</description>',
        *(b"<item><guid>%d</guid><title>Title %d</title></item>" % (n, n) for n in range(5)),
        b"</channel></rss>",
    ]
)


async def _never_ending_handshake(*_: asyncio.StreamReader | asyncio.StreamWriter) -> None:
    await asyncio.sleep(120)


async def _slow_hop(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Five redirects, each after eight seconds: none of them too slow for itself."""
    await asyncio.sleep(8)
    writer.write(redirect(b"/slow-hop?%d" % time.monotonic_ns()))
    await writer.drain()


LONG: dict[str, tuple[Handler, str]] = {
    "each of its redirects takes eight seconds": (_slow_hop, "timeout"),
    "it sends a byte every 14 seconds": (slowly(H + b"Content-Length: 10\r\n\r\n", b"a", 14), "timeout"),
    "it sends a header every 14 seconds": (slowly(H, b"X: y\r\n", 14), "timeout"),
    "it drips gzip": (
        slowly(H + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00", b"\x00", 0.2),
        "timeout content-coding truncated",
    ),
}
HANGING = {"the name server never answers": "timeout", "the TLS handshake never ends": "timeout"}


@dataclass(frozen=True)
class Lie:
    """`place` gives it its address."""

    name: str
    place: int
    said: bytes | Handler | None
    reasons: str
    slow: bool = False

    @property
    def host(self) -> str:
        return f"127.0.{1 + self.place // 250}.{1 + self.place % 250}"

    @property
    def path(self) -> str:
        return f"/lie/{self.place}"


def lies() -> list[Lie]:
    told: list[tuple[str, bytes | Handler | None, str, bool]] = [(name, said, why, False) for name, (said, why) in STATIC.items()]
    told += [(name, slowly(*said, 0), "too-large truncated", False) for name, said in FLOODS.items()]
    quick = ("for ever", "resets")
    slow = {"it drips headers for ever"}
    told += [(name, said, why, not any(word in name for word in quick) or name in slow) for name, (said, why) in SLOW.items()]
    told += [(name, said, why, True) for name, (said, why) in LONG.items()]
    told += [(name, None, why, True) for name, why in HANGING.items()]
    return [Lie(name, place, said, why, slow) for place, (name, said, why, slow) in enumerate(told)]


# ── the server ──────────────────────────────────────────────────────────────────────────────────────────────


class Liar:
    """Honest to the first question at each address, and never again."""

    def __init__(self, told: Sequence[Lie]) -> None:
        self._said = {lie.path: lie for lie in told}
        self._asked: set[str] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            path = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split(" ")[1]
            await self._answer(path, reader, writer)
        with contextlib.suppress(OSError):
            writer.close()

    async def _answer(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lie = self._said.get(path)
        if lie is not None and path not in self._asked:
            self._asked.add(path)
            validators = b"" if "304" in lie.name else b'ETag: "honest"\r\nLast-Modified: Sun, 01 Mar 2026 00:00:00 GMT\r\n'
            writer.write(H + validators + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(FEED) + FEED)
        elif path == "/lie":
            writer.write(redirect(b"/lie"))
        elif path.startswith("/slow-hop"):
            await _slow_hop(reader, writer)
        elif lie is None or lie.said is None:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        elif isinstance(lie.said, bytes):
            writer.write(lie.said)
        else:
            await lie.said(reader, writer)
        await writer.drain()


def run_server(sender: Connection) -> None:
    async def main() -> None:
        logging.disable()
        server = await asyncio.start_server(Liar(lies()).serve, "0.0.0.0", 0)
        silent = await asyncio.start_server(_never_ending_handshake, "0.0.0.0", 0)
        sender.send([one.sockets[0].getsockname()[1] for one in (server, silent)])
        await asyncio.sleep(3600)

    asyncio.run(main())


# ── the program ─────────────────────────────────────────────────────────────────────────────────────────────


def memory() -> tuple[float, float]:
    """Resident now, and at most since `forget_peak`; MB."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    now, peak = (float(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, peak


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that an answer could have changed: what is kept of addresses, entries, items, moves, and adapters' state."""
    db = database.view(path)
    tables = ("resource", "sighting", "item", "move", "membership", "publication")
    kept = {table: sorted(db.execute(f"select * from {table}").fetchall(), key=repr) for table in tables}
    kept["state"] = db.execute("select id, state, attribution, hints from source order by id").fetchall()
    db.close()
    return kept


@dataclass(frozen=True)
class Outcome:
    lie: Lie
    report: SourceReport
    seconds: float
    grown: float

    @property
    def problem(self) -> str:
        if self.report.result != "failed" or self.report.reason not in self.lie.reasons.split():
            return f"ended as {self.report.result}, {self.report.reason}"
        if self.seconds > SECONDS:
            return "took too long"
        return "grew too much" if self.grown > MEGABYTES else ""


async def alone(engine: Engine, lie: Lie, source: Source) -> Outcome:
    forget_peak()
    before, _ = memory()
    started = time.monotonic()
    report = await engine.poller.poll(source, insist=True)
    return Outcome(lie, report, time.monotonic() - started, memory()[1] - before)


async def together(engine: Engine, told: Sequence[tuple[Lie, Source]]) -> list[Outcome]:
    """All at once; what memory grew by is that of all of them."""
    forget_peak()
    before, _ = memory()

    async def one(source: Source) -> tuple[SourceReport, float]:
        started = time.monotonic()
        return await engine.poller.poll(source, insist=True), time.monotonic() - started

    ended = await asyncio.gather(*(one(source) for _, source in told))
    grown = memory()[1] - before
    return [Outcome(lie, report, seconds, grown) for (lie, _), (report, seconds) in zip(told, ended, strict=True)]


def configured(told: Sequence[Lie], port: int, silent: int) -> str:
    head = '[site]\ntitle = "Lies"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n'
    sources = []
    for lie in told:
        url = f"http://{lie.host}:{port}{lie.path}"
        if lie.said is None:
            url = f"https://{lie.host}:{silent}/" if "TLS" in lie.name else f"http://hanging.example:{port}/"
        sources.append(f'[[source]]\nid = "lie-{lie.place}"\nurl = "{url}"\n')
    return head + "".join(sources) + '[[topic]]\nslug = "all"\n'


async def lookup(host: str, _: int) -> Sequence[str]:
    if host == "hanging.example":
        await asyncio.sleep(120)
    return [host]


async def run(folder: Path, told: Sequence[Lie], ports: Sequence[int]) -> tuple[list[Outcome], list[str]]:
    (folder / "config.toml").write_text(configured(told, *ports))
    config = load(folder / "config.toml", {})
    app = App(config, lookup=lookup)
    async with app.engine("command") as engine:
        answered = {lie.place: engine.sources[f"lie-{lie.place}"] for lie in told}
        honest = [lie for lie in told if lie.said is not None]
        first = await asyncio.gather(*(engine.poller.poll(answered[lie.place]) for lie in honest))
        if wrong := [report for report in first if report.new != 5]:
            raise SystemExit(f"the honest poll failed: {wrong[0]}")
        await engine.publish()
        before = contents(config.store.path), published(folder)
        outcomes = [await alone(engine, lie, answered[lie.place]) for lie in told if not lie.slow]
        outcomes += await together(engine, [(lie, answered[lie.place]) for lie in told if lie.slow])
        await engine.publish()
        after = contents(config.store.path), published(folder)
    changed = [name for name in before[0] if before[0][name] != after[0][name]]
    changed += [f"feeds/{name}" for name in before[1].keys() | after[1].keys() if before[1].get(name) != after[1].get(name)]
    return outcomes, changed


def published(folder: Path) -> dict[str, bytes]:
    """The topic's files: health and index tell of failures, as they should."""
    return {path.name: path.read_bytes() for path in (folder / "feeds").glob("all.*")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="leave out what runs until a deadline")
    quick = parser.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    told = [lie for lie in lies() if not (quick and lie.slow)]
    receiver, sender = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=run_server, args=(sender,), daemon=True)
    server.start()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcomes, changed = asyncio.run(run(Path(folder), told, receiver.recv()))
    server.kill()
    print(f"{'what the server does':58} {'error':16} {'seconds':>7} {'MB':>6}")
    for one in outcomes:
        group = "*" if one.lie.slow else ""
        print(f"{one.lie.name:58} {one.report.reason or '-':16} {one.seconds:7.2f} {one.grown:5.1f}{group or ' '} {one.problem}")
    bad = [one for one in outcomes if one.problem]
    slowest, largest = max(one.seconds for one in outcomes), max(one.grown for one in outcomes)
    print(f"\n{len(outcomes)} lies in {time.monotonic() - started:.0f} s, of which {len(bad)} do not end as they should")
    print(f"slowest {slowest:.1f} s, most memory {largest:.1f} MB (*: polled together; that is what all of them took)")
    print(f"changed in the store or under feeds/: {', '.join(changed) or 'nothing'}")
    if bad or changed or len(outcomes) < 60:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
