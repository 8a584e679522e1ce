"""The percolator, the predicates and the explanations agree with a naive evaluator."""

import pytest
from curate_strategies import SOURCES, items, naive, queries
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.curate.explain import explain
from aggregator.curate.matcher import Match, Matcher, admits
from aggregator.curate.query import parse
from aggregator.curate.subject import subject
from aggregator.errors import QueryError
from aggregator.model import Category, Item, Plain, Topic, Url


def seen(title="x", text="", **facts):
    return subject(
        Item(native_id=None, link=facts.pop("link", None), title=Plain(title), text=text, **facts),
        source_id="s",
        kind="feed",
        source_title="S",
    )


@settings(max_examples=400)
@given(
    st.lists(st.tuples(queries, st.lists(st.sampled_from(["one", "two", "!one", "!the-three"]), max_size=2)), max_size=6),
    st.lists(st.tuples(items, st.sampled_from(SOURCES), st.sampled_from(["feed", "folder"])), min_size=1, max_size=4),
)
def test_the_percolator_agrees_with_trying_every_topic_naively(wanted, arrivals):
    topics = [
        Topic(slug=f"t{number}", title="T", query=str(query), sources=tuple(sources))
        for number, (query, sources) in enumerate(wanted)
    ]
    matcher = Matcher(topics)
    for item, source_id, kind in arrivals:
        found = matcher.match(subject(item, source_id=source_id, kind=kind, source_title="Source Title"))
        expected = [
            topic.slug
            for topic, (query, _) in zip(topics, wanted, strict=True)
            if naive(query, item, source_id, kind, "Source Title") and by_hand(topic.sources, source_id)
        ]
        assert [match.slug for match in found] == expected


def by_hand(sources, source_id):
    named = [source for source in sources if not source.startswith("!")]
    return f"!{source_id}" not in sources and (not named or source_id in named)


@settings(max_examples=300)
@given(queries, items)
def test_what_is_said_to_have_held_holds_and_what_is_said_to_have_failed_fails(query, item):
    one = subject(item, source_id="one", kind="feed", source_title="T")
    said = explain(query, one)
    assert said.matched == naive(query, item, "one", "feed", "T")
    assert naive(parse(said.clause), item, "one", "feed", "T") == said.matched
    if said.because:
        assert said.clause.startswith("-")
        assert naive(parse(said.because), item, "one", "feed", "T")


@pytest.mark.parametrize(
    ("query", "matched", "clause", "because"),
    [
        ('(openai OR "large model") china -sports', True, "openai china -sports", ""),
        ("(x OR /block/) (china OR beijing)", True, "/block/ china", ""),
        ("openai (beijing OR tokyo) sports", False, "beijing OR tokyo", ""),
        ("openai -(china OR ai)", False, "-(china OR ai)", "china"),
        ("*", True, "*", ""),
        ("title:(openai china)", True, "title:openai title:china", ""),
        ("(a OR b c)", False, "a OR b c", ""),
    ],
)
def test_an_explanation_names_the_clause_that_decided(query, matched, clause, because):
    said = explain(parse(query), seen("OpenAI to block China"))
    assert (said.matched, said.clause, said.because) == (matched, clause, because)


def test_matches_come_in_the_order_of_the_topics_with_the_clause_that_held():
    topics = [Topic(slug=slug, title="T", query=query) for slug, query in [("b", "china OR openai"), ("a", "*"), ("c", "none")]]
    assert Matcher(topics).match(seen("OpenAI")) == (Match(slug="b", clause="openai"), Match(slug="a", clause="*"))


def test_no_topics_match_nothing():
    assert Matcher([]).match(seen("OpenAI")) == ()


def test_a_topic_with_a_wrong_query_is_a_query_error():
    with pytest.raises(QueryError):
        Matcher([Topic(slug="a", title="T", query="(")])


@pytest.mark.parametrize(
    ("sources", "admitted"),
    [
        ((), True),
        (("one",), True),
        (("two",), False),
        (("!one",), False),
        (("!two",), True),
        (("one", "!one"), False),
        (("two", "!three"), False),
    ],
)
def test_a_topic_takes_the_sources_that_it_names_and_not_those_with_a_mark(sources, admitted):
    assert admits(sources, "one") is admitted


def test_what_the_matcher_remembers_of_tokens_is_bounded():
    matcher = Matcher([Topic(slug="a", title="T", query="wor*"), Topic(slug="b", title="T", query="word7")])
    matcher._tokens.REMEMBERED = 50
    for start in range(0, 1000, 10):
        found = matcher.match(seen(" ".join(f"word{number} other{number}" for number in range(start, start + 10))))
        assert [match.slug for match in found] == (["a", "b"] if start == 0 else ["a"])
    assert len(matcher._tokens._quiet) <= 62
    assert len(matcher._tokens._calls) <= 62


def test_a_phrase_does_not_reach_from_title_to_text_or_from_one_value_to_the_next():
    one = seen("large", "language model", categories=(Category(term="ai news"), Category(term="sports")))
    assert not explain(parse('"large language"'), one).matched
    assert explain(parse('"language model"'), one).matched
    assert not explain(parse('category:"news sports"'), one).matched


def test_an_address_is_searched_with_its_escapes_decoded():
    one = seen(link=Url("https://example.org/%E4%BA%BA%E5%B7%A5"))
    assert explain(parse("url:人工"), one).matched
    assert explain(parse("url:/人工$/"), one).matched
