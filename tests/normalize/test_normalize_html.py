"""Markup: nothing that runs, nothing relative, and cleaning twice is cleaning once."""

import re
from html import unescape
from time import process_time
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from aggregator.normalize.html import LIMIT, clean, escape
from aggregator.normalize.nesting import is_deep
from aggregator.normalize.settled import is_settled
from aggregator.normalize.text import plain

BASE = "https://h.example/a/b"
RUNS = re.compile(
    r"<(script|style|svg|math|iframe|object|embed|form|base|meta|link|template|noscript)\b|<[^>]*\s(on\w+|style|class|id|name)=",
    re.I,
)

# Written after the kinds of case that DOMPurify's tests name: each once made some sanitizer's output run when parsed again.
MUTATIONS = [
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<p><button><p>x", "<a><table><a>x", "<table><p>x<td>y", "<b><p></b>x", "<pre><img>\n\nx</pre>", "<pre>\n\nx</pre>",
    "<h1><h2>x</h1>", "<li><div><li>x", "<ul><li><svg><li>x", "<dl><dt>a<dd>b<dt>c</dl>", "<ruby>a<rt>b<rt>c", "<a href=x><p><a href=y>z",
    "<nobr><a><b></nobr>x", "<table><tr><td><table><td>x", "<select><option><p>x</select>y", "<template><p>x</template>y",
    "<xmp><img src=x onerror=alert(1)></xmp>", "<plaintext><b>x", "<textarea></textarea><script>alert(1)</script></textarea>",
    "<!--><img src=x onerror=alert(1)>-->", "<!-- --!><img src=x onerror=alert(1)>-->", "<![CDATA[<img src=x onerror=alert(1)>]]>", "<?php <b>x ?>",
    "<a href=\"java&#x0A;script:alert(1)\">x</a>", "<a href='&#14;javascript:alert(1)'>x</a>", "<a href=\"data:text/html,<script>\">x</a>",
    "<img src=\"x\" srcset=\"javascript:x 1x\">", "<video poster=javascript:alert(1)><source src=javascript:x></video>",
    "<details open ontoggle=alert(1)>x</details>", "<img alt=\"`><script>alert(1)</script>\" src=x>", "<div title=\"&lt;/div>&lt;script>\">x</div>",
    "<table><colgroup><col><template>x", "<table><caption><table><caption>x", "<i><b><u><i><b><u><i><b><u><p></i>x</b>y</u>", "<em>" * 9 + "<p>x</em>y",
    "<font color=red><p>x<font size=1><p>y", "<video><p>x</video>y", "<picture><source srcset='a 1x'><img src=a.png></picture>",
    "<img data-src=/b.png src=data:x>", "<bdo dir=rtl>x</bdo>\u202ey", "x&#1;y&#xfffe;z&#x202e;", "a\r\nb<pre>c\r\nd&#13;e</pre>",
]  # fmt: skip
TAGS = (
    "a b i em p div span table tr td th tbody caption colgroup col ul ol li dl dt dd pre h1 h2 svg math style script form button select option "
    "template ruby rt rp nobr font img br hr video source picture blockquote details summary mi mtext foreignObject title textarea xmp iframe body html"
).split()
PART = (
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS])
    | st.sampled_from(["<a href='x?utm_source=1'>", "<img src=/i.png width=1>", "<img data-src='i.png'>", "<img src=i.png>", "\n", " ", "x", "&amp;", "&lt;", "&#1;", "<!--", "-->", "<![CDATA[", "]]>", "<", ">", "\"", "'", "\xa0"])
    | st.text(st.characters(exclude_categories=()), max_size=5)
)  # fmt: skip
MARKUP = st.lists(PART, max_size=30).map("".join)


def _check(html: str) -> None:
    once = clean(html, BASE)
    if once is None:
        return
    assert clean(once, "") == once
    assert RUNS.search(once) is None
    for node in LexborHTMLParser(once).css("[href], [src], [poster], [cite]"):
        for name in ("href", "src", "poster", "cite"):
            value = node.attributes.get(name)
            assert value is None or (urlsplit(value).scheme in {"http", "https"} and urlsplit(value).netloc)


@pytest.mark.parametrize("html", MUTATIONS)
def test_cases_that_once_ran_do_not_and_stay_as_cleaned(html: str) -> None:
    _check(html)
    _check(f"<div>{html}</div><p>after")
    _check(html * 3)


