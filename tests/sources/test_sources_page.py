"""Saved pages: what they say of themselves in meta elements, JSON-LD and markup, and how they lie."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from aggregator.errors import ParseError
from aggregator.model import Entry, Person
from aggregator.sources.jsonld import Metadata, metadata
from aggregator.sources.page import page


def made(html: str, **more: str) -> Entry:
    return page(html.encode(), path="saved/page.html", **more)


def title(html: str) -> str | None:
    entry = made(html)
    return entry.title.value if entry.title else None


def ld(script: str) -> Metadata:
    return metadata(LexborHTMLParser(f'<script type="application/ld+json">{script}</script>'))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<title>A | Site</title><meta property="og:title" content=" B  c ">', "B c"),
        ('<title>A</title><script type="application/ld+json">{"@type": "BlogPosting", "headline": "L"}</script>', "L"),
        ('<title>A</title><meta name="DC.Title" content="D">', "D"),
        ("<title>A</title><h1>H</h1>", "A"),
        ("<h1>H <b>i</b></h1>", "H i"),
    ],
)
def test_a_title_is_taken_from_the_most_careful_place(head: str, expected: str):
    assert title(head) == expected


@pytest.mark.parametrize(
    ("head", "link"),
    [
        (
            '<link rel="Canonical" href="https://a.example/x"><meta property="og:url" content="https://b.example/">',
            "https://a.example/x",
        ),
        ('<link rel="canonical" href="/x"><meta property="og:url" content="https://b.example/">', "https://b.example/"),
        (
            '<script type="application/ld+json">{"@type":"Article","mainEntityOfPage":{"@id":"https://c.example/"}}</script>',
            "https://c.example/",
        ),
        ('<link rel="canonical" href="javascript:x"><link rel=canonical href="http://[">', None),
    ],
)
def test_an_address_is_only_taken_if_it_is_absolute(head: str, link: str | None):
    entry = made(f"<title>t</title>{head}")
    assert entry.link == link
    assert entry.id == (link or "saved/page.html")


@pytest.mark.parametrize(
    ("html", "published", "updated"),
    [
        (
            '<meta property="article:published_time" content="2026-01-01"><meta property="og:updated_time" content="2026-01-02">',
            "2026-01-01",
            "2026-01-02",
        ),
        ('<meta name="DC.date.issued" content="2026-01-01">', "2026-01-01", None),
        ('<script type="application/ld+json">{"@type":"Article","datePublished":"p","dateModified":"m"}</script>', "p", "m"),
        (
            '<time datetime="a"></time><time pubdate datetime="b"></time><time itemprop="dateModified" datetime="c"></time>',
            "b",
            "c",
        ),
        ('<abbr class="published" title="2026-01-01">New Year</abbr>', "2026-01-01", None),
        ('<time datetime="a"></time>', "a", None),
        ('<time datetime="a"></time><time datetime="b"></time>', None, None),
        ('<time datetime="a"></time><article>x<time datetime="b"></time><time datetime="c"></time></article>', "b", None),
        ("<time pubdate></time>", None, None),
    ],
)
def test_dates_are_taken_from_meta_json_ld_and_marked_times(html: str, published: str | None, updated: str | None):
    entry = made(f"<title>t</title>{html}")
    assert (entry.published, entry.updated) == (published, updated)


@pytest.mark.parametrize(
    ("html", "authors"),
    [
        (
            '<meta name="author" content="Ann"><meta name="author" content="Bob"><meta name="author" content="Ann">',
            [Person(name="Ann"), Person(name="Bob")],
        ),
        (
            '<meta property="article:author" content="https://a.example/"><a rel="author" href="https://a.example/">Ann</a>',
            [Person(name="Ann", uri="https://a.example/")],
        ),
        ('<div itemprop="author"><span itemprop="name">Ann</span> writes</div><a rel="author">profile</a>', [Person(name="Ann")]),
        (
            '<script type="application/ld+json">{"@type":"Article","author":["Ann",{"name":["Bob"]},{"name":"https://x.example"},7]}</script>',
            [Person(name="Ann"), Person(name="Bob")],
        ),
        ("", []),
    ],
)
def test_authors_are_names_and_not_addresses(html: str, authors: list[Person]):
    assert list(made(f"<title>t</title>{html}").authors) == authors


@pytest.mark.parametrize(
    ("html", "content"),
    [
        ("<body>x<article><h1>t</h1><p>a</p><script>x</script><nav>n</nav></article>", "<p>a</p>"),
        ("<article>a</article><article>b</article>", None),
        ("<main><h1>Other</h1>a</main>", "<h1>Other</h1>a"),
        ("<main><article>a</article><article>b</article></main>", None),
        ("<article>a<article class='comment x'>c</article></article>", "a"),
        ("<article><img src=x></article>", None),
        ("<p>a", None),
    ],
)
def test_content_is_the_one_article_or_none(html: str, content: str | None):
    entry = made(f"<title>t</title>{html}")
    assert (entry.content.value if entry.content else None) == content


def test_language_site_description_image_and_keywords_are_taken():
    entry = made(
        '<html lang="pt_BR"><base href="https://cdn.example/"><title>t</title><meta name="keywords" content="a, b;c,a"><meta name="description" content="d">'
        '<meta property="og:image" content="i.png"><meta property="og:site_name" content="S">'
    )
    assert entry.language == "pt-BR"
    assert entry.image == "https://cdn.example/i.png"
    assert [category.term for category in entry.categories] == ["a", "b", "c"]
    assert entry.summary is not None
    assert entry.source is not None
    assert entry.source.title is not None
    assert (entry.summary.value, entry.source.title.value) == ("d", "S")


def test_a_page_s_own_charset_is_believed_if_it_is_one_of_text():
    assert (
        page(b'<meta charset="iso-8859-2"><title>\xb1</title>', path="x").title
        == page("<title>ą</title>".encode(), path="x").title
    )
    assert (
        page(b'<meta charset="zlib"><title>a\xe9</title>', path="x").title == page("<title>aé</title>".encode(), path="x").title
    )


def test_a_page_with_nothing_in_it_is_an_error_that_names_it():
    with pytest.raises(ParseError, match=r"^saved/page\.html: a page without title"):
        made("<html><body><div>text of nowhere</div>")


def test_a_base_and_an_image_that_cannot_be_read_are_left_out():
    entry = made(
        '<title>t</title><link rel="canonical" href="https://a.example/"><base href="http://["><meta property="og:image" content="http://[">'
    )
    assert (entry.base, entry.image) == ("https://a.example/", None)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('[{"@type": "Organization", "name": "O"}, {"@type": "NewsArticle", "headline": ["H"]}]', "H"),
        ('{"@graph": [{"@type": ["Thing", "Report"], "name": {"@value": "G"}}]}', "G"),
        ('{"@type": "WebPage", "mainEntity": {"@type": "Article", "headline": "M"}}', "M"),
        ('{"@type": 7, "headline": "loose"}', "loose"),
        ('{"@type": "Person", "name": "no"}', None),
        ("{broken", None),
        ("[" * 100_000, None),
        ("7", None),
    ],
)
def test_json_ld_of_any_shape_gives_the_first_article(script: str, found: str | None):
    assert ld(script).title == found


def test_json_ld_that_is_too_long_is_passed_over():
    assert ld('{"@type": "Article", "headline": "H", "x": "' + "x" * 600_000 + '"}') == Metadata()


def test_keywords_and_pictures_of_json_ld_have_many_shapes():
    assert ld('{"@type": "Article", "keywords": "a, b,,a", "image": [{"url": "i"}]}').keywords == ("a", "b")
    assert ld('{"@type": "Article", "articleSection": ["a", 7, " "], "image": [{"url": "i"}]}').keywords == ("a",)
    assert ld('{"@type": "Article", "keywords": 7, "image": [{"url": "i"}]}').image == "i"


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "url", "@id", "@type", "@graph"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "@type",
                "headline",
                "name",
                "url",
                "author",
                "image",
                "keywords",
                "datePublished",
                "@graph",
                "publisher",
                "inLanguage",
            ]
        ),
        ODD,
    )
)
def test_json_ld_of_any_type_never_breaks_a_page(value: dict[str, object]):
    assert isinstance(ld(json.dumps({"@type": "Article", **value}).replace("<", "\\u003c")), Metadata)


@given(st.text(max_size=200))
def test_any_markup_gives_an_entry_or_a_parse_error(text: str):
    entry = page(f"<title>t</title>{text}".encode("utf-8", "replace"), path="x")
    assert entry.id
    assert entry.title is not None


@given(st.binary(max_size=60))
def test_any_declared_charset_is_survived(name: bytes):
    assert page(b'<meta charset="' + name.replace(b'"', b"") + b'"><title>t</title>', path="x").id == "x"


def test_an_article_deeper_than_anybody_writes_is_no_article():
    entry = made("<title>t</title>" + "<div>" * 300 + "<article>a</article>")
    assert entry.content is None


def test_authors_in_markup_need_a_name():
    assert made('<title>t</title><a rel="author"></a><a rel="author">' + "x" * 300 + "</a>").authors == ()
