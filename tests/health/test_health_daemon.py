"""The health feed of a running daemon: written and served as soon as a poll finds something wrong, and as it is over."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from health_project import HEAD, PAGE, Publisher, daily, posts, source
from loopback import eventually, free_port

AGGREGATOR = [sys.executable, "-m", "aggregator"]


def test_the_daemon_serves_incidents_as_they_open_and_end(tmp_path: Path, site: Publisher) -> None:
    port = free_port()
    recent = daily(5)
    url = site.put(posts(recent))
    (tmp_path / "config.toml").write_text(HEAD + source(url) + f'[[topic]]\nslug = "all"\n[serve]\nport = {port}\n')

    def titles() -> list[str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health.json", timeout=5) as answer:
            return [entry["title"] for entry in json.loads(answer.read())["items"]]

    def poll() -> None:
        subprocess.run([*AGGREGATOR, "poll", "blog", "--force"], cwd=tmp_path, capture_output=True, timeout=60, check=False)

    with (tmp_path / "log").open("wb") as log:
        daemon = subprocess.Popen([*AGGREGATOR, "run"], cwd=tmp_path, stdout=log, stderr=log)
        try:
            eventually(lambda: titles() == [] and site.asked > 0)
            site.put(PAGE)
            poll()
            eventually(lambda: titles() == ["blog answers with a page instead of a feed"])
            told = subprocess.run(
                [*AGGREGATOR, "status"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
            ).stdout
            assert "blog answers with a page instead of a feed since " in told
            assert "    Tried: 1 poll failed, the last at " in told
            assert "    What to do: Open " in told
            site.put(posts(recent))
            poll()
            eventually(lambda: titles() == ["Resolved: blog answers with a page instead of a feed"])
        finally:
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(20) == 0
