"""Items per day and how late they came, from the store."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from aggregator.store import activity, database
from aggregator.store.activity import DAY, Day

FIRST = 20_000 * DAY


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return database.connect(tmp_path / "a.db")


def put(db: Database, source: str, seen: int, dated: int, forgotten: int | None = None) -> None:
    number = db.execute("select count(*) from item").fetchone()[0]
    values = {"source_id": source, "key": str(number), "native": "", "story": 0, "first_seen": seen, "dated": dated}
    values |= {"revised": dated, "substance": "", "rendition": "", "forgotten": forgotten, "data": "{}"}
    known = {column.name for column in db.table("item").columns}
    db.table("item").insert({name: value for name, value in values.items() if name in known})


def test_items_are_counted_by_day_and_the_backlog_tells_nothing(db: Database) -> None:
    put(db, "a", FIRST + 100, FIRST - 50 * DAY)
    put(db, "a", FIRST + 100, FIRST + 50)
    put(db, "a", FIRST + 2 * DAY, FIRST + 2 * DAY - 600)
    put(db, "a", FIRST + 2 * DAY + 5, FIRST + 2 * DAY + 5 - 1200)
    put(db, "a", FIRST + 2 * DAY + 6, FIRST + 2 * DAY + 6)
    put(db, "b", FIRST - 1, FIRST - 2)
    put(db, "c", FIRST + 5, FIRST, forgotten=FIRST + 6)
    assert activity.days(db, FIRST) == {"a": [Day(0, 1, None), Day(2, 3, 900.0)]}
