"""A daemon whose disk takes nothing any more goes on by itself when it does again, and serves what it had all the while."""

import json
import resource
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import eventually, free_port


class Daemon:
    """A daemon over a folder of clippings, which must not write files larger than a limit."""

    def __init__(self, root: Path) -> None:
        self.port = free_port()
        self._root = root
        (root / "clips").mkdir()
        self.clip("First")
        (root / "config.toml").write_text(
            f'[serve]\nport = {self.port}\n[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n[[topic]]\nslug = "all"\n'
        )
        with (root / "log").open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "aggregator", "run"], cwd=root, stdout=log, stderr=log)

    def clip(self, name: str) -> None:
        (self._root / "clips" / f"{name}.md").write_text(f"---\ntitle: {name}\nid: {name}\n---\nText of {name}\n")

    def limit(self, size: int) -> None:
        """As on a full disk, no file grows beyond so many bytes; the daemon ignores SIGXFSZ, as all of Python does."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def titles(self) -> set[str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/all.json", timeout=5) as answer:
            return {item["title"] for item in json.load(answer)["items"]}

    def log(self) -> str:
        return (self._root / "log").read_text()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path)
    yield daemon
    if daemon.process.poll() is None:
        daemon.process.kill()
    daemon.process.wait()


@pytest.mark.slow
def test_a_daemon_recovers_by_itself_when_its_disk_takes_writes_again(daemon: Daemon) -> None:
    eventually(lambda: daemon.titles() == {"First"}, 30)
    daemon.limit(8192)  # the journal is larger already; the log stays below
    daemon.clip("Second")
    eventually(lambda: "poll not stored" in daemon.log(), 30)
    assert daemon.titles() == {"First"}
    assert daemon.log().count("poll not stored") <= 2
    daemon.limit(resource.RLIM_INFINITY)
    eventually(lambda: daemon.titles() == {"First", "Second"}, 60)
    daemon.process.terminate()
    assert daemon.process.wait(15) == 0
    assert "Traceback" not in daemon.log()
