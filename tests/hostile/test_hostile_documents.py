"""Every hostile document of the shared set, through the whole program: what must and must not come out, and what it costs."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hostile_cost import cost
from hostile_run import HARMLESS, NOW, Outputs, Publisher, Row, Town, rows
from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Document, Request, Source
from aggregator.sources import adapter

pytestmark = [pytest.mark.shared, pytest.mark.slow]
SHARED = Path(__file__).parents[3] / "shared"
ROWS = {row["file"]: row for row in rows(SHARED)} if SHARED.is_dir() else {}
EMPTY = {"x34_zero_items.xml"}
"""A valid feed without items."""
CPU, MEMORY = 10.0, 256 * 1024 * 1024
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
every = pytest.mark.parametrize("name", ROWS)


@pytest.fixture(scope="module")
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    yield publisher
    publisher.close()


@pytest.fixture(scope="module")
def harmless(publisher: Publisher, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """The same run where the other source is harmless, too."""
    return Town(tmp_path_factory.mktemp("harmless"), publisher).once()


@pytest.fixture
def town(tmp_path: Path, publisher: Publisher) -> Iterator[Town]:
    yield Town(tmp_path, publisher)
    assert publisher.stray == []


def said(outputs: Outputs) -> dict[str, str]:
    """What each entry says, by its id; what its source calls itself may change."""
    return {item["id"]: item["title"] + item.get("content_html", item.get("content_text", "")) for item in items(outputs)}


def served(shared: Path, name: str) -> tuple[str, bytes]:
    return ROWS[name]["served_as"], (shared / "hostile" / name).read_bytes()


def items(outputs: Outputs) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(outputs.published["hostile.json"])["items"]
    return found


def test_the_set_is_whole() -> None:
    assert len(ROWS) == 66


# What our templates may put around a story, where the harmless one has no language, months beside it, rights …
OURS = {("ol", "class"), ("ol", "aria-label"), ("a", "lang"), ("span", "lang"), ("p", "lang"), ("nav", "class"), ("a", "dir")}
OURS |= {("nav", "aria-label"), ("p", "class"), ("p", "dir"), ("span", "dir"), ("article", ""), ("h3", ""), ("time", "datetime")}


@every
def test_what_must_and_must_not_come_out(shared: Path, town: Town, harmless: Outputs, name: str) -> None:
    row = ROWS[name]
    town.serve(*served(shared, name))
    outputs = town.once()
    entries = len(items(outputs))
    wanted(row, outputs, entries)
    feeds = outputs.feed("hostile")
    assert entries <= int(row["max_items"] or 1000)
    if row["must"]:
        assert re.search(row["must"], feeds)
    assert CONTROLS.search(outputs.terminal) is None
    ours = {name for page in harmless.published.values() for name in re.findall(r' (?:class|id)="[^"]*"', page.decode())}
    quoted = re.sub(r' (?:class|id)="[^"]*"', lambda found: "" if found[0] in ours else found[0], on_pages(outputs))
    lists = [outputs.published[f"{name}.opml"].decode() for name in ("topics", "sources")]
    if row["must_not"]:
        for text in (feeds, outputs.terminal, quoted, outputs.feed("health"), *lists):
            found = re.search(row["must_not"], text)
            assert found is None, text[max(0, found.start() - 120) : found.end() + 60]
    for name, page in outputs.published.items():
        if name.endswith(".html"):
            known = f"benign{name.removeprefix('hostile')}" if name.startswith("hostile") else name
            like = harmless.published.get(known, harmless.published["benign/2026-11.html"])
            assert structure(page.decode()) <= structure(like.decode()) | OURS
    for file in ("benign.atom", "benign.rss", "benign.json", "benign.html", "style.css", "topics.opml"):
        assert outputs.published[file] == harmless.published[file]


def wanted(row: Row, outputs: Outputs, entries: int) -> None:
    result = outputs.report.result
    if row["want"] == "ok":
        assert result == "ok"
        assert entries > 0 or row["file"] in EMPTY
    elif row["want"] == "partial":
        assert result == "ok"
        assert entries > 0
    elif row["want"] == "reject":
        assert result == "failed"
        assert len(outputs.report.error or "") > 20
    else:
        assert result in ("ok", "failed")
    if result == "failed":
        assert "fail:" not in (outputs.report.error or ""), "a fault of ours, not a sentence"


def on_pages(outputs: Outputs) -> str:
    """The parts of the pages that quote the hostile source, as they are written."""
    section = outputs.published["index.html"].decode().partition('<section id="hostile"')[2].partition("</section>")[0]
    stories = [
        body.decode().partition("<h1")[2] for name, body in outputs.published.items() if re.match(r"hostile.*\.html", name)
    ]
    directory = re.findall(r'<ul class="directory">.*</ul>', outputs.published["sources.html"].decode(), re.DOTALL)
    return "".join([*re.findall(r'<ol class="newest".*?</ol>', section, re.DOTALL), *stories, *directory])


def structure(html: str) -> set[tuple[str, str]]:
    """Elements and their attributes, as a browser reads them."""
    found = set()
    body = LexborHTMLParser(html).body
    for node in body.traverse() if body else ():
        found |= {(node.tag or "", name) for name in node.attributes or [""]}
    return found - {("body", "")}


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row["want"] in ("reject", "either") or name in EMPTY])
def test_what_was_published_before_stays(shared: Path, town: Town, name: str) -> None:
    before = town.once()
    town.serve(*served(shared, name))
    after = town.once(NOW + timedelta(hours=2))
    assert said(before).items() <= said(after).items()
    if after.report.result == "failed":
        assert after.feed("hostile") == before.feed("hostile")
    if name in EMPTY:
        assert said(after) == said(before)
    town.serve("application/rss+xml", HARMLESS.format("hostile").replace("A title", "Another title").encode())
    recovered = town.once(NOW + timedelta(hours=4))
    assert recovered.report.result == "ok"
    if after.report.result == "failed":
        assert [item["id"] for item in items(recovered)] == [item["id"] for item in items(before)]


@every
def test_what_a_document_costs_and_opens(shared: Path, name: str) -> None:
    content_type, body = served(shared, name)
    request = Request(url="http://127.0.0.1:9/feed")
    source = Source(id="hostile", kind="feed", url=request.url, options=adapter.load("feed").Options())
    spent = cost(Document(url=request.url, request=request, body=body, content_type=content_type), source)
    assert spent.cpu <= CPU, spent
    assert spent.memory <= MEMORY, spent
    assert spent.tried == ()
    assert spent.result.endswith("entries") or re.match(r"\w+: \S+ ", spent.result), spent.result


def test_an_edit_keeps_the_entry_and_moves_its_date(shared: Path, town: Town) -> None:
    town.serve(*served(shared, "l22_edit_v1.xml"))
    first = items(town.once())
    town.serve(*served(shared, "l23_edit_v2.xml"))
    outputs = town.once(NOW + timedelta(hours=2))
    second = items(outputs)
    assert len(first) == len(second) == 1
    assert second[0]["id"] == first[0]["id"]
    assert second[0]["date_modified"] > first[0]["date_modified"]
    assert "version TWO" in outputs.feed("hostile")
    assert "version ONE" not in outputs.feed("hostile")


def test_a_source_cannot_overwrite_the_item_of_another_by_its_guid(shared: Path, town: Town, publisher: Publisher) -> None:
    town.serve(*served(shared, "l01_guid_owner_A.xml"))
    before = town.once()
    town.serve(*served(shared, "l02_guid_hijack_B.xml"), id="benign")
    after = town.once(NOW + timedelta(hours=2))
    assert after.feed("hostile") == before.feed("hostile")
    assert "GENUINE" in after.feed("hostile")
    assert "HIJACK" in after.feed("benign")
    mine, theirs = (re.findall(r"urn:uuid:[0-9a-f-]+", after.feed(topic)) for topic in ("hostile", "benign"))
    assert not set(mine) & set(theirs)


def test_a_source_that_edits_its_own_item_under_its_guid_delivers_nothing_twice(shared: Path, town: Town) -> None:
    town.serve(*served(shared, "l01_guid_owner_A.xml"))
    before = items(town.once())
    town.serve(*served(shared, "l02_guid_hijack_B.xml"))
    after = items(town.once(NOW + timedelta(hours=2)))
    assert [item["id"] for item in after] == [item["id"] for item in before]


def test_a_source_that_changes_all_its_ids_delivers_nothing_twice(shared: Path, town: Town) -> None:
    town.serve(*served(shared, "l06_guid_storm_v1.xml"))
    before = items(town.once())
    town.serve(*served(shared, "l07_guid_storm_v2.xml"))
    outputs = town.once(NOW + timedelta(hours=2))
    assert len(before) == 30
    assert sorted(item["id"] for item in items(outputs)) == sorted(item["id"] for item in before)
    assert (outputs.report.new, outputs.report.migrated) == (0, 30)
    assert "30 of its entries came under other ids" in outputs.feed("health")
