"""A sample of all points at which a run changes the disk × {kill, ENOSPC, EIO}; `benchmarks/crash.py --points` strikes them all."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from crash_faults import FAULTS, library
from crash_scenario import SCENARIOS, Crash, strikes

pytestmark = pytest.mark.skipif(library() is None, reason="the functions of this Python's SQLite cannot be reached")
SAMPLE = 10
"""Strikes of each scenario: 0.1 to 0.3 s each on an idle machine; all of them take a quarter of an hour."""


@pytest.fixture(scope="module")
def crash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crash]:
    crash = Crash(tmp_path_factory.mktemp("crash"))
    yield crash
    crash.close()


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_lost_doubled_or_torn_wherever_a_run_is_struck(crash: Crash, scenario: str) -> None:
    every = len(crash.points(scenario)) * len(FAULTS) // SAMPLE | 1  # odd, and no multiple of 3: all faults have their turn
    every += 2 * (every % 3 == 0)
    faults: Counter[str] = Counter()
    wrong: list[str] = []
    for fault, sentences in strikes(crash, scenario, every=every):
        faults[fault] += 1
        wrong += sentences
    assert wrong == []
    assert set(faults) == set(FAULTS)


def test_every_way_to_change_a_file_is_a_point(crash: Crash) -> None:
    """The enumeration is worth nothing if it overlooks a way."""
    points = [*crash.points("first"), *crash.points("edit"), *crash.points("damage")]
    for point in (
        "pwrite aggregator.db.lock",
        "xWrite aggregator.db-wal",
        "xSync aggregator.db-wal",
        "xWrite aggregator.db",
        "xSync aggregator.db",
        "xDelete aggregator.db-wal",
        "replace feeds/all.atom",
        "fsync feeds",
        "fsync aggregator.db.snapshots",
        "replace aggregator.db.restoring",
        "replace aggregator.db",
    ):
        assert point in points, point
    kinds = {point.split(" ")[0] for point in points}
    assert kinds >= {"open", "write", "pwrite", "ftruncate", "fchmod", "fsync", "replace", "rename", "unlink", "mkdir"}


def test_a_reader_that_sees_a_torn_file_says_so(crash: Crash, tmp_path: Path) -> None:
    """The judge is judged, too."""
    (tmp_path / "all.atom").write_bytes(b"<feed><entry>")
    crash.reader.watch(tmp_path, {"all.atom": frozenset({b"<feed></feed>"})})
    crash.reader.look()
    assert crash.reader.torn
    crash.reader.rest()
