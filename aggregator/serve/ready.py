"""The short way for requests that were answered before: the same bytes in, the same bytes out, as long as the shelf is the same.

    bytes of a request head ─known→ answer's bytes with the date of now
                            ─else→  uvicorn and h11, whose strict reading decides; then it is known

A client sends the same head each time it asks, so most requests of a busy hour are told apart by one look into a table: no
parsing, no task, no routing. What is answered so is what lies on the shelf, to plain requests alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import h11
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from aggregator.serve.resource import Headers

KNOWN = 4096
"""Request heads remembered: at LONGEST bytes each, 8 MiB."""
LONGEST = 2048
"""Bytes of a head that is remembered: readers send 150 to 500, browsers up to 1,000."""
_END = b"\r\n\r\n"
_LINES = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets: its status (200 or 304), the headers but for Date, and the body."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class _Prepared:
    status: int
    head: bytes
    body: bytes


Find = Callable[[Scope], Answer | None]
"""The answer to a plain GET or HEAD, None if it is not one that may be remembered."""


class Ready:
    """Answers by the bytes of the request. `state` is whatever they depend on: another object, and all are forgotten."""

    def __init__(self, find: Find, state: Callable[[], object], answered: Callable[[int], None]) -> None:
        self._find = find
        self._state = state
        self._answered = answered
        self._of: object = None
        self._known: dict[bytes, _Prepared] = {}

    def get(self, head: bytes, date: bytes) -> tuple[bytes, bytes] | None:
        """Head and body of the answer, if this request is known. `date` is the header line of now."""
        if self._state() is not self._of:
            self._of = self._state()
            self._known.clear()
            return None
        prepared = self._known.get(head)
        if prepared is None:
            return None
        self._answered(prepared.status)
        return _LINES[prepared.status] + date + prepared.head, prepared.body

    def learn(self, head: bytes, scope: Scope) -> None:
        """Remember what this request, which was read as `scope`, is answered; the oldest is forgotten for it."""
        answer = self._find(scope)
        if answer is None or answer.status not in _LINES:
            return
        while len(self._known) >= KNOWN:
            del self._known[next(iter(self._known))]
        lines = b"".join(b"%s: %s\r\n" % header for header in answer.headers)
        self._known[head] = _Prepared(answer.status, lines + b"\r\n", answer.body)


class ReadyProtocol(H11Protocol):
    """uvicorn's protocol behind the short way. `ready` gives the one in force."""

    def __init__(self, *arguments: Any, ready: Callable[[], Ready | None], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._ready = ready
        self._date: tuple[object, bytes] = (None, b"")
        self.quick = 0
        """Requests answered the short way."""

    def data_received(self, data: bytes) -> None:
        ready = self._ready()
        if ready is None or not self._is_idle() or not _is_plain(data):
            super().data_received(data)
            return
        found = ready.get(data, self._date_line())
        if found is None:
            super().data_received(data)
            if self.scope is not None and self._is_read():
                ready.learn(data, dict(self.scope))
            return
        self._unset_keepalive_if_required()  # the server's sweep ends what stays idle
        self.quick += 1
        self.server_state.total_requests += 1
        self.transport.writelines(found)

    def rest(self) -> bool:
        """Close the connection if it is idle, and say whether it was."""
        idle = self._is_idle()
        if idle:
            self.timeout_keep_alive_handler()
        return idle

    def _is_idle(self) -> bool:
        """Nothing under way, nothing half received, nothing that the client has not taken yet."""
        connection = self.conn
        return (
            connection.our_state is h11.IDLE
            and connection.their_state is h11.IDLE
            and not connection.trailing_data[0]
            and not self.transport.is_closing()
            and self.transport.get_write_buffer_size() == 0
            and (self.limit_concurrency is None or len(self.connections) < self.limit_concurrency)
        )

    def _is_read(self) -> bool:
        """Whether what just came was one request, well-formed and whole, and leaves the connection open.

        One: h11 ends a head at bare line feeds, too, and what follows them in the same bytes is the next request.
        """
        connection = self.conn
        is_whole = connection.their_state is h11.DONE and connection.our_state is h11.SEND_RESPONSE
        return is_whole and not connection.trailing_data[0]

    def _date_line(self) -> bytes:
        """uvicorn makes these headers anew each second."""
        headers = self.server_state.default_headers
        if self._date[0] is not headers:
            self._date = headers, b"".join(b"%s: %s\r\n" % header for header in headers)
        return self._date[1]


def _is_plain(data: bytes) -> bool:
    """Whether these bytes may be one whole request without a body. h11 has the last word, once."""
    return len(data) <= LONGEST and data.endswith(_END) and data.find(_END) == len(data) - 4 and data[:1] in b"GH"
