"""All hostile documents published together, with archives: every file is what its format says."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from hostile_run import NOW, Publisher, rows
from lxml import etree

from aggregator.app import App
from aggregator.config.loading import load

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def feeds(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A topic each, and two of everything: one of items, which has archives, and one of stories."""
    root, publisher = tmp_path_factory.mktemp("validity"), Publisher()
    text = '[site]\ntitle = "T"\nbase_url = "http://feeds.example/"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n[publish]\nvia = true\n'
    text += (
        '[[topic]]\nslug = "old"\nstories = false\nlimit = 20\nbackfill = "last 1000"\n[[topic]]\nslug = "told"\nlimit = 1000\n'
    )
    for number, row in enumerate(rows(shared)):
        publisher.put(f"/h{number}.xml", row["served_as"], (shared / "hostile" / row["file"]).read_bytes())
        text += f'[[source]]\nid = "h{number}"\nurl = "{publisher.url(f"/h{number}.xml")}"\n'
        text += f'[[topic]]\nslug = "t{number}"\nsources = ["h{number}"]\nlimit = 1000\n'
    (root / "config.toml").write_text(text)
    report = asyncio.run(App(load(root / "config.toml", {}), now=lambda: NOW).once())
    publisher.close()
    assert sum(source.new for source in report.sources) > 100
    assert publisher.stray == []
    return root / "feeds"


def test_every_file_is_valid_by_its_schema(feeds: Path, shared: Path) -> None:
    atom = etree.RelaxNG(etree.parse(shared / "schemas" / "atom.rng"))
    schema = jsonschema.Draft7Validator(json.loads((shared / "schemas" / "jsonfeed-1.1.schema.json").read_text()))
    files = [path for path in feeds.rglob("*") if path.suffix in (".atom", ".rss", ".json")]
    assert len([path for path in files if path.parent != feeds]) >= 3, "archives"
    assert len(files) >= 3 * 66
    for path in files:
        if path.suffix == ".json":
            schema.validate(json.loads(path.read_bytes()))
            continue
        document = etree.parse(path)
        if path.suffix == ".atom":
            assert atom.validate(document), (path.name, atom.error_log.last_error)


def test_the_feed_validator_finds_no_error(feeds: Path) -> None:
    if not os.environ.get("FEEDVALIDATOR"):
        pytest.skip("FEEDVALIDATOR does not name an unpacked w3c/feedvalidator")
    tool = Path(__file__).parents[1] / "validity" / "feedvalidator.py"
    done = subprocess.run([sys.executable, tool, feeds], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout
