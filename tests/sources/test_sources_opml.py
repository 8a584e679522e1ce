"""Subscription lists: what they name, what leads nowhere, and that a broken one names nothing."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import NotAFeed, ParseError
from aggregator.model import Document, FeedHeader, Request, Source, Subscription
from aggregator.sources import opmltree
from aggregator.sources.opml import OpmlAdapter, OpmlOptions, parse_list
from aggregator.sources.opmltree import web_address

URL = "https://lists.example/all.opml"


def opml(body: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>\n<opml version="2.0">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</opml>\n'.encode()


def feed(url: str, title: str = "T", more: str = "") -> str:
    return f'<outline text="{title}" type="rss" xmlUrl="{url}" {more}/>'


def read(body: bytes, *, url: str = URL) -> tuple[FeedHeader, list[Subscription], list[str]]:
    listing = parse_list(body, url=url)
    return listing.header, list(listing.subscriptions), list(listing.left)


def document(body: bytes) -> Document:
    return Document(url=URL, request=Request(url=URL), body=body)


def source(**options: int) -> Source:
    return Source(id="planet", kind="opml", url=URL, options=OpmlOptions(**options))


def test_a_list_names_its_feeds_with_titles_folders_and_lines() -> None:
    body = opml(
        f'{feed("https://a.example/feed", "A")}\n<outline text="Tech"><outline title="Python">\n'
        f"{feed('/b.xml', 'B', 'category=&quot;x&quot;')}</outline></outline>".replace("&quot;", "'").replace(
            "category='x'", 'category="fun, /Arts/Film"'
        ),
        "<title>All  of it</title><ownerName>Ann</ownerName><ownerEmail>ann@example.org</ownerEmail>",
    )
    header, found, left = read(body, url=URL)
    assert header.title is not None
    assert header.title.value == "All of it"
    assert (header.authors[0].name, header.authors[0].email) == ("Ann", "ann@example.org")
    assert [(one.url, one.title, one.folders, one.line) for one in found] == [
        ("https://a.example/feed", "A", (), 5),
        ("https://lists.example/b.xml", "B", ("Tech", "Python", "fun"), 7),
    ]
    assert left == []


@pytest.mark.parametrize("attribute", ["xmlUrl", "xmlurl", "XMLURL", "xmlURL"])
def test_programs_spell_the_address_as_they_like(attribute: str) -> None:
    _, found, _ = read(opml(f'<outline {attribute}=" https://a.example/ "/>'), url=URL)
    assert [(one.url, one.title) for one in found] == [("https://a.example/", None)]


@pytest.mark.parametrize(
    "address",
    [
        "|~/fetch.py",
        "exec:ls",
        "query:unread",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "https://a.example/a b",
        "http://a.example:0/",
    ],
)
def test_what_is_no_address_is_left_out_by_its_line(address: str) -> None:
    _, found, left = read(opml(feed("https://a.example/", "A") + "\n" + feed(address, "Odd")), url=URL)
    assert [one.title for one in found] == ["A"]
    assert left == [f"line 6: 'Odd' has no http(s) address (got {address!r})"]


def test_relative_addresses_in_a_file_lead_nowhere() -> None:
    _, found, left = read(opml(feed("feeds/a.xml")), url="file:///home/ann/all.opml")
    assert found == []
    assert left


def test_a_bare_ampersand_and_entities_of_html_are_mended_where_they_stand() -> None:
    body = opml(feed("https://a.example/?a=1&b=2&amp;c=3&#38;d=4", "R&D &eacute;&nbsp;&lt;") + "\n" + feed("ftp://x"))
    _, found, left = read(body, url=URL)
    assert [(one.url, one.title) for one in found] == [("https://a.example/?a=1&b=2&c=3&d=4", "R&D é <")]
    assert left[0].startswith("line 6:")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (opml(feed("https://a.example/"))[:-30], "line 5: this list is broken"),
        (
            b'<opml><body>\n<outline xmlUrl="http://a.example/"/>\n<outline text="x" xmlUrl="http://b.exam',
            "line 3: this list is broken",
        ),
        (b'<opml>\n<body><outline text="<b>" xmlUrl="http://a.example/"/></body></opml>', "line 2: this list is broken"),
        (b'<opml><body><outline text="a"><outline></body></opml>', "line 1: this list is broken"),
        (
            b"<opml><body>" + b'<outline text="a">' * 5_000 + b"</outline>" * 5_000 + b"</body></opml>",
            "line 1: this list is broken: Excessive depth",
        ),
    ],
)
def test_a_broken_list_names_nothing_and_the_error_names_the_line(body: bytes, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        read(body, url=URL)


def test_no_entity_is_followed_out_of_a_list(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("http://leak.example/")
    outside = f'<!DOCTYPE o [<!ENTITY a SYSTEM "{secret.as_uri()}">]>\n<opml><body><outline text="x" xmlUrl="&a;"/></body></opml>'.encode()
    with pytest.raises(ParseError, match="line 2"):
        read(outside, url=URL)
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE o [<!ENTITY e0 "0123456789">{levels}]><opml><body><outline text="&e9;" xmlUrl="http://a.example/"/></body></opml>'
    with pytest.raises(ParseError, match="line 1"):
        read(bomb.encode(), url=URL)


def test_an_encoding_that_nobody_knows_and_a_root_of_another_name_are_said() -> None:
    with pytest.raises(ParseError, match="line 1: this list is broken"):
        read(b'<?xml version="1.0" encoding="x-unknown"?>\n<opml><body/></opml>')
    with pytest.raises(ParseError, match="line 2: the root is <list>"):
        opmltree.read(b"\n<list/>", url=URL)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<html><body>Welcome</body></html>", "page"),
        (b'<rss version="2.0"><channel><title>x</title></channel></rss>', "feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": []}', "feed"),
        (b"<not-opml><body/></not-opml>", "xml"),
        (b"just words", "text"),
        (b"", "empty"),
    ],
)
def test_what_is_no_list_is_refused_by_its_name(body: bytes, what: str) -> None:
    with pytest.raises(NotAFeed) as refused:
        read(body, url=URL)
    assert refused.value.what == what
    assert URL in str(refused.value)
    assert ";" in str(refused.value)


def test_a_planets_configuration_is_a_list() -> None:
    body = b"""# Planet configuration
