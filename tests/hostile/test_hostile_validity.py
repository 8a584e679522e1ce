"""All hostile documents published together, with archives: every file is what its format says."""

import asyncio
from pathlib import Path

import pytest
from feed_schemas import hold, hold_for_the_feed_validator
from hostile_run import NOW, Publisher, rows

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
    files = [path for path in feeds.rglob("*") if path.suffix in (".atom", ".rss", ".json")]
    assert len([path for path in files if path.parent != feeds]) >= 3, "archives"
    assert len(files) >= 3 * 66
    hold(files, shared)


def test_the_feed_validator_finds_no_error(feeds: Path) -> None:
    hold_for_the_feed_validator(feeds)
