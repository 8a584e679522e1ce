"""What the store knows of the hosts of sources: which domains asked for rest, who was asked there lately, who waits for it.

A domain is a registrable one, such as `example.org`; what its sources have in common is decided in pipeline.polls.cooling.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds

_ASKED = "coalesce((select overlay from move where source_id = id), address)"
"""Where a source is asked now."""


def rest(db: Database, domain: str, until: datetime, reason: str) -> None:
    """A registrable domain asked for rest."""
    db.execute(
        "insert into host (domain, until, reason) values (?, ?, ?) on conflict do update set"
        " until = max(until, excluded.until), reason = excluded.reason",
        [domain, to_seconds(until), reason],
    )


def resting(db: Database, now: datetime) -> dict[str, datetime]:
    """Registrable domains that are not to be asked before a certain time."""
    rows = db.execute("select domain, until from host where until > ?", [to_seconds(now)])
    return {domain: to_instant(until) for domain, until in rows}


def rests_until(db: Database, domain: str | None, now: datetime) -> datetime | None:
    """Until when a registrable domain is not to be asked; None if it may be, or if there is none (a folder)."""
    if domain is None:
        return None
    row = db.execute("select until from host where domain = ? and until > ?", [domain, to_seconds(now)]).fetchone()
    return to_instant(row[0]) if row else None


def answers(db: Database) -> Iterator[tuple[str, datetime]]:
    """Address asked and time of each source's last poll, where somebody answered, newest first. Not those that read from disk."""
    rows = db.execute(
        f"select {_ASKED}, last_poll from source where last_poll is not null and address like 'http%'"
        " and (last_result <> 'failed' or reason like 'http-%') order by last_poll desc"
    )
    return ((address, to_instant(at)) for address, at in rows)


def polled_since(db: Database, since: datetime, domain: str) -> list[tuple[str, str, datetime, str | None]]:
    """Id, address asked, time and error's reason of sources polled since then whose address holds `domain` somewhere."""
    rows = db.execute(
        f"select id, {_ASKED}, last_poll, reason from source where active = 1 and last_poll >= ?"
        f" and instr(lower({_ASKED}), ?) > 0",
        [to_seconds(since), _needle(domain)],
    )
    return [(id, address, to_instant(at), reason) for id, address, at, reason in rows]


def known_at(db: Database, domain: str) -> list[tuple[str, str]]:
    """Id and address asked of active sources that gave a document once, and whose address holds `domain` somewhere."""
    rows = db.execute(
        f"select id, {_ASKED} from source where active = 1 and instr(lower({_ASKED}), ?) > 0"
        " and exists (select 1 from resource where source_id = id and digest is not null)",
        [_needle(domain)],
    )
    return rows.fetchall()


def due_before(db: Database, until: datetime, domain: str) -> list[tuple[str, str]]:
    """Id and address asked of active sources due before then whose address holds `domain` somewhere, longest waiting first."""
    rows = db.execute(
        f"select id, {_ASKED} from source where active = 1 and (due is null or due < ?) and instr(lower({_ASKED}), ?) > 0"
        " order by due, id",
        [to_seconds(until), _needle(domain)],
    )
    return rows.fetchall()


def _needle(domain: str) -> str:
    """What the addresses of a domain hold for sure: of an internationalized one nothing, it may be written in letters."""
    return "" if "xn--" in domain else domain
