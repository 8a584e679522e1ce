"""A simulated day among strangers, with restarts and kills; `benchmarks/simulation.py` does thirty, with two hundred sources."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "simulation.py"


@pytest.mark.slow
def test_no_promise_to_a_publisher_is_broken_over_restarts_and_kills() -> None:
    few = ["--days", "1", "--sources", "30", "--hosts", "8", "--restarts", "6", "--seed", "3"]
    run = subprocess.run([sys.executable, BENCHMARK, *few], capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 restarts and 3 kills" in run.stdout
    assert len(re.findall(r"^\S.* +0$", run.stdout, re.MULTILINE)) == 8
    unconditional, answered = (
        int(number.replace(",", "")) for number in re.findall(r"([\d,]+) of ([\d,]+) answered", run.stdout)[0]
    )
    assert 0 < unconditional < answered
