"""How much of an entry leaves us: by setting, else by what its publisher declares."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aggregator.curate.republish import allowed, republished
from aggregator.model import Attribution, Category, Enclosure, FeedEntry, Html, Link, Person, Plain, Url

WHEN = datetime(2026, 1, 2, tzinfo=UTC)
SECRET = "The rest that is not for us."
TEXT = "A first sentence. " + "Filler that goes on. " * 20 + SECRET
ENTRY = FeedEntry(
    id="urn:x",
    title=Plain("Title"),
    link=Url("https://e.example/1"),
    published=WHEN,
    updated=WHEN,
    content=Html(f"<p>{TEXT}<img src='https://e.example/p.jpg'></p>"),
    text=TEXT,
    authors=(Person(name="Ann"),),
    categories=(Category(term="x"),),
    enclosures=(
        Enclosure(href="https://e.example/a.mp3", type="audio/mpeg"),
        Enclosure(href="https://e.example/b", type="image/png"),
        Enclosure(href="https://e.example/c", medium="image"),
    ),
    links=(Link(href="https://e.example/more", rel="related"),),
    image=Url("https://e.example/i.jpg"),
    rights=Plain("© Ann"),
    source=Attribution(title=Plain("E")),
    comments=Url("https://e.example/1#comments"),
    extra={"itunes:summary": SECRET, "itunes:duration": "12:00", "podcast:transcript": "https://e.example/t"},
)
BY = Link(href="https://creativecommons.org/licenses/by-nc-nd/4.0/", rel="license")


def licensed(*, own: str = "", source: str = "", rights: str = "", source_rights: str = "") -> FeedEntry:
    attribution = Attribution(license=Url(source) if source else None, rights=Plain(source_rights) if source_rights else None)
    links = (Link(href=own, rel="license"),) if own else ()
    return replace(ENTRY, links=links, rights=Plain(rights) if rights else None, source=attribution)


def test_full_is_everything() -> None:
    assert republished(ENTRY, "full") is ENTRY
    assert republished(ENTRY) is ENTRY


def test_an_excerpt_holds_whole_sentences_and_no_picture_or_transcript() -> None:
    short = republished(ENTRY, "excerpt")
    assert short.content is None
    assert short.summary == f"<p>{short.text}</p>"
    assert short.text.startswith("A first sentence. Filler")
    assert short.text.endswith("goes on.")
    assert len(short.text) <= 300
    assert SECRET not in repr(short)
    assert [enclosure.href[-3:] for enclosure in short.enclosures] == ["mp3"]
    assert short.image is None
    assert short.extra == {"itunes:duration": "12:00"}


def test_a_title_is_a_title_with_its_attribution() -> None:
    bare = republished(ENTRY, "title")
    assert "sentence" not in repr(bare)
    assert SECRET not in repr(bare)
    assert (bare.content, bare.summary, bare.text, bare.image, bare.enclosures, bare.extra) == (None, None, "", None, (), {})
    same = ("id", "title", "link", "published", "updated", "authors", "categories", "links", "rights", "source", "comments")
    assert all(getattr(bare, name) == getattr(ENTRY, name) for name in same)


def test_the_source_s_own_summary_comes_first_as_text() -> None:
    short = republished(replace(ENTRY, summary=Html("<b>Its own</b> teaser &amp; <i>no more</i>")), "excerpt")
    assert short.summary == "<p>Its own teaser &amp; no more</p>"
    assert short.text == "Its own teaser & no more"


def test_an_entry_without_words_has_no_excerpt() -> None:
    assert republished(replace(ENTRY, content=None, text=""), "excerpt").summary is None
    assert republished(replace(ENTRY, text="1 < 2\nand"), "excerpt").summary == "<p>1 &lt; 2</p><p>and</p>"


@pytest.mark.parametrize(
    ("entry", "how"),
    [
        (licensed(), "full"),
        (licensed(rights="© 2026 Ann"), "full"),
        (licensed(source_rights="Copyright 2026. All Rights Reserved."), "excerpt"),
        (licensed(source_rights="Alle Rechte vorbehalten"), "excerpt"),
        (licensed(source_rights="© 新聞社 無断転載を禁じます"), "excerpt"),
        (licensed(source="https://creativecommons.org/licenses/by/4.0/"), "full"),
        (licensed(source="http://creativecommons.org/publicdomain/zero/1.0/", source_rights="All rights reserved"), "full"),
        (licensed(source="https://creativecommons.org/licenses/by-nd/4.0/"), "full"),
        (licensed(source="https://e.example/terms"), "excerpt"),
        (licensed(source="http://purl.org/atompub/license#unspecified"), "full"),
        (licensed(source_rights="All rights reserved, texts under CC BY-SA 4.0"), "full"),
        (licensed(own=BY.href, source_rights="All rights reserved"), "full"),
        (licensed(rights="All rights reserved", source="https://creativecommons.org/licenses/by/4.0/"), "excerpt"),
        (replace(ENTRY, source=None, rights=None), "full"),
    ],
)
def test_what_its_publisher_declares_decides_where_nothing_is_set(entry: FeedEntry, how: str) -> None:
    assert allowed(entry) == how
    assert republished(entry) == republished(entry, allowed(entry))
    assert republished(entry, "full") is entry
