"""A project with one folder source, and the daemon over it as a process of its own."""

import json
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from loopback import eventually, free_port

AGGREGATOR = [sys.executable, "-m", "aggregator"]


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


CLIPS = '[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n'
ALL = '[[topic]]\nslug = "all"\n'


class Folder:
    """A project with one folder source, and a daemon over it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        (root / "clips").mkdir()
        self.clip("first")
        self.head = f'[site]\ntitle = "T"\n[serve]\nport = {self.port}\n'
        self.configure(CLIPS + ALL)
        self.log = (root / "log").open("w+b")
        self.process: subprocess.Popen[bytes] | None = None

    def configure(self, text: str, head: str | None = None) -> None:
        """Write config.toml as editors do: beside it, then in its place."""
        beside = self.root / "config.toml~"
        beside.write_text((self.head if head is None else head) + text)
        beside.replace(self.root / "config.toml")

    def clip(self, name: str) -> None:
        (self.root / "clips" / f"{name}.md").write_text(f"---\ntitle: The {name} clip\nid: {name}\n---\nText of {name}\n")

    def start(self) -> None:
        self.process = subprocess.Popen([*AGGREGATOR, "run"], cwd=self.root, stdout=self.log, stderr=self.log)
        eventually(lambda: get(self.url + "healthz")[0] == 200, 30)

    def logged(self, event: str) -> list[dict[str, Any]]:
        """Records of an event so far."""
        lines = (self.root / "log").read_text().splitlines()
        return [record for line in lines if line[:1] == "{" and (record := json.loads(line))["event"] == event]

    def said(self) -> bytes:
        """All of the log."""
        return (self.root / "log").read_bytes()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the store holds."""
        db = sqlite3.connect(f"file:{self.root}/aggregator.db?mode=ro", uri=True)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def titles(self) -> list[str]:
        return [entry["title"] for entry in json.loads(get(self.url + "all.json")[2])["items"]]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*AGGREGATOR, *words], cwd=self.root, capture_output=True, text=True, timeout=60, check=False)

    def stop(self, how: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(15)  # one that does not end stays known, so that it is killed afterwards
        self.process = None
        return code
