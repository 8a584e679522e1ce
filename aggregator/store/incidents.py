"""Incidents as stored, and what a source's rhythm is read from."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlite_utils import Database

from aggregator.model import Incident
from aggregator.store.instants import to_instant, to_seconds

HISTORY = 500
"""Resolved incidents that are kept, those that changed last. Open ones stay: forgotten, they would open again under a new id."""
_COLUMNS = "id, kind, subject, opened, updated, resolved, times, title, sentence, advice, cause, details"


def write(db: Database, rows: Iterable[Incident]) -> None:
    """Insert, or rewrite under the same id; then forget what is past HISTORY."""
    for row in rows:
        values = {name: getattr(row, name) for name in _COLUMNS.split(", ")}
        for name in ("opened", "updated", "resolved"):
            values[name] = to_seconds(values[name])
        values["details"] = json.dumps(dict(row.details), sort_keys=True)
        places = ", ".join(f":{name}" for name in values)
        db.execute(f"insert or replace into incident ({_COLUMNS}) values ({places})", values)
    db.execute(
        "delete from incident where resolved is not null and id not in"
        " (select id from incident where resolved is not null order by updated desc, id desc limit ?)",
        [HISTORY],
    )


def newest(db: Database, limit: int) -> list[Incident]:
    """Those that changed last, the latest first."""
    return list(_rows(db, "order by updated desc, id desc limit ?", [limit]))


def standing(db: Database) -> list[Incident]:
    """All that are open, the longest first."""
    return list(_rows(db, "where resolved is null order by opened, id", []))


def latest(db: Database, since: datetime) -> list[Incident]:
    """Those that are open, or were resolved at `since` or later: what a new finding may belong to. Oldest change first."""
    return list(_rows(db, "where resolved is null or resolved >= ? order by updated, id", [to_seconds(since)]))


def rename(db: Database, kinds: Iterable[str], old: str, new: str) -> None:
    """A source is called otherwise now; ids stay, and so does when its silence is looked at."""
    db.execute("update or replace rhythm set source_id = ? where source_id = ?", [new, old])
    db.conn.executemany("update incident set subject = ? where subject = ? and kind = ?", [(new, old, kind) for kind in kinds])


def _rows(db: Database, where: str, parameters: list[object]) -> Iterator[Incident]:
    for row in db.execute(f"select {_COLUMNS} from incident {where}", parameters):
        yield Incident(
            id=row[0],
            kind=row[1],
            subject=row[2],
            opened=to_instant(row[3]),
            updated=to_instant(row[4]),
            resolved=to_instant(row[5]),
            times=row[6],
            title=row[7],
            sentence=row[8],
            advice=row[9],
            cause=row[10],
            details=json.loads(row[11]),
        )


# ── rhythm ──────────────────────────────────────────────────────────────────────────────────────────────────


def posts(db: Database, source_id: str, limit: int) -> list[datetime]:
    """Effective dates of a source's items, each once, the latest first."""
    sql = "select distinct dated from item where source_id = ? order by dated desc limit ?"
    return [to_instant(dated) for (dated,) in db.execute(sql, [source_id, limit])]


def posts_before(db: Database, source_id: str, arrived: datetime) -> list[datetime]:
    """Effective dates of the items that arrived before an instant."""
    sql = "select dated from item where source_id = ? and first_seen < ?"
    return [to_instant(dated) for (dated,) in db.execute(sql, [source_id, to_seconds(arrived)])]


def arrivals(db: Database, source_id: str) -> list[tuple[datetime, int]]:
    """When items of a source arrived, and how many at that instant; oldest first."""
    sql = "select first_seen, count(*) from item where source_id = ? group by first_seen order by first_seen"
    return [(to_instant(seen), count) for seen, count in db.execute(sql, [source_id])]


def has_items(db: Database, source_id: str) -> bool:
    return db.execute("select 1 from item where source_id = ? limit 1", [source_id]).fetchone() is not None


def looks(db: Database) -> dict[str, datetime]:
    """Source → when its silence is looked at next."""
    return {source_id: to_instant(look) for source_id, look in db.execute("select source_id, look from rhythm")}


def look(db: Database, at: Mapping[str, datetime]) -> None:
    """Say when the silence of sources is looked at next."""
    db.conn.executemany(
        "insert or replace into rhythm (source_id, look) values (?, ?)", [(id, to_seconds(instant)) for id, instant in at.items()]
    )
