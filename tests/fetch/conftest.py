"""A server on loopback that says exactly what a test tells it to, byte for byte, and remembers what it was asked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.limits import Limits
from aggregator.model import Document, Request

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
SMALL = Limits(total=0.8, connect=0.6, idle=0.5, headers=16_384, compressed=50_000, decoded=200_000, ratio_above=20_000, files=50)


class RawServer:
    """`answer[path]` holds bytes, or a coroutine function that writes them; `heads` holds the request heads that came."""

    def __init__(self) -> None:
        self.answer: dict[str, bytes | Handler] = {}
        self.heads: list[str] = []
        self.times: list[float] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def header(self, number: int, name: str) -> str | None:
        """A header of the n-th request."""
        for line in self.heads[number].split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None

    async def start(self, host: str = "127.0.0.1") -> None:
        self._server = await asyncio.start_server(self._serve, host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads.append(head)
            self.times.append(asyncio.get_running_loop().time())
            answer = self.answer.get(head.split(" ")[1], b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            with contextlib.suppress(Exception):
                writer.close()


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    server = RawServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def second() -> AsyncIterator[RawServer]:
    """Another server, on 127.0.0.3."""
    server = RawServer()
    await server.start("127.0.0.3")
    yield server
    await server.stop()


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(user_agent="aggregator-test/1 (+http://example.org/)", limits=SMALL) as fetcher:
        yield fetcher


@pytest.fixture
def ask(fetcher: Fetcher) -> Callable[..., Awaitable[Document | FetchError]]:
    """Ask one address, loopback allowed; exactly one answer comes."""

    async def ask(url: str, **more: object) -> Document | FetchError:
        request = Request(url=url, **{"allow_private": LOOPBACK, **more})
        answers = [answer async for answer in fetcher.fetch(request)]
        assert len(answers) == 1
        return answers[0]

    return ask


def ok(body: bytes = b"<rss/>", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A well-formed answer, unless the headers say otherwise."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@pytest.fixture
def answer() -> Callable[..., bytes]:
    return ok
