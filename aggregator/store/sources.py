"""What the store remembers of sources: their schedule, the adapter's state, what they said of themselves."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlite_utils import Database

from aggregator.model import Attribution, Hints, State
from aggregator.store.instants import to_instant, to_seconds

_attribution = TypeAdapter(Attribution)
_hints = TypeAdapter(Hints)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A source as stored. `title` is the configured one; `attribution` is what the source last said of itself."""

    id: str
    kind: str
    address: str
    title: str | None
    signature: str
    state: State
    attribution: Attribution | None
    hints: Hints
    due: datetime | None
    due_reason: str | None
    last_poll: datetime | None
    last_result: str | None
    error: str | None
    reason: str | None
    failing_since: datetime | None
    failures: int
    gone_since: datetime | None
    overlay: str | None = None
    """Where it is asked instead of `address`, because it moved for good (aggregator.store.moves)."""

    @property
    def called(self) -> str:
        """What people call it: the configured title, else its own, else its id."""
        return self.title or (self.attribution.title if self.attribution and self.attribution.title else None) or self.id


BACKLOG = "backlog"
"""Why a source is due when it is: it waits for its turn after a pause."""


def load(db: Database, source_id: str) -> SourceRow | None:
    """One source, None if it was never configured."""
    return next(iter(_rows(db, "where id = ?", [source_id])), None)


def load_some(db: Database, ids: Iterable[str]) -> dict[str, SourceRow]:
    """Some sources by id, those that were never configured left out."""
    where = "where id in (select value from json_each(?)) order by id"
    return {row.id: row for row in _rows(db, where, [json.dumps(sorted(ids))])}


def load_all(db: Database) -> list[SourceRow]:
    """Every source ever configured, by id."""
    return list(_rows(db, "order by id", []))


class Entered(NamedTuple):
    """What the configuration said of a source when it was entered."""

    kind: str
    address: str
    title: str | None
    signature: str


def entered(db: Database) -> dict[str, Entered]:
    """Every source ever configured, by id, as it was entered last."""
    rows = db.execute("select id, kind, address, title, signature from source")
    return {id: Entered(kind, address, title, signature) for id, kind, address, title, signature in rows}


def enter(db: Database, *, id: str, kind: str, address: str, title: str | None, signature: str) -> bool:
    """Make a source known, or note what its configuration says now. A changed `signature` forgets validators,
    fingerprints and the adapter's state; a changed address is due at once, unless it is the one that a move led to already.

    Returns True if what is published of its items may look different (its title changed).
    """
    row = load(db, id)
    if row is None:
        db.execute(
            "insert into source (id, kind, address, title, signature) values (?, ?, ?, ?, ?)",
            [id, kind, address, title, signature],
        )
        return False
    if row.signature != signature:
        for table in ("resource", "sighting"):
            db.execute(f"delete from {table} where source_id = ?", [id])
        db.execute("update source set state = '{}', signature = ? where id = ?", [signature, id])
    if row.address != address:
        db.execute("delete from move where source_id = ?", [id])
        if row.overlay != address:
            db.execute("update source set due = null, due_reason = null where id = ?", [id])
    db.execute("update source set kind = ?, address = ?, title = ? where id = ?", [kind, address, title, id])
    return row.title != title


def activate(db: Database, ids: Iterable[str]) -> set[str]:
    """Say which sources are polled from now on. The others stay as they are, with their items. Returns those polled so far."""
    before, wanted = active(db), set(ids)
    db.conn.executemany("update source set active = 0 where id = ?", [(source_id,) for source_id in before - wanted])
    db.conn.executemany("update source set active = 1 where id = ?", [(source_id,) for source_id in wanted - before])
    return before


def drop_empty(db: Database, ids: Iterable[str]) -> None:
    """Forget those of these sources that never brought an item: nobody would miss them."""
    sql = (
        "select value from json_each(?) where not exists (select 1 from item where source_id = value)"
        " and not exists (select 1 from sighting where source_id = value)"
    )
    empty = db.execute(sql, [json.dumps(sorted(ids))]).fetchall()
    for table in ("resource", "ambiguous", "move", "rhythm"):
        db.conn.executemany(f"delete from {table} where source_id = ?", empty)
    db.conn.executemany("delete from source where id = ?", empty)


def wake(db: Database, source_id: str) -> None:
    """Let a source be polled again, at once."""
    db.execute("update source set active = 1, due = null, due_reason = null where id = ?", [source_id])


def active(db: Database) -> set[str]:
    """Ids of the sources that are polled, by the configuration that was in force last."""
    return {source_id for (source_id,) in db.execute("select id from source where active = 1")}


def rename(db: Database, old: str, new: str) -> bool:
    """Let `new` take over the state and items of `old`. False if there is nothing to take, or `new` is in use.

    A source that had the id `new` before, and is not polled any more, steps aside with its items.
    """
    if load(db, old) is None:
        return False
    if load(db, new) is not None:
        if db.execute("select 1 from source where id = ? and active = 1", [new]).fetchone():
            return False
        taken = {row.id for row in load_all(db)}
        _move(db, new, next(name for number in count(1) if (name := f"{new}~{number}") not in taken))
    _move(db, old, new)
    return True


def _move(db: Database, old: str, new: str) -> None:
    db.execute("update source set id = ? where id = ?", [new, old])
    for table in ("resource", "sighting", "ambiguous", "move", "item"):
        db.execute(f"update {table} set source_id = ? where source_id = ?", [new, old])
    db.execute("update takedown set subject = ? where kind = 'source' and subject = ?", [new, old])
    db.execute("update subscription set list = ? where list = ?", [new, old])


