"""Clippings: properties in their notations, Markdown with its habits, plain text, and damage."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.model import Entry
from aggregator.sources.clipping import MAX_BYTES, clipping
from aggregator.sources.markdown import Markdown
from aggregator.sources.properties import split

SEEDS = Path(__file__).parent.parent.parent / "seeds"


def made(text: str, *, path: str = "notes/a file.md", markdown: bool = True) -> Entry:
    return clipping(text.encode(), path=path, markdown=markdown)


def html(text: str) -> str:
    return Markdown(text).html()


def test_the_founding_clipping_comes_in_whole():
    entry = clipping((SEEDS / "000_8f27e0b7bc886582.txt").read_bytes(), path="000_8f27e0b7bc886582.txt")
    link = "https://www.pymnts.com/artificial-intelligence-2/2024/openai-reportedly-moving-to-block-chinese-access-to-ai-tools/"
    assert (entry.id, entry.link, entry.base) == (link, link, link)
    assert entry.title is not None
    assert entry.title.value == "OpenAI Reportedly Moving to Block Chinese Access to AI Tools"
    assert entry.published == "June 29, 2024 7:28 PM"
    assert entry.image == "https://www.pymnts.com/wp-content/uploads/2024/06/OpenAI-China.jpg?w=620"
    assert entry.content is not None
    assert "Created:" not in entry.content.value
    assert "<h1>" not in entry.content.value
    assert '<a href="https://openai.com/">OpenAI</a> is reportedly' in entry.content.value


def test_a_clipping_is_known_by_its_id_else_its_address_else_its_path():
    assert made("---\nid: 7\nurl: https://a.example/\n---\nx").id == "7"
    assert made("---\nurl: https://a.example/\n---\nx").id == "https://a.example/"
    assert made("x").id == "notes/a file.md"


def test_a_title_is_the_property_else_the_heading_else_the_name_of_the_file():
    assert str(made("---\ntitle: '[[Page|T]]'\n---\n# H\nx").title).count("value='T'") == 1
    heading = made("# H with `code`\n\nx")
    assert heading.title is not None
    assert heading.title.value == "H with code"
    named = made("x")
    assert named.title is not None
    assert named.title.value == "a file"


def test_a_heading_stays_where_it_says_something_else_than_the_title():
    other = made("---\ntitle: T\n---\n# Another\nx")
    assert other.content is not None
    assert other.content.value.startswith("<h1>Another</h1>")


@pytest.mark.parametrize(
    ("front", "published", "updated"),
    [
        ("published: 2026-01-15\ncreated: 2026-02-01", "2026-01-15", None),
        ("created: 2026-02-01T10:00:00+01:00", "2026-02-01T10:00:00+01:00", None),
        ("published:\ndate: 15 Jan 2026\nmodified: 2026-02-03 10:00", "15 Jan 2026", "2026-02-03 10:00"),
        ("published: 2024-02-30", "2024-02-30", None),
        ("published: [2024-01-01, 2024-01-02]\nLast Edited Time: x", "2024-01-01", "x"),
    ],
)
def test_dates_are_passed_on_as_they_are_written(front: str, published: str, updated: str | None):
    entry = made(f"---\n{front}\n---\nx")
    assert (entry.published, entry.updated) == (published, updated)


@pytest.mark.parametrize(
    ("front", "names"),
    [
        ("author: Ann", ["Ann"]),
        ('author: "[[Ann]] and [[people/Bob|Bob]]"', ["Ann", "Bob"]),
        ("author: [[Ann]]", ["Ann"]),
        ("author:\n - [[people/Ann|Ann]]\n - '[[Bob]]'\n - Ann", ["Ann", "Bob"]),
        ("author:\n - name: Ann\n   url: https://ann.example/", ["Ann"]),
        ("author: '[Ann](https://ann.example/)'", ["Ann"]),
        ("author: https://ann.example/", [None]),
        ("author: Ann, Research Scientist, and Bob", ["Ann, Research Scientist, and Bob"]),
        ("author:", []),
    ],
)
def test_authors_are_named_in_many_ways(front: str, names: list[str | None]):
    assert [person.name for person in made(f"---\n{front}\n---\nx").authors] == names


@pytest.mark.parametrize(
    "front", ["tags: [a, b c]", "tags: a, b c", "tags:\n - '#a'\n - b c\n - a", "tags: 'a; b c'", "tags: '#a #b c'"]
)
def test_tags_are_listed_in_many_ways(front: str):
    assert [category.term for category in made(f"---\n{front}\n---\nx").categories] == ["a", "b c"]


@pytest.mark.parametrize(
    "front",
    ["source: https://a.example/x_(y)", "URL 2: <https://a.example/x_(y>", "source: Times\nlink: '[t](https://a.example/x_(y)'"],
)
def test_an_address_is_found_bare_or_in_marks(front: str):
    link = made(f"---\n{front}\n---\nx").link
    assert link is not None
    assert link.startswith("https://a.example/x_(y")


def test_an_image_of_somebody_s_own_disk_is_no_image():
    assert made("---\nimage: '![[photo.png]]'\n---\nx").image is None
    assert made("# T\n\n[![alt](https://a.example/i.png)](https://a.example)\n\nx").image == "https://a.example/i.png"
    assert made("# T\n\ntext ![alt](https://a.example/i.png)").image is None


def test_one_colon_too_many_in_yaml_loses_nothing():
    entry = made("---\ntitle: Tides: a guide\nurl: 'https://a.example/'\ntags:\n  - sea\nodd [line\n---\nx")
    assert entry.title is not None
    assert (entry.title.value, entry.link, entry.categories[0].term) == ("Tides: a guide", "https://a.example/", "sea")


def test_words_of_yaml_stay_words():
    entry = made("---\ntitle: 2024\nlang: no\nid: 1e3\n---\nx")
    assert entry.title is not None
    assert (entry.title.value, entry.language, entry.id) == ("2024", "no", "1e3")


def test_front_matter_longer_than_yaml_is_worth_is_read_line_by_line():
    entry = made("---\ntitle: Long\n" + "filler: x\n" * 10_000 + "---\nbody")
    assert entry.title is not None
    assert entry.title.value == "Long"
    assert entry.content is not None
    assert entry.content.value == "<p>body</p>"


@pytest.mark.parametrize(
    "text", ["---\n\nprose, no second rule", "---\n???\n---\nprose", "```json\n{broken\n```\n\nx", '```json\n{"a": 1}\n```\n\nx']
)
def test_what_only_looks_like_properties_stays_in_the_text(text: str):
    properties, body = split(text)
    assert not properties
    assert body == text


def test_empty_front_matter_is_taken_off():
    assert split("---\n---\nx") == ({}, "\nx")


def test_prose_below_a_heading_is_not_taken_for_properties():
    properties, body = split("# Title\n\nNote: this is prose\nand goes on\n")
    assert not properties
    assert body == "# Title\n\nNote: this is prose\nand goes on\n"
    assert not split("# Title\n\nNote: prose in one line\n\nmore")[0]


def test_property_lines_of_an_export_may_be_empty_or_repeated():
    properties, body = split("# T\nTags:\nURL 1: https://a.example/\nURL 2: https://b.example/\n")
    assert properties == {"tags": [], "url": ["https://a.example/", "https://b.example/"]}
    assert body == "# T\n\n"


def test_a_json_block_of_an_extractor_is_read():
    entry = made(
        '```json\n{"title": "T", "source": ["https://a.example/"], "rating": 4.5, "x": true, "author": {"name": "Ann"}}\n```\n\nx'
    )
    assert entry.title is not None
    assert (entry.title.value, entry.link, entry.authors[0].name) == ("T", "https://a.example/", "Ann")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[Page]] and [[a/b|c]]", "<p>Page and c</p>"),
        ("![[photo.png]]x", "<p>x</p>"),
        ("a ==b **c** d== e", "<p>a <mark>b <strong>c</strong> d</mark> e</p>"),
        ("a == b == c", "<p>a == b == c</p>"),
        ("*a ==b* c==", "<p>*a <mark>b* c</mark></p>"),
        ("a %%hidden%% b", "<p>a  b</p>"),
        ("%%hidden%%\n\na", "<p>a</p>"),
        ("`[[x]] ==y==`", "<p><code>[[x]] ==y==</code></p>"),
        ("> [!warning]- *Mind*\n> the gap", "<blockquote>\n<p><strong><em>Mind</em></strong><br />\nthe gap</p>\n</blockquote>"),
        ("> [!see-also]\n> there", "<blockquote>\n<p><strong>See also</strong><br />\nthere</p>\n</blockquote>"),
        ("> plain", "<blockquote>\n<p>plain</p>\n</blockquote>"),
        ("~~a~~", "<p><s>a</s></p>"),
        ("<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>"),
        ("[a](javascript:b)", "<p>[a](javascript:b)</p>"),
        ("![https://a.example/i](https://a.example/i)", '<p><img src="https://a.example/i" alt="" /></p>'),
        ("![a b](https://a.example/i)", '<p><img src="https://a.example/i" alt="a b" /></p>'),
    ],
)
def test_markdown_has_the_habits_of_note_taking_programs(text: str, expected: str):
    assert html(text) == expected


def test_plain_text_is_a_title_and_paragraphs():
    entry = made("Title\nfirst <line>\nsecond\n\n \n\nlast & end\n", markdown=False)
    assert entry.title is not None
    assert entry.content is not None
    assert entry.title.value == "Title"
    assert entry.content.value == "<p>first &lt;line&gt;<br>second</p>\n<p>last &amp; end</p>"


def test_a_plain_text_is_called_by_its_first_line_or_if_that_is_long_by_its_file():
    one = made("just this", path="a/note.txt", markdown=False)
    assert one.title is not None
    assert one.title.value == "just this"
    assert one.content is None
    long = made("x" * 300 + "\n\ny", path="b.txt", markdown=False)
    assert long.title is not None
    assert long.title.value == "b"
    two = made("Title\n\nText", path="c.txt", markdown=False)
    assert two.content is not None
    assert two.content.value == "<p>Text</p>"


@pytest.mark.parametrize("body", [b"", b" \n ", b"%%only hidden%%", b"\xef\xbb\xbf"])
def test_a_file_without_text_is_an_error_that_names_it(body: bytes):
    with pytest.raises(ParseError, match=r"^dir/x\.md: "):
        clipping(body, path="dir/x.md")


def test_a_file_too_long_to_be_a_clipping_is_an_error_that_names_it():
    with pytest.raises(ParseError, match=r"^big\.md: 1000001 bytes"):
        clipping(b"x" * (MAX_BYTES + 1), path="big.md")


def test_bytes_of_other_charsets_are_read():
    assert "Caf\u00e9" in str(clipping("# Caf\u00e9\n\nx".encode("cp1252"), path="x.md").title)
    assert "Caf\u00e9" in str(clipping("# Caf\u00e9\r\n\r\nx".encode("utf-16"), path="x.md").title)


@pytest.mark.parametrize(
    "unit", ["[[", "[a", "*a ", "> ", "==a", "%%", "![a](", "- ", "`", "a_", "| a ", "---\n", "a: b\n", "<a "]
)
def test_no_repetition_takes_long(unit: str):
    text = unit * (10_000 // len(unit))
    started = time.process_time()
    made(f"---\n{text}\n---\n{text}")
    assert time.process_time() - started < 8


@pytest.mark.parametrize(
    "front",
    ["[" * 30_000, "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", "a: &a [*a]\ntags: *a", "? [x]\n: y", "!!python/object:os.system x"],
)
def test_yaml_that_means_harm_does_none(front: str):
    entry = made(f"---\n{front}\n---\nbody")
    assert entry.content is not None
    assert "body" in entry.content.value


@given(st.text(max_size=300), st.text(max_size=300), st.booleans())
def test_any_text_gives_an_entry_or_a_parse_error(front: str, text: str, markdown: bool):
    for body in (text, f"---\n{front}\n---\n{text}", f"# {front}\n{text}"):
        try:
            entry = clipping(body.encode("utf-8", "replace"), path="x.md", markdown=markdown)
        except ParseError as error:
            said = str(error)
        else:
            said = "x.md"
            assert entry.id
            assert entry.title is not None
        assert "x.md" in said
