"""Addresses: absolute, http(s), and otherwise as the source wrote them."""

import csv
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Url
from aggregator.normalize.addresses import LIMIT, cleaned, join, publishable, resolve
from aggregator.normalize.comparison import _AMP_HEAD, _SLASHES, comparison_key

BASE = "https://b.example/c/d"
PIECES = st.sampled_from(
    ["http://", "https://", "HTTP://", "//", "/", "\\", "a.example", "www.", "m.", "amp.", "%41", "%2F", "..", ".", "?", "&", "=", "#",
     "utm_source=rss", "ref=rss", "a=1", ":80", ":443", ":8080", "@", "user:p", "ü", " ", "\t", "[::1]", "[", "]", "javascript:",
     "data:", "amp", ".amp", ".html", "google.com/url", "q=http%3A%2F%2Fx.example%2F", "\ud800", "\x01", "é", "%", "+", ";", "feed:"]
)  # fmt: skip
ADDRESSES = st.lists(PIECES, max_size=12).map("".join) | st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("x", "https://b.example/c/x"),
        ("../x", "https://b.example/x"),
        ("//h.example/x", "https://h.example/x"),
        ("?q", "https://b.example/c/d?q"),
        ("#f", "https://b.example/c/d#f"),
        (" \n http://h.example/a\nb \x00", "http://h.example/ab"),
        ("HTTP://H.example/ü?x[]=1", "http://H.example/ü?x[]=1"),
        ("http:///h.example/", "http://h.example/"),
        ("http:\\\\h.example\\a?b\\c", "http://h.example/a?b%5Cc"),
        ("http://h.example\\@evil.example/", "http://h.example/@evil.example/"),
        ("http://user:password@h.example/", "http://h.example/"),
        ("http://a@b@h.example/", "http://h.example/"),
        ("feed://h.example/f", "http://h.example/f"),
        ("feed:https://h.example/f", "https://h.example/f"),
        ("http://h.example/a b\"<>", "http://h.example/a%20b%22%3C%3E"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://bücher.example/", "http://bücher.example/"),
        ("http://h.example:/x", "http://h.example:/x"),
        ("http://h.example:65535/x", "http://h.example:65535/x"),
        ("/x", "https://b.example/x"),
        ("/x/./y/../z;p?q", "https://b.example/x/z;p?q"),
    ],
)  # fmt: skip
def test_an_address_is_resolved_as_a_browser_would(href: str, expected: str) -> None:
    assert resolve(href, BASE) == expected


@pytest.mark.parametrize(
    "href",
    ["", None, " ", "javascript:alert(1)", " java\tscript:x", "\x01javascript:x", "data:text/html,x", "mailto:a@b.example", "file:///etc/passwd",
     "gopher://h/", "view-source:http://h/", "http://[::1", "http://", "https://h.example:99999/", "http://:80/", "http://h%41/",
     "http://" + "h" * 300 + "/", "http://h.example/" + "x" * LIMIT, "urn:uuid:1", "http://h.example:8a/", "tag:h,2024:1", "http://h.example:65536/", "http://h.example:70000/"],
)  # fmt: skip
def test_what_is_not_http_or_malformed_is_no_address(href: str | None) -> None:
    assert resolve(href, BASE) is None


@pytest.mark.parametrize("base", ["", "file:///home/x", "http://[::1", "x" * 5000])
def test_a_relative_address_without_a_usable_base_is_none(base: str) -> None:
    assert resolve("x/y", base) is None


@given(ADDRESSES, ADDRESSES)
def test_every_resolved_address_is_absolute_and_resolves_to_itself(href: str, base: str) -> None:
    url = resolve(href, base)
    if url is not None:
        assert urlsplit(url).scheme in {"http", "https"}
        assert urlsplit(url).netloc
        assert not set(url) & set(' "<>\\\n\t')
        assert resolve(url, "") == url
        assert cleaned(publishable(url)) == publishable(url)


