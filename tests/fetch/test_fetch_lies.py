"""A server that lies in every way we could think of: each ends, soon, in a typed error."""

import asyncio
import time
from ipaddress import ip_network

import pytest
from liar import CHUNKS, FLOODS, SLOW, STATIC, H, slowly

from aggregator.errors import FetchError, TooLarge
from aggregator.fetch.fetcher import Fetcher
from aggregator.model import Request


@pytest.mark.parametrize("lie", STATIC)
async def test_a_lie_ends_in_a_typed_error(lie: str, server, ask) -> None:
    said, reasons = STATIC[lie]
    server.answer["/lie"] = said
    error = await ask(server.url("/lie"))
    assert isinstance(error, FetchError), error
    assert error.reason in reasons.split(), (error.reason, str(error))
    assert error.url
    assert str(error).isprintable()


@pytest.mark.parametrize("lie", FLOODS)
async def test_a_flood_around_the_body_ends_at_once_and_not_at_the_deadline(lie: str, server) -> None:
    server.answer["/lie"] = slowly(*FLOODS[lie], 0)
    started, used = time.monotonic(), time.process_time()
    async with Fetcher(user_agent="t/1") as fetcher:
        request = Request(url=server.url("/lie"), allow_private=(ip_network("127.0.0.0/8"),))
        (error,) = [answer async for answer in fetcher.fetch(request)]
    assert isinstance(error, TooLarge) or "trailers" in lie, error  # the parser may find those too many before we do
    assert isinstance(error, FetchError)
    assert time.monotonic() - started < 5
    assert time.process_time() - used < 2


@pytest.mark.parametrize("size", [2, 5, 100])
async def test_small_chunks_of_an_honest_server_are_borne(size: int, server, ask) -> None:
    body = bytes(range(32, 127)) * 300
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    server.answer["/"] = CHUNKS + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    assert (await ask(server.url("/"))).body == body


@pytest.mark.parametrize("lie", SLOW)
async def test_a_lie_that_takes_its_time_ends_by_the_deadline(lie: str, server, ask) -> None:
    server.answer["/lie"], reasons = SLOW[lie]
    started = time.monotonic()
    error = await ask(server.url("/lie"))
    assert isinstance(error, FetchError), error
    assert error.reason in reasons.split(), (error.reason, str(error))
    assert time.monotonic() - started < 2.2


@pytest.mark.parametrize("pause", [0.0, 0.1], ids=["at once", "late"])
async def test_a_body_longer_than_its_content_length_does_not_answer_the_next_request(pause: float, server, ask) -> None:
    async def more(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(H + b"Content-Length: 6\r\n\r\n<rss/>")
        if pause:
            await writer.drain()
            await asyncio.sleep(pause)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        await reader.read()  # until the other side closes: a connection that is closed here is not asked again anyway

    server.answer["/more"] = more
    server.answer["/next"] = H + b"Content-Length: 4\r\n\r\ngood"
    first = await ask(server.url("/more"))
    assert isinstance(first, FetchError) or first.body == b"<rss/>"
    await asyncio.sleep(2 * pause)
    following = await ask(server.url("/next"))
    assert following.body == b"good"
    assert len(server.heads) == 2
