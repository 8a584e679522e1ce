"""Golden pairs: a document and everything that is made of it. UPDATE_GOLDEN=1 writes the second half anew."""

import dataclasses
import json
import os
from pathlib import Path

import pytest

from aggregator.model import Document, Parsed, Request, Source
from aggregator.sources.adapter import load

FIXTURES = Path(__file__).parent.parent / "fixtures"
DOCUMENTS = sorted(
    path for kind in ("folder", "wordpress") for path in (FIXTURES / kind).iterdir() if not path.name.endswith(".expected.json")
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_document_gives_what_its_golden_half_says(path: Path):
    found = json.dumps(_without_nothing(dataclasses.asdict(_parsed(path))), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    golden = path.with_name(f"{path.name}.expected.json")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def _parsed(path: Path) -> Parsed:
    kind = path.parent.name
    if kind == "wordpress":
        source = Source(id="golden", kind=kind, url="https://harbour.example/wp-json/wp/v2/posts")
        request = load(kind).requests(source, {})[0]
        document = Document(url=request.url, request=request, body=path.read_bytes())
    else:
        source = Source(id="golden", kind=kind, path="/notes")
        document = Document(url=f"file:///notes/{path.name}", request=Request(url="file:///notes"), body=path.read_bytes())
    return load(kind).parse(document, source, frozenset())


def _without_nothing(value: object) -> object:
    """Without fields that are empty, so that a golden half shows what was found."""
    if isinstance(value, dict):
        return {key: kept for key, part in value.items() if (kept := _without_nothing(part)) not in (None, "", [], {}, False)}
    if isinstance(value, list | tuple):
        return [_without_nothing(part) for part in value]
    return value
