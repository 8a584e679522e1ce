"""The daemon as a process of its own: it serves, polls, does what commands ask, and ends cleanly."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

AGGREGATOR = [sys.executable, "-m", "aggregator"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def eventually(check: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until `check` holds; a check that meets a server that is not up yet does not hold."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if check():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not come true in time")


class Folder:
    """A project with one folder source, and a daemon over it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        (root / "clips").mkdir()
        self.clip("first")
        (root / "config.toml").write_text(
            f'[site]\ntitle = "T"\n[serve]\nport = {self.port}\n[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n'
            '[[topic]]\nslug = "all"\n'
        )
        self.log = (root / "log").open("w+b")
        self.process: subprocess.Popen[bytes] | None = None

    def clip(self, name: str) -> None:
        (self.root / "clips" / f"{name}.md").write_text(f"---\ntitle: The {name} clip\nid: {name}\n---\nText of {name}\n")

    def start(self) -> None:
        self.process = subprocess.Popen([*AGGREGATOR, "run"], cwd=self.root, stdout=self.log, stderr=self.log)
        eventually(lambda: get(self.url + "healthz")[0] == 200)

    def titles(self) -> list[str]:
        return [entry["title"] for entry in json.loads(get(self.url + "all.json")[2])["items"]]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*AGGREGATOR, *words], cwd=self.root, capture_output=True, text=True, timeout=60, check=False)

    def stop(self, how: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        try:
            return self.process.wait(15)
        finally:
            self.process = None


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path)
    yield folder
    if folder.process is not None:
        folder.process.kill()
        folder.process.wait()
    folder.log.close()


def test_the_daemon_polls_serves_and_watches_its_folders(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    status, headers, body = get(folder.url + "all.atom")
    assert status == 200
    assert get(folder.url + "all.atom", If_None_Match=headers["etag"])[0] == 304
    assert b"The first clip" in body
    folder.clip("second")
    eventually(lambda: folder.titles() == ["The second clip", "The first clip"])
    assert b"All" in get(folder.url)[2]
    assert folder.stop() == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_daemon_ends_within_ten_seconds_with_exit_code_0(folder: Folder, how: int) -> None:
    folder.start()
    started = time.monotonic()
    assert folder.stop(how) == 0
    assert time.monotonic() - started < 10


def test_commands_let_the_running_daemon_do_the_work(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    folder.clip("third")
    done = folder.command("once", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sources"][0]["id"] == "clips"
    assert "The third clip" in folder.titles()
    assert folder.command("poll", "clips").returncode == 0
    assert folder.command("poll", "nosuch").returncode != 0
    status = json.loads(folder.command("status", "--json").stdout)
    assert folder.process is not None
    assert status["store"]["owner"] == folder.process.pid
    folder.stop()


def test_a_second_daemon_exits_1_and_names_the_first(folder: Folder) -> None:
    folder.start()
    second = folder.command("run")
    assert folder.process is not None
    assert second.returncode == 1
    assert str(folder.process.pid) in second.stderr
    folder.stop()


def test_a_killed_daemon_starts_again_and_publishes_what_the_store_holds(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    before = (folder.root / "feeds" / "all.atom").read_bytes()
    folder.stop(signal.SIGKILL)
    for path in (folder.root / "feeds").iterdir():
        path.unlink()
    folder.start()
    eventually(lambda: get(folder.url + "all.atom")[2] == before)
    folder.stop()


def test_a_taken_port_is_a_sentence_and_exit_code_1(folder: Folder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", folder.port))
        taken.listen()
        done = folder.command("run")
    assert done.returncode == 1
    assert str(folder.port) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_daemon_that_dies_while_a_command_waits_is_noticed(folder: Folder) -> None:
    folder.start()
    assert folder.process is not None
    os.kill(folder.process.pid, signal.SIGSTOP)
    waiting = subprocess.Popen([*AGGREGATOR, "once"], cwd=folder.root, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    folder.stop(signal.SIGKILL)
    _, errors = waiting.communicate(timeout=30)
    assert waiting.returncode == 1
    assert "daemon ended" in errors
