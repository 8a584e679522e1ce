"""Real feed readers subscribe to what we serve: all thirty entries, each complete, and 304 when nothing is new."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from reader import make_reader
from served_topic import Site30, entries, run, serving

from aggregator.model import FeedEntry, Html, Plain

XML = pytest.mark.parametrize("format", ["atom", "rss"])


@dataclass(frozen=True)
class Seen:
    """An entry as a client keeps it."""

    title: str
    link: str
    date: datetime
    content: str


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site30]:
    async with serving(tmp_path / "feeds") as site:
        yield site


def needs(program: str) -> Callable[[Callable[..., object]], pytest.MarkDecorator]:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def assert_complete(seen: list[Seen], published: tuple[FeedEntry, ...]) -> None:
    """Every entry once, with its title, link, date (a client may show published or updated) and whole content."""
    assert len(seen) == len(published)
    by_link = {one.link: one for one in seen}
    assert by_link.keys() == {entry.link for entry in published}
    for entry in published:
        one = by_link[entry.link or ""]
        assert one.title == entry.title
        assert one.date in (entry.published, entry.updated)
        assert words(one.content) == words(entry.content or "")


def words(html: str) -> str:
    """Markup that says the same may be written in several ways."""
    return " ".join(unescape(html).split())


async def newsboat(site: Site30, format: str, home: Path) -> list[Seen]:
    (home / "urls").write_text(f"{site.url}thirty.{format}\n")
    (home / "config").write_text("")
    await run("newsboat", "-x", "reload", "-u", home / "urls", "-c", home / "cache.db", "-C", home / "config", home=home)
    with closing(sqlite3.connect(home / "cache.db")) as db:
        rows = db.execute("select title, url, pubDate, content from rss_item").fetchall()
    return [Seen(title, url, datetime.fromtimestamp(date, UTC), content) for title, url, date, content in rows]


async def sfeed(site: Site30, format: str, home: Path, fetch: str = "") -> list[Seen]:
    (home / "sfeedrc").write_text(
        f'sfeedpath="{home}/kept"\n{fetch}\nfeeds() {{\n\tfeed "thirty" "{site.url}thirty.{format}"\n}}\n'
    )
    (home / "kept").mkdir(exist_ok=True)
    output = await run("sfeed_update", home / "sfeedrc", home=home)
    assert "FAIL" not in output
    rows = [line.split("\t") for line in (home / "kept" / "thirty").read_text().splitlines()]
    return [Seen(unescape(row[1]), row[2], datetime.fromtimestamp(int(row[0]), UTC), untabbed(row[3])) for row in rows]


def untabbed(field: str) -> str:
    """sfeed(5): a field has \\n for a newline, \\t for a tab, \\\\ for a backslash."""
    return field.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")


def lemon(url: str, path: Path) -> list[Seen]:
    with closing(make_reader(str(path))) as reader:
        reader.add_feed(url, exist_ok=True)
        reader.update_feeds(scheduled=False)
        assert reader.get_feed(url).last_exception is None
        return [
            Seen(entry.title or "", entry.link or "", entry.published or datetime.min.replace(tzinfo=UTC), entry.content[0].value)
            for entry in reader.get_entries()
        ]


def after_an_edit() -> tuple[FeedEntry, ...]:
    """One entry is new, one old one was changed."""
    first, *others = entries()
    new = replace(
        first,
        id="urn:uuid:0f8fad5b-d9cb-569f-a165-0000000000ff",
        title=Plain("News"),
        link="https://news.example.org/2026/new",
        published=first.published + timedelta(hours=1),
        updated=first.updated + timedelta(hours=1),
    )
    changed = replace(first, content=Html("<p>Corrected</p>"), updated=first.updated + timedelta(hours=2))
    return (new, changed, *others)


@needs("newsboat")
@XML
async def test_newsboat_sees_all_entries_and_asks_conditionally(site: Site30, tmp_path: Path, format: str) -> None:
    assert_complete(await newsboat(site, format, tmp_path), entries())
    for _ in range(3):  # newsboat 2.21 keeps the validators of its first fetch only at its second
        assert_complete(await newsboat(site, format, tmp_path), entries())
    assert site.statuses(format)[0] == 200
    assert site.statuses(format)[-1] == 304
    site.publish(after_an_edit())
    seen = await newsboat(site, format, tmp_path)
    assert len(seen) == 31
    assert "News" in {one.title for one in seen}


@needs("sfeed_update")
@needs("curl")
@XML
async def test_sfeed_sees_all_entries(site: Site30, tmp_path: Path, format: str) -> None:
    assert_complete(await sfeed(site, format, tmp_path), entries())
    assert_complete(await sfeed(site, format, tmp_path), entries())
    site.publish(after_an_edit())
    assert len({one.link for one in await sfeed(site, format, tmp_path)}) == 31


@needs("sfeed_update")
@needs("curl")
@XML
async def test_sfeed_gets_304_where_it_is_told_to_ask_conditionally(site: Site30, tmp_path: Path, format: str) -> None:
    etags = f"{tmp_path}/etag"
    fetch = (
        f'fetch() {{\n\tcurl -L --max-redirs 0 -f -s -m 15 --etag-compare "{etags}" --etag-save "{etags}" "$2"\n}}'
        if await curl_knows_etags(tmp_path)
        else 'fetch() {\n\tcurl -L --max-redirs 0 -f -s -m 15 -z "$(date -R)" "$2"\n}'
    )
    Path(etags).touch()
    first = await sfeed(site, format, tmp_path, fetch)
    assert await sfeed(site, format, tmp_path, fetch) == first
    assert site.statuses(format)[-1] == 304
    assert site.record[-1].conditional


async def curl_knows_etags(home: Path) -> bool:
    return "--etag-save" in await run("curl", "--help", "all", home=home)


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
async def test_reader_sees_all_entries_and_gets_304(site: Site30, tmp_path: Path, format: str) -> None:
    pytest.importorskip("sgmllib", reason="reader cannot parse without sgmllib3k, which feedparser 6.0.14 no longer brings")
    url = f"{site.url}thirty.{format}"
    assert_complete(await asyncio.to_thread(lemon, url, tmp_path / "reader.db"), entries())
    assert_complete(await asyncio.to_thread(lemon, url, tmp_path / "reader.db"), entries())
    assert site.statuses(format) == [200, 304]
    site.publish(after_an_edit())
    assert_complete(await asyncio.to_thread(lemon, url, tmp_path / "reader.db"), after_an_edit())
    assert site.statuses(format) == [200, 304, 200]