SEGMENTS = st.lists(st.sampled_from(["/", "/", "a", "b.c", ".", "..", "~", "%20", "-", ";", "1"]), max_size=8).map("".join)
BASES = st.sampled_from(
    ["http://h.example", "https://h.example:41927/", "http://1.2.3.4:59999?q", "http://h.example/a/b;c?d#e", "http://h:1#"]
)


@given(SEGMENTS, BASES)
def test_a_path_is_joined_as_by_the_standard_library(path: str, base: str) -> None:
    assert resolve(f"/x{path}", base) == urljoin(base, f"/x{path}")
    assert resolve(path, base) == (resolve(urljoin(base, path)) if path else None)


def test_a_path_behind_a_long_origin_is_no_longer_than_an_address_may_be() -> None:
    origin = "https://h.example"
    path = "/" + "x" * (LIMIT - len(origin) - 1)
    assert resolve(path, origin) == origin + path
    assert resolve(path + "x", origin) is None
    assert resolve("/x", origin + path + "x") is None


@given(ADDRESSES)
def test_a_comparison_key_is_its_own_key(href: str) -> None:
    key = comparison_key(href)
    assert comparison_key(key) == key


@given(ADDRESSES)
def test_tracking_does_not_change_the_key(href: str) -> None:
    url = resolve(href, BASE)
    if url is not None and "#" not in url:
        tracked = url + ("&" if "?" in url else "?") + "utm_source=rss&fbclid=1"
        assert comparison_key(tracked) == comparison_key(url) == comparison_key(publishable(Url(tracked)))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h.example/?utm_source=a", "https://h.example/"),
        ("https://h.example/?a=%20+b&UTM_Source=a&c", "https://h.example/?a=%20+b&c"),
        ("https://h.example/?a=1&amp;utm_medium=x", "https://h.example/?a=1"),
        ("https://h.example/?fbclid=1#utm_campaign=x", "https://h.example/"),
        ("https://h.example/#xtor=RSS-1&p=2", "https://h.example/#p=2"),
        ("https://h.example/?%75tm_source=x&b=1", "https://h.example/?b=1"),
    ],
)
def test_tracking_parameters_are_taken_out(url: str, expected: str) -> None:
    assert publishable(Url(url)) == expected


@pytest.mark.parametrize(
    "url", ["https://h.example/?", "https://h.example/?a&&b=%7e#", "https://h.example/?ref=rss", "https://h.example/#a=b"]
)
def test_an_address_without_tracking_is_untouched(url: str) -> None:
    assert publishable(Url(url)) == url


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.h.example/a/", "https://h.example/a"),
        ("https://h.example:443/a?b=2&a=1#x", "http://h.example/a?a=1&b=2"),
        ("https://m.h.example/a/amp/", "https://h.example/a"),
        ("https://h.example/amp/a", "https://h.example/a"),
        ("https://h.example/a.amp.html?amp=1", "https://h.example/a.html"),
        ("https://h-example.cdn.ampproject.org/c/s/h.example/a", "https://h.example/a"),
        ("https://www.google.com/amp/s/h.example/a", "https://h.example/a"),
        ("https://www.google.com/url?sa=t&url=https%3A%2F%2Fh.example%2Fa", "https://h.example/a"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttp%253A%252F%252Fh.example%252Fa", "https://h.example/a"),
        ("https://h.example/a?ref=rss", "https://h.example/a"),
        ("http://bücher.example/", "http://xn--bcher-kva.example"),
        ("http://h.example:8080/a", "https://www.h.example:8080/a"),
        ("http://[::1]:8080/a", "https://[::1]:8080/a/"),
    ],
)  # fmt: skip
def test_spellings_of_one_page_have_one_key(one: str, other: str) -> None:
    assert comparison_key(one) == comparison_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://h.example/a?id=1", "https://h.example/a?id=2"),
        ("https://h.example/a", "https://h.example/A"),
        ("https://h.example/a%2Fb", "https://h.example/a/b"),
        ("https://h.example:8080/a", "https://h.example/a"),
        ("https://www.google.com/url?q=notanaddress", "https://www.google.com/url?q=other"),
        ("ftp://h.example/a", "http://h.example/a"),
        ("https://amp.example/", "https://example/"),
    ],
)
def test_different_pages_have_different_keys(one: str, other: str) -> None:
    assert comparison_key(one) != comparison_key(other)


