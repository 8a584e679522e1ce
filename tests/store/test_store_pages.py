"""Lines of pages are kept only as long as nobody can have changed what they say."""

from contextlib import closing
from pathlib import Path

import pytest

from aggregator.store import pages
from aggregator.store.database import connect


@pytest.mark.parametrize(
    ("name", "known", "is_kept"),
    [
        ("2026-11", {"2026-11-01": 2, "2026-11-30": 1}, True),
        ("2026-11", {"2026-11-01": 1, "2026-11-30": 1}, False),  # it changed once more since
        ("2026-11", {"2026-11-30": 1}, False),  # a day changed that had not
        ("2026-11", {"2026-11-01": 2, "2026-11-30": 1, "2026-12-01": 5}, True),  # other pages are no matter
        ("2026-11-01", {"2026-11-01": 2}, True),
        ("2026-11-01", {}, False),
        ("2026-12-24", {}, True),
    ],
)
def test_lines_are_kept_unless_a_day_of_their_page_changed_since_they_were_made(
    tmp_path: Path, name: str, known: dict[str, int], is_kept: bool
) -> None:
    with closing(connect(tmp_path / "aggregator.db")) as db:
        for topic, day, changes in (("t", "2026-11-01", 2), ("t", "2026-11-30", 1), ("other", "2026-12-24", 1)):
            db.execute("insert into page_stale (topic, day, changes) values (?, ?, ?)", [topic, day, changes])
        pages.keep_lines(db, "t", name, {7: "<a>"}, known)
        assert db.execute("select topic, story, line from page_line").fetchall() == ([("t", 7, "<a>")] if is_kept else [])


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2024-02", "2024-02-01T00:00:00", "2024-02-29T23:59:59"),
        ("2026-12", "2026-12-01T00:00:00", "2026-12-31T23:59:59"),
        ("2026-12-31", "2026-12-31T00:00:00", "2026-12-31T23:59:59"),
    ],
)
def test_a_month_or_a_day_holds_its_first_and_last_second_and_no_other(tmp_path: Path, name: str, first: str, last: str) -> None:
    """As the triggers call the day of a line."""
    start, end = pages._extent(name)
    with closing(connect(tmp_path / "aggregator.db")) as db:
        sql = "select strftime('%Y-%m-%dT%H:%M:%S', ?, 'unixepoch'), strftime('%Y-%m-%dT%H:%M:%S', ?, 'unixepoch')"
        assert db.execute(sql, [start, end - 1]).fetchone() == (first, last)
