"""Feeds and pages over HTTP: a short way for what lies on the shelf, Starlette for everything else.

    GET, HEAD  base path + name     200, 304   from memory (archives from disk), gzipped where the client takes it
                                    301, 410   a topic that was renamed, removed
    GET, HEAD  /healthz …           200, 503   what machines ask (operations.py)
    GET, HEAD  base path + search   200        what was published, found by its words (search.py)
    GET, HEAD  /status              200, 401   what is wrong, for whoever runs this (status.py)
    anything else                   404, 405   one plain sentence

The short way is there for its price: a feed costs the server half of what it costs behind routing and middleware. Ranges are
ignored, which RFC 9110 section 14.2 allows: feeds are small, and a part of one is of no use.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aggregator.serve.conditional import accepts_gzip, matched, unmodified_since
from aggregator.serve.operations import Health, Operations, routes
from aggregator.serve.ready import Answer, Ready
from aggregator.serve.resource import Headers, Representation, Resource
from aggregator.serve.search import Search
from aggregator.serve.search import route as searching
from aggregator.serve.shelf import CACHE_CONTROL, Shelf, is_archive
from aggregator.serve.status import Status
from aggregator.serve.status import route as showing_status

INDEX: Final = "index.html"
ALWAYS: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    # Scripts inside XHTML inside a feed would run in a browser: nothing may, whatever a source smuggled in.
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
]
"""On every answer, errors included."""

Answered = Callable[[int], None]
T = TypeVar("T")


def create(
    shelf: Shelf,
    *,
    base_path: str,
    health: Health,
    operations: Operations | None = None,
    search: Search | None = None,
    status: Status | None = None,
) -> "Front":
    """The whole site. `base_path` is the path of base_url, such as `/` or `/planet/`; `health` is shown at /healthz."""
    base = unquote("/" + base_path.strip("/") + "/" if base_path.strip("/") else "/")
    answered: Answered = operations.answered if operations is not None else lambda _: None
    fixed = routes(health, operations)
    if search is not None:
        fixed.append(searching(base, search))
    if status is not None:
        fixed.append(showing_status(base, status))
    disk = _InTurn()
    return Front(shelf, base, disk, _rest(shelf, base, disk, fixed), answered)


class _InTurn:
    """What waits for the disk, or takes a while: in a thread, one at a time. The shelf reads one file at a time anyway, and any
    number of strangers that wait for it in threads would leave none for the daemon's own work."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def __call__(self, work: Callable[..., T], *arguments: object) -> T:
        async with self._turn:
            return await asyncio.to_thread(work, *arguments)


class Front:
    """Answers what lies on the shelf; passes everything else on."""

    def __init__(self, shelf: Shelf, base: str, disk: _InTurn, rest: ASGIApp, answered: Answered) -> None:
        self._shelf = shelf
        self._disk = disk
        self._packing = _InTurn()
        self._answered = answered
        self._base = base
        self._link = f"<{quote(base)}".encode("ascii")
        self._rest = rest
        self.ready = Ready(self._find, lambda: shelf.resources, answered)
        """The short way around all of this."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        resource = self._resource(scope) if scope["type"] == "http" else None
        if resource is None and scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            resource = await self._archive(scope["path"])
        if resource is not None:
            await self._answer(resource, scope, send)
        else:
            await self._rest(scope, receive, _guarded(send, self._answered))

    def _resource(self, scope: Scope) -> Resource | None:
        path: str = scope["path"]
        if scope["method"] not in ("GET", "HEAD") or not path.startswith(self._base):
            return None
        return self._shelf.resources.get(path[len(self._base) :] or INDEX)

    async def _archive(self, path: str) -> Resource | None:
        name = path.removeprefix(self._base)
        if not path.startswith(self._base) or not is_archive(name):
            return None
        return await self._disk(self._shelf.archive, name)

    async def _answer(self, resource: Resource, scope: Scope, send: Send) -> None:
        status, representation = choose(resource, scope["headers"])
        if status == 200 and not representation.is_made:
            await self._packing(representation.make)
        answer = self._made(resource, scope, status, representation)
        self._answered(answer.status)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _made(self, resource: Resource, scope: Scope, status: int, representation: Representation) -> Answer:
        name = b"" if resource.name == INDEX else quote(resource.name).encode("ascii")
        headers = representation.ok if status == 200 else representation.not_modified
        link = (b"link", self._link + name + b'>; rel="self"')
        body = representation.body if status == 200 and scope["method"] == "GET" else b""
        return Answer(status, [*headers, link, *ALWAYS], body)

    def _find(self, scope: Scope) -> Answer | None:
        """The answer where it depends on the request's head and the shelf alone, is there, and the connection stays open."""
        resource = self._resource(scope)
        if resource is None or scope["http_version"] != "1.1" or _ends(scope["headers"]):
            return None
        status, representation = choose(resource, scope["headers"])
        is_there = status == 304 or representation.is_made
        return self._made(resource, scope, status, representation) if is_there else None


