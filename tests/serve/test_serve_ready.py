"""Requests that were answered before: the short way says the same, byte for byte, and only where it may."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from serve_files import ATOM, put

from aggregator.serve import ready as module
from aggregator.serve import server as server_module
from aggregator.serve.app import create
from aggregator.serve.ready import ReadyProtocol
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf

GET = b"GET /ai.atom HTTP/1.1\r\nHost: a.example\r\n\r\n"


@dataclass
class Line:
    """A connection to a server, and the server's side of it."""

    server: Server
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    answered: list[int]

    async def say(self, *parts: bytes) -> bytes:
        """Send the parts one by one, and read one answer."""
        for part in parts:
            self.writer.write(part)
            await asyncio.sleep(0.02)
        async with asyncio.timeout(5):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            body = parts[0][:4] != b"HEAD" and b" 304 " not in head and length is not None
            return head + (await self.reader.readexactly(int(length[1])) if body and length is not None else b"")

    @property
    def quick(self) -> int:
        """How many requests went the short way, on all connections."""
        assert self.server._uvicorn is not None
        return sum(one.quick for one in self.server._uvicorn.server_state.connections if isinstance(one, ReadyProtocol))


@asynccontextmanager
async def connected(shelf: Shelf) -> AsyncIterator[Line]:
    server = Server()
    site = create(shelf, base_path="/", health=dict)
    answered: list[int] = []
    site.ready._answered = answered.append
    await server.start(site, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    yield Line(server, reader, writer, answered)
    writer.close()
    await server.stop()


def undated(answer: bytes) -> bytes:
    return re.sub(rb"date: [^\r]+", b"date: then", answer)


@pytest.mark.parametrize(
    "request_",
    [
        GET,
        GET.replace(b"GET", b"HEAD"),
        GET.replace(b"\r\n\r\n", b"\r\nAccept-Encoding: gzip\r\nConnection: Keep-Alive\r\n\r\n"),
        GET.replace(b"\r\n\r\n", b"\r\nIf-None-Match: *\r\n\r\n"),
        GET.replace(b"/ai.atom", b"/?x=1"),
    ],
)
async def test_what_was_asked_before_is_answered_with_the_same_bytes(shelf: Shelf, request_: bytes) -> None:
    async with connected(shelf) as line:
        if b"gzip" in request_:
            await line.say(request_)  # what is packed for it is no answer that was there
        first = await line.say(request_)
        assert line.quick == 0
        assert [undated(await line.say(request_)) for _ in range(3)] == [undated(first)] * 3
        assert line.quick == 3
        assert line.answered == [304 if b"If-None" in request_ else 200] * 3, "counted like the others"
        assert re.search(rb"date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n", await line.say(request_))


@pytest.mark.parametrize(
    "request_",
    [
        GET.replace(b"/ai.atom", b"/absent.atom"),
        GET.replace(b"/ai.atom", b"/healthz"),
        GET.replace(b"GET", b"PUT"),
        GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\n") + b"hi",
        GET.replace(b"\r\n\r\n", b"\r\nExpect: nothing\r\n\r\n"),
        GET.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * module.LONGEST + b"\r\n\r\n"),
    ],
)
async def test_what_is_not_a_plain_request_for_a_file_goes_the_long_way_each_time(shelf: Shelf, request_: bytes) -> None:
    async with connected(shelf) as line:
        first = await line.say(request_)
        assert undated(await line.say(request_)) == undated(first)
        assert line.quick == 0


@pytest.mark.parametrize("end", [b"Connection: close", b"Connection: upgrade\r\nUpgrade: h2c"])
async def test_a_connection_that_is_to_end_ends(shelf: Shelf, end: bytes) -> None:
    request = GET.replace(b"\r\n\r\n", b"\r\n" + end + b"\r\n\r\n")
    for _ in range(2):
        async with connected(shelf) as line:
            await line.say(GET)
            assert b"200 OK" in await line.say(request)
            assert line.quick == 0


async def test_a_malformed_request_is_refused_each_time(shelf: Shelf) -> None:
    for _ in range(2):
        async with connected(shelf) as line:
            assert b" 400 " in await line.say(GET.replace(b"Host: ", b"Host\0: "))
            assert line.quick == 0


async def test_a_file_that_was_replaced_is_answered_anew(shelf: Shelf, feeds: Path) -> None:
    async with connected(shelf) as line:
        assert ATOM in await line.say(GET)
        assert ATOM in await line.say(GET)
        put(feeds, "ai.atom", b"<feed>newer</feed>")
        shelf.load()
        assert b"<feed>newer</feed>" in await line.say(GET)
        assert b"<feed>newer</feed>" in await line.say(GET)
        (feeds / "ai.atom").unlink()
        shelf.load()
        assert b" 404 " in await line.say(GET)


async def test_requests_in_pieces_and_in_one_piece_are_answered_in_order(shelf: Shelf) -> None:
    async with connected(shelf) as line:
        whole = undated(await line.say(GET))
        assert undated(await line.say(GET[:9], GET[9:])) == whole
        assert line.quick == 0
        line.writer.write(GET * 3)
        for _ in range(3):
            assert undated(await line.say(b"")) == whole
        assert undated(await line.say(GET)) == whole
        # a known head that completes another request's body is no request
        posted = GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(GET))
        assert b" 405 " in await line.say(posted, GET)
        assert line.quick == 1


async def test_two_requests_that_look_like_one_are_two_each_time(shelf: Shelf) -> None:
    two = GET.replace(b"\r\n", b"\n") + GET.replace(b"ai.atom", b"ai.rss")
    for _ in range(2):
        async with connected(shelf) as line:
            assert ATOM in await line.say(two)
            assert b"<rss/>" in await line.say(b"")
            assert line.quick == 0


async def test_who_does_not_read_gets_no_more_on_top(shelf: Shelf, feeds: Path) -> None:
    put(feeds, "ai.atom", b"x" * 3_000_000)
    shelf.load()
    async with connected(shelf) as line:
        await line.say(GET)
        for _ in range(20):
            line.writer.write(GET)
            await asyncio.sleep(0.01)
        assert line.server._uvicorn is not None
        (connection,) = line.server._uvicorn.server_state.connections
        assert connection.transport.get_write_buffer_size() < 7_000_000, "one answer under way, not twenty"


async def test_only_so_many_heads_are_remembered(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KNOWN", 2)
    heads = [GET.replace(b"a.example", name) for name in (b"a", b"b", b"c")]
    async with connected(shelf) as line:
        for head in (*heads, *heads[1:], heads[0]):
            await line.say(head)
        assert line.quick == 2, "the first was forgotten for the third"


async def test_an_idle_connection_that_went_the_short_way_is_closed(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "PATIENCE", 0.5)
    async with connected(shelf) as line:
        await line.say(GET)
        await line.say(GET)
        assert line.quick == 1
        async with asyncio.timeout(5):
            assert await line.reader.read() == b"", "closed, not reset"
