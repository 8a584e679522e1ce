"""A folder of published files, and our server over it on a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from serve_files import ATOM, put

from aggregator.serve.app import create
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    directory = tmp_path / "feeds"
    put(directory, "ai.atom", ATOM)
    put(directory, "ai.rss", b"<rss/>")
    put(directory, "ai.json", b"{}")
    put(directory, "ai/3.atom", b"<feed>old</feed>")
    put(directory, "topics.opml", b"<opml/>")
    put(directory, "index.html", b"<title>Feeds</title>")
    put(directory, "style.css", b"p{}")
    return directory


@pytest.fixture
def shelf(feeds: Path) -> Shelf:
    shelf = Shelf(feeds)
    shelf.load()
    return shelf


@pytest.fixture
async def site(shelf: Shelf) -> AsyncIterator[str]:
    """The address of a server at the base path `/`."""
    server = Server()
    await server.start(create(shelf, base_path="/", health=lambda: {"sources": 3}), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.port}/"
    await server.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that neither decodes nor follows anything by itself."""
    async with aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=("Accept-Encoding",)) as session:
        yield session
