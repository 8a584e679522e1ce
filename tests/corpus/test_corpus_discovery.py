"""The autodiscovery suite and the OPML documents of the corpus: found or refused as their names and notes say."""

import json
import re
from pathlib import Path

import pytest
from corpus_manifest import folder, listed_reasons, rows

from aggregator.errors import ParseError
from aggregator.model import Document, Request
from aggregator.sources.discovery import look
from aggregator.sources.opml import parse_list

pytestmark = pytest.mark.shared

ARCHIVED = "https://web.archive.org/web/20110926231958/http://diveintomark.org/tests/client/autodiscovery/"
BROKEN = re.compile(r"^line \d+: this list is broken: ")


def autodiscovery(shared: Path) -> list[Path]:
    return [
        path
        for row, path in rows(shared)
        if folder(row) == "autodiscovery-html" and path.suffix == ".html" and path.name != "index.html"
    ]


def lists(shared: Path) -> list[Path]:
    return [path for row, path in rows(shared) if folder(row) == "opml" and path.suffix != ".json"]


def expected(path: Path) -> str:
    """Each test page has exactly one feed, called as the page is; where it says so, on another server (by the suite's index)."""
    number = path.stem.removeprefix("html4-")
    base = "http://www.ragingplatypus.com/tests/client/autodiscovery/" if number in {"047", "049", "050"} else ARCHIVED
    return f"{base}{path.stem}.xml"


def test_every_page_of_the_suite_has_exactly_its_feed(shared: Path) -> None:
    wrong = listed_reasons("Autodiscovery and subscription lists")
    pages = autodiscovery(shared)
    assert len(pages) == 28
    for path in pages:
        url = ARCHIVED + path.name
        seen = look(Document(url=url, request=Request(url=url), body=path.read_bytes()))
        found = [candidate.url for candidate in seen.announced]
        assert (found == [expected(path)]) is (path.name not in wrong), path.name


def test_the_index_of_the_suite_has_no_feed(shared: Path) -> None:
    (path,) = (path for row, path in rows(shared) if path.name == "index.html" and folder(row) == "autodiscovery-html")
    assert look(Document(url=ARCHIVED, request=Request(url=ARCHIVED), body=path.read_bytes())).announced == ()


def test_every_list_names_its_feeds_or_is_refused_with_a_reason(shared: Path) -> None:
    refused = listed_reasons("Autodiscovery and subscription lists").keys()
    found, said = {}, {}
    for path in lists(shared):
        try:
            found[path] = parse_list(path.read_bytes(), url=path.as_uri())
        except ParseError as error:
            said[path.name] = str(error)
            continue
        named = len(re.findall(r"<outline\b[^>]*?\bxmlUrl=", path.read_text("utf-8")))
        assert len(found[path].subscriptions) + len(found[path].left) == named, path
    assert said.keys() == refused
    assert all(BROKEN.match(sentence) or "XML of another kind" in sentence for sentence in said.values())
    assert len(found) == 22
    by_name = {path.name: listing for path, listing in found.items()}
    assert len(by_name["list.opml"].subscriptions) == 1_229
    assert {one.url for one in by_name["piped.opml"].subscriptions} == {"https://example.com/feed.atom"}
    assert len(by_name["opml.xml"].left) == 2


def test_lists_with_companions_name_what_these_say(shared: Path) -> None:
    compared = 0
    for path in lists(shared):
        companion = path.with_suffix(".json")
        if companion.exists():
            compared += 1
            outlines = json.loads(companion.read_text("utf-8"))["body"]["outlines"]
            named = [(outline["xmlUrl"], outline["text"]) for outline in outlines if "xmlUrl" in outline]
            assert [(one.url, one.title) for one in parse_list(path.read_bytes(), url=path.as_uri()).subscriptions] == named
    assert compared == 3
