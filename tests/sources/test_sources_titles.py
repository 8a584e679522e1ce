"""A title is the entry's, whatever titles stand in it."""

import pytest

from aggregator.sources.feedbytes import parse_feed

RSS = (
    '<rss xmlns:media="http://search.yahoo.com/mrss/" version="2.0"><channel><title>c</title><item><title>one</title>'
    '<source url="http://a.example/">s</source>{}</item></channel></rss>'
)


@pytest.mark.parametrize("count", [1, 2])
def test_the_title_of_a_file_is_not_taken_for_the_entrys(count: int) -> None:
    file = '<media:content url="http://a.example/x"><media:title type="plain">m</media:title></media:content>'
    (entry,) = parse_feed(RSS.format(file * count).encode(), url="http://a.example/feed").entries
    assert entry.title is not None
    assert entry.title.value == "one"
