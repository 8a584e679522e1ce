"""Plain text, lines and titles."""

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Text
from aggregator.normalize.text import inline, plain, title_from

BLOCKS = (
    "address article aside audio blockquote br caption center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hr li main menu nav ol p pre section summary table tbody tfoot thead tr ul video"
)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>", "a b\nc"),
        ("<p>in<b>si</b>de  a\n line</p>", "inside a line"),
        ("a &amp;lt; b&nbsp;c", "a &lt; b c"),
        ("<header>a</header>b", "a\nb"),
        ("e\u0301", "é"),
        ("", ""),
    ],
)
def test_text_keeps_words_and_paragraphs_apart(html: str, expected: str) -> None:
    assert plain(html) == expected


@pytest.mark.parametrize("name", BLOCKS.split())
def test_a_block_ends_a_line(name: str) -> None:
    assert plain(f"a<{name}>b</{name.upper()} title='x'>c<{name}/>d<{name}x>e") == "a\nb\nc\nde"


@pytest.mark.parametrize(
    "name", ["a", "b", "i", "em", "strong", "span", "code", "sub", "sup", "img", "time", "q", "h7", "pr", "tt"]
)
def test_another_element_ends_none(name: str) -> None:
    assert plain(f"a<{name}>b</{name}>c") == "abc"


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ("AT&amp;T", "html", "AT&T"),
        ("AT&amp;amp;T", "html", "AT&amp;T"),
        ("<b>Bold</b> move", "html", "Bold move"),
        ("a<br>b", "html", "a b"),
        ("&lt;script&gt; is a tag", "html", "<script> is a tag"),
        ("x<script>alert(1)</script>y", "html", "xy"),
        ("1 < 2 and 3 > 2", "html", "1 < 2 and 3 > 2"),
        ("<b>literal</b> &amp;", "text", "<b>literal</b> &amp;"),
        ("a\u202eb&#8238;", "html", "ab"),
        (" a \n b ", "text", "a b"),
    ],
)
def test_a_title_is_decoded_once_if_it_is_markup_and_never_if_it_is_text(value: str, type_: str, expected: str) -> None:
    assert inline(Text(value=value, type="html" if type_ == "html" else "text"), 500) == expected


@pytest.mark.parametrize("text", [None, Text(value=""), Text(value="<img src=x>", type="html"), Text(value=" \x00")])
def test_a_title_without_words_is_none(text: Text | None) -> None:
    assert inline(text, 500) is None


def test_a_long_title_is_cut_at_a_word() -> None:
    title = inline(Text(value="word " * 1000), 500)
    assert title is not None
    assert len(title) <= 500
    assert title.endswith("word…")


def test_an_untitled_item_is_called_by_the_start_of_its_text() -> None:
    title = title_from("The quick brown fox\njumps over the lazy dog. " * 9, "https://h.example/x", None)
    assert title.startswith("The quick brown fox jumps over")
    assert title.endswith("…")
    assert len(title) <= 80
    assert title_from("short", None, None) == "short"


@pytest.mark.parametrize(
    ("link", "date", "expected"),
    [
        ("https://h.example/2024/a-fine_day.html", None, "a fine day"),
        ("https://h.example/%C3%A9t%C3%A9/", None, "été"),
        ("https://h.example/2024/", None, "h.example"),
        ("https://h.example", None, "h.example"),
        (None, datetime(2024, 6, 29, 19, 28, tzinfo=UTC), "2024-06-29 19:28"),
        (None, None, "Untitled"),
    ],
)
def test_without_text_the_address_or_the_date_names_an_item(link: str | None, date: datetime | None, expected: str) -> None:
    assert title_from("", link, date) == expected


@given(st.text(st.characters(exclude_categories=())), st.sampled_from(["html", "text"]))
def test_any_title_is_one_line_without_markup_that_runs(value: str, type_: str) -> None:
    title = inline(Text(value=value, type="html" if type_ == "html" else "text"), 500)
    assert title is None or (title == " ".join(title.split()) and len(title) <= 500)


def test_a_huge_title_costs_little() -> None:
    start = process_time()
    for bomb in ("<" * 3_000_000, "<!--" * 100_000, "&" * 3_000_000, "<b>" * 100_000, " " * 3_000_000):
        inline(Text(value=bomb, type="html"), 500)
        plain(bomb[:200_000])
    assert process_time() - start < 2
