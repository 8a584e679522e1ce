"""A source's key is found wherever its publisher put it, and nothing else is touched."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aggregator.curate.discretion import HIDDEN, MOST, Veil, keys, without
from aggregator.model import Attribution, Category, Enclosure, FeedEntry, Html, Link, Person, Plain, Url

KEY = "8f2e61c07d9b4a53b1c6e0f4d7a92c35"
OPEN = "https://e.example/1"
SECRET = Url(f"https://e.example/feed?token={KEY}")
WHEN = datetime(2026, 1, 2, tzinfo=UTC)
ENTRY = FeedEntry(
    id="urn:x",
    title=Plain(f"See {SECRET}"),
    link=SECRET,
    published=WHEN,
    updated=WHEN,
    summary=Html(f"<p>{SECRET}</p>"),
    content=Html(f"<a href='{SECRET}&amp;page=2'>x</a>"),
    text=f"{SECRET} and words",
    authors=(Person(name="A", uri=SECRET), Person(name="B", uri=OPEN)),
    contributors=(Person(name="C", uri=SECRET),),
    categories=(Category(term="a", scheme=SECRET), Category(term="b")),
    enclosures=(Enclosure(href=SECRET), Enclosure(href=OPEN)),
    links=(Link(href=SECRET), Link(href=OPEN)),
    image=SECRET,
    rights=Plain(f"see {SECRET}"),
    source=Attribution(
        id=Plain(SECRET), link=SECRET, self_link=SECRET, license=SECRET, image=SECRET, authors=(Person(name="S", uri=SECRET),)
    ),
    comments=SECRET,
    extra={"itunes:image": SECRET, "itunes:duration": "1"},
)


def test_nothing_of_an_entry_holds_the_key() -> None:
    clean = without(ENTRY, keys([SECRET]))
    assert KEY not in repr(clean)
    assert clean.title == f"See {HIDDEN}"
    assert clean.content == f"<a href='{HIDDEN}&amp;page=2'>x</a>"
    assert (clean.authors[0].name, clean.authors[1].uri) == ("A", OPEN)
    assert ([one.href for one in clean.enclosures], [one.href for one in clean.links]) == ([OPEN], [OPEN])
    assert [one.term for one in clean.categories] == ["b"]
    assert clean.extra == {"itunes:duration": "1"}
    assert clean.source == Attribution(authors=(Person(name="S"),))


def test_what_has_no_key_is_the_same_object() -> None:
    assert without(ENTRY, keys(["https://e.example/feed", None])) is ENTRY
    clean = replace(ENTRY, **dict.fromkeys(("link", "image", "comments", "summary", "content", "rights", "source")), links=())
    bare = FeedEntry(id="x", title=Plain("x"), link=None, published=WHEN, updated=WHEN)
    assert without(bare, keys([SECRET])) is bare
    assert KEY not in repr(without(clean, keys([SECRET])))


@pytest.mark.parametrize(
    ("address", "part"),
    [
        (f"https://e.example/private/{KEY}/feed", KEY),
        (f"https://e.example/a/{KEY}", KEY),
        ("https://e.example/private/my-own-word/feed", "my-own-word"),
        ("https://e.example/f?pass=hunter22", "hunter22"),
        ("https://e.example/f#pass=hunter22", "hunter22"),
        (f"https://e.example/f?{KEY}", KEY),
        ("https://me:hunter22@e.example/f", "hunter22"),
        ("https://e.example/f?key=a%2Fb%2Fc%2Fd", "a%2Fb%2Fc%2Fd"),
        ("https://e.example/f?pass=short", "https://e.example/f?pass=short"),
        ("https://[e.example/f?key=1", "https://[e.example/f?key=1"),
        ("https://e.example/f?user=a&key=abcdefgh", "https://e.example/f?user=a&amp;key=abcdefgh"),
    ],
)
def test_the_key_is_found_in_other_addresses_of_the_source(address: str, part: str) -> None:
    assert part in keys([address])
    assert not Veil(keys([address])).shows(f"before {part} after")


def test_short_words_are_no_keys() -> None:
    assert not any(part == "short" for part in keys(["https://e.example/f?pass=short"]))
    assert Veil(()).shows("anything", None)


@pytest.mark.parametrize("key", ["hunter's\\22", "hunter's22", "hunter\u00ad22"])
def test_a_key_is_found_however_python_would_write_it(key: str) -> None:
    entry = replace(ENTRY, content=Html(f'<a title="it\'s">{key}</a>'), text=f'"{key}" \'')
    clean = without(entry, keys([f"https://e.example/f?pass={key}"]))
    assert (clean.content, clean.text) == (f'<a title="it\'s">{HIDDEN}</a>', f'"{HIDDEN}" \'')


def many(count: int) -> str:
    return "https://e.example/f?" + "&".join(f"key=abc'{number:04}" for number in range(count))


def test_of_an_address_with_more_keys_than_are_looked_for_nothing_is_shown() -> None:
    assert len(keys([many(MOST)])) <= 4 * (MOST + 1)
    hidden = keys([many(740)])
    assert hidden == {""}
    clean = without(ENTRY, hidden)
    assert (clean.title, clean.content, clean.text, clean.link) == (HIDDEN, HIDDEN, HIDDEN, None)
    assert (clean.enclosures, clean.links, clean.categories, clean.extra) == ((), (), (), {})
    assert (KEY in repr(clean), OPEN in repr(clean), clean.id) == (False, False, ENTRY.id)
    assert not Veil(hidden).shows(OPEN)
    assert keys([many(740), SECRET]) == keys([SECRET, many(740)]) == hidden
