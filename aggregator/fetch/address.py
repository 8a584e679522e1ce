"""Reads http(s) addresses: to a `yarl.URL` that says the same bytes to the server, or a sentence why not.

    read(text)            → URL, or FetchError / AddressRefused
    target(base, location) → URL where a redirect leads
    literal(host)         → the IP address that a host is, None for a name; disguised ones are refused

Path and query go out as they were written; only what HTTP cannot carry is percent-encoded (yarl would also decode `%7E`,
which breaks signed addresses).
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote, urljoin, urlsplit

from yarl import URL

from aggregator.errors import AddressRefused, FetchError

LONGEST = 8192
"""Characters; servers commonly stop at 8 KiB of request line (RFC 9112 section 3 asks for at least 8,000)."""
LONGEST_NETLOC = 300
"""Characters of host and port: a name has 253 at most."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_NUMERIC = re.compile(r"(.*\.)?(\d+|0[xX][0-9a-fA-F]*)\.?")
_WRITTEN = "!#$%&'()*+,/:;=?@[]~"


def read(text: str) -> URL:
    """The address to ask. Raises FetchError (reason `bad-url`), or AddressRefused for an IP address in disguise."""
    if len(text) > LONGEST:
        raise _bad(text, f"is {len(text)} characters long; at most {LONGEST} are asked for")
    if _CONTROL.search(text):
        raise _bad(text, "holds a control character; write it in one line")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise _unreadable(text, error) from error
    if parts.scheme not in ("http", "https"):
        raise _bad(text, f"has the scheme {parts.scheme[:20]!r}; use http or https")
    if len(parts.netloc) > LONGEST_NETLOC or _UNSAFE.search(parts.netloc):
        raise _bad(text, "has no usable host; write it as https://host/path")
    try:
        host, authority = _authority(parts.scheme, parts.netloc)
    except ValueError as error:
        raise _unreadable(text, error) from error
    if "@" in parts.netloc:
        raise _bad(text, "carries a user name or password; take them out and configure them as a header")
    if not host or not authority:
        raise _bad(text, "has no host or port 0; write it as https://host/path")
    named = literal(host, text) is None
    if named and (len(host) > 253 or not _HOST.fullmatch(host) or "[" in parts.netloc):
        raise _bad(text, f"has the host {host[:60]!r}, which is not a name; write it as https://host/path")
    return URL(f"{parts.scheme}://{authority}{_written(parts.path) or '/'}{_query(parts.query)}", encoded=True)


@lru_cache(1024)
def _authority(scheme: str, netloc: str) -> tuple[str, str]:
    """Host and authority as they go out, the latter empty for port 0; a host is asked again and again. Raises ValueError."""
    parts = urlsplit(f"{scheme}://{netloc}/")
    host, port = URL(f"{scheme}://{netloc}/").raw_host or "", parts.port
    authority = f"[{host}]" if ":" in host else host
    return host, authority if port is None else f"{authority}:{port}" if port else ""


def target(base: URL, location: str) -> URL:
    """Where a Location header leads, without its fragment. Raises FetchError as `read` does."""
    cleaned = location.strip(" \t")
    if not cleaned or len(cleaned) > LONGEST:
        raise FetchError(
            f"{base.host} redirects without saying where to; ask its operator, or change the source's url",
            url=str(base),
            reason="redirect",
        )
    try:
        joined = urljoin(str(base), cleaned)
    except ValueError as error:
        raise _bad(cleaned, f"(a redirect of {base.host}) cannot be read ({error})") from error
    return read(joined)


def literal(host: str, text: str = "") -> IPv4Address | IPv6Address | None:
    """The address if the host is one, None if it is a name.

    Raises AddressRefused for what resolvers take as IPv4 though it is not four decimal numbers: 2130706433, 0177.0.0.1, 0x7f.1
    (the test is the WHATWG URL standard's "ends in a number"), and for IPv6 with a zone.
    """
    if ":" in host or not host:
        try:
            address = _address(host)
        except ValueError as error:
            raise _bad(text or host, f"has the host {host[:60]!r}, which is not an IPv6 address") from error
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            raise AddressRefused(f"the address {host} is of one network interface (link-local); use a public one", url=text)
        return address
    if not _NUMERIC.fullmatch(host):
        return None
    try:
        return _address_4(host)
    except ValueError as error:
        raise AddressRefused(
            f"the host {host[:60]!r} is an IP address in disguise; write it as four decimal numbers", url=text or host
        ) from error


_address = lru_cache(1024)(ip_address)
_address_4 = lru_cache(1024)(IPv4Address)
"""Parsed in Python: a host that is a number is looked at several times for each request."""


def _written(path: str) -> str:
    return quote(path, safe=_WRITTEN, errors="surrogateescape")


def _query(query: str) -> str:
    return f"?{_written(query)}" if query else ""


def _unreadable(text: str, error: ValueError) -> FetchError:
    return _bad(text, f"cannot be read ({error}); write it as https://host/path")


def _bad(text: str, problem: str) -> FetchError:
    return FetchError(f"the address {text[:200]!r} {problem}", url=text, reason="bad-url")
