"""Proof on real and conformance documents: each one published as a topic of its own, counted and validated."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from corpus_manifest import consensus, folder, listed
from corpus_run import HISTORY, TOLD, CorpusRun, publish
from lxml import etree

pytestmark = [pytest.mark.shared, pytest.mark.slow]
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
    atom = etree.RelaxNG(etree.parse(shared / "schemas" / "atom.rng"))
    schema = jsonschema.Draft7Validator(json.loads((shared / "schemas" / "jsonfeed-1.1.schema.json").read_text()))
    archives = [path for path in run.feeds.glob(f"{HISTORY}/*") if path.suffix in (".atom", ".rss", ".json")]
    assert len(archives) > 100
    for path in (*run.feeds.glob("d*.*"), *archives, *run.feeds.glob(f"{HISTORY}.*"), *run.feeds.glob(f"{TOLD}.*")):
        if path.suffix == ".html":
            continue
        if path.suffix == ".json":
            schema.validate(json.loads(path.read_bytes()))
            continue
        document = etree.parse(path)
        if path.suffix == ".atom":
            assert atom.validate(document), (path.name, atom.error_log.last_error)


def test_the_feed_validator_finds_no_error(run: CorpusRun) -> None:
    if not os.environ.get("FEEDVALIDATOR"):
        pytest.skip("FEEDVALIDATOR does not name an unpacked w3c/feedvalidator")
    tool = Path(__file__).parents[1] / "validity" / "feedvalidator.py"
    done = subprocess.run([sys.executable, tool, run.feeds], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout
