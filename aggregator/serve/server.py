"""The HTTP server inside the daemon's event loop: uvicorn without its signal handlers, its exits and its patience.

    start → listening (the port is known) → swap the app at a reload → stop within five seconds

uvicorn closes idle connections only between requests. Whoever sends a request byte by byte, or does not read the answer, would
hold a connection for ever: `_sweep` ends those.
"""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregator.errors import AggregatorError
from aggregator.serve.ready import Ready, ReadyProtocol

KEEP_ALIVE = 15
"""Seconds that an idle connection is kept for its next request."""
PATIENCE = 25.0
"""Seconds for a whole request head, drip or not; must be longer than KEEP_ALIVE."""
DELIVERY = 120.0
"""Seconds for a client to take an answer: a feed of 512 KiB at 4 KiB a second, slower than any line in use."""
CONNECTIONS = 4096
"""At once; the next one is answered 503. Well above the thousand clients of a load test, below common descriptor limits."""
HEAD_BYTES = 16 * 1024
"""Of a request's line and headers."""
GRACE = 4
"""Seconds for answers under way when the server stops."""


@dataclass(slots=True)
class _Watched:
    """What a connection was last seen doing, and since when (loop time)."""

    doing: tuple[object, bool, int]
    since: float


class Server:
    """One listening server. `port` is the real port once `start` returned, also where 0 was asked for."""

    def __init__(self) -> None:
        self.port = 0
        self._app: ASGIApp | None = None
        self._uvicorn: _Uvicorn | None = None
        self._sockets: list[socket.socket] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, app: ASGIApp, host: str, port: int) -> None:
        """Listen on every address of `host`, then return. Raises AggregatorError if host or port cannot be had."""
        self._app = app
        self._sockets = await _listen(host, port)
        self.port = self._sockets[0].getsockname()[1]
        config = uvicorn.Config(
            self._dispatch,
            interface="asgi3",
            http=partial(ReadyProtocol, ready=self._ready),  # type: ignore[arg-type]  # uvicorn calls it like the class that it makes
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
            h11_max_incomplete_event_size=HEAD_BYTES,
        )
        self._uvicorn = _Uvicorn(config)
        serving = asyncio.create_task(self._uvicorn.serve(self._sockets), name="serve")
        self._tasks = [serving, asyncio.create_task(self._sweep(self._uvicorn), name="sweep")]
        await self._uvicorn.listening.wait()

    def swap(self, app: ASGIApp) -> None:
        """Answer from now on with this app, on the same connections."""
        self._app = app

    async def stop(self) -> None:
        """Take no more connections, finish what is under way, cut off what does not end. Harmless when not started."""
        if self._uvicorn is None:
            return
        serving, sweeping = self._tasks
        sweeping.cancel()
        self._uvicorn.should_exit = True
        try:
            await serving
        finally:
            for connection in list(self._uvicorn.server_state.connections):
                connection.transport.abort()
            for listener in self._sockets:
                listener.close()
            await asyncio.gather(sweeping, return_exceptions=True)
            self._uvicorn = None

    def _ready(self) -> Ready | None:
        return getattr(self._app, "ready", None)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None, "start() sets the app before it listens"  # noqa: S101 - for the type checker
        await self._app(scope, receive, send)

    async def _sweep(self, server: "_Uvicorn") -> None:
        """Once a second, abort connections that have been sending one request or taking one answer for too long."""
        loop = asyncio.get_running_loop()
        watched: dict[ReadyProtocol, _Watched] = {}
        while True:
            await asyncio.sleep(1.0)
            connections = [one for one in server.server_state.connections if isinstance(one, ReadyProtocol)]
            watched = {connection: watched[connection] for connection in connections if connection in watched}
            for connection in connections:
                doing = _doing(connection)
                seen = watched.setdefault(connection, _Watched(doing, loop.time()))
                if seen.doing != doing:
                    watched[connection] = _Watched(doing, loop.time())
                elif loop.time() - seen.since > _limit(connection) and not connection.rest():
                    connection.transport.abort()


def _doing(connection: ReadyProtocol) -> tuple[object, bool, int]:
    """The request that a connection is at, whether it was answered, and how many were answered the short way."""
    cycle = connection.cycle
    return cycle, cycle is None or cycle.response_complete, connection.quick


def _limit(connection: ReadyProtocol) -> float:
    """Seconds that the present state may last. A request that waits for our own code is not the client's fault."""
    if connection.transport.get_write_buffer_size() > 0:
        return DELIVERY
    waiting_for_client = _doing(connection)[1]
    return PATIENCE if waiting_for_client else float("inf")


class _Uvicorn(uvicorn.Server):
    """uvicorn that leaves the signals to the daemon and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listening.set()


async def _listen(host: str, port: int) -> list[socket.socket]:
    """A bound socket for every address of the host, all on one port."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise AggregatorError(f"cannot serve on {host!r}: no such host ({error}); set [serve] host in config.toml") from error
    sockets: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((family, address) for family, _, _, _, address in found):
            # With the protocol named, asyncio sets TCP_NODELAY: without it an answer waits 40 ms for the client's delayed ACK.
            sockets.append(listener := socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP))
            listener.setblocking(False)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address[0], sockets[0].getsockname()[1] if port == 0 and len(sockets) > 1 else port, *address[2:]))
            listener.listen(2048)
    except OSError as error:
        for listener in sockets:
            listener.close()
        raise AggregatorError(_refusal(host, port, error)) from error
    return sockets


def _refusal(host: str, port: int, error: OSError) -> str:
    where = f"cannot serve on {host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where}: the port is taken by another program; stop that one or set another [serve] port in config.toml"
    if error.errno == errno.EACCES:
        return f"{where}: ports below 1024 need privileges; set [serve] port to a higher one in config.toml"
    reason = os.strerror(error.errno) if error.errno else str(error)
    return f"{where}: {reason}; set [serve] host and port in config.toml to an address of this machine"
