"""Reading and printing queries."""

import contextlib
import time
import tomllib
from pathlib import Path

import pytest
from curate_strategies import queries
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.curate.clauses import And, Anything, Not, Or, Regex, Words, all_of, any_of, negate
from aggregator.curate.query import MAX_LENGTH, parse
from aggregator.errors import ConfigError, QueryError

WRONG = tomllib.loads((Path(__file__).parent / "wrong_queries.toml").read_text("utf-8"))["wrong"]


@pytest.mark.parametrize("wrong", WRONG, ids=[repr(wrong["query"]) for wrong in WRONG])
def test_a_wrong_query_is_told_where_and_what_to_do(wrong):
    with pytest.raises(QueryError) as caught:
        parse(wrong["query"])
    assert (caught.value.column, caught.value.message) == (wrong["column"], wrong["message"])
    assert caught.value.query == wrong["query"]


def test_there_are_at_least_a_hundred_wrong_queries():
    assert len({wrong["query"] for wrong in WRONG}) >= 100


def test_a_query_error_shows_the_place_with_a_caret_and_is_a_config_error():
    with pytest.raises(ConfigError) as caught:
        parse('openai "china')
    assert str(caught.value).splitlines() == ["column 8: this quote is never closed", '    openai "china', "           ^"]


def test_the_example_of_the_design_reads_and_prints_as_it_is_written():
    text = '(openai OR "large language model") (china OR beijing) -category:sports title:/gpt-?[45]/'
    assert str(parse(text)) == text


@given(queries)
def test_a_printed_query_parses_to_the_same_tree(query):
    assert parse(str(query)) == query


@given(st.text(alphabet=st.sampled_from('ab or ORNT()|"-*:/\\title“”（）｜：+#.&!–人が\u0301\u1100\u1161İßﷺ'), max_size=40))
@example("´a")
@example("人\u3099")
@example('"\u1100 \u1161"')
def test_any_text_parses_to_what_prints_and_parses_again_or_is_a_query_error(text):
    try:
        query = parse(text)
    except QueryError as error:
        column = error.column
    else:
        column = 1
        assert parse(str(query)) == query
        assert str(parse(str(query))) == str(query)
    assert 1 <= column <= len(text) + 1


@given(st.text(max_size=60))
def test_no_text_fails_otherwise_than_as_a_query_error(text):
    try:
        query = parse(text)
    except QueryError:
        return
    assert parse(str(query)) == query


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a AND b", "a b"),
        ("a | b || c ｜ d", "a OR b OR c OR d"),
        ("NOT a", "-a"),
        ("--a", "a"),
        ("a * b", "a b"),
        ("a OR *", "*"),
        ("a (a) ((A))", "a"),
        ("(a b) c", "a b c"),
        ("a b OR c", "a b OR c"),
        ("a (b OR c)", "a (b OR c)"),
        ("-(a b)", "-(a b)"),
        ("GPT-4", '"gpt 4"'),
        ("“large  Language Model”", '"large language model"'),
        ('"large lang*"', '"large lang*"'),
        ('"large lang"*', '"large lang*"'),
        ("人工智能", "人工智能"),
        ("（中国 OR 美国） AI", "(中国 OR 美国) ai"),
        ("title：a", "title:a"),
        ("TITLE:a", "title:a"),
        ("title:a title:b", "title:(a b)"),
        ("title:(a OR b) OR c", "title:(a OR b) OR c"),
        ("-title:(-a -b)", "-title:(-a -b)"),
        ("(title:a b) OR text:(c d)", "title:a b OR text:(c d)"),
        ("/gpt/i", "/gpt/"),
        ("site:https://user@News.Example.org:8080/path?q", "site:news.example.org"),
        ("site:xn--mnchen-3ya.de", "site:münchen.de"),
        ("site:MÜNCHEN.de", "site:münchen.de"),
        ("lang:en_GB", "lang:en-gb"),
        ("lang:or", 'lang:"or"'),
        ("author:*", "author:*"),
        ("12:30", '"12 30"'),
        ("and/or", '"and or"'),
        ("a\n\tb", "a b"),
        ("C++ c# F#", "c++ c# f#"),
        ("c++*", "c++*"),
    ],
)
def test_what_means_the_same_prints_the_same(text, canonical):
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)


def test_clauses_are_kept_flat_and_without_repetitions():
    a, b, c = (Words((letter,)) for letter in "abc")
    assert all_of([And((a, b)), c, a]) == And((a, b, c))
    assert any_of([Or((a, b)), c, a]) == Or((a, b, c))
    assert all_of([Anything(), a]) == a
    assert all_of([Anything()]) == Anything()
    assert any_of([a, Anything(), b]) == Anything()
    assert negate(Not(a)) == a
    assert parse("title:/x/ text:y*") == And((Regex("x", "title"), Words(("y",), prefix=True, field="text")))


def test_a_query_longer_than_the_limit_is_refused():
    assert parse("a" * MAX_LENGTH)
    with pytest.raises(QueryError, match=r"10,001 characters; at most 10,000"):
        parse("a" * (MAX_LENGTH + 1))


def test_a_query_that_grows_when_written_out_is_refused():
    with pytest.raises(QueryError, match="written out in full"):
        parse("ﷺ" * 900)


def test_more_than_a_thousand_terms_are_refused():
    assert len(parse(" OR ".join(f"w{number}" for number in range(1000))).clauses) == 1000
    with pytest.raises(QueryError, match="more than 1,000 terms"):
        parse("|".join(f"w{number}" for number in range(1001)))


def test_more_than_fifty_nested_parentheses_are_refused():
    assert parse("(" * 50 + "a" + ")" * 50) == Words(("a",))
    with pytest.raises(QueryError, match="more than 50 parentheses") as caught:
        parse("(" * 51 + "a" + ")" * 51)
    assert caught.value.column == 51


def test_the_deepest_query_still_prints_and_parses():
    text = "a"
    for number in range(50):
        text = f"-({text} b{number})" if number % 2 else f"(c{number} OR {text})"
    query = parse(f"{text} title:(x OR y)")
    assert parse(str(query)) == query


@pytest.mark.parametrize(
    "text", ["(" * 9_999, "-" * 9_999 + "a", "a|" * 4_999, '"' * 9_999, "/" * 9_999, "title:" * 1_600, "NOT " * 2_499 + "a"]
)
def test_giant_queries_are_read_or_refused_at_once(text):
    parse("warm")
    started = time.process_time()
    with contextlib.suppress(QueryError):
        parse(text)
    assert time.process_time() - started < 2
