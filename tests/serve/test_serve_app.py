"""The site over a real socket: feeds, validators, encodings, errors."""

import asyncio
import gzip
from pathlib import Path

import aiohttp
import pytest
from serve_files import ATOM, put

from aggregator.serve.app import create
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("ai.atom", "application/xml; charset=utf-8"),
        ("ai.rss", "application/xml; charset=utf-8"),
        ("ai.json", "application/feed+json"),
        ("ai/3.atom", "application/xml; charset=utf-8"),
        ("topics.opml", "text/x-opml; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
        ("", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
    ],
)
async def test_files_have_their_types_and_what_every_answer_carries(
    site: str, client: aiohttp.ClientSession, path: str, content_type: str
) -> None:
    async with client.get(site + path) as answer:
        assert answer.status == 200
        headers = answer.headers
        assert headers["Content-Type"] == content_type
        kept = "public, max-age=604800, immutable" if path == "ai/3.atom" else "public, max-age=300"
        assert headers["Cache-Control"] == kept
        assert headers["Vary"] == "Accept-Encoding"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == POLICY
        assert headers["Last-Modified"] == "Mon, 21 Sep 2026 14:13:20 GMT"
        assert headers["Link"] == f'</{path if path != "index.html" else ""}>; rel="self"'
        assert headers["ETag"].startswith('"')
        assert "Server" not in headers
        assert int(headers["Content-Length"]) == len(await answer.read())