@given(MARKUP)
@example("<a><p><a>")
def test_cleaning_twice_is_cleaning_once(html: str) -> None:
    _check(html)


@given(st.text(st.characters(exclude_categories=())))
def test_any_string_at_all_can_be_cleaned(value: str) -> None:
    _check(value)
    escaped = escape(value)
    assert escaped is None or "<script" not in escaped


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a <b>b</b></p>", "<p>a <b>b</b></p>"),
        ("a & b < c", "a &amp; b &lt; c"),
        ("<p onclick=x class=c id=i style='color:red' title=t lang=de>x</p>", '<p title="t" lang="de">x</p>'),
        ("<script>alert(1)</script><style>p{}</style>x", "x"),
        ("<iframe srcdoc='<script>'>a</iframe>b", "b"),
        ("<form action=/x><p>kept</p><input name=q></form>", "<p>kept</p>"),
        ("<base href=//evil.example/><meta http-equiv=refresh content=0><link rel=stylesheet href=x>x", "x"),
        ("<img src=i.png alt=x width=20px height=10>", '<img src="https://h.example/a/i.png" alt="x" width="20" height="10">'),
        ("<img src=data:image/png;base64,x data-src=/i.png>", '<img src="https://h.example/i.png">'),
        ("<img src=/grey.gif data-lazy-src=/i.png alt=y>", '<img src="https://h.example/i.png" alt="y">'),
        ("<img src=/i.png srcset='/j.png 2x' width=x>", '<img src="https://h.example/i.png">'),
        ("<a href='?p=1&utm_source=rss'>x</a>", '<a href="https://h.example/a/b?p=1" rel="noopener noreferrer">x</a>'),
        ("<a href=mailto:me@h.example>x</a>", '<a href="mailto:me@h.example" rel="noopener noreferrer">x</a>'),
        ("<a href='mailto:me@h.example?body=x'>x</a>", '<a rel="noopener noreferrer">x</a>'),
        ("<a href=x target=_blank rel=opener>x</a>", '<a href="https://h.example/a/x" rel="noopener noreferrer">x</a>'),
        ("<video src=v.mp4 autoplay loop></video>", '<video src="https://h.example/a/v.mp4" controls=""></video>'),
        ("<audio><source src=a.mp3 type=audio/mpeg></audio>", '<audio controls=""><source src="https://h.example/a/a.mp3" type="audio/mpeg"></audio>'),
        ("<img src=mailto:a@b.example>x", "x"),
        ("<td>x</td>", "x"),
        ("<ol start=3 reversed><li value=x>y</li></ol>", '<ol start="3" reversed=""><li>y</li></ol>'),
        ("x" + "\u202e" + "y&#8238;z", "xyz"),
    ],
)  # fmt: skip
def test_what_is_kept_and_what_is_not(html: str, expected: str) -> None:
    assert clean(html, BASE) == expected


@pytest.mark.parametrize(
    "pixel",
    [
        "<img src=http://t.example/p.gif width=1 height=1>",
        "<img src=http://t.example/p.gif height='1px'>",
        "<img src=http://feeds.feedburner.com/~r/x/~4/y alt=''>",
        "<img src=https://pixel.wp.com/b.gif?x=1>",
        "<img src=https://medium.com/_/stat?event=post>",
        "<img width=0 src=x>",
        "<img>",
    ],
)
def test_images_that_only_track_are_taken_out(pixel: str) -> None:
    assert clean(f"<p>x{pixel}</p>", BASE) == "<p>x</p>"


@pytest.mark.parametrize(
    "html", ["", " ", "<p></p>", "<div><br>&nbsp;</div>", "<script>x</script>", "<img width=1 src=x>", "\x00"]
)
def test_markup_with_nothing_to_see_is_none(html: str) -> None:
    assert clean(html, BASE) is None


@pytest.mark.parametrize("html", ["<img src=x>", "<video src=x></video>", "<audio><source src=x></audio>"])
def test_a_picture_alone_is_something_to_see(html: str) -> None:
    assert clean(html, BASE) is not None


def test_text_after_long_invisible_markup_is_found() -> None:
    assert clean("<p> </p>" * 5_000 + "x") is not None


