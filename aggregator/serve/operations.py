"""What a machine asks of the daemon rather than a reader: is it alive, is it ready, what has it done?

    GET /healthz    200 as soon as anything is served
    GET /readyz     200 when it works; 503, and why not, in a sentence
    GET /metrics    Prometheus' text; 403 for those who are not allowed

These stand at the root, whatever the path of base_url is. /metrics answers clients whose own address is in `allowed`: whoever
comes through a proxy on this machine has the proxy's address, so a request that names a proxy is never allowed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from aggregator.model import Json, Network
from aggregator.serve.metrics import CONTENT_TYPE

Health = Callable[[], Mapping[str, Json]]
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """What is answered. `ready` returns what is missing, None if nothing is."""

    ready: Callable[[], Awaitable[str | None]]
    metrics: Callable[[], Awaitable[bytes]]
    answered: Callable[[int], None]
    """Told the status of every answer of this server."""
    allowed: Sequence[Network] = ()
    """Networks whose clients may read /metrics."""


def routes(health: Health, operations: Operations | None) -> list[Route]:
    """The addresses of this module; without `operations`, only /healthz."""

    async def healthz(_: Request) -> Response:
        return JSONResponse(dict(health()), headers=_FRESH)

    if operations is None:
        return [Route("/healthz", healthz)]

    async def readyz(_: Request) -> Response:
        missing = await operations.ready()
        return PlainTextResponse(f"{missing or 'ready'}\n", 503 if missing else 200, headers=_FRESH)

    async def metrics(request: Request) -> Response:
        if not may_read(request, operations.allowed):
            return PlainTextResponse("Not for you: [serve] metrics_from says who may read this.\n", 403, headers=_FRESH)
        return Response(await operations.metrics(), media_type=CONTENT_TYPE, headers=_FRESH)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def may_read(request: Request, allowed: Sequence[Network]) -> bool:
    """Whether the request comes from one of these networks, and from there directly."""
    if request.client is None or is_forwarded(request):
        return False
    address = ip_address(request.client.host.partition("%")[0])
    return any(address in network for network in allowed)


def is_forwarded(request: Request) -> bool:
    """Whether a request says that it came through a proxy, or speaks HTTP/1.0 as hardly anybody but a proxy does (nginx)."""
    return request.scope.get("http_version") == "1.0" or any(name in request.headers for name in _FORWARDED)
