"""Tokens and folding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.curate.hosts import readable
from aggregator.curate.tokens import fold, words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("OpenAI’s GPT-4", "openai s gpt 4"),
        ("C++20 and C, not C#", "c++ 20 and c not c#"),
        ("notepad++ a+b item#4", "notepad a b item 4"),
        ("U.S. AT&T l'IA", "u s at t l ia"),
        ("snake_case", "snake case"),
        ("Straße ＧＰＴ ﬁne", "strasse gpt fine"),
        ("İstanbul", "istanbul"),
        ("so\u00adft\u2060", "soft"),
        ("人工智能GPT", "人 工 智 能 gpt"),
        ("アニメ", "ア ニ メ"),
        ("정부는", "정 부 는"),
        ("हिन्दी समाचार", "हिन्दी समाचार"),
        ("ไทย", "ไ ท ย"),
        ("🚀 → ∞", ""),
        ("\ufdd0\ufdd1a\ufdd0", "a"),
        ("Ａ\ufdd0+", "a"),
        ("1,000.5", "1 000 5"),
    ],
)
def test_text_is_cut_into_tokens(text, tokens):
    assert words(text) == tokens.split()


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_tokens_of_tokens_are_the_same(text):
    assert words(" ".join(words(text))) == words(text)


@pytest.mark.parametrize(
    ("host", "read"),
    [
        ("WWW.Example.org", "www.example.org"),
        ("xn--mnchen-3ya.de", "münchen.de"),
        ("xn--\xff.de", "xn--ÿ.de"),
        ("xn--a.xn--!", "xn--a.xn--!"),
    ],
)
def test_hosts_are_read_as_people_write_them(host, read):
    assert readable(host) == read
