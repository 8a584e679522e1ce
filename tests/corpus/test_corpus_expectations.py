"""feedparser's own conformance documents: what they expect of a field, compared with that field of our Entry.

Left out are the folders that test what is off here on purpose: its sanitizer (`sanitize/`) and its resolving of addresses in markup (`base/`,
`http_…` documents, which expect a server's headers).
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from corpus_manifest import folder, rows

from aggregator.errors import ParseError
from aggregator.model import Entry, Text
from aggregator.sources.feedbytes import parse_feed

pytestmark = pytest.mark.shared
FIELD = re.compile(r"""entries\[0\]\['(\w+)'\] == u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
DETAIL = re.compile(r"""entries\[0\]\['(\w+)_detail'\]\['(value|base|language)'\] == u?('(?:[^'\\]|\\.)*')""")
LEFT_OUT = re.compile(r"/(?:sanitize|base)/|/http_")
KNOWN = {"demoronize-3.xml"}
"""`don&amp;#146;t`: feedparser mends the reference within the text, we leave that to the reading of HTML."""


def value(text: Text | None) -> str | None:
    return text.value if text else None


def authors(entry: Entry) -> list[str | None]:
    return [f"{one.name} ({one.email})" if one.name and one.email else one.name or one.email for one in entry.authors]


FIELDS: Mapping[str, Callable[[Entry], list[str | None]]] = {
    "title": lambda entry: [value(entry.title)],
    "summary": lambda entry: [value(entry.summary), value(entry.content)],
    "description": lambda entry: [value(entry.summary), value(entry.content)],
    "link": lambda entry: [entry.link],
    "id": lambda entry: [entry.id],
    "guid": lambda entry: [entry.id],
    "published": lambda entry: [entry.published],
    "updated": lambda entry: [entry.updated],
    "comments": lambda entry: [entry.comments],
    "rights": lambda entry: [value(entry.rights)],
    "author": authors,
}
DETAILS: Mapping[str, Callable[[Entry], Text | None]] = {
    "title": lambda entry: entry.title,
    "summary": lambda entry: entry.summary or entry.content,
    "description": lambda entry: entry.summary or entry.content,
    "rights": lambda entry: entry.rights,
}


def compared(path: Path, expectation: str) -> list[tuple[str, str, list[str | None]]]:
    """What is expected and what came: field, value, candidates."""
    fields = [(name, None, literal) for name, literal in FIELD.findall(expectation) if name in FIELDS]
    details = [(name, part, literal) for name, part, literal in DETAIL.findall(expectation) if name in DETAILS]
    found = []
    if fields or details:
        try:
            (entry, *_) = parse_feed(path.read_bytes(), url="").entries
        except (ParseError, ValueError):
            entry = Entry()
        for name, part, literal in (*fields, *details):
            got = [getattr(DETAILS[name](entry), part, None)] if part else FIELDS[name](entry)
            found.append((f"{name}.{part}" if part else name, ast.literal_eval(literal), got))
    return found


def test_fields_of_feedparsers_documents_are_what_it_expects(shared: Path) -> None:
    checked, wrong = Counter[str](), []
    for row, path in rows(shared):
        if folder(row) != "conformance-feedparser" or LEFT_OUT.search(row["path"]) or path.name in KNOWN:
            continue
        for name, expected, got in compared(path, row["expectation"]):
            checked[name] += 1
            if expected not in got and not (expected == "" and None in got):
                wrong.append((row["path"], name, expected, got))
    assert checked.total() > 100
    assert wrong == []
