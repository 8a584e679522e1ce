"""Anchors of a query: keys of which a subject must have at least one to match it.

    (openai OR "large language model") china    →  {openai, language}  or  {china}, whichever will call less often
    -sports, /regex/, *                         →  None: every item must be tried

A key is a token of title or text, (PREFIX, start of a token), or (field, value) for site, lang, kind and source (its id).
"""

from collections.abc import Callable, Sequence

from aggregator.curate.clauses import VALUE_FIELDS, And, Or, Query, Words

Key = str | tuple[str, str]
Anchors = frozenset[Key]

PREFIX = "*"
_PLAIN = frozenset({None, "title", "text"})


def anchors(query: Query, sources: Sequence[str], cost: Callable[[Key], float]) -> Anchors | None:
    """The cheapest anchors of a query and a topic's `sources`; `cost` estimates how often a key comes."""
    choices = [found for found in (_anchors(query, cost), _of_sources(sources)) if found is not None]
    return min(choices, key=lambda keys: sum(map(cost, keys)), default=None)


def _of_sources(sources: Sequence[str]) -> Anchors | None:
    wanted = frozenset(("source", source) for source in sources if not source.startswith("!"))
    return wanted or None


def _anchors(query: Query, cost: Callable[[Key], float]) -> Anchors | None:
    if isinstance(query, Words):
        return _of_words(query, cost)
    if isinstance(query, Or):
        parts = [_anchors(part, cost) for part in query.clauses]
        return None if None in parts else frozenset[Key]().union(*(part for part in parts if part is not None))
    if isinstance(query, And):
        choices = [found for part in query.clauses if (found := _anchors(part, cost)) is not None]
        return min(choices, key=lambda keys: sum(map(cost, keys)), default=None)
    return None


def _of_words(clause: Words, cost: Callable[[Key], float]) -> Anchors | None:
    *before, last = clause.words
    if clause.field in _PLAIN:
        keys: list[Key] = [*before, (PREFIX, last) if clause.prefix else last]
        return frozenset({min(keys, key=cost)})
    if clause.field in VALUE_FIELDS and not clause.prefix:
        return frozenset({(str(clause.field), last)})
    return None
