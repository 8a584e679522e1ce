"""Kind `feed` against the shared corpus: the number of items that other parsers see, and what is refused, by name."""

import re
from collections import Counter
from pathlib import Path

import pytest
from corpus_manifest import REFUSED, Row, consensus, folder, is_feed, listed, rows

from aggregator.errors import NotAFeed, ParseError
from aggregator.sources.feedbytes import parse_feed

pytestmark = pytest.mark.shared
LISTED = Path(__file__).parent.parent.parent / "docs" / "corpus.md"
ADDRESS = "https://corpus.example/feed"


def outcome(path: Path) -> int | str:
    """The number of entries, or the name of what the document is instead, or `error`. Any other exception is a failure."""
    try:
        return len(parse_feed(path.read_bytes(), url=ADDRESS).entries)
    except NotAFeed as refused:
        return refused.what
    except ParseError:
        return "error"


@pytest.fixture(scope="module")
def outcomes(shared: Path) -> list[tuple[Row, int | str]]:
    return [(row, outcome(path)) for row, path in rows(shared)]


def test_entries_agree_with_the_consensus_for_99_percent_of_feeds(outcomes: list[tuple[Row, int | str]]) -> None:
    judged = [(consensus(row), got) for row, got in outcomes if is_feed(row) and consensus(row) is not None]
    agreed = sum(1 for number, got in judged if number == got)
    assert len(judged) > 2_000
    assert agreed / len(judged) >= 0.99


def test_every_disagreement_is_listed_with_its_reason(outcomes: list[tuple[Row, int | str]]) -> None:
    disagreed = {
        row["path"]: (str(consensus(row)), str(got))
        for row, got in outcomes
        if is_feed(row) and consensus(row) is not None and consensus(row) != got
    }
    assert listed("Disagreements") == disagreed


def test_the_numbers_of_each_folder_are_those_of_the_documentation(outcomes: list[tuple[Row, int | str]]) -> None:
    judged, agreed = Counter[str](), Counter[str]()
    for row, got in outcomes:
        if is_feed(row) and (number := consensus(row)) is not None:
            judged[folder(row)] += 1
            agreed[folder(row)] += number == got
    lines = re.findall(r"^\| ([a-z0-9-]+) \| (\d+) \| (\d+) \|$", LISTED.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: (int(all_of), int(same)) for name, all_of, same in lines} == {
        name: (judged[name], agreed[name]) for name in judged
    }


def test_what_is_no_feed_is_refused_by_its_name(outcomes: list[tuple[Row, int | str]]) -> None:
    formats = {"opml": {"opml"}, "urlset": {"sitemap"}, "txt": {"robots"}, "html": {"page"}}
    for row, got in outcomes:
        if folder(row) in REFUSED and row["format"] in formats:
            assert got in formats[row["format"]], row["path"]
        if folder(row) == "wp-json":
            assert got in ("wordpress", "json"), row["path"]


def test_a_compressed_sitemap_is_called_a_sitemap(outcomes: list[tuple[Row, int | str]]) -> None:
    assert {got for row, got in outcomes if row["path"].endswith(".gz")} == {"sitemap"}


def test_json_feeds_have_the_items_that_the_manifest_counts(outcomes: list[tuple[Row, int | str]]) -> None:
    counted = [
        (row["path"], re.search(r"\bitems=(\d+)", row["notes"]), got) for row, got in outcomes if row["format"] == "jsonfeed"
    ]
    assert len(counted) >= 15
    for path, items, got in counted:
        assert items is not None
        assert got == int(items[1]), path


def test_pages_name_the_feeds_that_they_link_to(shared: Path) -> None:
    found = 0
    for row, path in rows(shared):
        if folder(row) == "autodiscovery-html" and row["format"] == "html":
            with pytest.raises(NotAFeed) as refused:
                parse_feed(path.read_bytes(), url="https://corpus.example/page.html")
            found += bool(refused.value.feeds)
            assert all(address in str(refused.value) for address in refused.value.feeds)
    assert found >= 20
