"""Where a site's feeds are: what documents announce, by the standards and in the wild."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document, Request
from aggregator.sources.discovery import Candidate, guesses, look

URL = "https://site.example/tests/page.html"
FEED = "https://site.example/tests/feed.xml"
OTHER = "https://other.example/tests/feed.xml"
TYPE = 'type="application/atom+xml"'

FLAVOURS = {
    "html4": (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n<html lang="en">',
        ">",
    ),
    "xhtml10": (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">',
        " />",
    ),
    "xhtml11": (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" '
        '"http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en">',
        " />",
    ),
}
"""The three suites of Mark Pilgrim's Atom autodiscovery tests, each with nearly the same cases (by the names in their index)."""

CASES = {
    "absolute URI": (f'<link rel="alternate" {TYPE} href="{FEED}"/>', FEED),
    "relative URI": (f'<link rel="alternate" {TYPE} href="feed.xml"/>', FEED),
    "relative to top of domain": (f'<link rel="alternate" {TYPE} href="/tests/feed.xml"/>', FEED),
    "unquoted rel": (f'<link rel=alternate {TYPE} href="feed.xml"/>', FEED),
    "id distraction": (f'<link rel="alternate" id="alternate" {TYPE} href="feed.xml"/>', FEED),
    "single quotes": ("<link rel='alternate' type='application/atom+xml' href='feed.xml'/>", FEED),
    "attributes separated by carriage returns": (f'<link\rrel="alternate"\r{TYPE}\rhref="feed.xml"/>', FEED),
    "uppercase rel": (f'<link rel="ALTERNATE" {TYPE} href="feed.xml"/>', FEED),
    "mixed case rel": (f'<link rel="aLtErNaTe" {TYPE} href="feed.xml"/>', FEED),
    "uppercase type": ('<link rel="alternate" type="APPLICATION/ATOM+XML" href="feed.xml"/>', FEED),
    "mixed case type": ('<link rel="alternate" type="aPpLiCaTiOn/AtOm+XmL" href="feed.xml"/>', FEED),
    "extra rel before": (f'<link rel="foo alternate" {TYPE} href="feed.xml"/>', FEED),
    "extra rel after": (f'<link rel="alternate foo" {TYPE} href="feed.xml"/>', FEED),
    "extra rels around, uppercase": (f'<link rel="foo ALTERNATE bar" {TYPE} href="feed.xml"/>', FEED),
    "attributes in another order": (f'<link href="feed.xml" {TYPE} rel="alternate"/>', FEED),
    "unknown rel distraction": (
        f'<link rel="alternatefoo" {TYPE} href="no.xml"/><link rel="alternate" {TYPE} href="feed.xml"/>',
        FEED,
    ),
    "unknown rel distraction #2": (
        f'<link rel="fooalternate" {TYPE} href="no.xml"/><link rel="alternate" {TYPE} href="feed.xml"/>',
        FEED,
    ),
    "rev distraction": (f'<link rev="alternate" {TYPE} href="no.xml"/><link rel="alternate" {TYPE} href="feed.xml"/>', FEED),
    "title distraction": (f'<link rel="alternate" {TYPE} title="https://no.example/" href="feed.xml"/>', FEED),
    "type distraction": (
        f'<link rel="alternate" type="application/xml" href="no.xml"/><link rel="alternate" {TYPE} href="feed.xml"/>',
        FEED,
    ),
    "blanks in rel": (f'<link rel=" alternate " {TYPE} href="feed.xml"/>', FEED),
    "blanks in type": ('<link rel="alternate" type=" application/atom+xml " href="feed.xml"/>', FEED),
    "blanks in href": (f'<link rel="alternate" {TYPE} href=" feed.xml "/>', FEED),
    "declared base": (f'<base href="https://site.example/tests/"/><link rel="alternate" {TYPE} href="feed.xml"/>', FEED),
    "declared base #2": (
        f'<base href="https://site.example/tests/fake/"/><link rel="alternate" {TYPE} href="../feed.xml"/>',
        FEED,
    ),
    "base on another server": (
        f'<base href="https://other.example/tests/"/><link rel="alternate" {TYPE} href="feed.xml"/>',
        OTHER,
    ),
    "base on another server #2": (
        f'<base href="https://other.example/tests/fake/"/><link rel="alternate" {TYPE} href="../feed.xml"/>',
        OTHER,
    ),
    "base on another server #3": (
        f'<base href="https://other.example/x/"/><link rel="alternate" {TYPE} href="/tests/feed.xml"/>',
        OTHER,
    ),
    "base distraction": (f'<base href="https://other.example/tests/"/><link rel="alternate" {TYPE} href="{FEED}"/>', FEED),
    "base after the link": (f'<link rel="alternate" {TYPE} href="feed.xml"/><base href="https://other.example/tests/"/>', FEED),
    "entity for A in rel": (f'<link rel="&#65;lternate" {TYPE} href="feed.xml"/>', FEED),
    "entity for a in rel": (f'<link rel="&#97;lternate" {TYPE} href="feed.xml"/>', FEED),
    "entity for I in type": ('<link rel="alternate" type="appl&#73;cation/atom+xml" href="feed.xml"/>', FEED),
    "entity for + in type": ('<link rel="alternate" type="application/atom&#43;xml" href="feed.xml"/>', FEED),
}
LOUD = {
    "uppercase link": (f'<LINK rel="alternate" {TYPE} href="feed.xml">', FEED),
    "all uppercase": ('<LINK REL="ALTERNATE" TYPE="APPLICATION/ATOM+XML" HREF="feed.xml">', FEED),
    "uppercase base": (f'<BASE href="https://other.example/tests/"><link rel="alternate" {TYPE} href="feed.xml">', OTHER),
}
"""HTML only: XML knows lower case."""


