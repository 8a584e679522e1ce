"""Asking through a proxy: which one, for what, and what is still refused."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network

import pytest
from yarl import URL

from aggregator.errors import AddressRefused, FetchError
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.limits import Limits
from aggregator.fetch.proxy import Proxies, inward
from aggregator.model import Request

SECRET = "proxy-password"


class Proxy:
    """A proxy on loopback: answers plain requests itself, and CONNECT with what it is told."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.connect = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        plain = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<rss/>"
        writer.write(self.connect if head.startswith("CONNECT") else plain)
        await writer.drain()
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    proxy = Proxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    yield proxy
    server.close()


async def never(host: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{host} was looked up here, not by the proxy")


async def one(setting: str | None, url: str, lookup=never, **more: object) -> object:
    async with Fetcher(user_agent="t/1", limits=Limits(total=2), proxy=setting, lookup=lookup, host_gap=0) as fetcher:
        (answer,) = [answer async for answer in fetcher.fetch(Request(url=url, **more))]
    return answer


async def test_a_configured_proxy_is_asked_for_everything_and_looks_names_up_itself(proxy) -> None:
    answer = await one(f"http://me:{SECRET}@127.0.0.1:{proxy.port}", "http://feeds.example/a?b=c")
    assert answer.body == b"<rss/>"
    assert answer.url == "http://feeds.example/a?b=c"
    head = proxy.heads[0]
    assert head.startswith("GET http://feeds.example/a?b=c HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic bWU6cHJveHktcGFzc3dvcmQ=" in head


async def test_a_public_host_is_asked_once_a_second_though_nobody_configured_it(proxy) -> None:
    begun = asyncio.get_running_loop().time()
    async with Fetcher(user_agent="t/1", proxy=f"http://127.0.0.1:{proxy.port}", lookup=never) as fetcher:
        for path in "ab":
            assert [answer.status async for answer in fetcher.fetch(Request(url=f"http://feeds.example/{path}"))] == [200]
    assert asyncio.get_running_loop().time() - begun >= 1.0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "10.0.0.1",
        "169.254.169.254",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "localhost",
        "printer",
        "nas.local",
    ],
)
async def test_private_addresses_and_names_nearby_are_refused_behind_a_proxy_too(host: str, proxy) -> None:
    error = await one(f"http://127.0.0.1:{proxy.port}", f"http://{host}/")
    assert isinstance(error, AddressRefused)
    assert proxy.heads == []


async def test_what_lies_in_allow_private_is_asked_directly(proxy, server, answer) -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    server.answer["/"] = answer()
    allow = (ip_network("127.0.0.0/8"),)
    for url in (server.url(), server.url(host="nas.lan")):
        assert (await one(f"http://127.0.0.1:{proxy.port}", url, lookup, allow_private=allow)).status == 200
    assert proxy.heads == []
    assert len(server.heads) == 2


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"])
async def test_a_proxy_that_lets_nothing_through_is_said_so(status: str, proxy) -> None:
    proxy.connect = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
    error = await one(f"http://me:{SECRET}@127.0.0.1:{proxy.port}", "https://feeds.example/")
    assert isinstance(error, FetchError)
    assert error.reason == "proxy"
    assert status[:3] in str(error)
    assert SECRET not in str(error) + error.url


async def test_a_proxy_that_is_not_there_is_said_so() -> None:
    error = await one(f"http://me:{SECRET}@127.0.0.1:1", "http://feeds.example/")
    assert error.reason == "proxy"
    assert "[fetch] proxy" in str(error)
    assert SECRET not in str(error) + error.url


async def test_the_environment_names_a_proxy_only_where_that_is_configured(proxy, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
    monkeypatch.setenv("no_proxy", "direct.example")

    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    assert (await one("env", "http://feeds.example/")).status == 200
    assert (await one("env", "http://direct.example/", nowhere)).reason == "dns"
    assert (await one(None, "http://feeds.example/", nowhere)).reason == "dns"
    assert len(proxy.heads) == 1


def test_the_environment_has_a_proxy_for_each_scheme(monkeypatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    proxies = Proxies("env")
    assert proxies.of(URL("http://a.example/")) is None
    monkeypatch.setenv("all_proxy", "http://all:1")
    monkeypatch.setenv("https_proxy", "http://secure:2")
    assert proxies.of(URL("http://a.example/")) == URL("http://all:1")
    assert proxies.of(URL("https://a.example/")) == URL("http://secure:2")


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("x.local", True),
        ("db.internal", True),
        ("example.org", False),
        ("a.b.de.", False),
    ],
)
def test_a_name_nearby_is_known_by_its_ending(host: str, near: bool) -> None:
    assert inward(host) is near
