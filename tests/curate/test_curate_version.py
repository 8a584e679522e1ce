"""The version of a topic's membership."""

import pytest
from curate_strategies import queries
from hypothesis import given

from aggregator.curate.clauses import And, Or
from aggregator.curate.version import version
from aggregator.errors import QueryError
from aggregator.model import Topic


def of(query, *sources, **others):
    return version(Topic(slug="a", title="T", query=query, sources=sources, **others))


@pytest.mark.parametrize("same", ["b a", "(A) AND b", "a b a", "* a b", '"a" b', "--a b"])
def test_spelling_order_and_repetition_do_not_change_a_version(same):
    assert of(same) == of("a b")


@pytest.mark.parametrize("other", ["a OR b", "a", "a -b", "title:a b", "a b*", "/a/ b", "a b c"])
def test_another_meaning_changes_a_version(other):
    assert of(other) != of("a b")


def test_sources_change_a_version_and_their_order_does_not():
    assert of("a", "x", "y") == of("a", "y", "x", "x")
    assert len({of("a"), of("a", "x"), of("a", "!x"), of("a", "x", "y")}) == 4


def test_title_and_limits_do_not_change_a_version():
    assert of("a", limit=3, max_age=5.0, subtitle="x") == of("a")
    assert len(of("a")) == 16


def test_a_wrong_query_has_no_version():
    with pytest.raises(QueryError):
        of("(")


@given(queries)
def test_turning_every_clause_around_does_not_change_a_version(query):
    def turned(one):
        if isinstance(one, And | Or):
            return type(one)(tuple(map(turned, reversed(one.clauses))))
        return one

    assert of(str(query)) == of(str(turned(query)))