def document(body: bytes, url: str = URL, **headers: str) -> Document:
    return Document(url=url, request=Request(url=url), body=body, headers=headers)


def urls(candidates: tuple[Candidate, ...]) -> list[str]:
    return [candidate.url for candidate in candidates]


def page(head: str, flavour: str = "html4", body: str = "") -> str:
    opening, end = FLAVOURS[flavour]
    return f"{opening}\n<head><title>T</title>\n{head.replace('/>', end)}\n</head>\n<body>{body}</body>\n</html>"


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("case", CASES)
def test_the_autodiscovery_suites_find_exactly_their_feed(flavour: str, case: str) -> None:
    head, feed = CASES[case]
    seen = look(document(page(head, flavour).encode()))
    assert (seen.what, seen.announced) == ("html", (Candidate(feed, "feed", "link"),))


@pytest.mark.parametrize("case", LOUD)
def test_html_is_read_in_any_case_of_letters(case: str) -> None:
    head, feed = LOUD[case]
    assert urls(look(document(page(head).encode())).announced) == [feed]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-8-sig"])
def test_a_page_is_read_in_any_encoding(encoding: str) -> None:
    assert urls(look(document(page(CASES["relative URI"][0]).encode(encoding))).announced) == [FEED]


def test_what_is_only_near_a_feed_is_none() -> None:
    head = (
        f'<link rel="alternate" hreflang="de" href="/de/"/><link rel="stylesheet" {TYPE} href="no.css"/><link rel="alternate" {TYPE}/>'
        '<link rel="alternate" type="application/json" href="/wp-json/x"/><!-- <link rel="alternate" type="application/rss+xml" href="no.xml"/> -->'
        f'<script>"<link rel=alternate {TYPE} href=no.xml>"</script><link rel="alternate" {TYPE} href="javascript:alert(1)"/>'
    )
    assert look(document(page(head).encode())).announced == ()


