"""Search and status over HTTP: what they show, to whom, and that nothing of strangers acts in them."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from selectolax.lexbor import LexborHTMLParser
from serve_files import put

from aggregator.errors import AggregatorError
from aggregator.model import Incident, Site
from aggregator.pipeline.answers.finding import Hit, Hits
from aggregator.pipeline.answers.standing import Standing
from aggregator.pipeline.answers.tales import Tale, TaleItem
from aggregator.pipeline.answers.why import Life, Origin
from aggregator.pipeline.report import SourceStatus, StatusReport, StoreStatus, TopicStatus, Trouble
from aggregator.publish.html import SEARCH
from aggregator.publish.listings import Named, Telling
from aggregator.serve import search as searching
from aggregator.serve.access import Access
from aggregator.serve.app import create
from aggregator.serve.search import Search, marked
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf
from aggregator.serve.status import LONGEST, Status, span

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
EVIL = '"><script>alert(1)</script>'
TOKEN = "0123456789abcdef0123456789abcdef"
SITE = Site(title=EVIL, base_url="https://planet.example/")


def report() -> StatusReport:
    healthy = SourceStatus(
        id="lwn", kind="feed", address="https://lwn.net/rss", enabled=True, items=1234, last_poll=NOW - timedelta(hours=3),
        last_result="ok", due=NOW + timedelta(minutes=12), due_reason="interval", days=(0, 2, 5), delays=(None, 600.0, 1200.0),
    )  # fmt: skip
    broken = SourceStatus(
        id="evil", kind=EVIL, address=EVIL, enabled=True, items=0, last_poll=NOW, last_result="failed", error=EVIL,
        failing_since=NOW - timedelta(days=3), due=NOW, due_reason="backoff", days=(0, 0, 0), delays=(None, None, None),
    )  # fmt: skip
    idle = SourceStatus(id="idle", kind="feed", address="", enabled=False, items=0)
    new = SourceStatus(id="new", kind="feed", address="", enabled=True, items=0)
    trouble = Trouble(kind="failing", subject="evil", title=EVIL, since=NOW, sentence=EVIL, tried=EVIL, advice=EVIL)
    mild = Trouble(kind="moved", subject="lwn", title="moved", since=None, sentence="It moved.", tried="", advice="")
    over = Incident(
        id="urn:uuid:0", kind="failing", subject="x", opened=NOW, updated=NOW, resolved=NOW, title=EVIL, sentence=EVIL
    )
    return StatusReport(
        sources=(broken, healthy, idle, new),
        topics=(TopicStatus(slug="ai", title=EVIL, entries=50, published=70, matched=90, newest=NOW),),
        store=StoreStatus(path="/srv/a.db", bytes=2_500_000, items=1234),
        troubles=(trouble, mild),
        resolved=(over,),
    )


@dataclass
class Place:
    """A server whose search and status a test sets."""

    url: str = ""
    access: Access = field(default_factory=Access)
    hits: Callable[[str], Hits] = lambda text: Hits(query=text)
    wait: asyncio.Event | None = None

    async def find(self, text: str) -> Hits:
        if self.wait is not None:
            await self.wait.wait()
        return self.hits(text)


async def _report() -> StatusReport:
    return report()


async def _life(asked: str) -> Life:
    if asked == "absent":
        raise AggregatorError(f"no item is known by {EVIL}")
    told = TaleItem(
        item=7, source="lwn", called=EVIL, title=EVIL, link=None, dated=NOW, domain="lwn.net", kind="copy", reason="terms",
        rule=EVIL, nearest=3, score=0.5, terms=((EVIL, 0.25),),
    )  # fmt: skip
    standing = Standing(topic="ai", where="in", reason="shown", sentence=EVIL, clause=EVIL, because=EVIL, archive=2)
    origin = Origin(id="lwn", called=EVIL, kind="feed", address=None, last_poll=None, last_result=None, due=None, due_reason=None)
    return Life(
        item=7, title=asked, link=None, native=None, key=EVIL, link_key=None, source=origin, first_seen=NOW, dated=NOW,
        dated_because=EVIL, revised=NOW, revisions=0, forgotten=None, stands=True,
        stories=(Tale(story=3, grouping="normal", sources=2, items=(told,), entries=()),), topics=(standing,),
    )  # fmt: skip


async def serve(place: Place, feeds: Path, base_path: str = "/") -> Server:
    server = Server()
    shelf = Shelf(feeds)
    shelf.load()
    app = create(
        shelf,
        base_path=base_path,
        health=dict,
        search=Search(site=SITE, find=place.find),
        status=Status(site=SITE, access=place.access, report=_report, why=_life, now=lambda: NOW),
    )
    await server.start(app, "127.0.0.1", 0)
    place.url = f"http://127.0.0.1:{server.port}/"
    return server


@pytest.fixture
async def place(feeds: Path) -> AsyncIterator[Place]:
    put(feeds, "index.html", f"<header>{SEARCH}</header>{SEARCH}".encode())
    put(feeds, "ai/2026-11.html", SEARCH.encode())
    place = Place()
    server = await serve(place, feeds)
    yield place
    await server.stop()


async def get(client: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, str, aiohttp.ClientResponse]:
    async with client.get(url, headers=headers) as answer:
        return answer.status, await answer.text(), answer


def is_harmless(page: str) -> bool:
    found = LexborHTMLParser(page)
    return not found.css("script, [style], style") and not any(
        name.startswith("on") for node in found.css("*") for name in node.attributes
    )


# ── search ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_pages_get_the_form_once_where_their_mark_is_and_it_leads_to_the_search(
    place: Place, client: aiohttp.ClientSession
) -> None:
    _, index, _ = await get(client, place.url)
    assert index.count("<form") == 1
    assert 'action="search"' in index
    assert index.endswith(SEARCH)
    _, month, answer = await get(client, place.url + "ai/2026-11.html")
    assert 'action="../search"' in month
    assert answer.headers["Cache-Control"] == "public, max-age=300"


async def test_what_is_found_is_shown_with_marks_and_as_text(place: Place, client: aiohttp.ClientSession) -> None:
    story = Telling(
        title=f"ferry {EVIL}", address="https://a.example/1", published=NOW, source=Named(EVIL), language="de", excerpt=f"A ferry {EVIL}"
    )  # fmt: skip
    bare = Telling(title="bare", address=None, published=NOW)
    hit = Hit(story=story, topics=(Named(EVIL, "ai"), Named("B", "b")), title=((0, 5),), excerpt=((2, 7),))
    place.hits = lambda text: Hits(query=text, found=(hit, Hit(story=bare, topics=())))
    status, page, answer = await get(client, place.url + "search?q=ferry+%22%3E%3Cscript%3E")
    assert status == 200
    assert is_harmless(page)
    found = LexborHTMLParser(page)
    assert [node.text() for node in found.css("mark")] == ["ferry", "ferry"]
    assert found.css_first("#_q").attributes["value"] == 'ferry "><script>'
    assert [a.attributes["href"] for a in found.css("article a")] == ["https://a.example/1", "ai.html", "b.html"]
    assert found.css_first("[role=status]").text() == "2 stories"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("hits", "says"),
    [
        (Hits(query=""), "Finds stories that were published here."),
        (Hits(query="x"), "Nothing was found."),
        (Hits(query="x", problem="Name at least one word."), "Name at least one word."),
        (Hits(query="x", found=(Hit(story=Telling(title="T", address=None, published=NOW), topics=()),)), "1 story"),
        (
            Hits(query="x", more=True, found=(Hit(story=Telling(title="T", address=None, published=NOW), topics=()),)),
            "The newest 1",
        ),
    ],
)
async def test_a_search_says_what_came_of_it(place: Place, client: aiohttp.ClientSession, hits: Hits, says: str) -> None:
    place.hits = lambda _: hits
    assert says in (await get(client, place.url + "search"))[1]


async def test_too_many_searches_at_once_are_sent_away(place: Place, client: aiohttp.ClientSession) -> None:
    place.wait = asyncio.Event()
    under_way = [asyncio.create_task(get(client, place.url + "search?q=x")) for _ in range(searching.WAITING + 5)]
    done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result()[0] for task in done] == [503] * len(done)
    place.wait.set()
    answers = [(await task)[0] for task in under_way]
    assert (answers.count(200), answers.count(503)) == (searching.WAITING, 5)


def test_marks_are_put_around_escaped_text() -> None:
    assert marked("a <b> c", ((2, 5),)) == "a <mark>&lt;b&gt;</mark> c"
    assert marked("<", ()) == "&lt;"


# ── status ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_status_shows_troubles_sources_topics_and_what_is_over(place: Place, client: aiohttp.ClientSession) -> None:
    status, page, answer = await get(client, place.url + "status")
    assert status == 200
    assert is_harmless(page)
    assert answer.headers["Cache-Control"] == "no-store"
    found = LexborHTMLParser(page)
    rows = [[" ".join(cell.text().split()) for cell in row.css("th, td")] for row in found.css("tbody tr")]
    assert [row[0].split()[0] for row in rows] == ["evil", "lwn", "idle", "new", EVIL]
    assert rows[1][1:4] == ["ok 3 hours ago", "in 12 minutes interval", "1,234"]
    assert rows[0][2] == "now backoff"
    assert (rows[2][1:3], rows[3][1:3]) == (["never", "disabled"], ["never", "now"])
    assert rows[4][1:4] == ["90", "70", "50"]
    pictures = [svg.attributes["aria-label"] for svg in found.css("svg")]
    assert pictures == [
        "Items a day, today last: 0, 2, 5",
        "Mean delay a day, today last: none, 10 minutes, 20 minutes",
    ]
    assert len(found.css("svg rect")) == 5
    assert len(found.css(".trouble")) == 2
    assert len(found.css(".trouble.mild")) == 1
    assert "1 minutes" not in page


async def test_below_a_path_the_status_stands_at_the_root_and_links_into_the_site(
    feeds: Path, client: aiohttp.ClientSession
) -> None:
    place = Place()
    server = await serve(place, feeds, "/planet/")
    _, page, _ = await get(client, place.url + "status")
    assert 'href="planet/style.css"' in page
    assert (await get(client, place.url + "planet/search"))[0] == 200
    assert (await get(client, place.url + "planet/status"))[0] == 404
    await server.stop()


@pytest.mark.parametrize("host", ["localhost:80", "127.0.0.1", "[::1]:8080", "127.9.9.9:1", "LOCALHOST"])
async def test_people_at_this_machine_see_it(place: Place, client: aiohttp.ClientSession, host: str) -> None:
    assert (await get(client, place.url + "status", Host=host))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"Via": "1.1 x"},
        {"Host": "planet.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "10.0.0.1"},
        {"Authorization": f"Bearer {TOKEN}", "Host": "planet.example"},
    ],
)
async def test_nobody_else_does_where_there_is_no_token(
    place: Place, client: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    status, text, answer = await get(client, place.url + "status", **headers)
    assert status == 403
    assert "status_token_env" in text
    assert "lwn" not in text
    assert "WWW-Authenticate" not in answer.headers


async def test_an_old_proxy_that_names_nobody_is_not_this_machine(place: Place) -> None:
    """nginx as it comes: HTTP/1.0, its own name for us as Host, and nothing else."""
    port = int(place.url.rstrip("/").rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /status HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    assert (await reader.readline()).split()[1] == b"403"
    writer.close()


def basic(password: str, name: str = "me") -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (basic(TOKEN), 200),
        (basic(TOKEN, ""), 200),
        (basic(TOKEN[:-1]), 401),
        (basic(""), 401),
        ("Basic ?", 401),
        ("Basic /zp4", 401),  # a byte that is no UTF-8
        (f"Digest {TOKEN}", 401),
        ("Bearer ", 401),
        ("", 401),
    ],
)
async def test_from_elsewhere_the_token_opens_it(
    feeds: Path, client: aiohttp.ClientSession, authorization: str, expected: int
) -> None:
    place = Place(access=Access(local=False, token=TOKEN))
    server = await serve(place, feeds)
    status, text, answer = await get(client, place.url + "status", Authorization=authorization)
    assert status == expected
    assert TOKEN not in text
    assert ("WWW-Authenticate" in answer.headers) == (expected == 401)
    assert (await get(client, f"{place.url}status?token={TOKEN}"))[0] == 401
    await server.stop()


def test_the_token_is_not_shown_with_the_value_that_holds_it() -> None:
    assert TOKEN not in repr(Access(token=TOKEN))
    assert "set" in repr(Access(token=TOKEN))


def test_spans_are_in_one_unit() -> None:
    lengths = (-5, 60, 119 * 60, 120 * 60, 47 * 3600, 48 * 3600)
    assert [span(seconds) for seconds in lengths] == ["0 minutes", "1 minute", "119 minutes", "2 hours", "47 hours", "2 days"]


async def test_the_status_tells_why_an_item_is_where_it_is(place: Place, client: aiohttp.ClientSession) -> None:
    status, page, _ = await get(client, f"{place.url}status?{urlencode({'why': EVIL})}")
    assert status == 200
    assert is_harmless(page)
    text = " ".join(LexborHTMLParser(page).text(separator=" ").split())
    assert f"Item 7 of {EVIL}" in text
    assert "Copy 3, told by 2 independent sources" in text
    assert "(archive 2)" in text
    _, page, _ = await get(client, f"{place.url}status?why=absent")
    assert is_harmless(page)
    assert LexborHTMLParser(page).css_first("[role=alert]").text() == f"no item is known by {EVIL}"
    _, page, _ = await get(client, f"{place.url}status?why={'x' * 5000}")
    assert "x" * LONGEST in page
    assert "x" * (LONGEST + 1) not in page


async def test_why_is_told_to_nobody_who_may_not_see_the_status(feeds: Path, client: aiohttp.ClientSession) -> None:
    place = Place(access=Access(local=False, token=None))
    server = await serve(place, feeds)
    status, page, _ = await get(client, f"{place.url}status?why=7")
    await server.stop()
    assert (status, "Item 7" in page) == (403, False)
