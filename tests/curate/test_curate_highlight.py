"""Where a query found what it looked for."""

import pytest
from curate_strategies import items, queries
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.curate.highlight import MOST, spans
from aggregator.curate.query import parse


def marked(query, text, field="title"):
    out, last = "", 0
    for start, end in spans(parse(query), field, text):
        out += f"{text[last:start]}[{text[start:end]}]"
        last = end
    return out + text[last:]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("openai chin*", "[OpenAI]’s plan: [Chinese]"),
        ('"large language model"', "A [Large-language  model], and large"),
        ("人工", "中国[人工]智能"),
        ("c++ c#", "[C++]20 and [C#] and C"),
        ("c", "C++ or [C]"),
        ("/gpt-?[45]/", "[GPT-4] über [gpt5]"),
        ("straße gpt", "die [STRASSE] über [ＧＰＴ]"),
        ("café", "[Cafe\u0301]!"),
        ("gpt 4 -x", "GPT4 [gpt] [4] x"),
        ("gpt-4", "a [GPT-4]: GPT4"),
        ("text:gpt", "gpt"),
        ("title:gpt", "[gpt]"),
        ("-(a b) c", "a b [c]"),
        ("/x*/", "a[xx]b"),
        ("(a OR b) c", "[a] [b] d"),
        ('a "a b"', "[a b] [a]"),
        ("author:a lang:en site:a kind:a * a", "[a]"),
        ("/(?-i)É./", "éa [Éa]"),
    ],
)
def test_what_was_found_is_marked_in_the_text_as_it_is(query, shown):
    assert marked(query, shown.replace("[", "").replace("]", "")) == shown


def test_a_regular_expression_names_a_bounded_number_of_places():
    assert len(spans(parse("/ab/"), "text", "ab " * 1000)) == MOST


@settings(max_examples=300)
@given(queries, items, st.sampled_from(["title", "text"]))
def test_places_are_in_order_apart_and_within_the_text(query, item, field):
    text = getattr(item, field)
    edges = [edge for span in spans(query, field, text) for edge in span]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(text) for edge in edges)
