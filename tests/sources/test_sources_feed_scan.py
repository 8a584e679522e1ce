import time
import xml.sax
from xml.sax.handler import ContentHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.sources.feedbytes import parse_feed
from aggregator.sources.newest import newest
from aggregator.sources.podcast import podcast
from aggregator.sources.xmlscan import scan

ADDRESS = "https://e.example/feed"


def rss(items: str, channel: str = "") -> bytes:
    return f'<rss version="2.0"><channel><title>T</title>{channel}{items}</channel></rss>'.encode()


def scanned(body: bytes) -> str:
    return scan(body, "").body.decode()


def test_nesting_is_cut_at_256_and_the_text_stays() -> None:
    deep = "<b>" * 5_000 + "bottom" + "</b>" * 5_000
    made = scanned(rss(f"<item><title>a</title><description>{deep}</description></item><item><title>b</title></item>"))
    assert 200 < made.count("<b>") < 256
    assert made.count("<b>") == made.count("</b>")
    assert "bottom" in made
    xml.sax.parseString(made.encode(), ContentHandler())


def test_an_entry_that_leaves_hundreds_of_elements_open_costs_no_other_entry() -> None:
    body = rss("<item><title>a</title><description>" + "<p>x" * 600 + "</description></item><item><title>b</title></item>")
    titles = [entry.title and entry.title.value for entry in parse_feed(body, url=ADDRESS).entries]
    assert titles == ["a", "b"]


def test_elements_keep_64_attributes() -> None:
    many = " ".join(f'a{number}="x"' for number in range(5_000))
    made = scanned(rss(f'<item><enclosure url="u" {many}/><title>a</title></item>'))
    assert 'a62="x"' in made
    assert 'a63="x"' not in made
    (entry,) = parse_feed(rss(f'<item><enclosure url="u" {many}/><title>a</title></item>'), url=ADDRESS).entries
    assert entry.enclosures[0].href == "https://e.example/u"


def test_a_huge_attribute_is_dropped_and_its_element_stays() -> None:
    (entry,) = parse_feed(rss(f'<item><title>a</title><enclosure url="{"a" * 100_000}" type="x/y"/></item>'), url=ADDRESS).entries
    assert entry.enclosures == ()
    assert entry.title


def test_an_entry_keeps_50_categories() -> None:
    many = "".join(f"<category>c{number}</category>" for number in range(20_000))
    started = time.process_time()
    (entry, other) = parse_feed(
        rss(f"<item><title>a</title>{many}</item><item><category>z</category></item>"), url=ADDRESS
    ).entries
    assert time.process_time() - started < 5
    assert [category.term for category in entry.categories] == [f"c{number}" for number in range(50)]
    assert [category.term for category in other.categories] == ["z"]


def test_empty_categories_beyond_the_limit_are_cut_as_well() -> None:
    many = "".join(f'<category term="c{number}"/>' for number in range(60))
    (entry,) = parse_feed(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title>{many}</entry></feed>'.encode(), url=ADDRESS
    ).entries
    assert len(entry.categories) == 50
    assert entry.title


@pytest.mark.parametrize("text", ["a@" * 60_000, "&lt;" * 30_000, f"<![CDATA[{'a@' * 60_000}]]>", "a@" * 60_000 + "<b/>"])
def test_a_long_author_costs_no_quadratic_time(text: str) -> None:
    started = time.process_time()
    (entry,) = parse_feed(rss(f"<item><title>a</title><author>{text}</author></item>"), url=ADDRESS).entries
    assert time.process_time() - started < 3
    assert all(len(person.name or "") <= 500 for person in entry.authors)


@pytest.mark.parametrize(
    ("author", "name", "email"),
    [
        ("a@b.example (Ann Bo)", "Ann Bo", "a@b.example"),
        ("Ann Bo &lt;a@b.example&gt;", "Ann Bo", "a@b.example"),
        ("<![CDATA[Ann <a@b.example>]]>", "Ann", "a@b.example"),
        ("mailto:a@b.photography", None, "a@b.photography"),
        ("Ann &amp; Bo", "Ann & Bo", None),
        ("Ann @ home", "Ann @ home", None),
    ],
)
def test_an_author_is_taken_apart(author: str, name: str | None, email: str | None) -> None:
    (entry,) = parse_feed(rss(f"<item><title>a</title><author>{author}</author></item>"), url=ADDRESS).entries
    assert [(person.name, person.email) for person in entry.authors] == [(name, email)]


def test_of_a_flood_the_newest_thousand_stay_in_document_order() -> None:
    items = "".join(
        f"<item><guid isPermaLink='false'>{day}-{hour}-{minute}</guid><pubDate>{day:02d} Jan 2026 {hour:02d}:{minute:02d}:00 GMT</pubDate></item>"
        for day in (1, 2) for hour in range(10) for minute in range(60)
    )  # fmt: skip
    parsed = parse_feed(rss(items), url=ADDRESS)
    assert len(parsed.entries) == 1_000
    assert parsed.entries[0].id == "1-3-20"
    assert parsed.entries[-1].id == "2-9-59"
    assert parsed.dropped == ("200 items beyond the newest 1,000 were left out",)


