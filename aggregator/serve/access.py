"""Who may see what is not for the public: people at this machine, and those who know the token.

    token      Authorization: Bearer TOKEN, or Basic with any name and the token as password (browsers ask for it)
    loopback   the client's own address, asked by a loopback name, and through no proxy that says that it is one

A proxy on this machine has a loopback address, too, and nginx as it comes names neither itself nor its client. Where base_url is
an address that the world can reach there is such a proxy, so there loopback alone opens nothing (`local` False).
"""

import base64
import binascii
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address

from starlette.requests import Request

from aggregator.serve.operations import is_forwarded


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`token` None: there is none. It is never shown, logged, or taken from an address."""

    local: bool = True
    token: str | None = None

    def __repr__(self) -> str:
        return f"Access(local={self.local}, token={'set' if self.token else None})"

    def granted(self, request: Request) -> bool:
        """Whether this request may see it."""
        if self.token is not None and compare_digest(_given(request).encode(), self.token.encode()):
            return True
        return self.local and _is_local(request)


def _given(request: Request) -> str:
    """The token that a request brings; nothing where it brings none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _is_local(request: Request) -> bool:
    """Asked from this machine, under a name of this machine: a stranger's name that resolves to it (DNS rebinding) is none."""
    if request.client is None or is_forwarded(request):
        return False
    return _is_loopback(request.client.host.partition("%")[0]) and _is_loopback(_host(request.headers.get("host", "")))


def _host(value: str) -> str:
    """The name in a Host header, without port and brackets (RFC 9110 section 7.2)."""
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.partition(":")[0]


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host.lower() == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
