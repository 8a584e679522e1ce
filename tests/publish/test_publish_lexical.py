"""What may stand where in a feed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish import lexical


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        ("https://example.org/a?b=c%20d&e=;#f", "https://example.org/a?b=c%20d&e=;#f"),
        (" http://example.org ", "http://example.org"),
        ("HTTP://Example.ORG/A", "HTTP://Example.ORG/A"),
        ("https://example.org/ä b", "https://example.org/%C3%A4%20b"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://u:p@bücher.example:81/", "https://u:p@xn--bcher-kva.example:81/"),
        ("https://example.org/[x]{y}|", "https://example.org/%5Bx%5D%7By%7D%7C"),
        ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80/x"),
        ("https://example.org/#a#b", "https://example.org/#a%23b"),
        ("https://example.org/%zz", "https://example.org/%zz"),
        ("https://example.org/\ud800", None),
        ("https://example.org/#\ud800", None),
        ("https://" + "ü" * 70 + ".example/", None),
        ("https://exa mple.org/", None),
        ("http://[::1/", None),
        ("javascript:alert(1)", None),
        ("//example.org/", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_made_a_uri_or_nothing(given_: str | None, made: str | None) -> None:
    assert lexical.uri(given_) == made


@given(st.text())
def test_making_a_uri_twice_changes_nothing(text: str) -> None:
    made = lexical.uri(f"https://example.org/{text}")
    assert made is None or lexical.uri(made) == made


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://example.org?x", "https://example.org/?x"),
        ("https://example.org#x", "https://example.org/#x"),
        ("http://192.0.2.1:81/a", "http://192.0.2.1:81/a"),
        ("http://nas/a.mp3", None),
        ("https://u:p@example.org/a.mp3", None),
        ("https://a_b.example.org/", None),
        ("nonsense", None),
    ],
)
def test_an_enclosure_of_rss_names_a_public_host(given_: str, made: str | None) -> None:
    assert lexical.http_uri(given_) == made


@pytest.mark.parametrize(
    "good",
    [
        "tag:example.org,2020-01-02:x/y",
        "urn:isbn:123",
        "urn:uuid:5b4a3c52-6b0b-5b5e-8d5a-6d1f3f0f0001",
        "mailto:a@example.org",
        "https://example.org/",
    ],
)
def test_an_absolute_identifier_is_kept(good: str) -> None:
    assert lexical.absolute_iri(f" {good} ") == good


@pytest.mark.parametrize(
    "bad", ["tag:example.org", "urn:uuid:5b4a", "urn:x", "no scheme", "", None, "x:", "http://", "a b:c", "javascript:alert(1)"]
)
def test_a_malformed_identifier_is_none(bad: str | None) -> None:
    assert lexical.absolute_iri(bad) is None


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        ("en", "en"),
        ("de_AT", "de-AT"),
        ("iw-IL", "he-IL"),
        ("fil", "fil"),
        ("zh-hant-tw", "zh-hant-tw"),
        ("xx", None),
        ("english", None),
        ("en--us", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_exists(given_: str | None, made: str | None) -> None:
    assert lexical.language(given_) == made


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        ("audio/mpeg", "audio/mpeg"),
        ("text/html; charset=utf-8", "text/html"),
        ("application/atom+xml", "application/atom+xml"),
        ("audio", None),
        ("a b/c", None),
        (None, None),
    ],
)
def test_a_media_type_has_two_parts_and_no_parameters(given_: str | None, made: str | None) -> None:
    assert lexical.media_type(given_) == made


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        ("a@example.org", "a@example.org"),
        ("mailto:a@example.org", "a@example.org"),
        ("a@b", None),
        ("a at b.c", None),
        (None, None),
    ],
)
def test_an_email_address_has_a_domain(given_: str | None, made: str | None) -> None:
    assert lexical.email(given_) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("", None),
        (" \n", None),
        ("two\nthr", "two thr"),
        ("one two three", "one…"),
        ("onetwothree", "onetwo…"),
        (" " * 100 + "far off", None),
        ("a" + " " * 100 + "b", "a …"),
    ],
)
def test_an_excerpt_is_cut_at_a_word_and_not_too_long(text: str, made: str | None) -> None:
    assert lexical.excerpt(text, 7) == made


@given(st.text(), st.integers(5, 50))
def test_an_excerpt_is_never_longer_than_asked(text: str, length: int) -> None:
    assert len(lexical.excerpt(text, length) or "") <= length + 1


def test_illegal_characters_are_named_and_taken_out() -> None:
    assert lexical.illegal("a\tb\x0b") == "U+000B"
    assert lexical.illegal("fine \U0001f426") is None
    assert lexical.xml_text("a\x00b\ufffec\ud800d") == "abcd"
