"""Every document of the corpus, published: our entries are, byte for byte, those that feedgen writes."""

from pathlib import Path

import pytest
from by_feedgen import document
from corpus_entries import feeds
from corpus_manifest import rows

from aggregator.publish import atom, rss

pytestmark = pytest.mark.shared


def test_our_entries_are_those_of_feedgen_in_every_document(shared: Path) -> None:
    different, entries = [], 0
    for row, feed in feeds(rows(shared)):
        entries += len(feed.entries)
        different += [row["path"] for module in (atom, rss) if module.render(feed).body != document(module, feed)]
    assert entries > 4000
    assert different == []
