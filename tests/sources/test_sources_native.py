"""Our own reader of plain feeds against feedparser: the same entries, or none."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.model import Document, Parsed, Request, Source
from aggregator.sources import feedparsing, xmlfeed
from aggregator.sources.feed import FeedAdapter
from aggregator.sources.native import read
from aggregator.sources.xmlfeed import parse_whole, parse_xml
from aggregator.sources.xmlscan import scan

ADDRESS = "https://native.example/feed.xml"
NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:own="urn:own" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
)


@pytest.fixture(autouse=True)
def natively_however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlfeed, "FEW", 1)


def rss(*items: str, root: str = "", head: str = "<title>t</title>") -> bytes:
    inner = "".join(f"<item>{one}</item>" for one in items)
    return f'<rss version="2.0" {NAMESPACES} {root}><channel>{head}{inner}</channel></rss>'.encode()


def atom(*entries: str, root: str = "") -> bytes:
    inner = "".join(f"<entry>{one}</entry>" for one in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:own="urn:own" {root}><title>t</title>{inner}</feed>'.encode()


def natively(body: bytes) -> Sequence[feedparsing.Fields] | None:
    pieces = scan(body, "", ADDRESS).split
    return read(pieces.document(range(len(pieces.entries)))) if pieces else None


def ours(body: bytes) -> Parsed:
    return parse_xml(body, url=ADDRESS, content_type="", known=frozenset())


PLAIN = {
    "what everybody writes": "<title>AT&amp;T</title><link>http://a.example/?x=1&amp;y=2</link><guid>http://a.example/1</guid>"
    "<pubDate>Mon, 01 Jan 2024 00:00:00 GMT</pubDate><description>&lt;p>Text&lt;/p></description>",
    "HTML in a title": "<title>&lt;b>bold&lt;/b> &amp;amp; more</title>",
    "titles": "<media:title>m</media:title><title/><title>one</title><title>two</title><dc:title>three</dc:title>",
    "a title after a source": "<title>one</title><source url='http://o.example/'>Other</source><title>two</title>",
    "a source without a word": "<title>t</title><source url='http://o.example/'/>",
    "a group": "<media:group><media:title>deep</media:title><media:content url='/a.mp4' type='Video/MP4' fileSize='12'>"
    "<media:thumbnail url='/a.png'/><media:description>d</media:description></media:content></media:group><title>t</title>",
    "texts": "<title>t</title><description>short</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded>"
    "<itunes:summary>another</itunes:summary><itunes:subtitle>s</itunes:subtitle>",
    "content before its summary": "<content:encoded>&lt;p>long&lt;/p></content:encoded><description>short</description>",
    "two descriptions": "<description>one</description><description>two &lt;i>three&lt;/i></description>",
    "a summary before": "<title>t</title><itunes:summary>s</itunes:summary><description>d</description>",
    "a guid that is no link": "<guid isPermaLink='false'>17</guid><link/><title>t</title>",
    "a guid before the link": "<guid>http:///a.example/x</guid><link>http:////a.example/y</link>",
    "links": "<link>http://a.example/</link><atom:link rel='Related' href='/r' title='R' hreflang='de'/><atom:link rel='self' href='/s'/>"
    "<atom:link uri='/u'/><atom:link url='/l' type='text/plain'/><atom:link href=''/><title>t</title>",
    "authors": "<title>t</title><author>a@b.example (Ann)</author><dc:creator>Bob &lt;bob@b.example&gt;</dc:creator>"
    "<itunes:author>Cy</itunes:author><author/>",
    "an author in parts": "<title>t</title><author><name>Ann</name><email>a@b.example</email><uri>http:///a.example</uri></author>"
    "<author>Ann<email>a@c.example</email></author>",
    "categories": "<title>t</title><category domain='d'>one</category><category>one</category><category/><category term='x' label='X'/>"
    "<dc:subject>two</dc:subject><media:category>three</media:category><media:keywords>a, b,,</media:keywords>"
    "<itunes:keywords>c,d</itunes:keywords>",
    "media": "<title>t</title><enclosure url='/e.mp3' length='9' type='AUDIO/mpeg'/><enclosure href='/h'/><enclosure/>"
    "<media:thumbnail>/text.png</media:thumbnail><itunes:image href='i.png'/><itunes:image/><itunes:duration>1:02</itunes:duration>",
    "counts": "<title>t</title><comments>http:///a.example/c</comments><slash:comments>3</slash:comments>"
    "<wfw:commentRss>http://a.example/cr</wfw:commentRss><rights>all</rights><dc:rights>&lt;i>none&lt;/i></dc:rights>",
    "dates": "<title>t</title><dc:date>2024-01-01</dc:date><pubDate>one</pubDate><pubDate>two</pubDate><dc:language>de</dc:language>",
    "languages": "<title xml:lang='de_AT'>t</title><description xml:lang=''>d</description>",
    "things unheard of": "<title>t</title><own:thing a='1'>x<own:part/></own:thing><own:link>l</own:link><nothing/>",
    "comments": "<title>a<!-- not this -->b</title><?php echo 1 ?><guid>x</guid>",
    "slips": "<title>\u00c3\u00a4 \u0096 caf\u00e9</title><description>&#150;</description>",
    "white space": "<title>\n  a\n b\t</title><guid>\u00a0x\u2003</guid>",
}


@pytest.mark.parametrize("item", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("root", ["", 'xml:lang="en_GB"', 'xml:lang=""'], ids=["", "in English", "in no language"])
def test_a_plain_item_is_read_here_as_feedparser_reads_it(item: str, root: str) -> None:
    body = rss(item, "<title>after</title>", root=root)
    assert natively(body) is not None
    assert ours(body) == parse_whole(body, url=ADDRESS)


ATOMS = {
    "what everybody writes": "<id>tag:a.example,2024:1</id><title type='html'>&lt;b>T&lt;/b></title><link href='http://a.example/1'/>"
    "<updated>2024-01-01T00:00:00Z</updated><published>2023-12-31</published><author><name>Ann</name><uri>/ann</uri></author>"
    "<category term='x' scheme='s' label='X'/><summary>&lt;not html&gt; &amp;amp;</summary><content type='html'>&lt;p>c&lt;/p></content>",
    "content elsewhere": "<title>t</title><content src='http://a.example/c' type='text/html'/>",
    "two contents": "<title>t</title><content>one &lt;b>two&lt;/b></content><content type='text'>two</content><summary>s</summary>",
    "rights": "<title>t</title><rights type='html'>&lt;i>r&lt;/i></rights><own:rights>o</own:rights>",
    "a language": "<title xml:lang='fr'>t</title><content>c</content>",
    "an enclosure": "<title>t</title><link rel='enclosure' href='/e' length='1' type='a/b'/><link rel='replies' type='text/html' href='/r'/>",
}


@pytest.mark.parametrize("entry", ATOMS.values(), ids=ATOMS)
def test_a_plain_entry_is_read_here_as_feedparser_reads_it(entry: str) -> None:
    body = atom(entry, root='xml:lang="en"')
    assert natively(body) is not None
    assert ours(body) == parse_whole(body, url=ADDRESS)


STRANGE = {
    "markup": rss("<title>a <b>b</b></title>"),
    "a base": rss("<title>t</title>", root="xml:base='http://b.example/'"),
    "a language without xml": rss("<title lang='de'>t</title>"),
    "a type that is neither": atom(
        "<title>t</title><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>x</div></content>"
    ),
    "an element with a meaning that is not known here": rss("<title>t</title><contributor><name>x</name></contributor>"),
    "a foreign attribute where it counts": rss("<title>t</title><atom:link own:href='/x'/>"),
    "an id by another name": b"<rss xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel><item rdf:about='x'/></channel></rss>",
    "an item with an address": b"<rss><channel><item href='/x'><title>t</title></item></channel></rss>",
    "nothing that tells": rss("<pubDate>x</pubDate>"),
    "a prefix with another meaning": b"<rss xmlns:dc='http://search.yahoo.com/mrss/'><channel><item><title>t</title></item></channel></rss>",
    "a field of feedparser's own": rss("<title>t</title><authors>x</authors>"),
    "a doctype": b'<!DOCTYPE rss [<!ENTITY e "E">]><rss><channel><item><title>&e;</title></item></channel></rss>',
    "an author's part": rss("<title>t</title><author><name>x</name><title>y</title></author>"),
    "keywords with attributes": rss("<title>t</title><media:keywords a='1'>x</media:keywords>"),
    "a count with attributes": rss("<title>t</title><slash:comments a='1'>x</slash:comments>"),
    "RSS 1.0": b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
    b"<channel/><item><title>t</title></item></rdf:RDF>",
    "two channels": b"<rss><channel/><channel><item><title>t</title></item></channel></rss>",
    "a language of the channel without xml": b"<rss><channel lang='de'><item><title>t</title></item></channel></rss>",
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
def test_what_is_strange_is_left_to_feedparser(body: bytes) -> None:
    assert natively(body) is None
    assert ours(body) == parse_whole(body, url=ADDRESS)


def test_the_header_is_read_by_feedparser_in_any_case() -> None:
    head = (
        "<title>t</title><image><url>/i.png</url></image><itunes:owner><itunes:name>x</itunes:name></itunes:owner><ttl>60</ttl>"
    )
    body = rss("<title>a</title>", head=head)
    assert natively(body) is not None
    assert ours(body) == parse_whole(body, url=ADDRESS)


def test_what_feedparser_reads_faster_is_left_to_it(monkeypatch: pytest.MonkeyPatch, given_to_feedparser: list[bytes]) -> None:
    monkeypatch.setattr(xmlfeed, "FEW", 3)
    for number in (2, 3):
        given_to_feedparser.clear()
        ours(rss(*(f"<title>number {one}</title>" for one in range(number))))
        assert (b"number" in given_to_feedparser[0]) is (number < 3)


@pytest.fixture
def given_to_feedparser(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    seen: list[bytes] = []
    run = feedparsing.run
    monkeypatch.setattr(feedparsing, "run", lambda body: seen.append(body) or run(body))
    return seen


@pytest.mark.parametrize("native", [True, False])
def test_one_switch_leaves_everything_to_feedparser(native: bool, given_to_feedparser: list[bytes]) -> None:
    body = rss("<title>only here</title>")
    source = Source(id="s", kind="feed", url=ADDRESS, native=native)
    parsed = FeedAdapter().parse(Document(url=ADDRESS, request=Request(url=ADDRESS), body=body), source, frozenset())
    assert (b"only here" not in b"".join(given_to_feedparser)) is native
    assert parsed == parse_whole(body, url=ADDRESS)


PIECES = [piece for item in (*PLAIN.values(), *ATOMS.values()) for piece in item.split("><")]
ELEMENTS = st.sampled_from(
    sorted(
        {f"<{piece.strip('<>')}>" for piece in PIECES if piece.strip("<>").endswith("/") or "</" in piece} | {"<own:x>y</own:x>"}
    )
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])  # the fixture is the same for all
@given(st.lists(st.lists(ELEMENTS, min_size=1, max_size=8).map("".join), min_size=1, max_size=3), st.booleans())
def test_any_mixture_of_elements_is_read_the_same_way(items: list[str], as_atom: bool) -> None:
    body = (
        atom(*items, root=NAMESPACES.replace('xmlns:own="urn:own" ', "").replace('xmlns:atom="http://www.w3.org/2005/Atom" ', ""))
        if as_atom
        else rss(*items)
    )
    assert said(lambda: ours(body)) == said(lambda: parse_whole(body, url=ADDRESS))


def said(parse: Callable[[], Parsed]) -> Parsed | str:
    try:
        return parse()
    except ParseError as error:
        return str(error)
