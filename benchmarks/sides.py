"""Who polls in benchmarks/poll.py: ours, peers, and the limits. All have the same shape, and each a folder of its own.

    Side(…, place).name, .feeds     what it is called in tables; how many of the server's feeds it asks for
    .poll(phase) → Cost, new        one phase in a fresh process; how many entries the side says are new
    .forgets                        whether its second poll may be unconditional: that is shown, and no error

aggregator     the command line program over a configuration of N sources and two topics: "all", and one that a tenth belongs to
reader         the library as its documentation says, with a number of threads that fetch
newsboat       Debian's, with a number of threads, and without tidying its store at the end. It stores validators only
               when it polls a feed that it has stored already, so its third poll is the first conditional one
bare           benchmarks/bare.py: what we promise, kept in its plainest form, with our libraries
limit          benchmarks/limit.py: the least that a program in Python could do; and the same with feedparser
"""

import json
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from account import Cost, measured
from feedserver import SOME

HERE = Path(__file__).parent
PHASE_SECONDS_PER_FEED = 1.0
"""A phase that takes longer has failed. Slower than any program that was ever measured."""

READER = """
import sys
from reader import make_reader
path, what, workers, urls = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
reader = make_reader(path)
if what == "subscribe":
    # its next updates are at full hours otherwise: a run across one would find all of them due
    reader.set_tag((), reader.make_reader_reserved_name("update"), {"interval": 527040, "jitter": 0})
    for url in open(urls):
        reader.add_feed(url.strip())
else:
    before = reader.get_entry_counts().total
    reader.update_feeds(scheduled=what == "idle", workers=workers)
    assert not list(reader.get_feeds(broken=True)), "a feed is broken"
    print(reader.get_entry_counts().total - before)
"""


class Side(Protocol):
    name: str
    feeds: int
    forgets: bool

    def poll(self, phase: str) -> tuple[Cost, int]: ...


@dataclass(frozen=True)
class Place:
    """Where a side works: so many feeds of a server, a folder that is made, and the environment to run in."""

    feeds: int
    server: str
    folder: Path
    environment: Mapping[str, str]


class _Process:
    """What all sides have in common."""

    forgets = False

    def __init__(self, name: str, place: Place) -> None:
        place.folder.mkdir()
        self.name, self.feeds = name, place.feeds
        self._folder, self._environment = place.folder, place.environment
        (self._folder / "urls").write_text("".join(f"{place.server}f/{n}.xml\n" for n in range(place.feeds)))

    def _run(self, *command: str | Path, cwd: Path | None = None) -> tuple[Cost, str]:
        seconds = 60 + self.feeds * PHASE_SECONDS_PER_FEED
        return measured([str(part) for part in command], seconds, cwd or self._folder, self._environment)


class Ours(_Process):
    """With an entry per item, or with stories."""

    def __init__(self, stories: bool, place: Place) -> None:
        super().__init__("aggregator" + ", stories" * stories, place)
        urls = (self._folder / "urls").read_text().split()
        topics = "".join(
            f'[[topic]]\nslug = "{slug}"\nquery = "{query}"\nstories = {str(stories).lower()}\n'
            for slug, query in (("all", "*"), ("some", SOME))
        )
        sources = "".join(f'[[source]]\nid = "s{n}"\nurl = "{url}"\n' for n, url in enumerate(urls))
        site = '[site]\ntitle = "Benchmark"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n'
        (self._folder / "config.toml").write_text(site + topics + sources)

    def poll(self, phase: str) -> tuple[Cost, int]:
        command = [sys.executable, "-m", "aggregator", "once", "--json", "--config", str(self._folder / "config.toml")]
        cost, output = self._run(*command, *["--force"] * (phase != "idle"), cwd=HERE.parent)
        report = json.loads(output)
        failed = [source for source in report["sources"] if source["result"] == "failed"]
        if failed:
            raise RuntimeError(f"{len(failed)} sources failed, such as {failed[0]}")
        return cost, sum(source["new"] for source in report["sources"])


class Reader(_Process):
    def __init__(self, workers: int, place: Place) -> None:
        super().__init__(f"reader, {workers} worker{'s' * (workers > 1)}", place)
        self._workers = str(workers)
        self._do("subscribe")

    def poll(self, phase: str) -> tuple[Cost, int]:
        cost, output = self._do("idle" if phase == "idle" else "poll")
        return cost, int(output)

    def _do(self, what: str) -> tuple[Cost, str]:
        return self._run(sys.executable, "-c", READER, self._folder / "reader.db", what, self._workers, self._folder / "urls")


class Newsboat(_Process):
    """`idle` is to load its store and to say what is unread: it has no notion of what is due."""

    forgets = True

    def __init__(self, threads: int, place: Place) -> None:
        super().__init__(f"newsboat, {place.feeds} feeds, {threads} thread{'s' * (threads > 1)}", place)
        self._environment = {**self._environment, "HOME": str(self._folder)}
        (self._folder / "config").write_text(f"reload-threads {threads}\ncleanup-on-quit no\n")

    def poll(self, phase: str) -> tuple[Cost, int]:
        before = self._stored()
        files = [f"-u{self._folder}/urls", f"-c{self._folder}/cache.db", f"-C{self._folder}/config"]
        cost, _ = self._run("newsboat", *files, "-x", "print-unread" if phase == "idle" else "reload")
        return cost, self._stored() - before

    def _stored(self) -> int:
        path = self._folder / "cache.db"
        if not path.exists():
            return 0
        db = sqlite3.connect(path)
        try:
            return int(db.execute("select count(*) from rss_item").fetchone()[0])
        finally:
            db.close()

    @staticmethod
    def installed() -> bool:
        return shutil.which("newsboat") is not None


class Limit(_Process):
    def __init__(self, parser: str, place: Place) -> None:
        super().__init__(f"limit, {parser}", place)
        self._parser = [parser] * (parser != "expat")

    def poll(self, phase: str) -> tuple[Cost, int]:
        what = "idle" if phase == "idle" else "poll"
        files = self._folder / "store.db", what, self._folder / "urls"
        cost, output = self._run(sys.executable, HERE / "limit.py", *files, *self._parser)
        return cost, int(output)


class Bare(_Process):
    def __init__(self, place: Place) -> None:
        super().__init__("bare", place)

    def poll(self, phase: str) -> tuple[Cost, int]:
        what = "idle" if phase == "idle" else "poll"
        cost, output = self._run(sys.executable, HERE / "bare.py", self._folder / "store.db", what, self._folder / "urls")
        return cost, int(output)
