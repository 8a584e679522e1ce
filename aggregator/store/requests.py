"""What commands ask of a running daemon: a row each, answered by the daemon, read by the command that waits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from aggregator.store.instants import to_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command to carry out: its name (`once`, `poll`) and its arguments."""

    pk: int
    command: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of it: a JSON value, or a sentence about why it failed."""

    value: Any
    error: str | None


def ask(db: Database, command: str, arguments: Mapping[str, object], now: datetime) -> int:
    """Leave a request. Returns its number."""
    cursor = db.execute(
        "insert into request (command, arguments, asked) values (?, ?, ?)", [command, json.dumps(arguments), to_seconds(now)]
    )
    return int(cursor.lastrowid or 0)


def pending(db: Database) -> list[Asked]:
    """Requests without an answer, oldest first."""
    sql = "select pk, command, arguments from request where answered is null order by pk"
    return [Asked(pk=pk, command=command, arguments=json.loads(arguments)) for pk, command, arguments in db.execute(sql)]


def answer(db: Database, pk: int, now: datetime, *, value: object = None, error: str | None = None) -> None:
    """Answer a request, and forget all but the last hundred."""
    db.execute(
        "update request set answered = ?, answer = ?, error = ? where pk = ?", [to_seconds(now), json.dumps(value), error, pk]
    )
    db.execute("delete from request where answered is not null and pk <= ?", [pk - 100])


def answered(db: Database, pk: int) -> Answer | None:
    """The answer to a request, None while there is none."""
    row = db.execute("select answer, error from request where pk = ? and answered is not null", [pk]).fetchone()
    return None if row is None else Answer(value=json.loads(row[0]), error=row[1])


def withdraw(db: Database, pk: int) -> None:
    """Take a request back that nobody will answer."""
    db.execute("delete from request where pk = ? and answered is null", [pk])
