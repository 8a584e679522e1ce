"""Politeness: how often, and how many at a time, one host is asked.

    gate = Gate(parallel=1, gap=1.0)
    async with gate.turn("feeds.example.org"): …     # waits its turn, first come first served
    gate.close("feeds.example.org")                  # it asked for rest: whoever waits gets Resting

A host's budget is shared by everything under its registrable domain: `a.example.org` and `b.example.org` are one operator's
machines. One redirect hop is one turn, so nobody holds one host's turn while waiting for another's.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from aggregator.errors import FetchError
from aggregator.fetch.address import literal

_KNOWN = 0.1
"""Seconds in which it may not have got around that a host wants rest."""
_SWEEP = 1024
"""Lanes kept before idle ones are let go."""


class Gate:
    """`parallel` requests at a time per registrable domain, each at least `gap` seconds after the last one began and after the
    last one ended: one that began late at the host (a connection that took its time) is not followed too closely, either."""

    def __init__(self, *, parallel: int = 1, gap: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._parallel = parallel
        self._gap = gap
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, host: str, begun: float | None = None) -> AsyncIterator[None]:
        """Hold one of the host's turns; waits until there is one. Raises Resting if the host asked for rest since `begun`.

        `begun` is when the caller made up its mind, by the gate's clock; None is now.
        """
        begun = self._clock() if begun is None else begun
        lane = self._lane(registrable_domain(host))
        lane.users += 1
        try:
            async with lane.turns:
                async with lane.pace:
                    while begun > lane.closed and (wait := lane.next_start - self._clock()) > 0:
                        await asyncio.sleep(wait)
                    if begun <= lane.closed:
                        raise Resting
                    lane.next_start = self._clock() + self._gap  # from the true start: sleeping always takes a little longer
                try:
                    yield
                finally:
                    lane.next_start = self._clock() + self._gap
        finally:
            lane.users -= 1

    def close(self, host: str) -> None:
        """Turn away whoever waits. How long a host is left alone is not the gate's business: who comes later knows."""
        self._lane(registrable_domain(host)).closed = self._clock() + _KNOWN

    def _lane(self, domain: str) -> "_Lane":
        lane = self._lanes.get(domain)
        if lane is None:
            if len(self._lanes) >= _SWEEP:
                now = self._clock()
                self._lanes = {name: lane for name, lane in self._lanes.items() if lane.is_needed(now)}
            lane = self._lanes[domain] = _Lane(self._parallel)
        return lane


class Resting(Exception):
    """The host wants to be left alone."""


class _Lane:
    __slots__ = ("closed", "next_start", "pace", "turns", "users")

    def __init__(self, parallel: int) -> None:
        self.turns = asyncio.Semaphore(parallel)
        self.pace = asyncio.Lock()
        self.next_start = float("-inf")
        self.closed = float("-inf")
        """Who made up his mind until then is not let through."""
        self.users = 0

    def is_needed(self, now: float) -> bool:
        return self.users > 0 or max(self.next_start, self.closed) > now


@lru_cache(4096)
def registrable_domain(host: str) -> str:
    """`example.co.uk` for `a.b.example.co.uk`, by the public suffix list; an IP address or a bare suffix is its own."""
    name = host.casefold().rstrip(".")
    try:
        if ":" in name or literal(name or "-") is not None:
            return name
    except FetchError:  # an address in disguise: it is not asked, but errors that name it are sorted by domain, too
        return name
    return str(_suffixes().privatesuffix(name) or name)


@cache
def _suffixes() -> PublicSuffixList:
    """Read once (40 ms), and only by a process that fetches."""
    return PublicSuffixList()
