"""When a permanent redirect is believed: decisions over what was seen, and what to write into config.toml. Pure.

    301, 308 ─same target for 7 days → taken: the source is asked there, config.toml stays as it is
             ─http → https of one host → taken at once
             ─the old address answers 404 or 410 → taken at once
    taken    ─fails, while the configured address works → undone
             ─the configured address changes → forgotten (aggregator.store.sources.enter)

Only the unbroken row of permanent redirects at the start of a chain counts, and only one whose end was understood: a target
that the guard refuses, or that is no feed, fails the poll and never gets here. Waiting protects from the mistake of an
afternoon: of the aggregators, FreshRSS rewrites at once, Feedbin after the same chain was seen 576 times, others never.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.errors import AggregatorError, FetchError, HttpStatusError, SourceError
from aggregator.fetch.address import read
from aggregator.model import list_of
from aggregator.store.moves import Move

PATIENCE = timedelta(days=7)
GONE = frozenset({404, 410})
RESTING = frozenset({429, 503})


def asked(move: Move | None, address: str) -> str:
    """Where a source with this configured address is asked."""
    return move.overlay if move is not None and move.address == address and move.overlay is not None else address


def observed(move: Move | None, address: str, moved_to: str | None, now: datetime) -> Move | None:
    """What is known after an answer was understood. `moved_to` is where permanent redirects of the address asked led.

    The result's overlay differs from `move`'s if the source is asked elsewhere from now on. None: nothing is known of a move.
    """
    here = asked(move, address)
    known = move if move is not None and move.address == address else Move(address=address)
    if moved_to is None or _same(moved_to, here):
        settled = replace(known, candidate=None, since=None)
        return settled if settled.overlay is not None else None
    if known.candidate != moved_to or known.since is None or known.since > now:  # later than now: the clock was set back
        known = replace(known, candidate=moved_to, since=now)
    if is_upgrade(here, moved_to) or (known.since is not None and now - known.since >= PATIENCE):
        return taken(known, now)
    return known


def lost(move: Move | None, address: str, error: SourceError, now: datetime) -> Move | None:
    """The move to take at once because the address asked is gone (404, 410), None where there is no reason to take one."""
    if move is None or move.address != address or move.candidate is None or not isinstance(error, HttpStatusError):
        return None
    if error.status not in GONE or not _same(error.url, asked(move, address)):
        return None
    return taken(move, now)


def taken(move: Move, now: datetime) -> Move | None:
    """The candidate, asked from now on. None if it leads back to the configured address: then nothing is left to know."""
    if move.candidate is None or _same(move.candidate, move.address):
        return None
    return Move(address=move.address, overlay=move.candidate, taken=now)


def is_worth_asking_back(error: SourceError) -> bool:
    """Whether the configured address is tried because the overlay failed like this. Not where a host asked for rest."""
    return not (isinstance(error, HttpStatusError) and error.status in RESTING)


def asked_back(move: Move, moved_to: str | None, now: datetime) -> Move | None:
    """What is known after the overlay failed and its configured address was understood, or led elsewhere.

    If it still leads to the overlay, the move stands: the failure was a passing one.
    """
    if moved_to is not None and moved_to == move.overlay:
        return move
    return observed(None, move.address, moved_to, now)


def is_upgrade(old: str, new: str) -> bool:
    """http → https of the same host, on the default ports: whoever owns the name says it, and nothing can be lost by it."""
    try:
        here, there = read(old), read(new)
    except AggregatorError:
        return False
    schemes = (here.scheme, there.scheme) == ("http", "https")
    return schemes and here.host == there.host and here.is_default_port() and there.is_default_port()


def suggestion(source_id: str, overlay: str) -> str:
    """The edit of config.toml that makes the move final. Overlays were read by aggregator.fetch.address: no quoting is needed."""
    if (list_id := list_of(source_id)) is not None:
        return f'in the list "{list_id}", replace its address by {overlay}, or tell whoever keeps the list'
    return f'in config.toml, give the source "{source_id}" the line: url = "{overlay}"'


def _same(left: str, right: str) -> bool:
    try:
        return read(left) == read(right)
    except FetchError:
        return left == right
