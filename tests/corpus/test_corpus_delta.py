"""Skipping known entries against parsing whole documents, over the shared corpus, field by field.

Here every document is read afresh and once more after one mutation; all mutations of all documents take minutes:
`python tests/corpus/corpus_delta.py`.
"""

from pathlib import Path

import pytest
from corpus_delta import KINDS, difference, documents, mutations

from aggregator.sources import xmlfeed

pytestmark = pytest.mark.shared


@pytest.fixture(autouse=True)
def natively_however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlfeed, "FEW", 1)


@pytest.fixture(scope="module")
def corpus(shared: Path) -> list[tuple[str, bytes]]:
    return documents(shared)


def test_a_document_read_for_the_first_time_is_what_its_whole_parse_says(corpus: list[tuple[str, bytes]]) -> None:
    wrong = [(path, found) for path, body in corpus if (found := difference(b"", body)[0])]
    assert len(corpus) > 2_000
    assert wrong == []


def test_a_changed_document_is_what_its_whole_parse_says(corpus: list[tuple[str, bytes]]) -> None:
    wrong, skipped = [], 0
    for number, (path, body) in enumerate(corpus):
        kind = KINDS[number % len(KINDS)]
        for _, after in mutations(body, number, [kind]):
            found, known = difference(body, after)
            skipped += known
            wrong += [(path, kind, found)] if found else []
    assert wrong == []
    assert skipped > 1_000, "nothing was skipped: nothing was tested"
