"""How much of what strangers send is in memory at once, whatever they send.

    with room.seat() as seat:              # one for each answer, until whoever asked for it is done with it
        await seat.hold(size)              # as it grows: returns at once up to SMALL, then waits for one of LARGE places

Whoever has a place never waits for another thing that is scarce before he gives it back, so nobody waits for ever. With 64 polls
at once, bodies come to 64 × SMALL + LARGE × 10 MB = 144 MB at most, rather than 640.
"""

import asyncio
from typing import Self

SMALL = 1_000_000
"""Bytes that need no place. Of 2,954 documents collected for tests, the largest has 0.7 MB."""
LARGE = 8
"""Places for larger ones."""


class Room:
    """The places of one program."""

    def __init__(self, large: int = LARGE, small: int = SMALL) -> None:
        self._places = asyncio.Semaphore(large)
        self._small = small

    def seat(self) -> "Seat":
        """Room for one answer. Use as a context manager: it is given back at the end, however that comes."""
        return Seat(self._places, self._small)


class Seat:
    """What one answer takes up."""

    def __init__(self, places: asyncio.Semaphore, small: int) -> None:
        self._places = places
        self._small = small
        self._placed = False

    def fits(self, size: int) -> bool:
        """Whether `hold` would return at once."""
        return self._placed or size <= self._small or not self._places.locked()

    async def hold(self, size: int) -> None:
        """The answer has so many bytes now; waits while there is no room for one that large."""
        if not self._placed and size > self._small:
            await self._places.acquire()
            self._placed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._placed:
            self._placed = False
            self._places.release()
