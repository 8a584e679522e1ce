"""What benchmarks/poll.py measures with does what it says: publishers of many feeds, and what polls them with least."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.curate.predicates import predicate
from aggregator.curate.query import parse
from aggregator.curate.subject import subject
from aggregator.model import Document, Item, Request, Source
from aggregator.pipeline.worker import process
from aggregator.store import database, items, search

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

import feedserver
import filling

BENCHMARKS = Path(feedserver.__file__).parent
FEEDS = 8
ENTRIES = 20


@pytest.fixture
def server() -> Iterator[str]:
    """The address of the publishers."""
    command = [sys.executable, str(BENCHMARKS / "feedserver.py"), "--feeds", str(FEEDS), "--bytes", "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().split()[0]}/"
        finally:
            process.kill()


def _get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("side", [["limit"], ["limit", "feedparser"], ["bare"]], ids=" ".join)
def test_the_least_sides_store_what_is_new_and_ask_conditionally(server: str, tmp_path: Path, side: list[str]) -> None:
    program, *parser = side
    (tmp_path / "urls").write_text("".join(f"{server}f/{n}.xml\n" for n in range(FEEDS)))

    def poll() -> tuple[int, dict[str, int]]:
        command = [sys.executable, BENCHMARKS / f"{program}.py", tmp_path / "store.db", "poll", tmp_path / "urls", *parser]
        found = int(subprocess.run(command, capture_output=True, check=True).stdout)
        return found, json.loads(_get(f"{server}counts"))

    assert poll() == (FEEDS * ENTRIES, {"200": FEEDS, "conditional": 0})
    assert poll() == (0, {"304": FEEDS, "conditional": FEEDS})
    assert _get(f"{server}change/25") == _get(f"{server}changed/{FEEDS}") == "2"
    assert poll() == (2, {"200": 2, "304": FEEDS - 2, "conditional": FEEDS})
    if program == "bare":
        names = {file.name for file in (tmp_path / "feeds").iterdir()}
        assert names >= {f"0{archive}.{format}" for archive in ("", "-0", "-1", "-2") for format in ("atom", "rss", "json")}
        assert len(json.loads((tmp_path / "feeds/0.json").read_text("utf-8"))["items"]) == 50


def _items(publishers: feedserver.Publishers, feeds: int) -> Iterator[Item]:
    for feed in range(feeds):
        url = f"http://site{feed}.example/feed.xml"
        document = Document(request=Request(url=url), url=url, body=publishers.body(feed))
        for arrival in process(document, Source(id=f"s{feed}", kind="feed", url=url), {}).arrivals:
            assert arrival.item is not None
            yield arrival.item


def test_a_tenth_of_the_entries_belongs_to_the_second_topic_of_the_benchmark() -> None:
    publishers = feedserver.Publishers(30, ENTRIES, 3000, 7)
    holds = predicate(parse(feedserver.SOME))
    chosen = [holds(subject(item, source_id="s", kind="feed", source_title="S")) for item in _items(publishers, 30)]
    assert len(chosen) == 30 * ENTRIES
    assert 0.06 < sum(chosen) / len(chosen) < 0.14


def test_feeds_take_turns_in_changing_evenly() -> None:
    publishers = feedserver.Publishers(400, 1, 100, 7)
    changed = []
    for _ in range(20):
        assert publishers.change(5) == 20
        assert publishers.changed(100) == 5
        changed.append(tuple(publishers.versions))
    assert changed[-1] == (1,) * 400


async def test_a_store_is_filled_with_items_that_came_in_and_copies_that_no_topic_holds(tmp_path: Path) -> None:
    point = filling.Point(filling.POLLED + 30, 2500, 2)
    filling.configure(tmp_path, point, 1, 2)
    await filling.fill(tmp_path, point, told=300)
    with database.visit(tmp_path / "aggregator.db") as db:
        stored = [one for batch in items.every(db) for one in batch]
        assert {one.item.native_id for one in stored} == {f"n{number}" for number in range(point.items)}
        assert db.execute("select count(*) from membership").fetchone() == (300,)
        numbers = sorted(stored, key=lambda one: int((one.item.native_id or "n")[1:]))
        assert [one.dated for one in numbers] == sorted(one.dated for one in stored)
        copy, pattern = numbers[2000], numbers[0]
        assert copy.item.text == pattern.item.text
        assert copy.item.published == copy.dated > pattern.dated
        assert {copy.pk, pattern.pk} <= set(search.candidates(db, [{word} for word in copy.item.text.split()[:5]]))
