"""Our Atom, RSS and JSON, read again: the same entries, dates, links, authors and enclosures. Of every twelfth document, at least.

All of them: `python tests/corpus/corpus_round_trip.py ../shared` (docs/corpus.md has what it finds).
"""

from pathlib import Path

import pytest
from corpus_entries import feeds
from corpus_manifest import folder, is_feed, rows
from corpus_round_trip import differences

pytestmark = pytest.mark.shared
EACH = {"real-with-expected", "conformance-republish", "convert-rssbridge", "update-scenarios"}


def test_nothing_of_an_entry_is_lost_when_our_feeds_are_read_again(shared: Path) -> None:
    lost, entries = [], 0
    every = enumerate(line for line in rows(shared) if is_feed(line[0]))
    chosen = [line for number, line in every if number % 12 == 0 or folder(line[0]) in EACH]
    for row, feed in feeds(chosen):
        entries += len(feed.entries)
        lost += [f"{row['path']}: {sentence}" for sentence in differences(feed)]
    assert entries > 300
    assert lost == []