[Planet]
name = Planet Example
link: https://planet.example.org/
owner_name = Ann
owner_email = ann@example.org
template_files = index.html.tmpl atom.xml.tmpl

[DEFAULT]
facewidth = 64

[index.html.tmpl]
days_per_page = 7

[https://a.example/feed?x=%20y]
name = Ann's   blog
face = ann.png

[http://b.example/list.opml]
content_type = opml

[file:///home/ann/feed.xml]
name = Local

[http://a.example/silent]
"""
    header, found, left = read(body, url=URL)
    assert header.title is not None
    assert (header.title.value, header.link, header.authors[0].name) == ("Planet Example", "https://planet.example.org/", "Ann")
    assert [(one.url, one.kind, one.title, one.line) for one in found] == [
        ("https://a.example/feed?x=%20y", "feed", "Ann's blog", 15),
        ("http://b.example/list.opml", "opml", None, 19),
        ("http://a.example/silent", "feed", None, 25),
    ]
    assert left == ["line 22: [file:///home/ann/feed.xml] has no http(s) address"]


def test_a_planet_of_thirty_thousand_feeds_takes_time_in_proportion() -> None:
    body = b"[Planet]\n" + b"".join(b"[http://a.example/%d]\nname = x\n" % number for number in range(30_000))
    started = time.process_time()
    _, found, _ = read(body, url=URL)
    assert time.process_time() - started < 8, "16 s where each line was counted from the start"
    assert (len(found), found[-1].line) == (30_000, 60_000)


@pytest.mark.parametrize(
    ("body", "line"), [(b"x = 1\n[Planet]\nname = x\n", 1), (b"[Planet]\nname = x\n[http://a.example/]\n= y\n", 4)]
)
def test_a_broken_planet_names_nothing_and_the_error_names_the_line(body: bytes, line: int) -> None:
    with pytest.raises(ParseError, match=f"line {line}: this config.ini is broken"):
        read(body, url=URL)


def test_the_kind_follows_feeds_up_to_its_limit_and_no_lists() -> None:
    inner = '<outline type="include" text="more" url="https://other.example/more.opml"/>'
    body = opml(inner + "\n" + "\n".join(feed(f"https://a.example/{n}") for n in range(4)))
    parsed = OpmlAdapter().parse(document(body), source(max_feeds=3), frozenset())
    assert parsed.subscriptions is not None
    assert [one.url[-1] for one in parsed.subscriptions] == ["0", "1", "2"]
    assert parsed.entries == ()
    assert parsed.dropped == (
        "line 9: this feed and what follows is left out: the list names 4 feeds, and max_feeds is 3",
        "line 5: https://other.example/more.opml is of kind 'opml', which is followed only with a [[source]] of its own",
    )


def test_a_list_without_feeds_is_an_error_so_that_nobody_loses_all_of_them() -> None:
    with pytest.raises(ParseError, match="names no feed"):
        OpmlAdapter().parse(document(opml("<outline text='Tech'/>")), source(), frozenset())


def test_it_is_asked_for_where_it_is() -> None:
    assert [one.url for one in OpmlAdapter().requests(source(), {})] == [URL]
    local = Source(id="a", kind="opml", path="/home/ann/all.opml")
    assert [one.url for one in OpmlAdapter().requests(local, {})] == ["file:///home/ann/all.opml"]
    assert list(OpmlAdapter().requests(Source(id="a", kind="opml"), {})) == []


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: opml(text)))
def test_whatever_comes_is_a_list_or_a_clear_error(body: bytes) -> None:
    try:
        _, found, _ = read(body, url=URL)
    except ParseError:
        return
    assert all(web_address(one.url, "") == one.url for one in found)
