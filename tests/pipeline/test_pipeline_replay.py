"""A reader who knows entries by their ids gets every post once; `benchmarks/replay.py` does thirty days of two hundred sources."""

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from replay import replay

sys.path.pop(0)


@pytest.mark.slow
@pytest.mark.parametrize("stories", [False, True])
def test_nothing_comes_twice_and_nothing_is_lost(tmp_path: Path, stories: bool) -> None:
    found = asyncio.run(replay(tmp_path, days=7, sources=16, steps=1, seed=11, stories=stories))
    assert found.twice == []
    assert found.lost == []
    assert found.changed == []
    assert {"feeds/ deleted", "store lost", "base_url changed", "restart"} <= found.events.keys()
    migrations = sum(sum(publisher.migrations.values()) for publisher in found.world.publishers)
    assert migrations >= 3
    assert all(len(reader.known) > 10 for reader in found.readers)