def test_a_huge_address_is_its_own_key() -> None:
    assert comparison_key("http://h.example/" + "x" * 9999) == "http://h.example/" + "x" * 9999


def test_redirectors_within_redirectors_end() -> None:
    url = "http://h.example/a"
    for _ in range(4):
        url = (
            "https://href.example/"
            if len(url) > 2000
            else f"https://www.google.com/url?q={url.replace('%', '%25').replace('&', '%26').replace('?', '%3F')}"
        )
    assert comparison_key(url) == "h.example/a"


def test_an_inner_base_holds_within_the_outer_one() -> None:
    assert join("https://h.example/a/", "b/") == "https://h.example/a/b/"
    assert join("https://h.example/a/", None) == "https://h.example/a/"
    assert join("https://h.example/a/", "javascript:x") == "https://h.example/a/"


def _rows(path: Path) -> list[list[str]]:
    lines = path.read_text("utf-8").split("\n")
    rows = csv.reader((line for line in lines if line.strip() and not line.startswith("#")), skipinitialspace=True)
    return [[cell.strip(" ") for cell in row] for row in rows]


# Addresses without a host are nobody's page: `resolve` lets none through, so none is ever compared.
EXCEPTIONS = ("http:////", "file:")


@pytest.mark.shared
def test_the_pairs_of_the_normalisation_table_have_one_key(shared: Path) -> None:
    tables = list((shared / "corpus/url-normalisation").rglob("weirdToNormalizedUrls.csv"))
    pairs = [row for table in tables for row in _rows(table) if len(row) == 2 and not row[0].startswith(EXCEPTIONS)]
    different = [(one, other) for one, other in pairs if comparison_key(one) != comparison_key(other)]
    assert len(pairs) > 80
    assert different == []


@pytest.mark.shared
def test_the_resolutions_of_the_table_hold(shared: Path) -> None:
    (table,) = (shared / "corpus/url-normalisation").rglob("url-resolve.csv")
    rows = [row for row in _rows(table) if row[1] == "" or row[1].startswith("http")]
    wrong = [(href, base, resolve(href, base)) for href, base, meant in rows if resolve(href, base) != resolve(meant)]
    assert len(rows) > 15
    assert wrong == []


AMP_TAIL = re.compile(r"(?:/amp|\.amp)$|\.amp(?=\.html?$)", re.I)


@given(st.lists(st.sampled_from(["/amp", ".amp", ".html", ".htm", "/", "/AMP", ".Amp", "amp", "x", ".HTM"]), max_size=9))
def test_marks_at_the_end_of_a_path_go_as_if_the_whole_path_was_searched_for_each(pieces: list[str]) -> None:
    path = _AMP_HEAD.sub("", _SLASHES.sub("/", "/x/" + "".join(pieces))).rstrip("/")
    while (shorter := AMP_TAIL.sub("", path).rstrip("/")) != path:
        path = shorter
    assert comparison_key("https://h.example/x/" + "".join(pieces)) == f"h.example{path}"


def test_a_host_that_no_name_can_have_is_compared_as_it_is() -> None:
    longest = f"{'.'.join(['a' * 63] * 3)}.{'b' * 57}.com"
    assert comparison_key(f"https://{longest}:8080/x") == f"{longest}:8080/x"
    assert comparison_key(f"https://{'ü' * 301}/x") == f"https://{'ü' * 301}/x"
