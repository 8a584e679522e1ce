"""The whole corpus through the whole program: every document a source of its own, every source a topic of its own.

    publish(shared, folder) → documents over loopback (or from disk for kind `folder`) → one `once` → feeds/, and who is who

Run as a program it leaves the feeds behind, for a validator: `python tests/corpus/corpus_run.py DIRECTORY`
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from corpus_manifest import Row, folder, is_feed, rows

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.pipeline.report import SourceReport

FOLDERS = {"wp-json", "markdown-clipping", "markdown-extract", "html"}
"""What kind `folder` reads; section 7 of the design."""
HISTORY = "history"
"""A topic of all real feeds, most of which lies in archives."""
TOLD = "told"
"""A topic of the stories that several documents tell: entries that show one item and list others."""


@dataclass(frozen=True)
class Published:
    """A corpus document after the run. `slug` names its source and its topic."""

    row: Row
    slug: str
    report: SourceReport
    entries: int


@dataclass(frozen=True)
class CorpusRun:
    feeds: Path
    documents: tuple[Published, ...]


def publish(shared: Path, root: Path) -> CorpusRun:
    """Publish every corpus document below `root`/feeds."""
    wanted = {
        f"d{number:04}": (row, path) for number, (row, path) in enumerate(rows(shared)) if is_feed(row) or folder(row) in FOLDERS
    }
    server = _serve({slug: path for slug, (_, path) in wanted.items()})
    try:
        config = root / "config.toml"
        config.write_text(_config(wanted, server.server_address[1]))
        report = asyncio.run(App(load(config, {})).once())
    finally:
        server.shutdown()
        server.server_close()
    entries = {topic.slug: topic.entries for topic in report.topics}
    assert entries.pop(HISTORY)
    assert entries.pop(TOLD)
    problems = [sentence for topic in report.topics for sentence in (*topic.quarantined, *filter(None, [topic.error]))]
    assert not problems, problems[:5]
    return CorpusRun(root / "feeds", tuple(Published(wanted[one.id][0], one.id, one, entries[one.id]) for one in report.sources))


def _config(wanted: Mapping[str, tuple[Row, Path]], port: int) -> str:
    parts = ['[site]\ntitle = "Corpus"\nbase_url = "http://127.0.0.1:8080/"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n']
    for slug, (row, path) in wanted.items():
        address = f'kind = "folder"\npath = "{path}"' if folder(row) in FOLDERS else f'url = "http://127.0.0.1:{port}/{slug}"'
        parts.append(
            f'[[source]]\nid = "{slug}"\n{address}\n[[topic]]\nslug = "{slug}"\nsources = ["{slug}"]\nlimit = 1000\nstories = false\n'
        )
    real = [slug for slug, (row, _) in wanted.items() if folder(row).startswith("real")]
    parts.append(f'[[topic]]\nslug = "{HISTORY}"\nsources = {json.dumps(real)}\nstories = false\n')
    parts.append(f'[[topic]]\nslug = "{TOLD}"\nlimit = 1000\nmin_sources = 2\n')
    return "".join(parts)


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024
    """Connections that wait to be accepted. Of five, as usual, some of sixty-four at once are not answered for many seconds."""


def _serve(paths: Mapping[str, Path]) -> _Server:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = paths[self.path[1:]].read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    run = publish(Path(__file__).parents[3] / "shared", target)
    sys.stdout.write(f"{len(run.documents)} documents, {sum(one.entries for one in run.documents)} entries in {run.feeds}\n")
