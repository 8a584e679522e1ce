"""Words by which stored items are found without reading them all: what an item is filed under, and what a query asks for.

    marks(subject)                                →  openai to block china :site:example.org :lang:en :author:lovelace …
    sieve(openai (china OR chin*) site:org -x)    →  ({openai}, {china, chin*}, {:site:org})

An item that matches a query has, of each group of its sieve, at least one word (`chin*`: one that begins so); the contrary does
not hold, so what is found is matched again. An empty sieve says nothing: every item must be looked at.
"""

import re

from aggregator.curate.clauses import And, Or, Query, Words
from aggregator.curate.subject import GAP, Subject

Sieve = tuple[frozenset[str], ...]

MAX_GROUPS = 16
"""Groups of a sieve: more of them find hardly less."""
_IN_TEXT = frozenset({None, "title", "text"})
_CUT = ("url", "author", "category")
"""Fields filed word by word. What a source is called and its kind are no part of an item, and may change."""
_WHOLE = ("site", "lang")
_CLEAN = re.compile(r"(?:[a-z0-9.+#_-]|[^\x00-\x7f\ud800-\udfff])*")
"""What may stand in a word of the index beside the colons: no blank, no sign of its query language."""


def marks(subject: Subject) -> str:
    """What an item is filed under: words with blanks between, each once, in no order."""
    fields = {f":{field}:{word}" for field in _CUT for word in subject.words(field).split() if word != GAP}
    fields.update(f":{field}:{_clean(value)}" for field in _WHOLE for value in subject.keys(field))
    return " ".join((*subject.tokens, *fields))  # no token holds a colon


def sieve(query: Query) -> Sieve:
    """The words that an item must have to match, as far as words can tell."""
    groups = sorted(dict.fromkeys(_groups(query)), key=_breadth)
    return tuple(groups[:MAX_GROUPS])


def _groups(query: Query) -> list[frozenset[str]]:
    if isinstance(query, Words):
        return [frozenset({word}) for word in _of_words(query)]
    if isinstance(query, And):
        return [group for part in query.clauses for group in _groups(part)]
    if isinstance(query, Or):
        parts = [_groups(part) for part in query.clauses]
        return [frozenset[str]().union(*(min(groups, key=_breadth) for groups in parts))] if all(parts) else []
    return []


def _of_words(clause: Words) -> list[str]:
    field = clause.field
    if field in _WHOLE:
        words = [f":{field}:{clause.words[0]}"] if _CLEAN.fullmatch(clause.words[0]) else []
    elif field in _CUT:
        words = [f":{field}:{word}" for word in clause.words]
    else:
        words = list(clause.words) if field in _IN_TEXT else []
    return [*words[:-1], f"{words[-1]}*"] if words and clause.prefix else words


def _clean(value: str) -> str:
    """As much of the start of a value as can be filed: a clean start of the value is a start of that, too."""
    found = _CLEAN.match(value)
    return found[0] if found else ""


def _breadth(group: frozenset[str]) -> float:
    """How much a group lets through, as a guess: short words are frequent, starts of words more so."""
    return sum((4.0 if word.endswith("*") else 1.0) / min(len(word), 8) ** 2 for word in group)
