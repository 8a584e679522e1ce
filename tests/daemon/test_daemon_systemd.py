"""What systemd is told, over a real datagram socket of either kind; and nothing where it does not listen."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_folder import AGGREGATOR, Folder

from aggregator.systemd import Notifier


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"\0aggregator-test-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name)
        listening.settimeout(5)
        yield listening, name.replace("\0", "@")


def heard(listening: socket.socket) -> dict[str, str]:
    return dict(line.split("=", 1) for line in listening.recv(4096).decode().splitlines())


def test_each_state_is_a_datagram(listener: tuple[socket.socket, str]) -> None:
    listening, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())})
    notifier.ready()
    notifier.alive()
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notifier.reloading()
    notifier.stopping()
    notifier.stopping(seconds=600)
    assert heard(listening) == {"READY": "1"}
    assert heard(listening) == {"WATCHDOG": "1"}
    reloading = heard(listening)
    assert reloading["RELOADING"] == "1"
    assert 0 <= int(reloading["MONOTONIC_USEC"]) - before < 5_000_000
    assert heard(listening) == {"STOPPING": "1"}
    assert heard(listening) == {"STOPPING": "1", "EXTEND_TIMEOUT_USEC": "600000000"}


@pytest.mark.parametrize("environment", [{}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}])
def test_the_watchdog_is_fed_only_where_it_watches_this_process(
    listener: tuple[socket.socket, str], environment: dict[str, str]
) -> None:
    listening, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name, **environment})
    notifier.alive()
    notifier.ready()
    assert heard(listening) == {"READY": "1"}


@pytest.mark.parametrize("address", ["", "relative", "/nonexistent/notify", "@nobody-listens-here", "vsock:2:1"])
def test_nothing_fails_where_nobody_listens(address: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000"})
    notifier.ready()
    notifier.alive()


def test_the_daemon_is_ready_alive_reloading_and_stopping(folder: Folder, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(30)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"}
        folder.process = subprocess.Popen(
            [*AGGREGATOR, "run"], cwd=folder.root, stdout=folder.log, stderr=folder.log, env=environment
        )
        assert heard(listening) == {"READY": "1"}
        assert heard(listening) == {"WATCHDOG": "1"}
        (folder.root / "config.toml").write_text((folder.root / "config.toml").read_text() + 'title = "New"\n')
        folder.process.send_signal(signal.SIGHUP)
        states = []
        while "READY" not in states:
            states += [key for key in heard(listening) if key != "WATCHDOG"]
        assert states == ["RELOADING", "MONOTONIC_USEC", "READY"]
        assert folder.stop() == 0
        last: dict[str, str] = {}
        while "STOPPING" not in last:
            last = heard(listening)
