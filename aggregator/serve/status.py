"""/status: what `aggregator status` prints, as a page for whoever runs this.

    GET /status[?why=address]    200 the page, and the life of the item at that address; 401 a token is wanted;
                                 403 there is none, and the request is not from this machine

It stands at the root, whatever the path of base_url is, as everything does that is not published.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from aggregator import sparkline
from aggregator.errors import AggregatorError
from aggregator.model import Site
from aggregator.pipeline.answers.why import Life
from aggregator.pipeline.report import StatusReport
from aggregator.publish import html
from aggregator.serve.access import Access
from aggregator.serve.announced import announced

LONGEST = 2000
"""Characters of what is asked for: addresses in use are shorter."""
_FRESH = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the page needs. `report` raises StoreError."""

    site: Site
    access: Access
    report: Callable[[], Awaitable[StatusReport]]
    why: Callable[[str], Awaitable[Life]]
    """The life of the item that an address, a number or an entry's id means. Raises AggregatorError if there is none."""
    now: Callable[[], datetime]


def route(base: str, status: Status) -> Route:
    """The page; `base` is the path of the site."""

    async def answer(request: Request) -> Response:
        if not status.access.granted(request):
            return _refusal(status.access)
        report, now = await status.report(), status.now()
        asked = " ".join(request.query_params.get("why", "").split())[:LONGEST]
        life, problem = await _why(status, asked)
        page = html.page(
            "status",
            status.site,
            root=quote(base.lstrip("/")),
            topics=report.topics,
            here="status",
            report=report,
            asked=asked,
            life=life,
            problem=problem,
            now=now,
            span=span,
            bars=sparkline.bars,
            height=sparkline.HEIGHT,
        )
        links = {"Link": link} if (link := announced(page)) else {}
        return HTMLResponse(page, headers=_FRESH | links)

    return Route("/status", answer)


async def _why(status: Status, asked: str) -> tuple[Life | None, str]:
    """The life that was asked for, or why there is none."""
    if not asked:
        return None, ""
    try:
        return await status.why(asked), ""
    except AggregatorError as error:
        return None, str(error)


def _refusal(access: Access) -> Response:
    if access.token is not None:
        challenge = {"WWW-Authenticate": 'Basic realm="aggregator status", charset="UTF-8"', **_FRESH}
        return PlainTextResponse("The token, please: as the password, with any name.\n", 401, headers=challenge)
    sentence = "This is shown at this machine only. [serve] status_token_env in config.toml opens it to those who know a token.\n"
    return PlainTextResponse(sentence, 403, headers=_FRESH)


def span(length: timedelta | float) -> str:
    """In words, in one unit, rounded down: `12 minutes`."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    minutes = max(0, int(seconds // 60))
    for size, name in ((1440, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return f"{minutes // size} {name}s"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
