"""Asks one http(s) address: conditional, polite, guarded, bounded.

    Request ─read→ URL ─[gate ─ask→ Redirect]*→ Document | FetchError

Each redirect hop is read, guarded and waits its turn like a first request. Validators go only to the address that gave them,
headers of the source only to its own origin, cookies and referers nowhere. Whatever aiohttp or the system raise becomes a
FetchError. One client session per set of allowed private ranges: a connection opened under one is never used under another.
"""

import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from aggregator.errors import FetchError, HttpStatusError, TooLarge
from aggregator.fetch.address import LONGEST, literal, read, target
from aggregator.fetch.coding import ACCEPTED, Body
from aggregator.fetch.failures import address_refused, explain, retry_after, status_error
from aggregator.fetch.gate import Gate, Resting
from aggregator.fetch.guard import Address, GuardedResolver, Lookup, guarded_sockets, refused, system_lookup
from aggregator.fetch.headers import OURS, check_headers, read_headers, validator
from aggregator.fetch.limits import Limits
from aggregator.fetch.proxy import EVERYWHERE, Proxies, inward
from aggregator.fetch.room import Seat
from aggregator.fetch.trip import Redirect, Trip
from aggregator.fetch.wire import factory
from aggregator.model import Document, Network, Request

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class HttpFetcher:
    """Fetches over HTTP. `gate` makes it polite; `gate_private` says whether hosts inside allow_private have a budget too."""

    def __init__(
        self,
        *,
        user_agent: str,
        gate: Gate,
        gate_private: bool = False,
        limits: Limits,
        lookup: Lookup = system_lookup,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
    ) -> None:
        self._proxies = Proxies(proxy)
        self._user_agent = user_agent
        self._gate = gate
        self._gate_private = gate_private
        self._limits = limits
        self._lookup = lookup
        self._ssl: ssl.SSLContext | bool = True if ssl_context is None else ssl_context
        self._sessions: dict[tuple[Network, ...], ClientSession] = {}

    async def fetch(self, request: Request, seat: Seat) -> Document:
        """Ask, following redirects; the body takes up `seat`. Raises FetchError and its subclasses, nothing else.

        Waiting for a turn is not counted.
        """
        url = read(request.url)
        check_headers(request)
        trip = Trip(request, url, self._limits, seat)
        answer = await self._turn(url, trip)
        while isinstance(answer, Redirect):
            trip.follow(answer)
            answer = await self._turn(answer.url, trip)
        return answer if trip.moved is None else replace(answer, moved_to=str(trip.moved))

    def rest(self, host: str) -> None:
        """This host's domain wants rest: requests under way that wait for its turn fail with reason `host-rests`."""
        self._gate.close(host)

    async def close(self) -> None:
        """Close every connection."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def _turn(self, url: URL, trip: Trip) -> Document | Redirect:
        """One hop, in its host's turn."""
        allow = trip.request.allow_private
        own = bool(allow) and await self._is_own(url, allow, trip)
        proxy = None if own else self._proxies.of(url)
        if self._gate_private or not own:
            try:
                async with self._gate.turn(url.host or "", trip.begun):
                    return await trip.within(self._ask_gently(url, trip, proxy), url)
            except Resting as rest:
                raise FetchError(
                    f"{url.host} asked for rest while this request waited for its turn; it is asked again after that",
                    url=str(url),
                    reason="host-rests",
                ) from rest
        return await trip.within(self._ask(url, trip, proxy), url)

    async def _ask_gently(self, url: URL, trip: Trip, proxy: URL | None) -> Document | Redirect:
        """Ask; if the host wants rest, those who wait behind this request are not let through any more."""
        try:
            return await self._ask(url, trip, proxy)
        except HttpStatusError as error:
            if error.status in (429, 503):
                self._gate.close(url.host or "")
            raise

    async def _is_own(self, url: URL, allow: Sequence[Network], trip: Trip) -> bool:
        """Whether the host is the operator's own machine: every address of it lies inside `allow`, and needs to."""
        address = literal(url.raw_host or "")
        return await trip.within(self._leads_home(url, allow), url) if address is None else _is_opened(address, allow)

    async def _leads_home(self, url: URL, allow: Sequence[Network]) -> bool:
        try:
            answers = await self._lookup(url.raw_host or "", url.port or 80)
        except OSError:
            return False  # the connection will fail on it, and say so
        return all(_is_opened(answer, allow) for answer in answers)

    async def _ask(self, url: URL, trip: Trip, proxy: URL | None) -> Document | Redirect:
        request = trip.request
        address = literal(url.raw_host or "", str(url))
        if address is not None and (reason := refused(address, request.allow_private)):
            raise address_refused(str(url), str(address), str(address), reason)
        if proxy is not None and address is None and inward(url.raw_host or ""):
            raise address_refused(str(url), url.host or "", url.host or "", "a name nearby, asked through a proxy")
        headers = self._headers(url, trip)
        session = self._session(request.allow_private if proxy is None else EVERYWHERE)
        try:
            async with session.get(url, headers=headers, allow_redirects=False, proxy=proxy) as response:
                return await self._take(response, url, trip)
        except FetchError:
            raise
        except Exception as error:  # a hostile server finds exceptions that no client's documentation lists
            raise explain(error, url) from error

    def _headers(self, url: URL, trip: Trip) -> dict[str, str]:
        request = trip.request
        headers = {"User-Agent": self._user_agent, "Accept": request.accept, "Accept-Encoding": ACCEPTED}
        for name, value in request.headers.items() if trip.keeps_headers(url) else ():
            if name.lower() not in OURS:
                headers["Accept" if name.lower() == "accept" else name] = value
        if trip.conditional(url):
            if request.etag is not None:
                headers["If-None-Match"] = request.etag
            if request.last_modified is not None:
                headers["If-Modified-Since"] = request.last_modified
        return headers

    def _session(self, allow: tuple[Network, ...]) -> ClientSession:
        session = self._sessions.get(allow)
        if session is None:
            limits = self._limits
            connector = _Connector(
                headers=limits.headers,
                limit=0,  # the gate and the caller bound what runs
                ttl_dns_cache=60,
                ssl=self._ssl,
                keepalive_timeout=15,
                resolver=GuardedResolver(self._lookup, allow),
                socket_factory=guarded_sockets(allow),
            )
            session = self._sessions[allow] = ClientSession(
                connector=connector,
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=ClientTimeout(total=None, sock_connect=limits.connect, sock_read=limits.idle),
                max_line_size=LONGEST,
                max_field_size=limits.headers,
            )
        return session

    async def _take(self, response: ClientResponse, url: URL, trip: Trip) -> Document | Redirect:
        """Judge an answer by its header, and read its body if it has one that we want."""
        status, limits = response.status, self._limits
        if sum(len(name) + len(value) + 4 for name, value in response.raw_headers) > limits.headers:
            raise TooLarge(f"the header of {url.host}'s answer has more than {limits.headers:,} bytes", url=str(url))
        headers = read_headers(response.raw_headers)
        if (coding := headers.get("transfer-encoding", "chunked").strip().lower()) not in ("chunked", "identity"):
            raise FetchError(
                f"{url.host} uses the transfer coding {coding[:60]!r}, which was not asked for; ask its operator",
                url=str(url),
                reason="content-coding",
            )
        if status in _REDIRECTS:
            return Redirect(status, target(url, response.headers.get("Location", "")))
        if status == 304 and not trip.conditional(url):
            raise FetchError(
                f"{url.host} answered 304 Not Modified, but it was not asked whether anything changed; ask its operator",
                url=str(url),
                reason="unasked-304",
            )
        if status not in (200, 304):
            wait = retry_after(headers.get("retry-after"), headers.get("date"), datetime.now(UTC))
            raise status_error(status, url, wait=wait)
        return Document(
            url=str(url),
            request=trip.request,
            status=status,
            body=b"" if status == 304 else await self._body(response, headers.get("content-encoding", ""), url, trip),
            content_type=headers.get("content-type", ""),
            etag=validator(headers.get("etag")),
            last_modified=validator(headers.get("last-modified")),
            headers=headers,
        )

    async def _body(self, response: ClientResponse, coding: str, url: URL, trip: Trip) -> bytes:
        body = Body(coding, self._limits, url=str(url))
        body.expect(response.content_length)
        async for chunk in response.content.iter_any():
            body.feed(chunk)
            await trip.hold(body.size)
        return body.finish()


def _is_opened(address: str | Address, allow: Sequence[Network]) -> bool:
    """Whether it is `allow` alone that lets an address be dialled."""
    return refused(address) is not None and refused(address, allow) is None


class _Connector(TCPConnector):
    """Counts what comes on its connections; reuses none on which something came that nobody asked for.

    It would be taken for the next answer. aiohttp checks this only when it puts a connection back; bytes that come later stay in
    it (measured with 3.14.5). `_factory` and `_get` are private to aiohttp; the tests of floods and of a body longer than its
    Content-Length tell when they are no longer there.
    """

    def __init__(self, *, headers: int, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._factory = factory(headers)  # type: ignore[assignment]  # any callable that makes one will do

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        connection = await super()._get(key, traces)
        while connection is not None and connection.protocol is not None and connection.protocol.should_close:
            connection.close()
            connection = await super()._get(key, traces)
        return connection
