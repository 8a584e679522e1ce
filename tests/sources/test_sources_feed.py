import gzip
from pathlib import Path

import pytest

from aggregator.errors import NotAFeed, ParseError
from aggregator.model import Document, Entry, Parsed, Request, Source
from aggregator.sources import feedparsing
from aggregator.sources.adapter import load
from aggregator.sources.feed import FeedAdapter, Options
from aggregator.sources.feedbytes import parse_feed

ADDRESS = "https://e.example/dir/feed"
SOURCE = Source(id="s", kind="feed", url=ADDRESS)


def rss(inside: str) -> bytes:
    namespaces = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:media="http://search.yahoo.com/mrss/"'
    return f'<rss version="2.0" {namespaces}><channel><title>T</title>{inside}</channel></rss>'.encode()


def item(inside: str) -> Entry:
    (entry,) = parse_feed(rss(f"<item>{inside}</item>"), url=ADDRESS).entries
    return entry


def refused(body: bytes) -> NotAFeed:
    with pytest.raises(NotAFeed) as caught:
        parse_feed(body, url=ADDRESS)
    return caught.value


def test_the_kind_is_installed_under_its_name() -> None:
    assert isinstance(load("feed"), FeedAdapter)


def test_a_source_is_one_request_for_feeds() -> None:
    (request,) = FeedAdapter().requests(SOURCE, {})
    assert request.url == ADDRESS
    assert "application/feed+json" in request.accept
    assert not FeedAdapter().local
    assert FeedAdapter().requests(Source(id="s", kind="feed"), {}) == ()


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValueError, match="extra"):
        Options.model_validate({"colour": "red"})


def test_relative_addresses_are_relative_to_where_the_document_came_from() -> None:
    document = Document(url="https://moved.example/a/b", request=Request(url=ADDRESS), body=rss("<item><link>c</link></item>"))
    assert FeedAdapter().parse(document, SOURCE, frozenset()).entries[0].link == "https://moved.example/a/c"


def test_the_charset_of_the_header_is_used_where_the_bytes_leave_it_open() -> None:
    body = rss("<item><title>ы</title></item>").decode().encode("koi8-r")
    parsed = parse_feed(body, url=ADDRESS, content_type="application/rss+xml; charset=koi8-r")
    assert parsed.entries[0].title
    assert parsed.entries[0].title.value == "ы"


@pytest.mark.parametrize(
    ("body", "what", "says"),
    [
        (b"", "empty", "the document is empty"),
        (b"<opml/>", "opml", "OPML"),
        (b"<urlset/>", "sitemap", "a sitemap"),
        (gzip.compress(b"<urlset/>", mtime=0), "sitemap", "a sitemap"),
        (b"User-agent: *\nDisallow:", "robots", "a robots.txt"),
        (b"<note/>", "xml", "XML, but no feed"),
        (b"{}", "json", "JSON, but not a JSON Feed"),
        (b'[{"title": {"rendered": ""}, "content": {"rendered": ""}}]', "wordpress", 'kind = "wordpress"'),
        (b"# Notes\n", "markdown", 'kind = "folder"'),
        (b"hello", "text", "plain text"),
        (b"\x89PNG\r\n", "binary", "binary data"),
        (gzip.compress(b"hello" * 100, mtime=0)[:-9], "binary", "a gzip file that is damaged"),
        (b"\x1f\x8bgarbage", "binary", "a gzip file that is damaged"),
    ],
)
def test_what_is_no_feed_is_refused_by_its_name(body: bytes, what: str, says: str) -> None:
    error = refused(body)
    assert error.what == what
    assert says in str(error)


def test_a_page_is_refused_with_the_feeds_that_it_links_to() -> None:
    error = refused(
        b"""<html><head><base href="/blog/"><link rel="stylesheet" href="x.css">
        <link rel="ALTERNATE home" type="application/rss+xml; charset=utf-8" href=" feed.xml ">
        <link rel="alternate" type="application/atom+xml" href="//[bad"><link rel="alternate" type="application/json" href="api">
        <link rel="alternate" type="application/atom+xml" href="javascript:x"><link rel="alternate" href="y" hreflang="de">
        <link rel="feed" href="https://f.example/"></head></html>"""
    )
    assert error.what == "page"
    assert error.feeds == ("https://e.example/blog/feed.xml", "https://f.example/")
    assert "https://f.example/" in str(error)
    assert "links to none" in str(refused(b"<html></html>"))


def test_a_gzip_file_is_unpacked() -> None:
    assert parse_feed(gzip.compress(rss("<item><title>a</title></item>")), url=ADDRESS).format == "rss20"


def test_a_gzip_bomb_is_binary() -> None:
    error = refused(gzip.compress(b" " * 20_000_000))
    assert (error.what, "holds more than 10 MB" in str(error)) == ("binary", True)


def test_json_that_is_damaged_says_where() -> None:
    with pytest.raises(ParseError, match="line 1 column"):
        parse_feed(b'{"version": "https://jsonfeed.org/version/1.1", "items": [', url=ADDRESS)


def test_an_empty_feed_is_a_feed() -> None:
    assert parse_feed(rss(""), url=ADDRESS).entries == ()


def test_a_body_with_items_of_which_none_is_understood_is_an_error() -> None:
    with pytest.raises(ParseError, match="none of the 2 items"):
        parse_feed(rss("<item/><item></item>"), url=ADDRESS)


def test_an_empty_item_among_others_is_dropped_and_said_to_be() -> None:
    parsed = parse_feed(rss("<item/><item><author>a</author></item>"), url=ADDRESS)
    assert len(parsed.entries) == 1
    assert parsed.dropped == ("item 1 is empty",)


def test_a_root_that_no_format_knows_is_an_error() -> None:
    with pytest.raises(ParseError, match="no known format"):
        parse_feed(b"<RDF><nothing/></RDF>", url=ADDRESS)


def test_a_guid_does_not_change_with_the_address_of_its_feed() -> None:
    body = rss("<item><guid>17</guid></item>")
    both = [parse_feed(body, url=url).entries[0] for url in ("http://e.example/a", "https://e.example/b")]
    assert [(entry.id, entry.link) for entry in both] == [("17", None), ("17", None)]


@pytest.mark.parametrize(
    ("inside", "link"),
    [
        ("<guid>https://e.example/1</guid>", "https://e.example/1"),
        ('<guid isPermaLink="false">https://e.example/1</guid>', None),
        ("<guid>tag:x</guid>", None),
        ("<link>https://e.example/?a=1&amp;b=%20#c</link>", "https://e.example/?a=1&b=%20#c"),
        ("<link>HTTPS://E.example/a/../b?</link>", "HTTPS://E.example/a/../b?"),
        ("<link>//cdn.example/x</link>", "https://cdn.example/x"),
        ("<link>http://[bad</link>", "http://[bad"),
    ],
)
def test_the_link_of_an_item(inside: str, link: str | None) -> None:
    assert item(f"<title>t</title>{inside}").link == link


def test_published_is_not_taken_for_updated() -> None:
    entry = item("<pubDate>Mon, 16 Nov 2026 21:30:00 GMT</pubDate>")
    assert entry.published
    assert entry.updated is None


def test_a_second_description_is_content_only_if_it_says_more() -> None:
    short = item("<description>A long text about something</description><media:description>Short</media:description>")
    long = item("<description>Short</description><media:description>A long text about something</media:description>")
    same = item("<description>Same &lt;b&gt;text&lt;/b&gt;</description><description>Same &lt;b&gt;text&lt;/b&gt;</description>")
    assert short.content is None
    assert long.content
    assert long.summary
    assert same.summary is None
    assert same.content


@pytest.mark.parametrize(
    ("channel", "ttl"),
    [
        ("<ttl>60</ttl>", 3600.0),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>1e9</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1800.0),
        ("<sy:updatePeriod> weekly </sy:updatePeriod>", 604800.0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", None),
        ("<sy:updatePeriod>often</sy:updatePeriod>", None),
    ],
)
def test_how_long_a_feed_asks_to_be_left_alone(channel: str, ttl: float | None) -> None:
    assert parse_feed(rss(channel), url=ADDRESS).hints.ttl == ttl


def test_hours_and_days_to_skip() -> None:
    days = "".join(f"<day>{day}</day>" for day in ("Sunday", "MONDAY", "Caturday"))
    hours = "".join(f"<hour>{hour}</hour>" for hour in (23, 24, 5, 99))
    hints = parse_feed(rss(f"<skipHours>{hours}</skipHours><skipDays>{days}</skipDays>"), url=ADDRESS).hints
    assert hints.skip_hours == (0, 5, 23)
    assert hints.skip_days == (0, 6)


def test_replies_that_are_pages_are_the_comments() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>t</title>
    <link rel="replies" type="application/atom+xml" href="r.xml"/><link rel="replies" type="text/html" href="r.html"/></entry></feed>"""
    assert parse_feed(body, url=ADDRESS).entries[0].comments == "https://e.example/dir/r.html"


def test_the_same_document_parses_to_the_same_value_twice(tmp_path: Path) -> None:
    body = rss("<item><title>a</title><author>b@c.example (d)</author></item>")

    def parsed() -> Parsed:
        return parse_feed(body, url=ADDRESS)

    assert parsed() == parsed()


def test_what_feedparser_raises_is_a_parse_error() -> None:
    with pytest.raises(ParseError, match="UnicodeEncodeError"):
        feedparsing.run(b"<rss><channel><item><title>&#xD800;</title></item></channel></rss>")


def test_the_author_that_stood_before_the_owner_is_kept() -> None:
    body = b"""<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><itunes:author>Group</itunes:author>
    <itunes:owner><itunes:name>Ida</itunes:name></itunes:owner></channel></rss>"""
    header = parse_feed(body, url=ADDRESS).header
    assert header
    assert [author.name for author in header.authors] == ["Group", "Ida"]


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_bytes(rss("<item><title>secret</title></item>"))
    assert refused(str(secret).encode()).what == "text"
