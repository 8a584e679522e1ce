"""What the policies of a topic may be: words as people write them → values that the program works by.

    "last 20" → Backfill(count=20)      "daily 07:00 Europe/Berlin" → the same, checked

A validator raises ValueError with a text that completes "topic[2].backfill: …", as in `aggregator.config.types`.
"""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StrictStr, WithJsonSchema

from aggregator.config.types import positive_seconds
from aggregator.curate.periods import read
from aggregator.model import Backfill

_LAST = re.compile(r"last (\d{1,6})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def backfill(value: object) -> Backfill:
    """`"none"`, `"last 20"`, `"since 2026-01-31"` (its beginning in UTC) or `"since 30d"`."""
    if isinstance(value, Backfill):  # a default
        return value
    written = " ".join(value.split()) if isinstance(value, str) else ""
    if written == "none":
        return Backfill(count=0)
    if found := _LAST.fullmatch(written):
        return Backfill(count=int(found[1]))
    kind, _, since = written.partition(" ")
    if kind == "since" and _DATE.fullmatch(since):
        try:
            return Backfill(since=datetime.fromisoformat(since).replace(tzinfo=UTC))
        except ValueError as error:
            raise ValueError(f"must name a day of the calendar, not {since}") from error
    if kind == "since":
        try:
            return Backfill(age=positive_seconds(since))
        except ValueError as error:
            raise ValueError('must name a day, as in "since 2026-01-31", or a duration, as in "since 30d"') from error
    raise ValueError('must be "none", "last 20", "since 2026-01-31" or "since 30d"')


def digest(value: str) -> str:
    """`"daily 07:00 Europe/Berlin"`, with single blanks."""
    read(value)
    return " ".join(value.split())


_BACKFILL = r"^(none|last [0-9]{1,6}|since ([0-9]{4}-[0-9]{2}-[0-9]{2}|([0-9]+(\.[0-9]+)?[smhdw])+))$"

BackfillOf = Annotated[Backfill, BeforeValidator(backfill), WithJsonSchema({"type": "string", "pattern": _BACKFILL})]
DigestTimes = Annotated[
    StrictStr,
    AfterValidator(digest),
    WithJsonSchema({"type": "string", "pattern": "^(daily|weekly [A-Za-z]+) [0-9]{2}:[0-9]{2}( [^ ]+)?$"}),
]
