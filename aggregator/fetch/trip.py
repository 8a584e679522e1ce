"""What one fetch carries from hop to hop: the time that is left, where it has been, what it may still send.

trip = Trip(request, first, limits, seat)
await trip.within(work, url)      in what is left of the time; within it, await trip.hold(size)
trip.follow(redirect)             or FetchError: circle, too long a chain, step down to http
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from yarl import URL

from aggregator.errors import FetchError
from aggregator.fetch.address import read
from aggregator.fetch.limits import Limits
from aggregator.fetch.room import Seat
from aggregator.model import Request

Result = TypeVar("Result")

_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Redirect:
    """An answer that points elsewhere."""

    status: int
    url: URL


class Trip:
    """What one fetch carries from hop to hop."""

    def __init__(self, request: Request, first: URL, limits: Limits, seat: Seat) -> None:
        self.request = request
        self.seat = seat
        self.moved: URL | None = None
        self.begun = time.monotonic()
        self._first = first
        self._owner = first if request.validators_of in (None, request.url) else _read_or_none(request.validators_of or "")
        self._limits = limits
        self._left = limits.total
        self._timer: asyncio.Timeout | None = None
        self._seen = [first]
        self._permanent = True

    async def within(self, work: Awaitable[Result], url: URL) -> Result:
        """Await `work` in what is left of the fetch's time."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._left)) as self._timer:
                return await work
        except TimeoutError as error:
            raise FetchError(
                f"{url.host} did not answer in full within {self._limits.total:g} s; that may pass by itself",
                url=str(url),
                reason="timeout",
            ) from error
        finally:
            self._left -= time.monotonic() - started

    async def hold(self, size: int) -> None:
        """The body has so many bytes; waiting for room is not the server's fault, and not counted."""
        timer = self._timer
        deadline = timer.when() if timer is not None else None
        if timer is None or deadline is None or self.seat.fits(size):
            await self.seat.hold(size)
            return
        started = time.monotonic()
        timer.reschedule(None)
        try:
            await self.seat.hold(size)
        finally:
            waited = time.monotonic() - started
            timer.reschedule(deadline + waited)
            self._left += waited

    def follow(self, redirect: Redirect) -> None:
        """Take a redirect, or raise FetchError for a circle, a chain that is too long, or a step down from https to http."""
        here, there = self._seen[-1], redirect.url
        if here.scheme == "https" and there.scheme == "http":
            problem = f"{here.host} redirects from https to http, which is refused; ask its operator"
        elif there in self._seen:
            problem = f"{here.host} redirects in a circle; ask its operator"
        elif len(self._seen) > self._limits.redirects:
            problem = f"{self._first.host} redirects more than {self._limits.redirects} times; use the address at the chain's end"
        else:
            self._seen.append(there)
            self._permanent = self._permanent and redirect.status in _PERMANENT
            if self._permanent:
                self.moved = there
            return
        raise FetchError(problem, url=str(here), reason="redirect")

    def conditional(self, url: URL) -> bool:
        """True where validators are sent: to the address whose answer they are, and to no other."""
        return url == self._owner and (self.request.etag is not None or self.request.last_modified is not None)

    def keeps_headers(self, url: URL) -> bool:
        """True where the source's own headers are sent: to its origin, or the same host's default https port."""
        return shares_origin(self._first, url)


def shares_origin(first: URL, url: URL) -> bool:
    """Whether what was meant for `first` may be sent to `url`: one origin, or the same host's default https port."""
    upgraded = first.scheme == "http" and url.scheme == "https" and first.is_default_port() and url.is_default_port()
    return url.origin() == first.origin() or (upgraded and url.host == first.host)


def _read_or_none(text: str) -> URL | None:
    try:
        return read(text)
    except FetchError:
        return None
