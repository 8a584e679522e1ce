from pathlib import Path

import pytest
from feed_goldens import documents, expected, simplified

from aggregator.sources.feedbytes import parse_feed

ADDRESS = "https://golden.example/dir/feed.xml"


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_a_document_parses_to_its_golden_pair(document: Path) -> None:
    parsed = parse_feed(document.read_bytes(), url=ADDRESS)
    assert simplified(parsed) == expected(document, parsed)


def test_there_is_a_golden_document_of_every_format() -> None:
    formats = {parse_feed(document.read_bytes(), url=ADDRESS).format for document in documents()}
    assert formats >= {"rss090", "rss091n", "rss092", "rss10", "rss20", "atom03", "atom10", "cdf", "jsonfeed1", "jsonfeed11"}
