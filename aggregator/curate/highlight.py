"""Where in a text a query found what it looked for.

    spans(parse("openai chin*"), "title", "OpenAI’s plan: Chinese …")   →  [(0, 6), (15, 22)]

For people's eyes: of the clauses that are not negated, those that look at the title or the text. Matching never asks this.
"""

import re
from collections.abc import Iterator, Sequence

from aggregator.curate.clauses import And, Leaf, Not, Or, Query, Regex, Words
from aggregator.curate.regexes import compile_regex
from aggregator.curate.tokens import words

Span = tuple[int, int]

MOST = 50
"""Places that a regular expression may name in one text: looking for the next may take as long as looking for the first."""
_PIECE = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+(?:\+\+|#)?|\w")
"""What may be one token or several, but never half of one; a sign is kept only where `words` keeps it."""


def spans(query: Query, field: str, text: str) -> list[Span]:
    """Start and end of each place of `text`, which is an item's `field` (title or text); in order, apart from each other."""
    found: list[Span] = []
    tokens = _tokens(text)
    for leaf in _asserted(query):
        if leaf.field in {None, field}:
            if isinstance(leaf, Words):
                found += _of_words(leaf, tokens)
            elif isinstance(leaf, Regex):
                found += compile_regex(leaf.pattern).spans(text, MOST)
    return _apart(found)


def _asserted(query: Query) -> Iterator[Leaf]:
    """Leaves that a match may rest on."""
    if isinstance(query, And | Or):
        for part in query.clauses:
            yield from _asserted(part)
    elif not isinstance(query, Not):
        yield query


def _tokens(text: str) -> list[tuple[str, Span]]:
    """The tokens of a text and where they stand."""
    return [(word, place) for piece, place in _pieces(text) for word in words(piece)]


def _pieces(text: str) -> Iterator[tuple[str, Span]]:
    for found in _PIECE.finditer(text):
        piece = found[0]
        if len(words(piece)) > 1 and not piece.isascii():  # a script without blanks: each character for itself
            yield from ((char, (found.start() + place, found.start() + place + 1)) for place, char in enumerate(piece))
        else:
            yield piece, found.span()


def _of_words(clause: Words, tokens: Sequence[tuple[str, Span]]) -> Iterator[Span]:
    *before, last = clause.words
    length = len(clause.words)
    for start in range(len(tokens) - length + 1):
        window = [word for word, _ in tokens[start : start + length]]
        ends = window[-1].startswith(last) if clause.prefix else window[-1] == last
        if ends and window[:-1] == before:
            yield tokens[start][1][0], tokens[start + length - 1][1][1]


def _apart(found: Sequence[Span]) -> list[Span]:
    """In order, those that touch or overlap made one, empty ones left out."""
    made: list[Span] = []
    for start, end in sorted(found):
        if made and start <= made[-1][1]:
            made[-1] = made[-1][0], max(end, made[-1][1])
        elif start < end:
            made.append((start, end))
    return made
