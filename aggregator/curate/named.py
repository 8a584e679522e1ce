"""The words that a query names: what the items of its topic have in common.

named('(openai OR "large language model") -sports title:gpt*')  →  {"openai", "large", "language", "model", "gpt"}
"""

from collections.abc import Iterator

from aggregator.curate.clauses import And, Or, Query, Words
from aggregator.curate.query import parse

_IN_TEXT = {None, "title", "text"}


def named(query: str) -> frozenset[str]:
    """Words that an item must or may hold in title or text to be matched. Raises QueryError."""
    return frozenset(word for leaf in _asked(parse(query)) for word in leaf.words)


def _asked(clause: Query) -> Iterator[Words]:
    if isinstance(clause, And | Or):
        for part in clause.clauses:
            yield from _asked(part)
    elif isinstance(clause, Words) and clause.field in _IN_TEXT:
        yield clause
