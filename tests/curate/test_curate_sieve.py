"""What is found by words: nothing that matches is missed."""

import pytest
from curate_strategies import SOURCES, items, naive, queries
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.curate.query import parse
from aggregator.curate.sieve import MAX_GROUPS, marks, sieve
from aggregator.curate.subject import subject
from aggregator.model import Category, Item, Person, Plain, Url


def passes(groups, filed):
    words = set(filed.split())
    return all(
        any(any(word.startswith(one[:-1]) for word in words) if one.endswith("*") else one in words for one in group)
        for group in groups
    )


@settings(max_examples=500)
@given(queries, items, st.sampled_from(SOURCES))
def test_whatever_matches_passes_the_sieve(query, item, source_id):
    if naive(query, item, source_id, "feed", "Source Title"):
        assert passes(sieve(query), marks(subject(item, source_id=source_id, kind="feed", source_title="Source Title")))


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("openai", [{"openai"}]),
        ("openai (china OR chin*)", [{"openai"}, {"china", "chin*"}]),
        ('"large language model"', [{"language"}, {"large"}, {"model"}]),
        ('"large lang*"', [{"large"}, {"lang*"}]),
        ("(a bcd) OR efg", [{"bcd", "efg"}]),
        ("title:openai text:gpt", [{"openai"}, {"gpt"}]),
        ("site:example.org lang:en", [{":site:example.org"}, {":lang:en"}]),
        ("author:ada category:ai url:2024", [{":category:ai"}, {":author:ada"}, {":url:2024"}]),
        ("site:exam*", [{":site:exam*"}]),
        ("openai -china", [{"openai"}]),
        ("openai OR /x/", []),
        ("openai OR -china", []),
        ("-openai", []),
        ("/openai/", []),
        ("*", []),
        ("author:*", []),
        ("source:blog", []),
        ("kind:feed", []),
        ("openai kind:feed", [{"openai"}]),
        ('lang:"en gb"', []),
    ],
)
def test_a_sieve_holds_the_words_that_a_match_must_have(query, groups):
    assert sorted(map(sorted, sieve(parse(query)))) == sorted(map(sorted, groups))


def test_a_sieve_is_bounded_and_keeps_the_rarest_words():
    groups = sieve(parse(" ".join("w" * length for length in range(1, 60))))
    assert len(groups) == MAX_GROUPS
    assert frozenset({"w"}) not in groups


def test_an_item_is_filed_under_its_words_and_what_its_fields_stand_for():
    item = Item(
        native_id=None,
        link=Url("https://News.Example.org/2024/ai?x=C%2B%2B"),
        title=Plain("OpenAI c++"),
        text="blocks OpenAI",
        language="en-GB",
        authors=(Person(name="Ada Lovelace"),),
        categories=(Category(term="AI", label="Machine Learning"),),
    )
    assert set(marks(subject(item, source_id="s", kind="feed", source_title="T")).split()) == {
        *("openai", "c++", "blocks"),
        *(":site:news.example.org", ":site:example.org", ":site:org", ":lang:en", ":lang:en-gb"),
        *(":author:ada", ":author:lovelace", ":category:ai", ":category:machine", ":category:learning"),
        *(f":url:{word}" for word in ["https", "news", "example", "org", "2024", "ai", "x", "c++"]),
    }


@pytest.mark.parametrize("language", ['en" OR x', "en gb", "\0", "", "-", 'x"*'])
def test_no_value_of_a_source_can_break_out_of_its_word(language):
    item = Item(native_id=None, link=Url('https://a"b c*/'), title=Plain("x"), language=language)
    for mark in marks(subject(item, source_id="s", kind="feed", source_title="T")).split():
        assert not set(mark) & set('"*\0()')
    if language.startswith("en"):
        assert passes(sieve(parse("lang:en*")), marks(subject(item, source_id="s", kind="feed", source_title="T")))
