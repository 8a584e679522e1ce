"""The pages, their stylesheet and the OPML lists."""

import re
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from lxml import etree
from publish_values import SITE, WHEN, case, entry, feed
from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Attribution, Coverage, Site
from aggregator.publish import html, opml, pages
from aggregator.publish.formats import FORMATS
from aggregator.publish.listings import Month, Named, SourceListing, Telling, TopicListing, listing, named, sources
from aggregator.publish.readers import subscribe

EVIL = '"><script>alert(1)</script>'
EVIL_LINK = 'https://example.org/"><script>alert(1)</script>'


def parsed(page: bytes) -> LexborHTMLParser:
    return LexborHTMLParser(page.decode())


def index(*topics: TopicListing, site: Site = SITE) -> LexborHTMLParser:
    return parsed(pages.index(site, topics))


def told(title: str, address: str | None = "https://example.org/1", when: datetime = WHEN, **more: object) -> Telling:
    return Telling(title=title, address=address, published=when, **more)


def lined(stories: list[Telling]) -> list[tuple[datetime, str]]:
    return [(story.published, pages.line(story)) for story in stories]


def every_page(site: Site, title: str, address: str | None) -> dict[str, bytes]:
    """All kinds of pages, full of one title and one address."""
    who = Named(title, address)
    story = told(title, address, source=who, excerpt=title, others=(who, who))
    topic = TopicListing(slug="t", title=title, subtitle=title, entries=2, updated=WHEN, newest=(story,))
    source = SourceListing(
        id="s", title=title, subtitle=f"{title} 2", site=address, feed=address, rights=title, license=address, authors=(title,),
        topics=(Named(title, "t"),),
    )  # fmt: skip
    said = Attribution(title=title, link=address)
    value = feed(*(entry(number, title=title, link=address, text=title, source=said) for number in range(2)))
    return {
        "index": pages.index(site, [topic]),
        "topic": pages.topic(site, value, [Month(name="2026-01", stories=2)]),
        "month": pages.month(
            site, topic, "2026-01", [(story.published, pages.line(story))] * 2, before="2025-12", after="2026-02"
        ),
        "day": pages.month(
            site, topic, "2026-01-02", [(story.published, pages.line(story))] * 2, before="2026-01-01", after="2026-01-03"
        ),
        "days": pages.days(site, topic, "2026-01", {"2026-01-01": 1, "2026-01-02": 2}, before="2025-12", after="2026-02"),
        "sources": pages.directory(site, [topic], [source]),
    }


def test_a_listing_tells_of_a_feed_what_the_pages_show() -> None:
    value = feed(*(entry(number, title=f"T{number}", link=f"https://example.org/{number}") for number in range(1, 8)))
    made = listing(value)
    assert (made.slug, made.title, made.subtitle, made.entries, made.updated) == ("all", "All", "", 7, WHEN)
    assert [(story.title, story.address) for story in made.newest] == [(f"T{n}", f"https://example.org/{n}") for n in range(1, 6)]


def test_every_topic_has_a_relative_subscribe_link_to_every_format_of_the_site() -> None:
    page = index(listing(case("full")), listing(case("podcast")))
    found = [a.attributes["href"] for a in page.css("ul.subscribe a")]
    assert found == [f"{slug}.{format}" for slug in ("birds", "shows") for format in FORMATS]
    assert [link.attributes["type"] for link in page.css("head link[rel=alternate]")][:3] == [
        module.MEDIA_TYPE for module in FORMATS.values()
    ]


def test_only_configured_formats_are_offered() -> None:
    page = index(
        TopicListing(slug="t", title="T"), site=Site(title="P", base_url="http://127.0.0.1:8080/", formats=("rss", "unknown"))
    )
    assert [a.attributes["href"] for a in page.css("ul.subscribe a")] == ["t.rss"]
    assert page.css_first("input").attributes["value"] == "http://127.0.0.1:8080/t.rss"


def test_every_page_names_the_feeds_for_readers_that_look_for_them() -> None:
    for name, page in every_page(SITE, "T", "https://example.org/").items():
        root = "../" if name in {"month", "day", "days"} else ""
        slug = "all" if name == "topic" else "t"
        assert [link.attributes["href"] for link in parsed(page).css("head link[rel=alternate]")] == [
            f"{root}{slug}.{format}" for format in FORMATS
        ]


