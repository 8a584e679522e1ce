"""The shared corpus, read as section 7 of its design says: which document is whose, and how many items its parsers agree on."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

PARSERS = ("feedparser_entries", "fastfeedparser_entries", "node_feedparser_entries", "rss_parser_npm_entries", "sfeed_items")
FEED_FOLDERS = ("conformance-", "edge", "real", "rome", "update-scenarios", "convert-")
REFUSED = {
    "opml": "opml",
    "sitemap": "sitemap",
    "robots": "robots",
    "html": "page",
    "autodiscovery-html": "page",
    "markdown-extract": "page",
}
"""Corpus folder → what NotAFeed calls its documents (markdown-extract: its pages; its Markdown is for the kind `folder`)."""
Row = Mapping[str, str]


def rows(shared: Path) -> Iterator[tuple[Row, Path]]:
    """Every line of the manifest with the path of its document."""
    corpus = shared / "corpus"
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row, corpus / row["path"]


def folder(row: Row) -> str:
    return row["path"].split("/", 1)[0]


def is_feed(row: Row) -> bool:
    """Whether the document is one that kind `feed` is asked to read: all of the feed folders but companions of other formats."""
    return folder(row).startswith(FEED_FOLDERS) and row["format"] != "json-other"


def consensus(row: Row) -> int | None:
    """The number of items that at least three of the five parsers see, None where there is no such number."""
    counts = Counter(value for parser in PARSERS if (value := row[parser]).isdigit())
    number, voices = counts.most_common(1)[0] if counts else ("", 0)
    return int(number) if voices >= 3 else None


def listed(section: str) -> dict[str, tuple[str, str]]:
    """Path → (consensus, ours) of the table in a section of docs/corpus.md; every line of it gives a reason."""
    page = (Path(__file__).parents[2] / "docs" / "corpus.md").read_text(encoding="utf-8")
    text = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return {
        path: (number, ours)
        for path, number, ours in re.findall(r"^\| `([^`]+)` \| (\d+) \| (\w+) \| \S.*? \|$", text, re.MULTILINE)
    }


def listed_reasons(section: str) -> dict[str, str]:
    """File name → reason of the table in a section of docs/corpus.md."""
    page = (Path(__file__).parents[2] / "docs" / "corpus.md").read_text(encoding="utf-8")
    text = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (\S.*?) \|$", text, re.MULTILINE))
