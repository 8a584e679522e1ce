"""A feed taken apart: what is skipped, and what is left whole because entries would be read otherwise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Entry, Parsed
from aggregator.sources import feedparsing
from aggregator.sources.feedbytes import parse_feed
from aggregator.sources.split import Split
from aggregator.sources.xmlfeed import parse_whole
from aggregator.sources.xmlscan import scan

ADDRESS = "https://split.example/feed.xml"
NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def rss(
    *items: str, head: str = "<title>t</title><link>http://a.example/</link>", tail: str = "", root: str = NAMESPACES
) -> bytes:
    inner = "\n".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0" {root}><channel>{head}{inner}{tail}</channel></rss>'.encode()


def item(name: str) -> str:
    return f"<title>{name}</title><guid>http://a.example/{name}</guid><description>&lt;p>About {name}&lt;/p></description>"


def read(body: bytes, known: frozenset[str] = frozenset(), url: str = ADDRESS) -> Parsed:
    return parse_feed(body, url=url, known=known)


def marks(parsed: Parsed) -> frozenset[str]:
    return frozenset(entry.mark for entry in parsed.entries if entry.mark)


def pieces(body: bytes) -> Split | None:
    return scan(body, "", ADDRESS).split


def test_only_entries_that_are_new_are_given_to_feedparser(monkeypatch: pytest.MonkeyPatch) -> None:
    known = marks(read(rss(item("a"), item("b"))))
    given_: list[bytes] = []
    run = feedparsing.run
    monkeypatch.setattr(feedparsing, "run", lambda body: given_.append(body) or run(body))
    parsed = parse_feed(rss(item("new"), item("a"), item("b")), url=ADDRESS, known=known, native=False)
    assert [entry.title and entry.title.value for entry in parsed.entries] == ["new", None, None]
    assert [entry == Entry() for entry in parsed.entries] == [False, True, True]
    assert [entry.mark in known for entry in parsed.entries] == [False, True, True]
    assert b"About new" in given_[0]
    assert b"About a" not in given_[0]


def test_a_document_of_known_entries_only_still_has_its_header() -> None:
    body = rss(item("a"), head="<title>t</title><ttl>90</ttl>")
    parsed = read(body, marks(read(body)))
    assert parsed.header == read(body).header
    assert parsed.hints.ttl == 5400
    assert parsed.entries == (Entry(),)
    assert parsed.format == "rss20"


@pytest.mark.parametrize(
    "after",
    [
        rss(item("a"), head="<title>other</title>"),
        rss(item("a"), root=f'{NAMESPACES} xml:lang="de"'),
        rss(item("a"), root=f'{NAMESPACES} xml:base="http://b.example/"'),
        rss(item("a"), root=f'{NAMESPACES} xmlns:more="urn:more"'),
        rss(item("a") + " "),
    ],
    ids=["title", "language", "base", "namespace", "a space in the entry"],
)
def test_a_change_of_the_entry_or_of_what_it_inherits_makes_it_unknown(after: bytes) -> None:
    known = marks(read(rss(item("a"))))
    assert known
    assert marks(read(after))
    assert not known & marks(read(after))


def test_an_entry_is_another_one_at_another_address() -> None:
    assert not marks(read(rss(item("a")))) & marks(read(rss(item("a")), url="https://other.example/feed.xml"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<lastBuildDate>Mon, 01 Jan 2024 00:00:00 GMT</lastBuildDate>", "<lastBuildDate>Tue, 02 Jan 2024</lastBuildDate>"),
        ("<pubDate>Mon, 01 Jan 2024 00:00:00 GMT</pubDate>", "<pubDate></pubDate>"),
        ("<dc:date>2024-01-01</dc:date>", "<dc:date>2024-01-02</dc:date>"),
    ],
)
def test_the_dates_of_the_header_are_no_business_of_entries(before: str, after: str) -> None:
    old, new = rss(item("a"), head=f"<title>t</title>{before}"), rss(item("a"), head=f"<title>t</title>{after}")
    assert marks(read(old)) == marks(read(new)) != frozenset()


def test_the_list_of_items_in_the_header_of_rss_1_is_no_business_of_entries() -> None:
    def rdf(*names: str) -> bytes:
        listed = "".join(f'<rdf:li rdf:resource="http://a.example/{name}"/>' for name in names)
        items = "".join(f'<item rdf:about="http://a.example/{name}"><title>{name}</title></item>' for name in names)
        return (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            f"<channel><title>t</title><items><rdf:Seq>{listed}</rdf:Seq></items></channel>{items}</rdf:RDF>"
        ).encode()

    assert marks(read(rdf("a", "b"))) < marks(read(rdf("c", "a", "b")))


WHOLE = {
    "not well-formed": rss("<title>a &nbsp; b</title>", item("b")),
    "not nested": rss("<title>a</b></title>", item("b")),
    "something between": rss(item("a") + "</item><webMaster>x</webMaster><item>" + item("b")),
    "something behind": rss(item("a"), tail="<title>late</title>"),
    "one prefix, two namespaces": rss(item("a"), '<x:y xmlns:x="urn:1"/>', '<x:y xmlns:x="urn:2"/>'),
    "two prefixes, one namespace": rss('<x:y xmlns:x="urn:1"/>', '<z:y xmlns:z="urn:1"/>'),
    "base": rss(f'<a xml:base="http://b.example/"/>{item("a")}', item("b")),
    "image": rss(f"<image><url>http://a.example/i.png</url></image>{item('a')}"),
    "a title in a text": rss(f"<description><div><title>x</title></div></description>{item('a')}"),
    "an entry alone": b"<entry xmlns='http://www.w3.org/2005/Atom'><title>a</title></entry>",
    "no entry": rss(),
}


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE)
def test_what_may_change_how_others_are_read_is_left_whole(body: bytes) -> None:
    assert pieces(body) is None


def test_entries_that_have_a_base_are_taken_apart_where_the_root_has_one() -> None:
    body = rss(f'<a xml:base="/b/"/>{item("a")}', root=f'{NAMESPACES} xml:base="http://b.example/"')
    assert pieces(body) is not None


def test_an_entry_within_an_entry_is_left_to_the_whole_parse() -> None:
    body = rss(f"{item('a')}<item>{item('b')}</item>", item("c"))
    assert read(body) == parse_whole(body, url=ADDRESS)


def test_the_first_entry_is_parsed_each_time_where_the_header_acts_on_it() -> None:
    head = "<itunes:summary>s</itunes:summary><description>d</description>"
    texts = "<itunes:summary>one</itunes:summary><description>&lt;b>more than one&lt;/b></description>"
    before, after = rss(texts, item("b"), head=head), rss(item("new"), texts, item("b"), head=head)
    known = {entry.mark: entry for entry in read(before).entries}
    parsed = read(before, frozenset(known))
    assert parsed.entries[0] == read(before).entries[0]
    assert parsed.entries[1] == Entry()
    filled = [known.get(entry.mark, entry) for entry in read(after, frozenset(known)).entries]
    assert tuple(filled) == parse_whole(after, url=ADDRESS).entries


PARTS = st.sampled_from(
    [
        "<title>plain</title>", "<title>AT&amp;amp;T &lt;b>bold&lt;/b></title>", "<description><![CDATA[<p>text</item></p>]]></description>",
        "<description>short</description>", "<itunes:summary>longer than that</itunes:summary>", "<content:encoded>&lt;p>c</content:encoded>",
        "<media:content url='/m.mp3'><media:title>m</media:title></media:content>", "<guid>http://a.example/1</guid>", "<guid isPermaLink='false'>2</guid>",
        "<link>http://a.example/?a=1&amp;b=2</link>", "<dc:creator>Ann</dc:creator>", "<author>a@b.example (Ann)</author>", "<category>x</category>",
        "<source url='http://o.example/'>O</source>", "<unknown>u</unknown>", "<x:y xmlns:x='urn:x'>z</x:y>", "<svg/>", "<image/>", "<!-- <item> -->",
        "<summary type='xhtml'><div>a<br/>b</div></summary>", "<item/>", "<description>a<b>b</b></description>", "<pubDate>today</pubDate>",
        "<itunes:image href='i.png'/>", "<div xml:lang='de'/>", "<p xml:base='/x/'/>", "&undefined;", "<open>", "é",
    ]
)  # fmt: skip
ITEM = st.lists(PARTS, max_size=6).map("".join)
HEAD = st.lists(PARTS, max_size=3).map("".join)


@settings(max_examples=150)
@given(st.lists(ITEM, max_size=5), HEAD, HEAD, st.data())
def test_whatever_came_before_a_document_is_what_its_whole_parse_says(
    items: list[str], head: str, later: str, data: st.DataObject
) -> None:
    before = rss(*items, head=head)
    entries = data.draw(st.permutations([*items, *data.draw(st.lists(ITEM, max_size=2))]))
    after = rss(*entries[: data.draw(st.integers(0, 6))], head=data.draw(st.sampled_from([head, later])))
    try:
        known = {entry.mark: entry for entry in read(before).entries if entry.mark}
        whole = parse_whole(after, url=ADDRESS)
    except Exception:  # an error is one either way: held by the corpus
        return
    parsed = read(after, frozenset(known))
    assert tuple(known.get(entry.mark, entry) for entry in parsed.entries) == whole.entries
    assert (parsed.header, parsed.hints, parsed.dropped, parsed.format) == (
        whole.header,
        whole.hints,
        whole.dropped,
        whole.format,
    )
