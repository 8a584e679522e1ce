"""Search: a form on every page, and a page of what was found.

    GET <base>search?q=words    200 the page; 503 where too many search at once

Files of feeds/ have an invisible mark where the form belongs, because a static host has nothing that could answer it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from aggregator.model import Site
from aggregator.pipeline.answers.finding import Hits
from aggregator.publish import html
from aggregator.publish.listings import TopicListing
from aggregator.serve.announced import announced

AT_ONCE = 2
"""Searches under way; each takes a thread and a connection to the store."""
WAITING = 20
"""Searches that wait for their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a search page needs. `find` raises StoreError."""

    site: Site
    topics: tuple[TopicListing, ...] = ()
    """What the page announces."""
    find: Callable[[str], Awaitable[Hits]]


def route(base: str, search: Search) -> Route:
    """The search below a base path."""
    room = asyncio.Semaphore(AT_ONCE)
    waiting = 0

    async def answer(request: Request) -> Response:
        nonlocal waiting
        if waiting >= WAITING:
            headers = {"Retry-After": "60"}
            return PlainTextResponse("Too many people are searching; try again in a minute.\n", 503, headers=headers)
        waiting += 1
        try:
            async with room:
                hits = await search.find(request.query_params.get("q", "")[:1000])
        finally:
            waiting -= 1
        body = html.page("search", search.site, topics=search.topics, here="search", hits=hits, marked=marked)
        links = {"Link": link} if (link := announced(body)) else {}
        return HTMLResponse(body, headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex", **links})

    return Route(f"{base}search", answer)


def with_form(name: str, body: bytes) -> bytes:
    """A page as the daemon serves it: with the form where its mark is. `name` is below the folder of feeds."""
    root = "../" * name.count("/")
    return body.replace(html.SEARCH.encode(), html.part("find", root=root).encode(), 1)


def marked(text: str, places: tuple[tuple[int, int], ...]) -> Markup:
    """The text, escaped, with these places marked."""
    made, last = Markup(), 0
    for start, end in places:
        made += escape(text[last:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        last = end
    return made + escape(text[last:])