def due(db: Database, now: datetime, limit: int) -> list[str]:
    """Ids of active sources that are due: never polled ones, at most half of what there is room for if others want it, then
    the longest waiting."""
    # apart: a condition on both would look through all sources
    sql = "select id from source where active = 1 and due is null limit ?"
    new = [source_id for (source_id,) in db.execute(sql, [limit])]
    sql = "select id from source where active = 1 and due <= ? order by due limit ?"
    waiting = [source_id for (source_id,) in db.execute(sql, [to_seconds(now), limit])]
    new = new[: max(limit // 2, limit - len(waiting))]
    return new + waiting[: limit - len(new)]


def count_due(db: Database, now: datetime) -> int:
    """How many active sources are due."""
    never = "select count(*) from source where active = 1 and due is null"
    sql = f"select ({never}) + (select count(*) from source where active = 1 and due <= ?)"
    return int(db.execute(sql, [to_seconds(now)]).fetchone()[0])


def schedule(db: Database, source_id: str, due: datetime, reason: str) -> None:
    """Say when a source is polled next. Called before a fetch, too, so that neither restart nor kill polls early."""
    schedule_all(db, [source_id], due, reason)


def schedule_all(db: Database, ids: Iterable[str], due: datetime, reason: str) -> None:
    """The same for several."""
    sql = "update source set due = ?, due_reason = ? where id in (select value from json_each(?))"
    db.execute(sql, [to_seconds(due), reason, json.dumps(sorted(ids))])


def awake(db: Database, ids: Iterable[str], now: datetime) -> None:
    """Let these be due now, whatever their plan was."""
    db.conn.executemany("update source set due = ? where id = ?", [(to_seconds(now), source_id) for source_id in ids])


class Succeeded(NamedTuple):
    """A poll that worked (`ok` or `not-modified`), and when the next one is."""

    id: str
    result: str
    due: datetime
    due_reason: str


def succeeded(db: Database, polls: Iterable[Succeeded], now: datetime) -> None:
    """Note polls that worked: whatever was wrong is over."""
    db.conn.executemany(
        "update source set last_poll = ?, last_result = ?, due = ?, due_reason = ?, error = null, reason = null,"
        " failing_since = null, failures = 0, gone_since = null where id = ?",
        [(to_seconds(now), result, to_seconds(due), reason, id) for id, result, due, reason in polls],
    )


def failed(db: Database, source_id: str, *, now: datetime, error: str, reason: str, gone: bool, failures: int) -> None:
    """Note a poll that failed, the `failures`th in a row. `gone` marks the first of two answers 410."""
    db.execute(
        "update source set last_poll = ?1, last_result = 'failed', error = ?2, reason = ?3, failures = ?6,"
        " failing_since = coalesce(failing_since, ?1), gone_since = case when ?4 then coalesce(gone_since, ?1) end where id = ?5",
        [to_seconds(now), error, reason, gone, source_id, failures],
    )


def excuse(db: Database, source_id: str, due: datetime, *, error: str, reason: str) -> None:
    """Take the last failure back, because it was not the source's: it is not counted, and the next poll is soon."""
    db.execute(
        "update source set failures = max(failures - 1, 0), error = ?, reason = ?, due = ?, due_reason = 'backoff' where id = ?",
        [error, reason, to_seconds(due), source_id],
    )


def remember(db: Database, source_id: str, *, state: State | None, attribution: Attribution | None, hints: Hints | None) -> None:
    """Keep what a poll learned; None leaves what was there."""
    changes: dict[str, Any] = {}
    if state is not None:
        changes["state"] = json.dumps(state, sort_keys=True)
    if attribution is not None:
        changes["attribution"] = _attribution.dump_json(attribution, exclude_defaults=True).decode()
    if hints is not None:
        changes["hints"] = _hints.dump_json(hints, exclude_defaults=True).decode()
    if changes:
        sets = ", ".join(f"{column} = :{column}" for column in changes)
        db.execute(f"update source set {sets} where id = :id", {**changes, "id": source_id})


@lru_cache(4096)
def _said(text: str) -> Attribution:
    """Remembered: a publication asks for the source of each entry."""
    return _attribution.validate_json(text)


@lru_cache(4096)
def _hinted(text: str) -> Hints:
    return _hints.validate_json(text)


def _rows(db: Database, where: str, parameters: list[object]) -> Iterable[SourceRow]:
    sql = (
        "select id, kind, address, title, signature, state, attribution, hints, due, due_reason, last_poll, last_result, error,"
        f" reason, failing_since, failures, gone_since, (select overlay from move where source_id = id) from source {where}"
    )
    for row in db.execute(sql, parameters):
        yield SourceRow(
            id=row[0],
            kind=row[1],
            address=row[2],
            title=row[3],
            signature=row[4],
            state=json.loads(row[5]),
            attribution=None if row[6] is None else _said(row[6]),
            hints=Hints() if row[7] is None else _hinted(row[7]),
            due=to_instant(row[8]),
            due_reason=row[9],
            last_poll=to_instant(row[10]),
            last_result=row[11],
            error=row[12],
            reason=row[13],
            failing_since=to_instant(row[14]),
            failures=row[15],
            gone_since=to_instant(row[16]),
            overlay=row[17],
        )
