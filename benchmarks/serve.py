"""Serving a feed from memory: requests a second and CPU a request beside nginx over the same files, then a busy minute.

    python benchmarks/serve.py [--rounds 5] [--seconds 60] [--clients 1000]

Needs `nginx` and `wrk` (Debian packages of these names). Server and clients get a core each. First, interleaved rounds of 3 s
over 100 connections: a feed of 50 entries with status 200 (identity) and 304. nginx serves copies of the files with sendfile and
an open-file cache, without a log. Then `--clients` keep-alive connections ask for `--seconds` while a clipping a second is added
and published; beside them, readers with other heads check that each body is the one that its ETag names.
"""

import argparse
import hashlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

TICKS = os.sysconf("SC_CLK_TCK")
FEED = "all.atom"
NGINX = """worker_processes 1; daemon off; pid {root}/nginx.pid; error_log {root}/nginx.err;
events {{ worker_connections 8192; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=100;
  types {{ application/xml atom; }} server {{ listen 127.0.0.1:{port} backlog=4096; root {root}/copy; }} }}
"""


@dataclass(frozen=True)
class Served:
    """A server: where it is, and the process that answers."""

    name: str
    port: int
    process: int

    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{FEED}"

    def cpu(self) -> float:
        """Seconds of CPU that it has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def etag(self) -> str:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request("HEAD", f"/{FEED}")
        etag = line.getresponse().headers["ETag"]
        line.close()
        return str(etag)


@dataclass
class Loaded:
    """What wrk said, and what the server used for it."""

    rate: float
    micros: float
    p99: str
    trouble: list[str] = field(default_factory=list)


def load(served: Served, seconds: int, clients: int, etag: str | None = None) -> Loaded:
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    before = served.cpu()
    said = subprocess.run(
        [*command, *(["-H", f"If-None-Match: {etag}"] if etag else []), served.url()], capture_output=True, text=True, check=True
    ).stdout
    used = served.cpu() - before
    requests = int(re.findall(r"(\d+) requests in", said)[0])
    return Loaded(
        rate=float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0]),
        micros=used / requests * 1e6,
        p99=re.findall(r"99%\s+(\S+)", said)[0],
        trouble=re.findall(r"^\s*(Socket errors.*|Non-2xx.*)$", said, re.MULTILINE),
    )


def compare(ours: Served, nginx: Served, rounds: int) -> None:
    print(f"{'':>5} {'':>6} {'requests/s':>11} {'CPU µs':>7}")
    found: dict[tuple[int, str], list[Loaded]] = {}
    for _ in range(rounds):
        for status in (200, 304):
            for served in (ours, nginx):
                etag = served.etag() if status == 304 else None
                found.setdefault((status, served.name), []).append(load(served, 3, 100, etag))
    for status in (200, 304):
        rates, costs = {}, {}
        for name in ("ours", "nginx"):
            some = found[status, name]
            rates[name], costs[name] = median(one.rate for one in some), median(one.micros for one in some)
            trouble = "; ".join(said for one in some for said in one.trouble)
            print(f"{status:>5} {name:>6} {rates[name]:>11,.0f} {costs[name]:>7.1f}  {trouble}")
        print(f"{status:>5}  ours / nginx: {rates['ours'] / rates['nginx']:.2f} × the requests a second", flush=True)


class Checker(threading.Thread):
    """Asks in a loop and compares each body with its ETag, which is the start of its SHA-256."""

    def __init__(self, port: int, until: float, number: int) -> None:
        super().__init__(name=f"checker {number}")
        self.port, self.until, self.number = port, until, number
        self.answers = self.torn = 0
        self.versions: set[str] = set()

    def run(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while time.monotonic() < self.until:
            line.request("GET", f"/{FEED}", headers={"User-Agent": f"checker/{self.number}"})
            answer = line.getresponse()
            body, etag = answer.read(), (answer.headers["ETag"] or "").strip('"')
            self.answers += 1
            self.torn += answer.status != 200 or hashlib.sha256(body).hexdigest()[:32] != etag
            self.versions.add(etag)
            time.sleep(0.02)
        line.close()


def busy(ours: Served, root: Path, seconds: int, clients: int) -> bool:
    checkers = [Checker(ours.port, time.monotonic() + seconds, number) for number in range(4)]
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.wait(1.0):
            number += 1
            clip(root, f"later-{number}")

    writer = threading.Thread(target=write)
    for thread in (*checkers, writer):
        thread.start()
    loaded = load(ours, seconds, clients)
    for checker in checkers:
        checker.join()
    stop.set()
    writer.join()
    answers, torn = sum(checker.answers for checker in checkers), sum(checker.torn for checker in checkers)
    versions = len(set().union(*(checker.versions for checker in checkers)))
    print(
        f"\n{clients:,} connections for {seconds} s while it publishes: {loaded.rate:,.0f} requests/s, p99 {loaded.p99}, "
        f"errors: {'; '.join(loaded.trouble) or 0}\n{answers:,} bodies checked over {versions} versions: {torn} torn"
    )
    return not torn and not loaded.trouble and versions > 1


def clip(root: Path, name: str) -> None:
    words = " ".join(f"word{number * len(name) % 97}" for number in range(180))
    (root / "clips" / f"{name}.md").write_text(f"---\ntitle: Note {name}\nid: {name}\n---\n{words}\n")


@contextmanager
def servers(root: Path) -> Iterator[tuple[Served, Served]]:
    (root / "clips").mkdir()
    for number in range(50):
        clip(root, str(number))
    ports = [free_port(), free_port()]
    (root / "config.toml").write_text(
        f'[serve]\nport = {ports[0]}\n[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n[[topic]]\nslug = "all"\n'
    )
    on_core = ["taskset", "-c", "0"]
    with (root / "log").open("wb") as log:
        daemon = subprocess.Popen([*on_core, sys.executable, "-m", "aggregator", "run"], cwd=root, stdout=log, stderr=log)
        nginx = None
        try:
            wait_for(lambda: Served("ours", ports[0], daemon.pid).etag() != "None")
            shutil.copytree(root / "feeds", root / "copy")
            (root / "copy").chmod(0o755)
            root.chmod(0o755)
            (root / "nginx.conf").write_text(NGINX.format(root=root, port=ports[1]))
            nginx = subprocess.Popen([*on_core, "nginx", "-c", root / "nginx.conf"], stderr=log)
            wait_for(lambda: Served("nginx", ports[1], 0).etag() != "None")
            worker = int(Path(f"/proc/{nginx.pid}/task/{nginx.pid}/children").read_text().split()[0])
            yield Served("ours", ports[0], daemon.pid), Served("nginx", ports[1], worker)
        finally:
            for process in (daemon, nginx):
                if process is not None:
                    process.terminate()
                    process.wait(20)


def wait_for(holds: object) -> None:
    assert callable(holds)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("a server did not come up")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--clients", type=int, default=1000)
    given = parser.parse_args()
    missing = [tool for tool in ("nginx", "wrk", "taskset") if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} is not installed")
        return
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as (ours, nginx):
        compare(ours, nginx, given.rounds)
        good = busy(ours, Path(folder), given.seconds, given.clients)
    sys.exit(not good)


if __name__ == "__main__":
    main()
