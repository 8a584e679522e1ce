"""A sample of labelled news as it is published; `benchmarks/stories_published.py` publishes all of it, in several ways."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "stories_published.py"


@pytest.mark.shared
def test_published_entries_tell_the_stories_that_people_saw(shared: Path, tmp_path: Path) -> None:
    articles = [json.loads(line) for line in (shared / "stories" / "ecbplus-dev.jsonl").read_text("utf-8").splitlines()]
    kept = sorted({article["story"] for article in articles})[1::4]
    sample = tmp_path / "sample.jsonl"
    sample.write_text("".join(json.dumps(article) + "\n" for article in articles if article["story"] in kept))
    command = [sys.executable, str(BENCHMARK), str(sample), "--text", "content", "--json"]
    (found,) = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert found["articles"] > 100
    assert found["f1"] >= 0.95
    assert found["precision"] >= 0.98
    assert found["lookalikes"] == 0
