"""Which network addresses we may dial: a table of our own, because `ipaddress.is_global` is wrong about many.

    refused(address, allow) → None if it may be dialled, else the reason in a few words

    GuardedResolver     a name with any refused answer is refused as a whole
    guarded_sockets     the last check, when the socket for an address is made: what was checked is what is dialled

On Python 3.11.7 `is_global` says True for NAT64 and 6to4 forms of 127.0.0.1, for fec0::/10 and for all multicast. Ranges are
those of the IANA special-purpose registries (RFC 6890 and its updates); of IPv6 only 2000::/3 is unicast that anyone is given.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from aggregator.model import Network

Address = IPv4Address | IPv6Address
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""A name and a port to the addresses that it has; raises OSError where there are none."""

RANGES_4 = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
RANGES_6 = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("100::/64", "discard-only"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
UNICAST_6 = IPv6Network("2000::/3")
NO_ADDRESS = "not an address"
"""The reason for what is none: a name."""


def refused(address: str | Address, allow: Sequence[Network] = ()) -> str | None:
    """Why this address may not be dialled, in a few words, or None if it may.

    A range in `allow` opens what lies in it. An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4) needs both:
    allowing 64:ff9b::/96 opens the public IPv4 internet behind a NAT64, not the private networks behind it.
    """
    if isinstance(address, str):
        try:
            address = ip_address(address.partition("%")[0])
        except ValueError:
            return NO_ADDRESS
    return _refused(address, tuple(allow))


@lru_cache(4096)
def _refused(address: Address, allow: tuple[Network, ...]) -> str | None:
    reason = _range(address)
    if reason is None:
        return None
    if not any(address in network for network in allow if network.version == address.version):
        return reason
    inner = _embedded(address)
    return _refused(inner, allow) if inner is not None else None


def _range(address: Address) -> str | None:
    if isinstance(address, IPv4Address):
        return next((reason for network, reason in RANGES_4 if address in network), None)
    for network, reason in RANGES_6:
        if address in network:
            return reason
    return None if address in UNICAST_6 else "not assigned"


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that a transition form leads to."""
    if isinstance(address, IPv4Address):
        return None
    if address in IPv6Network("2002::/16"):
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    forms = ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
    if any(address in IPv6Network(form) for form in forms):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


class Refusal(OSError):
    """An address that may not be dialled. An OSError, because that is all that a connector hands through."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} is refused ({reason})")
        self.address = address
        self.reason = reason


class GuardedResolver(AbstractResolver):
    """Asks `lookup` and hands on its answers only if every one may be dialled. Raises Refusal, or OSError from the lookup."""

    def __init__(self, lookup: Lookup, allow: Sequence[Network]) -> None:
        self._lookup = lookup
        self._allow = allow

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        answers = await self._lookup(host, port)
        if not answers:
            raise OSError(f"the name {host} has no address")
        for answer in answers:
            if reason := refused(answer, self._allow):
                raise Refusal(answer, reason)
        return [
            ResolveResult(
                hostname=host,
                host=answer,
                port=port,
                family=_family(answer),
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for answer in answers
            if family in (socket.AF_UNSPEC, _family(answer))
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


def guarded_sockets(allow: Sequence[Network]) -> Callable[[AddrInfo], socket.socket]:
    """A socket factory that refuses, at the last moment, what may not be dialled, wherever the address came from."""

    def make(info: AddrInfo) -> socket.socket:
        family, kind, protocol, _, target = info
        if reason := refused(str(target[0]), allow):
            raise Refusal(str(target[0]), reason)
        return socket.socket(family, kind, protocol)

    return make


async def system_lookup(host: str, port: int) -> Sequence[str]:
    """The system's resolver, in a thread of its own: a name server that never answers must not hold up a pool, nor our exit."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()

    def settle(answers: list[str], error: OSError | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(answers)
        else:
            future.set_exception(error)

    def work() -> None:
        answers: list[str] = []
        failure: OSError | None = None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers = list(dict.fromkeys(str(info[4][0]) for info in found))
        except (OSError, UnicodeError) as error:
            failure = error if isinstance(error, OSError) else OSError(f"the name {host} cannot be looked up: {error}")
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, answers, failure)

    threading.Thread(target=work, name="lookup", daemon=True).start()
    return await future
