"""The Link header of pages: the feeds that the page's own link elements name, for programs that read no HTML."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from serve_files import put

from aggregator.model import Site
from aggregator.pipeline.answers.finding import Hits
from aggregator.pipeline.answers.why import Life
from aggregator.pipeline.report import StatusReport, StoreStatus, TopicStatus
from aggregator.publish import pages
from aggregator.publish.listings import TopicListing
from aggregator.serve.access import Access
from aggregator.serve.announced import LONGEST, announced
from aggregator.serve.app import create
from aggregator.serve.search import Search
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf
from aggregator.serve.status import Status
from aggregator.sources.discovery import header_feeds

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SITE = Site(title="S", base_url="https://planet.example/planet/")
TOPICS = (TopicListing(slug="ai", title="AI"), TopicListing(slug="boats", title='Über "Boote", <b>'))


async def find(text: str) -> Hits:
    return Hits(query=text)


async def report() -> StatusReport:
    shown = tuple(TopicStatus(slug=one.slug, title=one.title, entries=1, published=1) for one in TOPICS)
    return StatusReport(sources=(), topics=shown, store=StoreStatus(path="/srv/a.db", bytes=1, items=1))


async def why(_: str) -> Life:
    raise AssertionError


@pytest.fixture
async def planet(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a server that has every kind of page, below /planet/."""
    put(tmp_path, "index.html", pages.index(SITE, TOPICS))
    put(tmp_path, "ai/2026-11.html", pages.month(SITE, TOPICS[0], "2026-11", [], before=None, after=None))
    put(tmp_path, "sources.html", pages.directory(SITE, TOPICS, []))
    put(tmp_path, "ai.atom", b"<feed/>")
    shelf = Shelf(tmp_path)
    shelf.load()
    server = Server()
    app = create(
        shelf,
        base_path="/planet/",
        health=dict,
        search=Search(site=SITE, topics=TOPICS, find=find),
        status=Status(site=SITE, access=Access(), report=report, why=why, now=lambda: NOW),
    )
    await server.start(app, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.port}/"
    await server.stop()


def linked(page: bytes, address: str) -> list[str]:
    """What the link elements of a page name."""
    found = LexborHTMLParser(page.decode()).css('link[rel="alternate"]')
    return [urljoin(address, link.attributes["href"] or "") for link in found]


@pytest.mark.parametrize(
    ("path", "topics"),
    [
        ("planet/", ["ai", "boats"]),
        ("planet/index.html", ["ai", "boats"]),
        ("planet/ai/2026-11.html", ["ai"]),
        ("planet/sources.html", ["ai", "boats"]),
        ("planet/search?q=x", ["ai", "boats"]),
        ("status", ["ai", "boats"]),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_every_page_names_its_feeds_in_its_head_as_in_its_link_elements(
    planet: str, client: aiohttp.ClientSession, path: str, topics: list[str], method: str
) -> None:
    async with client.get(planet + path) as answer:
        page = await answer.read()
    async with client.request(method, planet + path) as answer:
        header = ", ".join(answer.headers.getall("Link"))
    expected = [f"{planet}planet/{topic}.{format}" for topic in topics for format in ("atom", "rss", "json")]
    assert list(header_feeds(header, planet + path)) == linked(page, planet + path) == expected
    assert header.count('rel="alternate"') == len(expected)
    assert 'type="application/atom+xml"; title="AI (Atom)"' in header


async def test_feeds_announce_nothing_and_304_repeats_nothing(planet: str, client: aiohttp.ClientSession) -> None:
    async with client.get(f"{planet}planet/ai.atom") as feed:
        assert feed.headers.getall("Link") == ['</planet/ai.atom>; rel="self"']
    async with client.get(f"{planet}planet/") as page:
        etag = page.headers["ETag"]
    async with client.get(f"{planet}planet/", headers={"If-None-Match": etag}) as unchanged:
        assert unchanged.status == 304
        assert unchanged.headers.getall("Link") == ['</planet/>; rel="self"']


def test_a_header_that_would_be_too_long_keeps_one_format_of_as_many_topics_as_fit() -> None:
    topics = [TopicListing(slug=f"topic-{number}", title="T" * 20) for number in range(60)]
    value = announced(pages.index(SITE, topics[:10]))
    assert len(value) <= LONGEST
    assert list(header_feeds(value, "http://x/")) == [f"http://x/topic-{number}.atom" for number in range(10)]
    value = announced(pages.index(SITE, topics))
    assert LONGEST - 200 < len(value) <= LONGEST
    found = header_feeds(value, "http://x/")
    assert list(found) == [f"http://x/topic-{number}.atom" for number in range(len(found))]


def test_a_page_without_feeds_has_no_such_header() -> None:
    assert announced(b"<title>x</title>") == ""
    assert announced(pages.index(SITE, ())) == ""


@given(st.text(max_size=60))
def test_whatever_a_topic_is_called_the_header_is_one_line_of_ascii_and_names_its_feeds(title: str) -> None:
    page = pages.index(Site(title="S", base_url="http://x/", formats=("rss",)), [TopicListing(slug="t", title=title)])
    value = announced(page)
    assert value.isascii()
    assert value.isprintable()
    assert header_feeds(value, "http://x/") == ("http://x/t.rss",)
