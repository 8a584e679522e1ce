"""The version of a topic's membership: a digest that changes when, and only when, what decides it changes.

Spelling, order, repetitions, case, title and limits do not count; the meaning of the language does (`LANGUAGE`).
"""

from hashlib import sha256

from aggregator.curate.clauses import And, Not, Or, Query
from aggregator.curate.rule import rule
from aggregator.model import Topic

LANGUAGE = 1
"""Counted up when the same query would match other items: a change of tokens, folding or fields."""


def version(topic: Topic) -> str:
    """16 hexadecimal digits. Equal versions match the same items; raises QueryError for a query that cannot be read."""
    parts = [str(LANGUAGE), str(_sorted(rule(topic))), *sorted(set(topic.sources))]
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def _sorted(query: Query) -> Query:
    """The query with its clauses in an order of their own."""
    if isinstance(query, Not):
        return Not(_sorted(query.clause))
    if isinstance(query, And | Or):
        return type(query)(tuple(sorted(map(_sorted, query.clauses), key=str)))
    return query
