"""Carries a decided move out: a source as it is asked now, and the store in line with where it is asked next.

applied(source, move) → the source at its overlay
settle(db, …)         → the move kept; validators and fingerprints under the address that is asked next
"""

from dataclasses import replace

from sqlite_utils import Database

from aggregator.model import Source
from aggregator.pipeline.polls.moved import asked
from aggregator.store import moves
from aggregator.store.moves import Move


def applied(source: Source, move: Move | None) -> Source:
    """The source at the address where it is asked; itself if it has none (a folder) or did not move."""
    here = source.url if source.url is None else asked(move, source.url)
    return source if here == source.url else replace(source, url=here)


def settle(db: Database, source: Source, *, before: Move | None, after: Move | None, at: str) -> bool:
    """Keep `after` in place of `before`, for a source as configured that was asked at `at` last.

    Returns True if it is asked at another address from now on.
    """
    if source.url is None:
        return False
    if before != after:
        moves.save(db, source.id, after)
    following = asked(after, source.url)
    if following != at:
        moves.carry_over(db, source.id, at, following)
    return following != asked(before, source.url)