def test_without_dates_the_first_entries_are_taken() -> None:
    assert newest([b"<item/>"] * 5, 3) == {0, 1, 2}
    assert newest([b"<pubDate>not a date at all</pubDate>", b"<updated>2026-01-01T00:00:00Z</updated>"], 1) == {1}
    assert newest([b"<date>2026-01-01</date>", b"<x/>", b"<date>2026-01-02</date>"], 3) == {0, 1, 2}
    assert newest([b"<date>0001-01-01T00:00:00+23:00</date>", b"<date>2026-01-02</date>"], 1) == {1}


def test_half_an_entry_at_the_end_is_left_out_and_the_rest_is_well_formed() -> None:
    body = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>a</title></entry><entry><title>b</tit"
    made = scan(body, "")
    xml.sax.parseString(made.body, ContentHandler())
    parsed = parse_feed(body, url=ADDRESS)
    assert [entry.title and entry.title.value for entry in parsed.entries] == ["a"]
    assert parsed.dropped == ("the document ends within an item: that item was left out",)


def test_half_an_entry_alone_is_an_error() -> None:
    with pytest.raises(ParseError, match="none of the 1 items"):
        parse_feed(b"<rss><channel><item><title>half", url=ADDRESS)


def test_many_namespaces_cost_no_quadratic_time() -> None:
    many = "".join(f'<a{number}:b xmlns:a{number}="u{number}"/>' for number in range(20_000))
    started = time.process_time()
    (entry,) = parse_feed(rss(f"<item><title>a</title>{many}</item>"), url=ADDRESS).entries
    assert time.process_time() - started < 5
    assert entry.title


def test_an_item_within_an_item_is_no_item() -> None:
    body = rss("<item><x><item><title>old</title></item><item/></x><title>new</title></item>")
    assert [entry.title and entry.title.value for entry in parse_feed(body, url=ADDRESS).entries] == ["new"]


def test_items_that_nobody_closes_are_items() -> None:
    body = rss("<item><title>a</title><item><title>b</title></item>")
    assert len(parse_feed(body, url=ADDRESS).entries) == 2


def test_entities_of_the_doctype_are_kept_if_they_are_plain_text() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY co "Company"><!ENTITY deg "&#176;"><!ENTITY bomb "&co;&co;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    (entry,) = parse_feed(doctype.encode() + rss("<item><title>&co; 5&deg;</title></item>"), url=ADDRESS).entries
    assert entry.title
    assert entry.title.value == "Company 5°"


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#x1F;", "&#xD800;", "&#xFFFE;", "&#1114112;", "&#99999999999999;", "&#xdc00;&#xd800;"]
)
def test_references_to_illegal_characters_are_removed(reference: str) -> None:
    (entry,) = parse_feed(rss(f"<item><title>a{reference}b</title></item>"), url=ADDRESS).entries
    assert entry.title
    assert entry.title.value == "ab"


def test_references_to_a_pair_of_surrogates_are_joined() -> None:
    for pair in ("&#xD83D;&#xDE00;", "&#55357;&#56832;"):
        (entry,) = parse_feed(rss(f"<item><title>{pair}</title></item>"), url=ADDRESS).entries
        assert entry.title
        assert entry.title.value == "😀"


def test_what_stands_between_items_is_the_feeds_own() -> None:
    body = rss("<item><skipDays><day>Monday</day></skipDays></item>", "<skipDays><day>Friday</day></skipDays>")
    assert parse_feed(body, url=ADDRESS).hints.skip_days == (4,)


def test_podcast_fields_are_kept_as_they_were_written() -> None:
    entry = b"""<item><itunes:explicit>true</itunes:explicit><podcast:person>A</podcast:person><podcast:person>B</podcast:person>
    <podcast:chapters url="c.json"/><itunes:duration><![CDATA[ 12:00 ]]></itunes:duration><itunes:subtitle/></item>"""
    assert podcast([entry, b"<item/>"]) == [
        {"itunes:explicit": "true", "podcast:person": "A, B", "podcast:chapters": "c.json", "itunes:duration": "12:00"},
        {},
    ]


def test_an_entry_has_at_most_50_podcast_fields() -> None:
    (fields,) = podcast([b"".join(b"<podcast:f%d>x</podcast:f%d>" % (number, number) for number in range(80))])
    assert len(fields) == 50


PIECES = [
    "<rss>",
    "<channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "</channel>",
    "</rss>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x",
    "?>",
]
PIECES += [
    "<category>",
    "</category>",
    "<author>",
    "a@b.c",
    "</author>",
    "<a b='",
    '">',
    "&",
    "&#0;",
    "<!DOCTYPE",
    "[",
    "<p/>",
    " ",
    "<",
    ">",
    "é",
]


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_markup_is_scanned_without_an_error(pieces: list[str]) -> None:
    made = scan("".join(pieces).encode(), "")
    made.body.decode()
    assert made.items >= len(made.entries)


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        '<a "',
        "<a '\"",
        "<!--",
        "<![CDATA[",
        "<?",
        "<!",
        "<a>",
        "</a>",
        "<item>",
        "&#",
        "&#x",
        "\n",
        "<!ENTITY",
        "<category>",
        "<a b='>",
    ],
)
def test_scanning_takes_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        body = b"<rss><channel>" + (piece * (size // len(piece))).encode()
        started = time.process_time()
        scan(body, "")
        return time.process_time() - started

    assert seconds(1_000_000) < 3
