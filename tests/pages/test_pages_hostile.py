"""All hostile documents published at once, and every page of it in a browser: nothing runs, nothing breaks."""

import csv
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from planet import Planet, served, written
from playwright.sync_api import Browser
from watched import watched

HEAD = '[site]\ntitle = "Hostile"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n[[topic]]\nslug = "all"\nlimit = 500\n'


@pytest.fixture(scope="module")
def hostile(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Planet, str]]:
    """Every document a source of its own, polled once and published; the address of the pages."""
    with (shared / "hostile" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            body = (shared / "hostile" / name).read_bytes() if name in rows else b""
            self.send_response(200 if name in rows else 404)
            self.send_header("Content-Type", rows[name]["served_as"] if name in rows else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    one = Planet(tmp_path_factory.mktemp("hostile"), f"http://127.0.0.1:{server.server_address[1]}/")
    one.time = datetime(2026, 12, 1, 12, tzinfo=UTC)
    sources = "".join(f'[[source]]\nid = "s{number}"\nurl = "{one.url}{name}"\n' for number, name in enumerate(sorted(rows)))
    (one.root / "config.toml").write_text(HEAD + sources)
    one.live(0.1)
    with served(one) as address:
        yield one, address
    server.shutdown()
    server.server_close()


@pytest.mark.shared
def test_with_all_hostile_documents_published_no_page_runs_anything_or_breaks(
    hostile: tuple[Planet, str], browser: Browser
) -> None:
    one, address = hostile
    names = [*written(one.feeds), "search?q=xss+OR+script+OR+alert+OR+title+OR+post", "status", "all.atom", "all.rss"]
    assert len(names) > 6
    with watched(browser, width=360) as seen:
        for name in names:
            seen.page.goto(address + name)
            assert (name, seen.messages) == (name, [])
            assert (name, seen.elsewhere(address)) == (name, [])
            assert (name, seen.overflow(), seen.widest()) == (name, 0, [])
            if not name.startswith("all.") or name.endswith("html"):
                assert seen.page.evaluate("document.querySelectorAll('h1').length") == 1
                assert seen.page.evaluate("document.querySelectorAll('main').length") == 1
                assert seen.page.evaluate("document.scripts.length + document.images.length + document.embeds.length") == 0
        seen.page.goto(f"{address}all.html")
        assert seen.page.evaluate("document.querySelectorAll('article').length") == 50
