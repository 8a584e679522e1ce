"""A run of the program over a loopback source, struck at one point of its disk work, and what must hold afterwards.

    first     an empty folder → the first poll brings version 1 of the feed
    edit      a store with version 1 → version 2: two new items, one edited; a day later, so that a snapshot is due
    restore   a store with version 2 → `aggregator restore` of a backup with version 1
    damage    a store with version 2 whose file is damaged → start, which puts the snapshot with version 1 in its place

    strike(scenario, at, fault) ─ the run with the fault ─ a run without network ─ a run with network

Clock and ids are given, so what is published after a version was stored is known to the byte: a reader that looks at all times must see the
bytes of one version or another; after the run without network, those of the version whose validators are in the store; after the last
run, those of a run that nothing struck.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crash_faults import FAULTS
from crash_world import Publisher, Reader

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
T1, T2 = "2026-02-01T12:00:00+00:00", "2026-02-03T12:00:00+00:00"
PUBLISHED = [f"{slug}.{format}" for slug in ("all", "even") for format in ("atom", "rss", "json")]
SCENARIOS = ("first", "edit", "restore", "damage")

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Done:
    status: int
    points: list[str]
    message: str


class Crash:
    """A publisher, a runner, a reader, and what undisturbed runs publish."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._publisher = Publisher()
        self.reader = Reader()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
        self._runner = subprocess.Popen(
            [sys.executable, str(HERE / "crash_runner.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        threading.Thread(target=self._publisher.serve_forever, daemon=True).start()
        self.reader.start()
        self._bases: dict[str, Path] = {}
        self._undisturbed()

    def close(self) -> None:
        self.reader.stop()
        assert self._runner.stdin is not None
        assert self._runner.stdout is not None
        self._runner.stdin.close()
        self._runner.wait(30)
        self._runner.stdout.close()
        self._publisher.shutdown()
        self._publisher.server_close()

    def run(
        self, root: Path, command: str, version: int | None, now: str, at: int | None = None, fault: str | None = None
    ) -> Done:
        """One command in a process of its own. `version` None: no network."""
        assert self._runner.stdin is not None
        assert self._runner.stdout is not None
        self._publisher.version = version
        order = {"root": str(root), "now": now, "command": command, "at": at, "fault": fault}
        self._runner.stdin.write(json.dumps(order) + "\n")
        self._runner.stdin.flush()
        return Done(**json.loads(self._runner.stdout.readline()))

    def points(self, scenario: str) -> list[str]:
        """The names of all points of an undisturbed run."""
        with self._fresh(scenario) as root:
            return self._struck(scenario, root, None, None).points

    def strike(self, scenario: str, at: int, fault: str) -> list[str]:
        """Everything that does not hold, as sentences."""
        with self._fresh(scenario) as root:
            self.reader.watch(root / "feeds", self._allowed)
            self.reader.look()
            struck = self._struck(scenario, root, at, fault)
            self.reader.look()
            wrong = list(_judge(struck, fault))
            now = T1 if scenario == "first" else T2
            offline = self.run(root, "start", None, now)
            self.reader.look()
            wrong += self._after_start(root, offline, scenario, struck)
            last = 1 if scenario == "first" else 2
            online = self.run(root, "once", last, now)
            self.reader.look()
            wrong += self._after_all(root, online, self._versions[last])
            wrong += self.reader.torn
        return [f"{scenario}, {fault} at {at}: {sentence}" for sentence in wrong]

    def _struck(self, scenario: str, root: Path, at: int | None, fault: str | None) -> Done:
        command = {"first": "once", "edit": "once", "restore": "restore", "damage": "start"}[scenario]
        version = {"first": 1, "edit": 2}.get(scenario)
        return self.run(root, command, version, T1 if scenario == "first" else T2, at, fault)

    def _after_start(self, root: Path, offline: Done, scenario: str, struck: Done) -> Iterator[str]:
        """Without network, what the store holds is published; and it holds all that its validators stand for."""
        if offline.status != 0:
            yield f"the start without network ended with {offline.status}: {offline.message}"
            return
        if scenario in ("first", "edit") and "damaged" in offline.message:
            yield f"the store was damaged: {offline.message}"
        version, titles = _stored(root)
        if len(titles) != (3 + 2 * version if version else 0):
            yield f"validators of version {version} stand beside {len(titles)} items"
        if _files(root) != self._versions[version]:
            yield f"the store holds version {version}, but that is not what was published"
        lowest = {"first": 0, "edit": 1, "restore": 1, "damage": 1}[scenario]
        if version < lowest:
            yield f"version {lowest} was stored, and is lost"
        if struck.status == 0 and scenario == "restore" and version != 1:
            yield "the restore was acknowledged, but the store is the former one"

    def _after_all(self, root: Path, online: Done, expected: Files) -> Iterator[str]:
        """With network again, everything is as if nothing had happened."""
        if online.status != 0:
            yield f"the run with network ended with {online.status}: {online.message}"
        published = _files(root)
        yield from (
            f"{name} is not what an undisturbed run publishes" for name in PUBLISHED if published.get(name) != expected[name]
        )
        with closing(sqlite3.connect(root / "aggregator.db")) as db:
            found = db.execute("pragma integrity_check").fetchall()
            if found != [("ok",)]:
                yield f"integrity_check: {found}"
        left = [path.name for path in root.rglob("*") if ".publishing-" in path.name or ".partial-" in path.name]
        yield from (f"{name} was left over" for name in left)

    def _undisturbed(self) -> None:
        """What versions 0 (nothing yet), 1 and 2 look like published, and the folders that scenarios start from."""
        empty = self._folder / "empty"
        empty.mkdir()
        (empty / "config.toml").write_text(
            '[site]\ntitle = "Crash"\nbase_url = "http://127.0.0.1:8080/"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n'
            f'[[source]]\nid = "numbers"\nurl = "http://127.0.0.1:{self._publisher.port}/feed"\n'
            '[[topic]]\nslug = "all"\nstories = false\n[[topic]]\nslug = "even"\nquery = "even"\nstories = false\n'
        )
        base = self._folder / "first"
        shutil.copytree(empty, base)
        self._expect(self.run(empty, "once", None, T1))
        versions = {0: _files(empty)}
        self._bases["first"] = base
        one = shutil.copytree(base, self._folder / "one")
        self._expect(self.run(one, "once", 1, T1))
        versions[1] = _files(one)
        self._bases["edit"] = one
        two = shutil.copytree(one, self._folder / "two")
        self._expect(self.run(two, "once", 2, T2))
        versions[2] = _files(two)
        shutil.copy(one / "aggregator.db", two / "backup.db")
        self._bases["restore"] = two
        damaged = shutil.copytree(two, self._folder / "damaged")
        for snapshot in sorted((damaged / "aggregator.db.snapshots").iterdir())[1:]:
            snapshot.unlink()
        with (damaged / "aggregator.db").open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 8192)
        self._bases["damage"] = damaged
        self._versions: Mapping[int, Files] = versions
        self._allowed = {name: frozenset(files[name] for files in versions.values()) for name in PUBLISHED}
        assert all(len(set(allowed)) == 3 or name.startswith("even") for name, allowed in self._allowed.items())

    def _expect(self, done: Done) -> None:
        assert done.status == 0, done.message

    @contextmanager
    def _fresh(self, scenario: str) -> Iterator[Path]:
        root = self._folder / "struck"
        shutil.copytree(self._bases[scenario], root)  # with mtimes, so that published files count as those that the store knows
        try:
            yield root
        finally:
            self.reader.rest()
            shutil.rmtree(root)


def _judge(struck: Done, fault: str) -> Iterator[str]:
    """How a struck process may end."""
    if fault == "kill" and struck.status not in (0, -9):
        yield f"it was to be killed, and ended with {struck.status}: {struck.message}"
    if fault != "kill" and struck.status not in (0, 1):
        yield f"it ended with {struck.status}: {struck.message}"
    if struck.status == 1 and not struck.message.strip():
        yield "it failed without a word"


def _stored(root: Path) -> tuple[int, list[str]]:
    """The version whose validators the store holds (0: none), and the titles of its items."""
    with closing(sqlite3.connect(f"file:{root / 'aggregator.db'}?mode=ro", uri=True)) as db:
        etags = [etag for (etag,) in db.execute("select etag from resource where etag is not null")]
        titles = [title for (title,) in db.execute("select data ->> 'title' from item")]
    return (int(etags[0][2]) if etags else 0), titles


def _files(root: Path) -> dict[str, bytes]:
    return {name: (root / "feeds" / name).read_bytes() for name in PUBLISHED if (root / "feeds" / name).exists()}


def strikes(crash: Crash, scenario: str, *, every: int = 1) -> Iterator[tuple[str, list[str]]]:
    """Strike at each `every`th of all points × faults: the fault, and what does not hold."""
    all_of_them = [(at, fault) for at in range(1, len(crash.points(scenario)) + 1) for fault in FAULTS]
    for at, fault in all_of_them[every // 2 :: every]:
        yield fault, crash.strike(scenario, at, fault)