BOMBS = {
    "nested": "<div>" * 100_000 + "x",
    "reopened": "<p><b a=1>x" * 100_000,
    "formatting": "<b>" * 300_000 + "x",
    "reopened-in-cells": "<table><tr><td>" + "<i><td>x" * 100_000,
    "many-reopened": "<b><i><u><s>" * 60 + "<p>x" * 100_000,
    "less-than": "<" * 1_000_000,
    "ampersands": "&" * 1_000_000,
    "references": "&a" * 500_000,
    "ampersands-below-the-limit": "&" * 200_000,
    "comments": "<!--" * 250_000 + "x",
    "unclosed-tags": "<a " * 300_000 + ">x",
    "quotes": "<p x=\"" * 150_000 + "\">x",
    "images": "<img src=x>" * 90_000,
    "ends": "</p>" * 250_000,
    "attributes": "<p " + " a=b" * 200_000 + ">x",
    "marks": "e" + "\u0301\u0327" * 500_000,
    "lists": "<li><ul>" * 100_000 + "x",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_the_cost_of_a_content_is_bounded(name: str) -> None:
    start = process_time()
    html = clean(BOMBS[name], BASE)
    plain(html or "")
    assert process_time() - start < 8
    assert html is None or len(html) <= LIMIT
    assert html is None or html.count("<div>") < 1000


def test_markup_that_is_too_deep_keeps_its_words_in_paragraphs() -> None:
    assert clean("<div>" * 300 + "<p>one &lt; two</p><p>three</p>") == "<p>one &lt; two</p><p>three</p>"


def test_sloppy_markup_is_not_deep() -> None:
    assert not is_deep("<p>x" * 1000)
    assert not is_deep("<ul>" + "<li>x" * 1000)
    assert not is_deep("<dl>" + "<dt>x<dd>y" * 1000)
    assert not is_deep("<table>" + "<tr><td>x<td>y" * 500)
    assert not is_deep("<p><b>x</b><br></p></div></x>" * 500)


@given(MARKUP)
def test_what_is_called_settled_is_not_changed_by_another_parse(html: str) -> None:
    once = clean(html, BASE)
    if once is not None and is_settled(once):
        # A table makes the cleaner parse again, whatever it thinks of the rest.
        table = "<table><tbody><tr><td>x</td></tr></tbody></table>"
        assert clean(once + table, BASE) == once + table


@pytest.mark.parametrize(
    ("html", "settled"),
    [
        ("<p>x <a>y</a><br></p><ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", True),
        ("<p><p>x</p></p>", False),
        ("<a><b><a>x</a></b></a>", False),
        ("<h1><h2>x</h2></h1>", False),
        ("<ul><li><div><li>x</li></div></li></ul>", False),
        ("<pre>x</pre>", False),
        ("</p>", False),
        ("<p>", False),
    ],
)
def test_only_ordinary_markup_is_called_settled(html: str, settled: bool) -> None:
    assert is_settled(html) is settled


def test_plain_text_becomes_paragraphs_and_lines() -> None:
    assert escape("a <b> & c\nd\n\n e") == "<p>a &lt;b&gt; &amp; c<br>d</p><p>e</p>"
    assert escape("a <b>") == "a &lt;b&gt;"
    assert escape(" \n ") is None


@given(st.text(st.characters(exclude_categories=("C", "Z", "M")), max_size=50))
def test_escaped_text_reads_as_it_was_written(value: str) -> None:
    escaped = escape(value)
    assert unescape(escaped or "") == value


@given(st.lists(st.sampled_from(['<p title="x > y">', "</p>", "<a href='http://x.example/?a>b'>", "</a>", "<b>", "<br>", "&amp;", "&nbsp;", "&#8203;", "a", "9", "é", ".", " ", "\n", "<", ">"]), max_size=9))  # fmt: skip
@example(['<p title="x > y">', "</p>"])
@example(["&#8203;", "<br>"])
def test_markup_is_kept_if_and_only_if_it_says_something(parts: list[str]) -> None:
    html = "".join(parts)
    cleaned = clean(f"<div>{html}</div>")
    assert (cleaned is not None) == bool(plain(_reparsed(html)))


def _reparsed(html: str) -> str:
    """What `clean` makes of it when there is more beside it that says something."""
    beside = clean(f"<div>{html}</div><hr>seen")
    assert beside is not None
    return beside.rpartition("<hr>")[0]
