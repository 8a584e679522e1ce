"""What the store remembers for adaptive polling: each source's posting rate, and how the budget is dealt out.

    keep(rate as text, pace, least) → source      paces: all of them, for the solve      setting, set_setting: its outcome
    dues, release: the schedule as a whole, to put it right after the clock was set

A rate is the text that aggregator.polling.rate makes of it; `pace` (√ items per day) and `least` (the seconds that the source
asked us to wait at least) stand beside it as numbers, so that a hundred thousand of them are read at once.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds


def load_some(db: Database, ids: Iterable[str]) -> dict[str, str | None]:
    """Source id → its rate, None if nothing was learned yet."""
    sql = "select id, rate from source where id in (select value from json_each(?))"
    return dict(db.execute(sql, [json.dumps(list(ids))]).fetchall())


def keep(db: Database, source_id: str, *, rate: str, pace: float, least: float) -> None:
    """Keep what a poll taught."""
    db.execute("update source set rate = ?, pace = ?, least = ? where id = ?", [rate, pace, least, source_id])


def paces(db: Database) -> list[tuple[str, float | None, float]]:
    """Active sources that are still asked: id, pace (None if nothing was learned yet), least seconds between polls."""
    sql = "select id, pace, coalesce(least, 0.0) from source where active = 1 and (due_reason is null or due_reason <> 'gone')"
    return db.execute(sql).fetchall()


def dues(db: Database) -> list[tuple[str, datetime | None, str | None]]:
    """Active sources with when they are polled next, and why."""
    rows = db.execute("select id, due, due_reason from source where active = 1")
    return [(id, to_instant(due), reason) for id, due, reason in rows]


def release(db: Database, latest: datetime) -> None:
    """Forget that domains asked for rest until after `latest`."""
    db.execute("delete from host where until > ?", [to_seconds(latest)])


def setting(db: Database, key: str) -> str | None:
    """What was kept under a name, None if nothing was."""
    row = db.execute("select value from setting where key = ?", [key]).fetchone()
    return row[0] if row else None


def set_setting(db: Database, key: str, value: str) -> None:
    """Keep a value under a name."""
    db.execute("insert into setting (key, value) values (?, ?) on conflict do update set value = excluded.value", [key, value])
