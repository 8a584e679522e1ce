"""What is known of sources that moved for good: an address being watched, and the one that is asked instead of the configured.

configured address ─301, 308→ candidate (since when) ─taken→ overlay
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A source on its way. `address` is the configured one; the configuration itself is never changed."""

    address: str
    overlay: str | None = None
    """Where the source is asked instead; None while it is asked at `address`."""
    taken: datetime | None = None
    """Since when."""
    candidate: str | None = None
    """Where permanent redirects of the address that is asked lead, if they lead elsewhere."""
    since: datetime | None = None
    """Since when they lead there, without a break."""


def load(db: Database, source_id: str) -> Move | None:
    """The move of one source, None if there is none."""
    return _moves(db, "where source_id = ?", [source_id]).get(source_id)


def load_some(db: Database, ids: Iterable[str]) -> dict[str, Move]:
    """Source id → move, of those of these that have one."""
    return _moves(db, "where source_id in (select value from json_each(?))", [json.dumps(sorted(ids))])


def taken(db: Database) -> Mapping[str, Move]:
    """Source id → move, of those that are asked elsewhere than at their configured address."""
    return _moves(db, "where overlay is not null order by source_id", [])


def save(db: Database, source_id: str, move: Move | None) -> None:
    """Keep the move of a source in place of what was known; None forgets it."""
    if move is None:
        db.execute("delete from move where source_id = ?", [source_id])
        return
    db.execute(
        "insert or replace into move (source_id, address, overlay, taken, candidate, since) values (?, ?, ?, ?, ?, ?)",
        [source_id, move.address, move.overlay, to_seconds(move.taken), move.candidate, to_seconds(move.since)],
    )


def carry_over(db: Database, source_id: str, old: str, new: str) -> None:
    """Let `new` inherit what `old` answered and held, so that the first question to it is a conditional one, too."""
    for table in ("resource", "sighting"):
        db.execute(f"update or replace {table} set url = ? where source_id = ? and url = ?", [new, source_id, old])


def _moves(db: Database, where: str, parameters: list[object]) -> dict[str, Move]:
    rows = db.execute(f"select source_id, address, overlay, taken, candidate, since from move {where}", parameters)
    return {
        id: Move(address=address, overlay=overlay, taken=to_instant(taken), candidate=candidate, since=to_instant(since))
        for id, address, overlay, taken, candidate, since in rows
    }