async def test_gzip_is_an_encoding_with_an_etag_of_its_own(site: str, client: aiohttp.ClientSession) -> None:
    async with client.get(site + "ai.atom") as plain, client.get(site + "ai.atom", headers={"Accept-Encoding": "gzip"}) as packed:
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await packed.read()) == await plain.read() == ATOM
        assert plain.headers["ETag"] != packed.headers["ETag"]
    async with client.get(site + "ai.atom", headers={"Accept-Encoding": "gzip;q=0, identity"}) as refused:
        assert await refused.read() == ATOM


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("shape", ["{}", "W/{}", '"x", {}, "y"', "*"])
async def test_a_client_that_has_the_newest_gets_304_without_a_body(
    site: str, client: aiohttp.ClientSession, encoding: str, shape: str
) -> None:
    async with client.get(site + "ai.atom", headers={"Accept-Encoding": encoding}) as first:
        etag = first.headers["ETag"]
    ask = {"Accept-Encoding": encoding, "If-None-Match": shape.format(etag), "If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    for method in ("GET", "HEAD"):
        async with client.request(method, site + "ai.atom", headers=ask) as answer:
            assert answer.status == 304
            assert await answer.read() == b""
            assert answer.headers["ETag"] == etag
            assert "Content-Type" not in answer.headers
            assert "Content-Length" not in answer.headers
            assert {"Cache-Control", "Vary", "Last-Modified", "Link", "Content-Security-Policy"} <= set(answer.headers)


async def test_the_etag_of_another_encoding_is_as_good_and_comes_back(site: str, client: aiohttp.ClientSession) -> None:
    async with client.get(site + "ai.atom") as plain:
        etag = plain.headers["ETag"]
    async with client.get(site + "ai.atom", headers={"Accept-Encoding": "gzip", "If-None-Match": etag}) as answer:
        assert (answer.status, answer.headers["ETag"]) == (304, etag)


async def test_several_lines_of_a_header_are_one_list(site: str, client: aiohttp.ClientSession) -> None:
    async with client.get(site + "ai.atom", headers={"Accept-Encoding": "gzip"}) as first:
        etag = first.headers["ETag"]
    lines = [("If-None-Match", '"x"'), ("If-None-Match", etag), ("Accept-Encoding", "br"), ("Accept-Encoding", "gzip")]
    async with client.get(site + "ai.atom", headers=lines) as answer:
        assert (answer.status, answer.headers["ETag"]) == (304, etag)


async def test_if_modified_since_counts_only_without_if_none_match(site: str, client: aiohttp.ClientSession) -> None:
    newest = {"If-Modified-Since": "Mon, 21 Sep 2026 14:13:20 GMT"}
    async with client.get(site + "ai.atom", headers=newest) as answer:
        assert answer.status == 304
    async with client.get(site + "ai.atom", headers={**newest, "If-None-Match": '"other"'}) as answer:
        assert answer.status == 200
    async with client.get(site + "ai.atom", headers={"If-Modified-Since": "Mon, 21 Sep 2026 14:13:19 GMT"}) as answer:
        assert answer.status == 200


async def test_a_publication_is_seen_at_once_and_old_validators_do_not_hide_it(
    site: str, client: aiohttp.ClientSession, shelf: Shelf, feeds: Path
) -> None:
    async with client.get(site + "ai.atom") as first:
        etag = first.headers["ETag"]
    put(feeds, "ai.atom", b"<feed>newer</feed>")
    shelf.load()
    async with client.get(site + "ai.atom", headers={"If-None-Match": etag}) as answer:
        assert (answer.status, await answer.read()) == (200, b"<feed>newer</feed>")


async def test_head_is_get_without_the_body(site: str, client: aiohttp.ClientSession) -> None:
    for path in ("ai.atom", "healthz", "nothing"):
        async with client.get(site + path) as got, client.head(site + path) as headed:
            assert headed.status == got.status
            assert await headed.read() == b""
            same = {name: value for name, value in got.headers.items() if name != "Date"}
            assert {name: value for name, value in headed.headers.items() if name != "Date"} == same


async def test_ranges_are_ignored(site: str, client: aiohttp.ClientSession) -> None:
    async with client.get(site + "ai.atom", headers={"Range": "bytes=0-3"}) as answer:
        assert (answer.status, await answer.read()) == (200, ATOM)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
@pytest.mark.parametrize("path", ["ai.atom", "healthz", "nothing"])
async def test_other_methods_are_refused_with_what_is_allowed(
    site: str, client: aiohttp.ClientSession, method: str, path: str
) -> None:
    async with client.request(method, site + path, data=b"x" * 10) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, HEAD"
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert (await answer.text()).count("\n") == 1


@pytest.mark.parametrize(
    "path", ["nothing", "ai", "ai/", "ai.atom/", ".gitignore", "healthz/x", "ai.atom%00", "%2e%2e/%2e%2e/etc/passwd"]
)
async def test_what_is_not_there_is_404_in_one_sentence(site: str, client: aiohttp.ClientSession, path: str) -> None:
    async with client.get(site + path) as answer:
        assert answer.status == 404
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert await answer.text() == "There is nothing at this address. All feeds are listed at /\n"


async def test_removed_topics_are_410_and_renamed_ones_301(site: str, client: aiohttp.ClientSession, shelf: Shelf) -> None:
    shelf.gone = {"dead"}
    shelf.moved = {"old": "ai"}
    async with client.get(site + "dead.atom") as answer:
        assert answer.status == 410
        assert "not published any more" in await answer.text()
        assert answer.headers["Content-Security-Policy"] == POLICY
    async with client.get(site + "old.atom", allow_redirects=False) as answer:
        assert answer.status == 301
        assert answer.headers["Location"] == "/ai.atom"
    async with client.get(site + "old.atom") as answer:
        assert await answer.read() == ATOM


async def test_a_topic_that_came_back_is_served_whatever_it_was_before(
    site: str, client: aiohttp.ClientSession, shelf: Shelf
) -> None:
    shelf.gone = {"ai"}
    shelf.moved = {"ai": "other"}
    async with client.get(site + "ai.atom") as answer:
        assert answer.status == 200


async def test_whoever_waits_for_the_disk_holds_up_nobody_else(site: str, client: aiohttp.ClientSession, shelf: Shelf) -> None:
    shelf.moved = {"old": "ai"}
    with shelf._lock:
        waiting = [asyncio.create_task(_get(client, f"{site}{name}/3.atom")) for name in ("ai", "old") * 40]
        await asyncio.sleep(0.2)
        async with asyncio.timeout(5):
            assert await _get(client, site + "ai.atom") == 200
            assert await asyncio.to_thread(lambda: "done") == "done", "threads are left for the daemon's own work"
        assert not any(task.done() for task in waiting)
    assert set(await asyncio.gather(*waiting)) == {200}


async def _get(client: aiohttp.ClientSession, address: str) -> int:
    async with client.get(address) as answer:
        return answer.status


async def test_health_is_json_and_never_cached(site: str, client: aiohttp.ClientSession) -> None:
    async with client.get(site + "healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"sources": 3})
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_fault_of_ours_is_a_sentence_too(shelf: Shelf, client: aiohttp.ClientSession) -> None:
    def broken() -> dict[str, None]:
        raise RuntimeError("secret detail")

    server = Server()
    await server.start(create(shelf, base_path="/", health=broken), "127.0.0.1", 0)
    async with client.get(f"http://127.0.0.1:{server.port}/healthz") as answer:
        assert answer.status == 500
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert "secret" not in await answer.text()
    await server.stop()


@pytest.mark.parametrize("base_path", ["/planet/sub/", "/planet/sub", "planet/sub"])
async def test_feeds_stand_at_the_path_of_base_url(shelf: Shelf, client: aiohttp.ClientSession, base_path: str) -> None:
    server = Server()
    await server.start(create(shelf, base_path=base_path, health=dict), "127.0.0.1", 0)
    root = f"http://127.0.0.1:{server.port}"
    shelf.moved = {"old": "ai"}
    async with client.get(root + "/planet/sub/ai.atom") as answer:
        assert (await answer.read(), answer.headers["Link"]) == (ATOM, '</planet/sub/ai.atom>; rel="self"')
    async with client.get(root + "/planet/sub/old.atom", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/planet/sub/ai.atom"
    async with client.get(root + "/planet/sub", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (301, "/planet/sub/")
    async with client.get(root + "/ai.atom") as answer:
        assert (answer.status, "listed at /planet/sub/" in await answer.text()) == (404, True)
    async with client.get(root + "/healthz") as answer:
        assert answer.status == 200
    await server.stop()


async def test_an_answer_does_not_wait_for_a_delayed_ack(site: str, client: aiohttp.ClientSession) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    for _ in range(50):
        async with client.get(site + "ai.atom") as answer:
            await answer.read()
    assert loop.time() - started < 1.0, "50 answers that each wait 40 ms take 2 s"
