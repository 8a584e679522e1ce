"""Which addresses may be dialled: the table, every spelling, and every way to lead us there."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import AddressRefused, FetchError
from aggregator.fetch.address import literal, read
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.guard import GuardedResolver, Refusal, guarded_sockets, refused, system_lookup
from aggregator.fetch.limits import Limits
from aggregator.model import Request

CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.255",
    "169.254.169.254",
    "169.254.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fe80::1%1",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
    "8000::1",
    "1::1",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "203.0.114.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "2003::1",
    "2001:200::1",
    "2620:fe::fe",
]
SPELLINGS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.0.0.1:80",
    "2130706433",
    "02130706433",
    "0x7f000001",
    "0X7F000001",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "0x7f.0.0.1",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "127.0.0.01",
    "127.00.00.01",
    "0127.0.0.1",
    "127.0x1",
    "127.0.0.0x1",
    "0.0.0.0",
    "0",
    "00",
    "0x0",
    "0.",
    "1",
    "256.256.256.256",
    "127.0.0.256",
    "1.2.3.4.5",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127．0．0．1",
    "１２７.0.0.1",
    "⓵.1",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:127.0.0.1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:7f00:0001::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[::1%25lo]",
    "[::1%lo]",
    "[fec0::1]",
    "[fc00::1]",
    "[ff02::1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:0:127.0.0.1]",
    "[2001:0:7f00:1::]",
    "169.254.169.254",
    "0xA9FEA9FE",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "10.1",
    "192.168.257",
    "3232235777",
    "100.64.1",
    "224.1",
    "[::1].",
    "127.0.0.1@127.0.0.1",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "ⓛocalhost",
]


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_public_is_refused_with_a_reason(address: str) -> None:
    assert refused(address)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_may_be_dialled(address: str) -> None:
    assert refused(address) is None


@given(st.ip_addresses(v=4))
def test_every_form_that_carries_an_ipv4_address_is_refused(address) -> None:
    number = int(address)
    for form in (number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert refused(ip_address(form) if form >> 32 else ip_address(f"::{address}"))


def test_allow_private_opens_what_lies_in_it_and_nothing_beside_it() -> None:
    allow = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert refused("10.1.2.3", allow) is None
    assert refused("fd00::1", allow) is None
    assert refused("10.2.0.1", allow) == "private"
    assert refused("::ffff:10.1.2.3", allow) == "IPv4-mapped"
    assert refused("127.0.0.1", allow) == "loopback"


def test_an_allowed_nat64_opens_the_public_internet_behind_it_only() -> None:
    allow = (ip_network("64:ff9b::/96"), ip_network("2002::/16"))
    assert refused("64:ff9b::8.8.8.8", allow) is None
    assert refused("64:ff9b::10.0.0.1", allow) == "private"
    assert refused("2002:7f00:1::", allow) == "loopback"
    assert refused("64:ff9b::10.0.0.1", (*allow, ip_network("10.0.0.0/8"))) is None


def test_what_is_no_address_is_refused() -> None:
    assert refused("localhost") == "not an address"


class Canary:
    """Listens where no request may arrive."""

    def __init__(self) -> None:
        self.visits = 0
        self.port = 0

    async def __aenter__(self) -> "Canary":
        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.visits += 1
            writer.close()

        self._servers = [await asyncio.start_server(visit, "127.0.0.1", 0)]
        self.port = self._servers[0].sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0.01)
        for server in self._servers:
            server.close()


async def one(fetcher: Fetcher, request: Request) -> object:
    (answer,) = [answer async for answer in fetcher.fetch(request)]
    return answer


def fetching(lookup, **more) -> Fetcher:
    return Fetcher(user_agent="t/1", host_gap=0, limits=Limits(total=2, connect=0.5), lookup=lookup, **more)


def is_refused(error: object) -> bool:
    """By the guard, by the reader of addresses, or (`localhost.`) because some systems know no such name."""
    return isinstance(error, AddressRefused) or (isinstance(error, FetchError) and error.reason in ("bad-url", "dns"))


PUBLIC = "93.184.216.34"
ALLOWED = (ip_network("127.0.0.3/32"),)
"""Where the server stands that redirects."""


def addressed(spelling: str, port: int) -> str:
    return f"http://{spelling}/" if spelling.endswith(":80") else f"http://{spelling}:{port}/"


async def direct(spelling: str, canary: Canary, second) -> object:
    async with fetching(system_lookup) as fetcher:
        return await one(fetcher, Request(url=addressed(spelling, canary.port)))


async def redirected(spelling: str, canary: Canary, second) -> object:
    location = addressed(spelling, canary.port).encode()
    second.answer["/"] = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
    async with fetching(system_lookup) as fetcher:
        return await one(fetcher, Request(url=second.url("/", "127.0.0.3"), allow_private=ALLOWED))


async def answered(address: str, canary: Canary, second) -> object:
    """The name server gives the address beside public ones."""

    async def lookup(host: str, port: int) -> Sequence[str]:
        return [PUBLIC, address, "2606:4700:4700::1111"]

    async with fetching(lookup) as fetcher:
        return await one(fetcher, Request(url=f"http://public.example:{canary.port}/"))


async def rebound(address: str, canary: Canary, second) -> object:
    """The name led to an allowed machine at first, which redirects to the same name, and leads to the address then."""
    questions = 0

    async def lookup(host: str, port: int) -> Sequence[str]:
        nonlocal questions
        questions += 1
        return ["127.0.0.3"] if questions <= 2 else [address]  # asked for the budget, and for the connection

    second.answer["/"] = (
        f"HTTP/1.1 302 Found\r\nLocation: http://rebind.example:{canary.port}/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
    )
    async with fetching(lookup) as fetcher:
        error = await one(fetcher, Request(url=f"http://rebind.example:{second.port}/", allow_private=ALLOWED))
    assert second.heads
    assert questions > 2
    return error


WAYS = {
    "direct": (direct, SPELLINGS),
    "redirect": (redirected, SPELLINGS),
    "dns": (answered, CLOSED),
    "rebinding": (rebound, CLOSED),
}


@pytest.mark.parametrize("way", WAYS, ids=[f"{way}-{len(spellings)}-spellings" for way, (_, spellings) in WAYS.items()])
async def test_every_spelling_of_a_private_address_is_refused_by_every_way(way: str, second) -> None:
    lead, spellings = WAYS[way]
    assert len(set(spellings)) >= 60
    async with Canary() as canary:
        for spelling in spellings:
            error = await lead(spelling, canary, second)
            assert is_refused(error), (spelling, error)
            if way in ("dns", "rebinding"):
                assert isinstance(error, AddressRefused), (spelling, error)
        assert canary.visits == 0


LEGITIMATE = [
    *(f"[{address}]" if ":" in address else address for address in OPEN),
    "example.org",
    "EXAMPLE.org.",
    "www.example.co.uk",
    "xn--bcher-kva.example",
    "bücher.example",
    "例え.jp",
    "127.0.0.1.nip.example",
    "10.example",
    "0x7f.example",
    "1e100.net",
    "3com.example",
    "a_b.example",
    "local.example",
    "localhost.example",
    "my-localhost.example",
]


@pytest.mark.parametrize("host", LEGITIMATE)
async def test_a_legitimate_host_passes_every_check(host: str) -> None:
    """All that stands before the connection, which no test makes: the address, its reading, the resolver, the socket."""
    url = read(f"http://{host}:8080/feed")
    address = literal(url.raw_host)
    assert address is None or refused(address) is None

    async def lookup(name: str, port: int) -> Sequence[str]:
        return [str(address)] if address is not None else OPEN

    for found in await GuardedResolver(lookup, ()).resolve(url.raw_host, 8080):
        guarded_sockets(())((found["family"], 1, 6, "", (found["host"], 8080))).close()


@pytest.mark.parametrize("address", CLOSED)
def test_the_socket_itself_refuses_what_slipped_past_the_resolver(address: str) -> None:
    with pytest.raises(Refusal):
        guarded_sockets(())((2, 1, 6, "", (address, 80)))


async def test_a_name_that_is_bound_anew_to_loopback_is_refused_the_second_time() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])

    async def lookup(host: str, port: int) -> Sequence[str]:
        return next(answers)

    resolver = GuardedResolver(lookup, ())
    first = await resolver.resolve("rebind.example", 80)
    assert [answer["host"] for answer in first] == ["93.184.216.34"]  # what was checked is what is dialled: no second question
    with pytest.raises(Refusal, match="loopback"):
        await resolver.resolve("rebind.example", 80)


async def test_what_one_request_may_reach_the_next_may_not(server, answer) -> None:
    server.answer["/"] = answer().replace(b"Connection: close\r\n", b"")
    async with fetching(system_lookup) as fetcher:
        allowed = await one(fetcher, Request(url=server.url(), allow_private=(ip_network("127.0.0.0/8"),)))
        assert allowed.status == 200
        for url in (server.url(), server.url(host="localhost")):
            assert isinstance(await one(fetcher, Request(url=url)), AddressRefused)
    assert len(server.heads) == 1


async def test_a_name_without_an_address_says_so() -> None:
    async def nothing(host: str, port: int) -> Sequence[str]:
        return []

    async def failing(host: str, port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    for lookup in (nothing, failing):
        async with Fetcher(user_agent="t/1", lookup=lookup) as fetcher:
            error = await one(fetcher, Request(url="http://nowhere.example/", allow_private=(ip_network("10.0.0.0/8"),)))
        assert isinstance(error, FetchError)
        assert error.reason == "dns"


async def test_a_resolver_answers_only_the_family_that_is_asked_for() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["1.1.1.1", "2606:4700:4700::1111"]

    resolver = GuardedResolver(both, ())
    assert [answer["host"] for answer in await resolver.resolve("x", 80, 2)] == ["1.1.1.1"]
    await resolver.close()


async def test_the_system_is_asked_in_a_thread_and_its_failures_are_os_errors() -> None:
    assert "127.0.0.1" in await system_lookup("127.0.0.1", 80)
    with pytest.raises(OSError):
        await system_lookup("a" * 70 + ".invalid", 80)
    with pytest.raises(OSError):
        await system_lookup("no-such-name.invalid", 80)


async def test_a_lookup_that_nobody_waits_for_any_more_is_dropped() -> None:
    task = asyncio.create_task(system_lookup("127.0.0.1", 80))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.05)
