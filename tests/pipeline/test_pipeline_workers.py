"""The worker processes: a document that passes a limit costs one error, and the next document is parsed."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.errors import ParseError, WorkerFailed
from aggregator.model import Document, Request, Source
from aggregator.pipeline.worker import SENTENCES, process
from aggregator.pipeline.workers import WorkerLimits, Workers
from aggregator.sources.opml import OpmlOptions

LIMITS = WorkerLimits(cpu=1.0, wall=6.0, memory=64 * 1024 * 1024)
SOURCE = Source(id="x", kind="greedy", url="http://x.example/")


@pytest.fixture(autouse=True)
def greedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the kind `greedy` for this process and its workers, as a package on the path."""
    info = tmp_path / "greedy-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greedy\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[aggregator.sources]\ngreedy = greedy:Greedy\n")
    (tmp_path / "greedy.py").write_text((Path(__file__).parent / "greedy.py").read_text())
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield
    sys.modules.pop("greedy", None)


def document(body: bytes) -> Document:
    return Document(url="http://x.example/", request=Request(url="http://x.example/"), body=body)


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        (b"spin", WorkerFailed, "s of CPU"),
        (b"sleep", WorkerFailed, "more than 6 s"),
        (b"hoard", WorkerFailed, "more than 64 MB"),
        (b"die", WorkerFailed, "SIGKILL"),
        (b"raise", ParseError, "KeyError"),
    ],
)
def test_a_document_that_passes_a_limit_is_an_error_and_the_next_one_is_parsed(body: bytes, error: type, words: str) -> None:
    async def both() -> str:
        async with Workers(1, LIMITS) as workers:
            with pytest.raises(error, match=words):
                await workers.process(document(body), SOURCE, {})
            outcome = await workers.process(document(b"fine"), SOURCE, {})
            item = outcome.arrivals[0].item
            assert item is not None
            return item.title

    assert asyncio.run(both()) == "fine"


def test_the_cpu_budget_is_each_documents_own() -> None:
    async def many() -> int:
        async with Workers(1, WorkerLimits(cpu=1.0, wall=20.0)) as workers:
            done = [await workers.process(document(b"%d" % n), SOURCE, {}) for n in range(40)]
            return len(done)

    assert asyncio.run(many()) == 40


def test_workers_that_die_between_two_documents_are_replaced() -> None:
    async def killed() -> str:
        async with Workers(2, LIMITS) as workers:
            await workers.process(document(b"first"), SOURCE, {})
            for pid in list(workers._pool._pool_manager.worker_manager.workers):
                os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.5)
            outcome = await workers.process(document(b"second"), SOURCE, {})
            item = outcome.arrivals[0].item
            assert item is not None
            return item.title

    assert asyncio.run(killed()) == "second"


def test_known_fingerprints_come_back_without_an_item() -> None:
    async def twice() -> None:
        async with Workers(1, LIMITS) as workers:
            first = await workers.process(document(b"same"), SOURCE, {})
            print_ = first.arrivals[0].fingerprint
            again = await workers.process(document(b"same"), SOURCE, {print_: ""})
            assert [(one.fingerprint, one.item) for one in again.arrivals] == [(print_, None)]

    asyncio.run(twice())


def test_of_ten_thousand_things_that_were_left_out_a_hundred_are_named() -> None:
    useless = b'<outline text="x" xmlUrl="|run"/>' * 10_000
    body = b'<opml version="2.0"><body><outline xmlUrl="https://a.example/"/>' + useless + b"</body></opml>"
    list_ = Source(id="list", kind="opml", url="https://lists.example/", options=OpmlOptions())
    outcome = process(Document(url="https://lists.example/", request=Request(url="https://lists.example/"), body=body), list_, {})
    assert len(outcome.subscriptions or ()) == 1
    assert len(outcome.dropped) == SENTENCES + 1
    assert "no http(s) address" in outcome.dropped[0]
    assert outcome.dropped[-1] == "and 9,900 more like these"