def test_links_between_pages_are_relative_and_lead_to_pages() -> None:
    known = {"index.html", "sources.html", "topics.opml", "sources.opml", "style.css", "icon.svg", "#_content"}
    known |= {f"{slug}.{suffix}" for slug in ("t", "all") for suffix in (*FORMATS, "html")}
    known |= {"all/2026-01.html", "2025-12.html", "2026-01.html", "2026-02.html", *(f"2026-01-0{day}.html" for day in (1, 2, 3))}
    for page in every_page(SITE, "T", "https://example.org/").values():
        for node in parsed(page).css("[href]"):
            href = str(node.attributes["href"])
            assert href.removeprefix("../") in known or ":" in href


@pytest.mark.parametrize("address", [EVIL_LINK, "javascript:alert(1)", None])
def test_whatever_a_title_or_an_address_holds_is_text_and_no_script_is_in_any_page(address: str | None) -> None:
    site = Site(title=EVIL, base_url="https://example.org/", author=EVIL, language="nonsense")
    for page in every_page(
        site, EVIL, address if address is None else named(Attribution(title=EVIL, link=address)).address
    ).values():
        found = parsed(page)
        assert found.css("script, iframe, img, object, style, base") == []
        assert not any(name.startswith("on") or name == "style" for node in found.css("*") for name in node.attributes)
        hrefs = [str(a.attributes["href"]) for a in found.css("[href]")]
        assert {href.partition(":")[0] for href in hrefs if ":" in href} <= {"https", "feed"}
        assert found.css_first("html").attributes["lang"] == "en"
    page = index(TopicListing(slug="t", title=EVIL), site=site)
    assert page.css_first("h1").text() == page.css_first("h2").text() == EVIL


def test_ids_are_unique_and_labels_lead_to_them() -> None:
    topics = [TopicListing(slug=slug, title="T") for slug in ("content", "a", "title-a", "stories")]
    for page in (pages.index(SITE, topics), *every_page(SITE, "T", None).values()):
        found = parsed(page)
        ids = [node.attributes["id"] for node in found.css("[id]")]
        assert len(ids) == len(set(ids))
        wanted = [node.attributes[name] for name in ("aria-labelledby", "for") for node in found.css(f"[{name}]")]
        assert set(wanted) <= set(ids)


def test_counts_are_in_words_that_fit() -> None:
    texts = [
        index(TopicListing(slug="t", title="T", entries=entries, updated=WHEN)).css_first(".facts").text()
        for entries in (0, 1, 2)
    ]
    assert texts == ["No stories yet", "1 story, updated 2026-01-02 03:04 UTC", "2 stories, updated 2026-01-02 03:04 UTC"]
    one = pages.month(SITE, TopicListing(slug="t", title="T"), "2026-01", lined([told("A")]), before=None, after=None)
    assert "1 story published in T" in " ".join(parsed(one).css_first(".facts").text().split())
    assert parsed(one).css("nav.pages") == []


def test_a_site_without_topics_or_sources_and_a_topic_without_stories_say_so() -> None:
    assert "No topics are published here yet." in index().body.text()
    assert "No sources are read here yet." in parsed(pages.directory(SITE, [], [])).body.text()
    assert "Nothing was published in this topic yet." in parsed(pages.topic(SITE, feed(), [])).body.text()


def test_a_topic_shows_its_stories_whose_they_are_and_its_archive() -> None:
    blog, lab = Attribution(title="Blog", link="https://blog.example/"), Attribution(title="Lab")
    value = feed(*(entry(n, title=f"T{n}", text="word " * 200, source=lab if n == 1 else blog) for n in range(1, 71)))
    page = parsed(pages.topic(SITE, value, [Month(name="2026-01", stories=60), Month(name="2025-12", stories=1)]))
    assert len(page.css("article")) == 50
    assert max(len(node.text()) for node in page.css(".excerpt")) <= 280
    assert [" ".join(node.text().split()) for node in page.css(".counts li")] == [
        "Blog 69 stories",
        "Lab 1 story",
        "January 2026 60 stories",
        "December 2025 1 story",
    ]
    assert sources(value) == ((Named("Blog", "https://blog.example/"), 69), (Named("Lab"), 1))


def test_a_topic_page_says_who_else_tells_a_story_and_links_there() -> None:
    others = tuple(Coverage(source=name, title="T", link=f"https://{name.lower()}.example/1") for name in ("Courier", "Lab"))
    page = parsed(pages.topic(SITE, feed(entry(1, coverage=others), entry(2)), []))
    assert [" ".join(node.text().split()) for node in page.css(".also")] == ["Also covered by Courier, Lab."]
    assert [a.attributes["href"] for a in page.css(".also a")] == ["https://courier.example/1", "https://lab.example/1"]


