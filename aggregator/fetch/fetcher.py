"""One door to everything that can be fetched: http(s) addresses, files and folders.

async with Fetcher(user_agent=…, roots=…, host_gap=None, host_parallel=None) as fetcher:
    async for answer in fetcher.fetch(request):      # Document | FetchError; http(s) gives exactly one
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator.errors import FetchError
from aggregator.fetch.disk import Disk, batches
from aggregator.fetch.gate import Gate
from aggregator.fetch.guard import Lookup, system_lookup
from aggregator.fetch.http import HttpFetcher
from aggregator.fetch.limits import Limits
from aggregator.fetch.room import SMALL, Room, Seat
from aggregator.model import Document, Request


class Fetcher:
    """Fetches requests, politely and guarded. Make it inside a running loop's program; close it there."""

    def __init__(
        self,
        *,
        user_agent: str,
        roots: Sequence[Path] = (),
        host_gap: float | None = None,
        host_parallel: int | None = None,
        limits: Limits | None = None,
        lookup: Lookup = system_lookup,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
    ) -> None:
        """`ssl_context` holds other authorities than the system's (None: those); it is never one that verifies nothing.

        `host_gap` in seconds (None: 1) and `host_parallel` (None: 1): if either is given, private hosts have a budget too.
        `proxy` is an http(s) address, `env` for those that the environment names, or None.
        """
        self._limits = limits = limits or Limits()
        self._room = Room()
        self._disk = Disk(roots, limits)
        self._http = HttpFetcher(
            user_agent=user_agent,
            gate=Gate(parallel=1 if host_parallel is None else host_parallel, gap=1.0 if host_gap is None else host_gap),
            gate_private=host_gap is not None or host_parallel is not None,
            limits=limits,
            lookup=lookup,
            ssl_context=ssl_context,
            proxy=proxy,
        )

    async def fetch(self, request: Request) -> AsyncGenerator[Document | FetchError]:
        """What came, or why it did not. FetchErrors are yielded, never raised.

        What was yielded counts as being in memory until the next answer is asked for: use it before that, and close this
        generator (contextlib.aclosing) where not all of it is wanted.
        """
        if request.url[:5].lower() != "file:":
            with self._room.seat() as seat:
                yield await self._asked(request, seat)
            return
        try:
            paths = await asyncio.to_thread(self._disk.walk, request)
        except FetchError as error:
            yield error
            return
        pending = batches(self._disk, request, paths, SMALL)
        while True:
            with self._room.seat() as seat:
                await seat.hold(SMALL + self._limits.decoded)  # what a batch may come to: its last file may be a large one
                batch = await asyncio.to_thread(next, pending, None)
                if batch is None:
                    return
                for answer in batch:
                    yield answer

    def rest(self, host: str) -> None:
        """This host's domain wants rest: requests under way that wait for its turn fail with reason `host-rests`."""
        self._http.rest(host)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def _asked(self, request: Request, seat: Seat) -> Document | FetchError:
        try:
            return await self._http.fetch(request, seat)
        except FetchError as error:
            return error
