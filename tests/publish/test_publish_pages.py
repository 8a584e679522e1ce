"""The index page, its stylesheet and the OPML list."""

import re
from importlib.resources import files

from lxml import etree
from publish_values import SITE, WHEN, case, entry, feed
from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Site
from aggregator.publish import index, opml
from aggregator.publish.formats import FORMATS
from aggregator.publish.index import TopicListing

EVIL = '"><script>alert(1)</script>'


def _page(*topics: TopicListing, site: Site = SITE) -> LexborHTMLParser:
    return LexborHTMLParser(index.render(site, topics).decode())


def test_a_listing_tells_of_a_feed_what_the_pages_show() -> None:
    value = feed(*(entry(number, title=f"T{number}", link=f"https://example.org/{number}") for number in range(1, 8)))
    made = index.listing(value)
    assert (made.slug, made.title, made.subtitle, made.entries, made.updated) == ("all", "All", "", 7, WHEN)
    assert made.newest == tuple((f"T{number}", f"https://example.org/{number}") for number in range(1, 6))


def test_every_topic_has_a_relative_subscribe_link_to_every_format_of_the_site() -> None:
    page = _page(index.listing(case("full")), index.listing(case("podcast")))
    found = [a.attributes["href"] for a in page.css("ul.subscribe a")]
    assert found == [f"{slug}.{format}" for slug in ("birds", "shows") for format in FORMATS]
    assert [link.attributes["type"] for link in page.css("head link[rel=alternate]")][:3] == [
        module.MEDIA_TYPE for module in FORMATS.values()
    ]


def test_only_configured_formats_are_offered() -> None:
    page = _page(
        TopicListing(slug="t", title="T"), site=Site(title="P", base_url="http://127.0.0.1:8080/", formats=("rss", "unknown"))
    )
    assert [a.attributes["href"] for a in page.css("ul.subscribe a")] == ["t.rss"]


def test_whatever_a_title_holds_is_text_and_no_script_is_in_the_page() -> None:
    listing = TopicListing(
        slug="t",
        title=EVIL,
        subtitle=EVIL,
        entries=2,
        newest=((EVIL, "javascript:alert(1)"), (EVIL, f"https://example.org/{EVIL}")),
    )
    page = _page(listing, site=Site(title=EVIL, base_url="https://example.org/", author=EVIL, language="nonsense"))
    assert page.css("script") == []
    assert not any(name.startswith("on") or name == "style" for node in page.css("*") for name in node.attributes)
    assert not [a for a in page.css("a") if (a.attributes["href"] or "").startswith("javascript")]
    assert page.css_first("h1").text() == page.css_first("h2").text() == EVIL
    assert page.css_first("html").attributes["lang"] == "en"


def test_counts_are_in_words_that_fit() -> None:
    texts = [
        _page(TopicListing(slug="t", title="T", entries=entries, updated=WHEN)).css_first(".facts").text()
        for entries in (0, 1, 2)
    ]
    assert texts == ["No entries yet", "1 entry, updated 2026-01-02 03:04 UTC", "2 entries, updated 2026-01-02 03:04 UTC"]


def test_a_site_without_topics_says_so() -> None:
    assert "No topics are published here yet." in _page().body.text()


def test_nothing_is_fetched_from_elsewhere() -> None:
    style = index.stylesheet().decode()
    assert "@import" not in style
    assert re.findall(r"url\(", style) == []
    assert "prefers-color-scheme: dark" in style
    page = index.render(SITE, [index.listing(case("full"))]).decode()
    assert [node.attributes["href"] for node in LexborHTMLParser(page).css("link[rel=stylesheet]")] == ["style.css"]


def test_the_stylesheet_is_the_one_that_the_feeds_name() -> None:
    for format in ("atom", "rss"):
        assert b'<?xml-stylesheet type="text/css" href="style.css"?>' in FORMATS[format].render(feed()).body


def test_pages_are_byte_stable_and_survive_a_lone_surrogate() -> None:
    listings = [index.listing(case("hostile")), TopicListing(slug="s", title="\ud800")]
    assert index.render(SITE, listings) == index.render(SITE, listings)
    assert b"\x01" not in index.render(SITE, listings)
    assert opml.render(SITE, listings) == opml.render(SITE, listings)


def test_templates_are_part_of_the_package() -> None:
    names = {path.name for path in files("aggregator.publish").joinpath("templates").iterdir()}
    assert {"index.html.j2", "style.css"} <= names


def test_opml_lists_each_topic_once_by_an_absolute_address() -> None:
    site = Site(title="P & Q", base_url="https://planet.example.org/", author="A")
    root = etree.fromstring(
        opml.render(site, [TopicListing(slug="t", title="T <1>", subtitle="Sub"), TopicListing(slug="u", title=" ")])
    )
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert (root.findtext("head/title"), root.findtext("head/ownerName")) == ("P & Q", "A")
    assert root.find("head/dateCreated") is None
    outlines = root.findall("body/outline")
    assert [outline.get("xmlUrl") for outline in outlines] == [
        "https://planet.example.org/t.atom",
        "https://planet.example.org/u.atom",
    ]
    assert [outline.get("text") for outline in outlines] == ["T <1>", "u"]
    assert {outline.get("type") for outline in outlines} == {"rss"}


def test_opml_names_a_format_that_the_site_publishes() -> None:
    site = Site(title="P", base_url="https://planet.example.org/", formats=("json", "rss"))
    root = etree.fromstring(opml.render(site, [TopicListing(slug="t", title="T")]))
    assert root.find("body/outline").get("xmlUrl") == "https://planet.example.org/t.rss"
    assert root.find("head/ownerName") is None
