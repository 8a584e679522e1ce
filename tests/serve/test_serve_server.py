"""The server's life: ports, slow clients, the end."""

import asyncio
import signal
import socket

import aiohttp
import pytest

from aggregator.errors import AggregatorError
from aggregator.serve import server as module
from aggregator.serve.app import create
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf


async def started(shelf: Shelf, host: str = "127.0.0.1", port: int = 0) -> Server:
    server = Server()
    await server.start(create(shelf, base_path="/", health=dict), host, port)
    return server


async def closed(reader: asyncio.StreamReader, seconds: float) -> bytes:
    """What comes until the other side closes. Raises TimeoutError if it does not."""
    try:
        return await asyncio.wait_for(reader.read(), seconds)
    except ConnectionResetError:
        return b""


async def test_a_taken_port_is_an_error_that_says_what_to_do(shelf: Shelf) -> None:
    server = await started(shelf)
    with pytest.raises(AggregatorError, match=rf"127.0.0.1:{server.port}: the port is taken .* \[serve\] port"):
        await started(shelf, port=server.port)
    await server.stop()
    again = await started(shelf, port=server.port)
    await again.stop()


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1", "x" * 70])
async def test_a_host_that_is_not_ours_is_an_error_that_names_the_key(shelf: Shelf, host: str) -> None:
    with pytest.raises(AggregatorError, match=r"\[serve\] host"):
        await started(shelf, host=host)


def test_a_privileged_port_is_explained() -> None:
    assert "below 1024" in module._refusal("127.0.0.1", 80, PermissionError(13, "Permission denied"))


async def test_all_addresses_of_a_host_share_one_port(shelf: Shelf) -> None:
    server = await started(shelf, host="localhost")
    async with aiohttp.ClientSession() as client, client.get(f"http://localhost:{server.port}/healthz") as answer:
        assert answer.status == 200
    await server.stop()


async def test_signals_stay_with_the_daemon(shelf: Shelf) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    server = await started(shelf)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    await server.stop()


async def test_the_app_can_be_swapped_under_open_connections(shelf: Shelf) -> None:
    server = await started(shelf)
    async with aiohttp.ClientSession() as client:
        async with client.get(f"http://127.0.0.1:{server.port}/ai.atom") as answer:
            assert answer.status == 200
        server.swap(create(shelf, base_path="/new/", health=dict))
        async with client.get(f"http://127.0.0.1:{server.port}/new/ai.atom") as answer:
            assert answer.status == 200
    await server.stop()


async def test_stop_without_start_is_harmless_and_twice_too(shelf: Shelf) -> None:
    await Server().stop()
    server = await started(shelf)
    await server.stop()
    await server.stop()


async def test_stop_takes_at_most_five_seconds_whatever_clients_do(shelf: Shelf, feeds_of_20_megabytes: str) -> None:
    server = await started(shelf)
    idle, idle_out = await asyncio.open_connection("127.0.0.1", server.port)
    half, half_out = await asyncio.open_connection("127.0.0.1", server.port)
    half_out.write(b"GET /ai.atom HT")
    lazy = socket.create_connection(("127.0.0.1", server.port))
    lazy.sendall(f"GET /{feeds_of_20_megabytes} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await asyncio.sleep(0.2)
    started_at = asyncio.get_running_loop().time()
    await server.stop()
    assert asyncio.get_running_loop().time() - started_at < 5.0
    assert await closed(idle, 1) == b""
    assert await closed(half, 1) == b""
    for writer in (idle_out, half_out):
        writer.close()
    lazy.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", server.port)


@pytest.fixture
def feeds_of_20_megabytes(shelf: Shelf) -> str:
    """More than the buffers of a socket take."""
    (shelf.directory / "big.rss").write_bytes(b"<rss>" + b"x" * 20_000_000 + b"</rss>")
    shelf.load()
    return "big.rss"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 1.5)
    monkeypatch.setattr(module, "DELIVERY", 1.5)


@pytest.mark.usefixtures("impatient")
async def test_who_sends_a_request_byte_by_byte_is_cut_off_and_nobody_else(shelf: Shelf) -> None:
    server = await started(shelf)
    silent, silent_out = await asyncio.open_connection("127.0.0.1", server.port)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)

    async def drip() -> None:
        for byte in b"GET /ai.atom HTTP/1.1\r\nX: " + b"y" * 1000:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    async with aiohttp.ClientSession() as client:
        for _ in range(15):  # a client that keeps asking on one connection is never cut off
            async with client.get(f"http://127.0.0.1:{server.port}/ai.atom") as answer:
                assert answer.status == 200
            await asyncio.sleep(0.2)
    assert await closed(reader, 3) == b""
    assert await closed(silent, 3) == b""
    dripping.cancel()
    await asyncio.gather(dripping, return_exceptions=True)
    silent_out.close()
    writer.close()
    await server.stop()


@pytest.mark.usefixtures("impatient")
async def test_who_does_not_read_the_answer_is_cut_off(shelf: Shelf, feeds_of_20_megabytes: str) -> None:
    server = await started(shelf)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    writer.write(f"GET /{feeds_of_20_megabytes} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await asyncio.sleep(4)
    assert 0 < len(await closed(reader, 3)) < 20_000_000
    writer.close()
    await server.stop()


@pytest.mark.usefixtures("impatient")
async def test_a_request_that_waits_for_us_is_not_cut_off() -> None:
    async def slow(scope: object, receive: object, send: object) -> None:
        await asyncio.sleep(4)
        await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]  # ASGI's send
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]  # ASGI's send

    server = Server()
    await server.start(slow, "127.0.0.1", 0)
    async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{server.port}/") as answer:
        assert answer.status == 204
    await server.stop()


async def test_an_endless_head_is_refused(shelf: Shelf) -> None:
    server = await started(shelf)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\nX: " + b"y" * 300_000)
    answer = await closed(reader, 5)
    assert answer.startswith(b"HTTP/1.1 400") or answer == b""
    writer.close()
    async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{server.port}/healthz") as fine:
        assert fine.status == 200
    await server.stop()


async def test_hundreds_of_connections_are_served_at_once(shelf: Shelf) -> None:
    server = await started(shelf)
    connections = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(300)]
    for _, writer in connections:
        writer.write(b"GET /ai.rss HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answers = await asyncio.gather(*(closed(reader, 10) for reader, _ in connections))
    assert all(answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"<rss/>") for answer in answers)
    for _, writer in connections:
        writer.close()
    await server.stop()
