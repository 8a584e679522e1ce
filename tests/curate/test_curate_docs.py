"""docs/query-language.md is right: every example in its tables holds."""

import re
from pathlib import Path

import pytest

from aggregator.curate.clauses import FIELDS
from aggregator.curate.explain import explain
from aggregator.curate.query import parse
from aggregator.curate.subject import subject
from aggregator.model import Category, Item, Person, Plain, Url

PAGE = (Path(__file__).parents[2] / "docs/query-language.md").read_text("utf-8")


def table(heading):
    """The rows of the table with this heading, as lists of cells; `\\|` is a bar within one."""
    lines = PAGE[PAGE.index(heading) :].splitlines()[2:]
    rows = lines[: next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


WORDS = table("| query | finds | does not find |")
FOUND = table("| query | found |")
CASES = [
    (quoted(query)[0], title, wanted)
    for query, *cells in WORDS
    for cell, wanted in zip(cells, (True, False), strict=True)
    for title in quoted(cell)
]


def test_the_tables_are_there():
    assert len(WORDS) >= 35
    assert len(FOUND) >= 30
    assert len(CASES) >= 110


@pytest.mark.parametrize(("query", "title", "wanted"), CASES)
def test_an_example_finds_what_the_page_says(query, title, wanted):
    one = subject(Item(native_id=None, link=None, title=Plain(title)), source_id="s", kind="feed", source_title="S")
    assert explain(parse(query), one).matched is wanted


@pytest.mark.parametrize(("query", "found"), FOUND)
def test_a_field_finds_what_the_page_says(query, found):
    facts = dict(re.findall(r"^    (title|text|url|source|source title|author|category|lang|kind) +(.+)$", PAGE, re.MULTILINE))
    facts["source"], facts["source title"] = re.search(
        r"^    source {6}(\S+)\n    source title (.+)$", PAGE, re.MULTILINE
    ).groups()
    item = Item(
        native_id=None,
        link=Url(facts["url"]),
        title=Plain(facts["title"]),
        text=facts["text"],
        language=facts["lang"],
        authors=(Person(name=facts["author"]),),
        categories=(Category(term=facts["category"]),),
    )
    one = subject(item, source_id=facts["source"], kind=facts["kind"], source_title=facts["source title"])
    assert explain(parse(quoted(query)[0]), one).matched is {"yes": True, "no": False}[found]


def test_every_field_is_on_the_page():
    described = [name for cells in table("| field | what a term is compared with | how |") for name in quoted(cells[0])]
    assert described == ["title", "text", "url", "source", "author", "category", "site", "lang", "kind"]
    assert sorted(described) == sorted(FIELDS)
