"""Politeness: how often, and how many at a time, one host is asked.

    gate = Gate(parallel=1, gap=1.0)
    async with gate.turn("feeds.example.org"): …     # waits its turn, first come first served
    gate.close("feeds.example.org", 3600)            # it asked for rest: whoever waits gets Resting, and so do all for an hour

A host's budget is shared by everything under its registrable domain: `a.example.org` and `b.example.org` are one operator's
machines. One redirect hop is one turn, so nobody holds one host's turn while waiting for another's.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

from publicsuffixlist import PublicSuffixList

from aggregator.fetch.address import literal

_SWEEP = 1024
"""Lanes kept before idle ones are let go."""


class Gate:
    """`parallel` requests at a time and `gap` seconds between the starts of two, per registrable domain."""

    def __init__(self, *, parallel: int = 1, gap: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._parallel = parallel
        self._gap = gap
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Hold one of the host's turns; waits until there is one. Raises Resting if the host asked for rest meanwhile."""
        lane = self._lane(registrable_domain(host))
        lane.users += 1
        try:
            async with lane.turns:
                async with lane.pace:
                    while lane.opens <= self._clock() and (wait := lane.next_start - self._clock()) > 0:
                        await asyncio.sleep(wait)
                    if lane.opens > self._clock():
                        raise Resting(lane.opens - self._clock())
                    lane.next_start = self._clock() + self._gap  # from the true start: sleeping always takes a little longer
                yield
        finally:
            lane.users -= 1

    def close(self, host: str, seconds: float) -> None:
        """Let nobody through for this long, or longer if that was asked for before."""
        lane = self._lane(registrable_domain(host))
        lane.opens = max(lane.opens, self._clock() + seconds)

    def open(self, host: str) -> None:
        """Let people through again: the operator insists."""
        self._lane(registrable_domain(host)).opens = float("-inf")

    def _lane(self, domain: str) -> "_Lane":
        lane = self._lanes.get(domain)
        if lane is None:
            if len(self._lanes) >= _SWEEP:
                now = self._clock()
                self._lanes = {name: lane for name, lane in self._lanes.items() if lane.is_needed(now)}
            lane = self._lanes[domain] = _Lane(self._parallel)
        return lane


class Resting(Exception):
    """The host wants to be left alone for `seconds` more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class _Lane:
    __slots__ = ("next_start", "opens", "pace", "turns", "users")

    def __init__(self, parallel: int) -> None:
        self.turns = asyncio.Semaphore(parallel)
        self.pace = asyncio.Lock()
        self.next_start = float("-inf")
        self.opens = float("-inf")
        self.users = 0

    def is_needed(self, now: float) -> bool:
        return self.users > 0 or max(self.next_start, self.opens) > now


def registrable_domain(host: str) -> str:
    """`example.co.uk` for `a.b.example.co.uk`, by the public suffix list; an IP address or a bare suffix is its own."""
    name = host.casefold().rstrip(".")
    if ":" in name or literal(name or "-") is not None:
        return name
    return str(_suffixes().privatesuffix(name) or name)


@cache
def _suffixes() -> PublicSuffixList:
    """Read once (40 ms), and only by a process that fetches."""
    return PublicSuffixList()