def test_a_month_lists_its_stories_by_day() -> None:
    stories = [told(f"T{day}", when=datetime(2026, 1, day, tzinfo=UTC), language="de") for day in (3, 3, 1)]
    page = parsed(
        pages.month(SITE, TopicListing(slug="t", title="T"), "2026-01", lined(stories), before="2025-11", after="2026-02")
    )
    assert [node.text() for node in page.css("h1, h2")] == ["January 2026", "3 January 2026", "1 January 2026"]
    assert [len(node.css("li")) for node in page.css("section.day")] == [2, 1]
    assert page.css_first("section.day a").attributes["lang"] == "de"
    assert [(a.attributes["rel"], a.attributes["href"]) for a in page.css("nav.pages a")] == [
        ("prev", "2025-11.html"),
        ("next", "2026-02.html"),
    ]


def test_what_the_operator_wrote_is_marked_with_the_language_of_the_site() -> None:
    site = Site(title="Planet", base_url="https://example.org/", language="de")
    page = index(TopicListing(slug="t", title="T", subtitle="S"), site=site)
    assert page.css_first("html").attributes["lang"] == "en"
    assert [node.attributes["lang"] for node in page.css("h1, h2 a, .subtitle")] == ["de", "de", "de"]


def test_dates_do_not_hang_on_the_locale_and_old_ones_have_four_digits() -> None:
    when = datetime(7, 3, 1, 2, 3, 4, tzinfo=UTC)
    assert (html.day(when), html.stretch("0007-03"), html.instant(when)) == ("1 March 7", "March 0007", "0007-03-01 02:03 UTC")
    assert html.stamp(when) == "0007-03-01T02:03:04Z"


def test_readers_get_the_address_of_the_feed_as_one_parameter() -> None:
    links = dict(subscribe("https://planet.example.org/a.atom"))
    assert links["A reader on this device"] == "feed:https://planet.example.org/a.atom"
    assert links["Feedly"].endswith("feed%2Fhttps%3A%2F%2Fplanet.example.org%2Fa.atom")
    assert len(links) == 6


def test_nothing_is_fetched_from_elsewhere() -> None:
    style = pages.stylesheet().decode()
    assert "@import" not in style
    assert re.findall(r"url\(", style) == []
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    for page in every_page(SITE, "T", "https://example.org/").values():
        found = parsed(page).css("link[rel=stylesheet], [src]")
        assert [str(node.attributes["href"]).removeprefix("../") for node in found] == ["style.css"]


def test_the_stylesheet_is_the_one_that_the_feeds_name() -> None:
    for format in ("atom", "rss"):
        assert b'<?xml-stylesheet type="text/css" href="style.css"?>' in FORMATS[format].render(feed()).body


def test_pages_are_byte_stable_and_survive_a_lone_surrogate() -> None:
    listings = [listing(case("hostile")), TopicListing(slug="s", title="\ud800")]
    assert pages.index(SITE, listings) == pages.index(SITE, listings)
    assert b"\x01" not in pages.index(SITE, listings)
    assert opml.render(SITE, listings) == opml.render(SITE, listings)
    assert every_page(SITE, "\ud800\x01", None) == every_page(SITE, "\ud800\x01", None)


def test_templates_are_part_of_the_package() -> None:
    names = {path.name for path in files("aggregator.publish").joinpath("templates").iterdir()}
    assert {"base.html.j2", "index.html.j2", "topic.html.j2", "style.css"} <= names


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
    assert outlines[0].get("htmlUrl") == "https://planet.example.org/t.html"
    assert [outline.get("text") for outline in outlines] == ["T <1>", "u"]
    assert {outline.get("type") for outline in outlines} == {"rss"}


def test_opml_names_a_format_that_the_site_publishes() -> None:
    site = Site(title="P", base_url="https://planet.example.org/", formats=("json", "rss"))
    root = etree.fromstring(opml.render(site, [TopicListing(slug="t", title="T")]))
    assert root.find("body/outline").get("xmlUrl") == "https://planet.example.org/t.rss"
    assert root.find("head/ownerName") is None


def test_opml_lists_the_sources_whose_feed_anybody_may_read() -> None:
    listed = [
        SourceListing(id="a", title=" ", feed="https://a.example/feed", site="https://a.example/"),
        SourceListing(id="b", title="B"),
    ]
    outlines = etree.fromstring(opml.render_sources(SITE, listed)).findall("body/outline")
    assert [dict(outline.attrib) for outline in outlines] == [
        {"type": "rss", "text": "a", "title": "a", "xmlUrl": "https://a.example/feed", "htmlUrl": "https://a.example/"}
    ]