def test_several_feeds_keep_their_order_and_come_once() -> None:
    head = (
        "".join(f'<link rel="alternate" {TYPE} href="{name}"/>' for name in ("b.xml", "a.xml", "b.xml"))
        + '<link rel="feed" href="c.xml"/>'
    )
    assert [url[-5] for url in urls(look(document(page(head).encode())).announced)] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('<feed.xml>; rel="alternate"; type="application/rss+xml"', [FEED]),
        ("<feed.xml>; rel=alternate; type=application/rss+xml", [FEED]),
        (
            f'<https://x.example/>; rel="next", <{FEED}>; title="a, b; c"; type="Application/Atom+XML; charset=utf-8"; rel="start ALTERNATE"',
            [FEED],
        ),
        ("<feed.xml>; rel=feed", [FEED]),
        ("<feed.xml>; rel=next; rel=feed", []),  # RFC 8288 section 3.3: the first counts
        ('<feed.xml>; rel="alternate"; type="text/html"', []),
        ('<feed.xml>; rel="alternate"; type="application/rss+xml"; anchor="https://else.example/"', []),
        ("<http://[::1>; rel=feed, <javascript:1>; rel=feed", []),
        ("<http://[::1]@/>; rel=feed", []),
        ("nonsense", []),
    ],
)
def test_the_link_header_announces_feeds_of_any_document(header: str, found: list[str]) -> None:
    assert urls(look(document(b"%PDF-1.4 ...", link=header)).announced) == found
    seen = look(document(page("").encode(), link=header))
    assert urls(seen.announced) == found
    assert all(candidate.how == "header" for candidate in seen.announced)


def test_a_wordpress_site_is_found_by_what_announces_its_api() -> None:
    by_link = look(document(page('<link rel="https://api.w.org/" href="https://site.example/blog/wp-json/"/>').encode()))
    by_header = look(document(page("").encode(), link='<https://site.example/blog/wp-json/>; rel="https://api.w.org/"'))
    assert by_link.announced == by_header.announced == (Candidate("https://site.example/blog/", "wordpress", "api"),)


@pytest.mark.parametrize(
    ("body", "url", "what", "kind"),
    [
        (b'<rss version="2.0"><channel><title>x</title></channel></rss>', URL, "xml-feed", "feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": []}', URL, "jsonfeed", "feed"),
        (b"<opml><body/></opml>", URL, "opml", "opml"),
        (b"[Planet]\nname = x\n", URL, "opml", "opml"),
        (
            b'[{"id": 1, "date": "2026-01-01T00:00:00", "link": "x", "title": {"rendered": "x"}}]',
            "https://a.example/wp-json/wp/v2/posts",
            None,
            "wordpress",
        ),
    ],
)
def test_what_is_the_thing_itself_is_taken_as_it_is(body: bytes, url: str, what: str | None, kind: str) -> None:
    seen = look(document(body, url))
    assert seen.announced == (Candidate(url, kind, "itself"),)
    assert what in (None, seen.what)


def test_links_for_people_are_a_hint_those_of_the_site_first_and_none_to_readers() -> None:
    body = "".join(
        f'<a href="{href}">x</a>'
        for href in (
            "https://elsewhere.example/feed/", "/about", "/defeated", "rss.xml", "/blog/feed#top", "https://feedly.com/i/subscription/feed/x", "?feed=rss2", "/xml/atom10",
            "mailto:rss@site.example", "http://[::1/feed",
        )
    )  # fmt: skip
    assert urls(look(document(page("", body=body).encode())).hinted) == [
        "https://site.example/tests/rss.xml",
        "https://site.example/blog/feed",
        "https://site.example/tests/page.html?feed=rss2",
        "https://site.example/xml/atom10",
        "https://elsewhere.example/feed/",
    ]


def test_usual_places_are_below_the_address_and_below_the_host() -> None:
    found = urls(guesses("https://site.example/blog/?p=1#top"))
    assert found[0] == "https://site.example/blog/feed"
    assert "https://site.example/feed" in found
    assert len(found) == len(set(found)) == 16
    assert len(guesses("https://site.example/")) == 8


@given(st.binary(max_size=400), st.text(max_size=200))
def test_whatever_comes_is_looked_at_without_an_error(body: bytes, header: str) -> None:
    for content in (body, b"<html>" + body):
        seen = look(document(content, link=header))
        assert all(url.startswith(("http://", "https://")) for url in urls(seen.announced + seen.hinted))
