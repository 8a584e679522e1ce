"""What a server may send besides the body: a connection that counts bytes as they arrive, below the parser.

    bytes off the wire ─counted→ parser → head, body          more framing than body → Flood, and the connection is closed

Interim answers (100, 103), chunk extensions, one-byte chunks and trailers bring nothing to whoever reads the body, so that no
limit on header or body sees them: a flood of them keeps a core busy until the deadline, against 0.05 s with the count. Where a
connector keeps its factory, and what a handler calls its payload, is private to aiohttp (3.14.5); the tests of floods tell
when this no longer holds.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp.client_proto import ResponseHandler

SLACK = 256 * 1024
"""Bytes beside header and body that are borne in any answer."""
SHARE = 1.5
"""Bytes on the wire for each byte of the body that are borne above that: chunks of ten bytes pass, of five do not."""


class Flood(Exception):
    """More bytes came around the body than anybody needs."""


class Handler(ResponseHandler):
    """aiohttp's, with a count. `bound` is the number of bytes that are borne beside the body."""

    def __init__(self, loop: asyncio.AbstractEventLoop, bound: int) -> None:
        super().__init__(loop)
        self._bound = bound
        self._came = 0

    def set_response_params(self, **parameters: Any) -> None:
        """A new answer begins."""
        self._came = 0
        super().set_response_params(**parameters)

    def data_received(self, data: bytes) -> None:
        """Count, parse, and judge."""
        self._came += len(data)
        super().data_received(data)
        body = self._payload.total_bytes if self._payload is not None else 0
        if self._came > self._bound + SHARE * body and self.exception() is None:
            self._end(Flood(f"{self._came:,} bytes came for {body:,} of the body"))

    def _end(self, flood: Flood) -> None:
        self.set_exception(flood)
        if self._payload is not None:
            self._payload.set_exception(flood)
        if self.transport is not None:
            self.transport.abort()


def factory(headers: int) -> "Callable[[], Handler]":
    """What makes a connector's connections. `headers` is the limit on one header section, in bytes."""
    return partial(Handler, loop=asyncio.get_running_loop(), bound=headers + SLACK)
