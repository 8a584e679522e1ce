"""The daemon as a process of its own, killed at random times while it works; `benchmarks/crash.py` does it a thousand times."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parent.parent.parent / "benchmarks" / "crash.py"


@pytest.mark.slow
def test_kills_at_random_lose_nothing_and_double_nothing() -> None:
    """At most thirty kills, or half a minute of them."""
    command = [sys.executable, str(BENCHMARK), "--kills", "30", "--minutes", "0.6", "--longest", "1.0"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    kills = re.search(r"^kills +(\d+) of 30", run.stdout, re.MULTILINE)
    stored = re.search(r"(\d+) stored items", run.stdout)
    acknowledged = re.search(r"^acknowledged +(\d+) items", run.stdout, re.MULTILINE)
    assert kills is not None
    assert stored is not None
    assert acknowledged is not None
    assert int(kills[1]) >= 2, run.stdout
    assert int(stored[1]) >= 1, run.stdout
    assert int(acknowledged[1]) >= 24, run.stdout
