"""Daily snapshots: when they are due, how many stay, and what happens if they cannot be taken."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import StoreError
from aggregator.store import database, snapshots
from aggregator.store.snapshots import Snapshot, Snapshots, is_due, listing, take_if_due

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    database.connect(path).close()
    return path


def test_one_a_day_and_the_newest_seven_stay(path: Path) -> None:
    for hour in range(0, 24 * 10, 6):
        take_if_due(path, 7, NOW + timedelta(hours=hour))
    assert [snapshot.number for snapshot in listing(path)] == [4, 5, 6, 7, 8, 9, 10]
    assert listing(path)[-1].taken == NOW + 9 * DAY
    assert listing(path)[0].path.name == "000004-20260206T040506Z.db"


def test_none_is_taken_where_none_is_wanted(path: Path) -> None:
    assert take_if_due(path, 0, NOW) is None
    assert not snapshots.folder(path).exists()


def test_fewer_wanted_are_fewer_kept_from_the_next_one_on(path: Path) -> None:
    for day in range(5):
        take_if_due(path, 7, NOW + day * DAY)
    take_if_due(path, 2, NOW + 5 * DAY)
    assert [snapshot.number for snapshot in listing(path)] == [5, 6]


def test_a_clock_that_was_a_year_ahead_neither_stops_snapshots_nor_costs_the_new_ones(path: Path) -> None:
    for day in range(3):
        take_if_due(path, 3, NOW + timedelta(days=365 + day))
    for day in range(3):
        assert take_if_due(path, 3, NOW + day * DAY) is not None
        assert listing(path)[-1].taken == NOW + day * DAY
    assert [snapshot.taken for snapshot in listing(path)] == [NOW, NOW + DAY, NOW + 2 * DAY]


@given(st.lists(st.integers(-10_000, 10_000), max_size=5), st.integers(-10_000, 10_000))
def test_a_snapshot_is_due_unless_the_newest_is_of_the_last_day(hours: list[int], now: int) -> None:
    had = [Snapshot(path=Path("x"), number=n, taken=NOW + timedelta(hours=h)) for n, h in enumerate(hours)]
    assert is_due(had, NOW + timedelta(hours=now)) == (not hours or not 0 <= now - hours[-1] < 24)


def test_files_of_other_names_are_left_alone(path: Path) -> None:
    folder = snapshots.folder(path)
    folder.mkdir()
    for name in ("notes.txt", "000001-99999999T999999Z.db", "1-20260203T040506Z.db"):
        (folder / name).touch()
    for day in range(3):
        take_if_due(path, 1, NOW + day * DAY)
    assert len(listing(path)) == 1
    assert {"notes.txt", "000001-99999999T999999Z.db", "1-20260203T040506Z.db"} < {file.name for file in folder.iterdir()}


def test_what_a_killed_snapshot_left_is_removed_by_the_next(path: Path) -> None:
    take_if_due(path, 3, NOW)
    left_over = snapshots.folder(path) / ".000002-20260204T040506Z.db.partial-77"
    left_over.touch()
    take_if_due(path, 3, NOW + 3 * DAY)
    assert not left_over.exists()


def test_a_damaged_store_costs_no_older_snapshot(path: Path) -> None:
    take_if_due(path, 1, NOW)
    with path.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises(StoreError, match="no snapshot was taken"):
        take_if_due(path, 1, NOW + 2 * DAY)
    assert [snapshot.number for snapshot in listing(path)] == [1]


def test_a_folder_that_cannot_be_used_is_a_problem_to_tell_and_tried_again_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots.folder(path).write_text("a file")
    kept = Snapshots(path, 3)
    assert kept.take_if_due(NOW) is None
    assert kept.problem is not None
    assert str(snapshots.folder(path)) in kept.problem
    snapshots.folder(path).unlink()
    assert kept.take_if_due(NOW) is None  # not before an hour has passed
    monkeypatch.setattr(kept, "_retry", 0.0)
    assert kept.take_if_due(NOW) is not None
    assert kept.problem is None
