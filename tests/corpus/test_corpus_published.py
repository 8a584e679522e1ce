"""Proof on real and conformance documents: each one published as a topic of its own, counted and validated."""

from pathlib import Path

import pytest
from corpus_manifest import consensus, folder, listed
from corpus_run import HISTORY, TOLD, CorpusRun, publish
from feed_schemas import hold, hold_for_the_feed_validator

pytestmark = [pytest.mark.shared, pytest.mark.slow]
FORMATS = (".atom", ".rss", ".json")
TYPED = {"not-a-feed", "parse", "worker", "fetch"}
"""What a document may be refused for; anything else would be a fault of ours."""


@pytest.fixture(scope="session")
def run(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> CorpusRun:
    return publish(shared, tmp_path_factory.mktemp("corpus"))


def test_no_document_ends_in_anything_but_items_or_a_sentence(run: CorpusRun) -> None:
    for one in run.documents:
        assert one.report.result in ("ok", "failed"), one
        if one.report.result == "failed":
            assert one.report.reason in TYPED, (one.row["path"], one.report.error)
            assert "fail:" not in (one.report.error or ""), (one.row["path"], one.report.error)


def test_published_entries_agree_with_the_consensus_and_the_page_lists_every_other(run: CorpusRun) -> None:
    told = [one for one in run.documents if consensus(one.row) is not None and folder(one.row) not in ("wp-json", "html")]
    other = {one.row["path"]: (str(consensus(one.row)), one.entries) for one in told if one.entries != consensus(one.row)}
    assert len(told) > 2300
    assert len(other) <= 0.01 * len(told)
    refused = {path: (number, 0) for path, (number, ours) in listed("Disagreements").items() if ours == "error"}
    fewer = {path: (number, int(ours)) for path, (number, ours) in listed("From entries to publications").items()}
    assert other == refused | fewer


def test_every_file_is_well_formed_and_valid_by_its_schema(run: CorpusRun, shared: Path) -> None:
    archives = [path for path in run.feeds.glob(f"{HISTORY}/*") if path.suffix in FORMATS]
    assert len(archives) > 100
    files = [*run.feeds.glob("d*.*"), *archives, *run.feeds.glob(f"{HISTORY}.*"), *run.feeds.glob(f"{TOLD}.*")]
    hold([path for path in files if path.suffix in FORMATS], shared)


def test_the_feed_validator_finds_no_error(run: CorpusRun) -> None:
    hold_for_the_feed_validator(run.feeds)
