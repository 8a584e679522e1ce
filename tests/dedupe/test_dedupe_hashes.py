"""Digests: what moves them, and what does not."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe import hashes
from aggregator.dedupe.fingerprint import fingerprint
from aggregator.dedupe.hashes import rendition, substance
from aggregator.dedupe.spelling import spelled
from aggregator.model import Attribution, Category, Enclosure, Entry, Html, Item, Plain, Text, Url

ITEM = Item(
    native_id="1",
    link=Url("https://h.example/a"),
    link_key="h.example/a",
    title=Plain("A title"),
    content=Html("<p>Some words.</p>"),
    text="Some words.",
)
TEXT = st.text(st.characters(exclude_categories=("C",)), max_size=80)


def texted(text: str) -> str:
    return substance(replace(ITEM, text=text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Some words.", "some  WORDS!\n"),
        ("It’s “fine” — really", 'It\'s "fine" - really'),
        ("Text. 12 comments", "Text. 1,345 comments"),
        ("Text. 12 comments", "Text."),
        ("Text. No comments", "Text. 3k comments"),
        ("Points: 12 # Comments: 3", "Points: 157 # Comments: 45"),
        ("Comments (12) Text", "Comments (7) Text"),
        ("Posted 3 hours ago. Text", "Posted an hour ago. Text"),
        ("Text, just now", "Text,"),
        ("vor 3 Tagen: Text", "vor 12 Stunden: Text"),
        ("il y a 3 jours Text", "il y a 2 mois Text"),
        ("hace 3 días Text", "hace 20 horas Text"),
        ("5 min read Text", "12 min read Text"),
        ("see https://h.example/?utm_source=a", "see http://other.example/"),
        ("ﬁne", "fine"),
    ],
)
def test_what_moves_by_itself_is_no_substance(one: str, other: str) -> None:
    assert texted(one) == texted(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 people died", "4 people died"),
        ("It fell by 12 points", "It fell by 13 points"),
        ("Some words.", "Some other words."),
        ("one two", "two one"),
        ("ab c", "a bc"),
        ("in 3 days", "in 4 days"),
        ("ago", "long ago"),
        ("read", "reads"),
        ("3 minutes", "4 minutes"),
    ],
)
def test_words_are_substance(one: str, other: str) -> None:
    assert texted(one) != texted(other)


def test_markup_addresses_and_categories_are_rendition_but_no_substance() -> None:
    for other in (
        replace(ITEM, content=Html("<p><b>Some</b> words.</p>")),
        replace(ITEM, link=Url("https://h.example/b")),
        replace(ITEM, categories=(Category(term="x"),)),
        replace(ITEM, extra={"itunes:duration": "1"}),
        replace(ITEM, source=Attribution(title=Plain("x"))),
    ):
        assert substance(other) == substance(ITEM)
        assert rendition(other) != rendition(ITEM)


def test_a_title_is_substance_unless_it_only_repeats_the_text() -> None:
    assert substance(replace(ITEM, title=Plain("Another"))) != substance(ITEM)
    assert substance(replace(ITEM, title=Plain("x"), untitled=True)) == substance(replace(ITEM, title=Plain("y"), untitled=True))


def test_words_cannot_move_from_title_to_text_unseen() -> None:
    assert substance(replace(ITEM, title=Plain("a b"), text="c")) != substance(replace(ITEM, title=Plain("a"), text="b c"))


def test_an_item_without_words_stands_on_its_address_and_media() -> None:
    bare = replace(ITEM, untitled=True, text="")
    assert substance(bare) != substance(replace(bare, link_key="h.example/b"))
    assert substance(bare) != substance(replace(bare, enclosures=(Enclosure(href="https://h.example/a.mp3"),)))


def test_dates_are_no_part_of_the_rendition() -> None:
    moment = datetime(2024, 6, 29, tzinfo=UTC)
    assert rendition(replace(ITEM, published=moment, updated=moment, source=Attribution(updated=moment))) == rendition(
        replace(ITEM, source=Attribution())
    )


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_taken_apart_as_by_the_pattern(text: str) -> None:
    assert hashes._tokens(text) == hashes._TOKEN.findall(text)


@given(TEXT)
def test_case_and_spacing_never_matter(text: str) -> None:
    assert texted(text) == texted("  ".join(text.split()))
    assert texted(text.casefold()) == texted(text.casefold().casefold())


@given(
    st.lists(
        st.sampled_from(
            ["12", "comments", "ago", "hours", "min", "read", ":", "(", "il", "y", "a", "vor", "just", "now", "no", "x"]
        ),
        max_size=12,
    )
)
def test_any_run_of_words_has_a_substance(words: list[str]) -> None:
    assert len(texted(" ".join(words))) == 32


def test_a_fingerprint_changes_with_every_word_of_the_source_and_with_the_version() -> None:
    entry = Entry(id="1", title=Text(value="x"), extra={"itunes:x": "\ud800"})
    different = [
        entry,
        replace(entry, id="2"),
        replace(entry, title=Text(value="x", type="html")),
        replace(entry, summary=Text(value="x")),
        replace(entry, link="\ud801"),
    ]
    assert len({fingerprint(one) for one in different}) == len(different)
    assert fingerprint(entry, "1") != fingerprint(entry, "2")
    assert fingerprint(entry) == fingerprint(replace(entry))


LONG = st.text(st.characters(max_codepoint=127) | st.sampled_from("'\"\\\n\x7fé\ud800"), max_size=30).map(lambda text: text * 20)


@given(LONG, LONG, st.none() | st.text(), st.sampled_from([None, 1, (), ("'",)]))
def test_what_is_digested_is_spelled_as_by_repr(value: str, title: str, link: str | None, other: object) -> None:
    html = Text(value=value, type="html", language=link, base=title)
    entry = Entry(id=title, link=link, title=Text(value=title), content=html, extra={title: value}, mark="1")
    for one in (value, link, other, html, entry, Category(term=value)):
        assert spelled(one) == repr(one)


def test_fingerprints_and_digests_are_the_same_in_every_process() -> None:
    program = (
        "from aggregator.dedupe.fingerprint import fingerprint; from aggregator.dedupe.hashes import substance; from aggregator.model import *;"
        "print(fingerprint(Entry(id='1', extra={'b': '1', 'a': '2'})), substance(Item(native_id=None, link=None, title=Plain('b a'))))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