def _ends(headers: Headers) -> bool:
    """Whether a request ends its connection, or wants something of it."""
    return any(name in (b"connection", b"upgrade", b"expect") and value.lower() != b"keep-alive" for name, value in headers)


def choose(resource: Resource, headers: Headers) -> tuple[int, Representation]:
    """200 or 304, and the representation that it is about. If-Modified-Since counts only without If-None-Match."""
    accept_encoding = if_none_match = if_modified_since = ""
    for name, value in headers:
        if name == b"accept-encoding":
            accept_encoding = f"{accept_encoding},{value.decode('latin-1')}" if accept_encoding else value.decode("latin-1")
        elif name == b"if-none-match":
            if_none_match = f"{if_none_match},{value.decode('latin-1')}" if if_none_match else value.decode("latin-1")
        elif name == b"if-modified-since":
            if_modified_since = value.decode("latin-1")
    chosen = resource.identity
    if resource.gzip is not None and accepts_gzip(accept_encoding):
        chosen = resource.gzip
    if if_none_match:
        etag = matched(if_none_match, (chosen.etag, *resource.etags))
        if etag is None:
            return 200, chosen
        return 304, resource.identity if etag == resource.identity.etag else (resource.gzip or resource.identity)
    if if_modified_since and unmodified_since(if_modified_since, resource.last_modified):
        return 304, chosen
    return 200, chosen


def _guarded(send: Send, answered: Answered) -> Send:
    """The same, with what every answer carries; and it is counted."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *ALWAYS]
            answered(message["status"])
        await send(message)

    return guarded


def _rest(shelf: Shelf, base: str, disk: _InTurn, fixed: list[Route]) -> Starlette:
    async def absent(request: Request) -> Response:
        """No file of this name: renamed, removed, or never there."""
        path: str = request.scope["path"]
        if path + "/" == base:
            return _moved(base)
        if path.startswith(base):
            name = path[len(base) :]
            successor = await disk(shelf.successor, name) if shelf.renamed(name) else None
            if successor is not None:
                return _moved(base + successor)
            if shelf.removed(name):
                raise HTTPException(410, "This feed is not published any more.")
        raise HTTPException(404, f"There is nothing at this address. All feeds are listed at {quote(base)}")

    return Starlette(
        routes=[*fixed, Route("/{path:path}", absent)],
        exception_handlers={HTTPException: _sentence, Exception: _failed},
    )


def _moved(path: str) -> Response:
    return RedirectResponse(path, 301, headers={"Cache-Control": CACHE_CONTROL})


async def _sentence(_: Request, error: Exception) -> Response:
    """Starlette's HTTPException as one line of plain text; 405 says what is allowed."""
    if not isinstance(error, HTTPException):
        raise error
    detail = "Feeds can only be read: use GET or HEAD." if error.status_code == 405 else error.detail
    headers = {"Allow": "GET, HEAD"} if error.status_code == 405 else error.headers
    return PlainTextResponse(detail + "\n", error.status_code, headers=headers)


async def _failed(_: Request, __: Exception) -> Response:
    """The exception itself is logged by the server."""
    return PlainTextResponse("Something went wrong here; the log of the server says what.\n", 500)
