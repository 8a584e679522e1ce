"""A query as a tree of frozen values, and its canonical text.

    Words      openai   "large language model"   gpt*   title:gpt   site:example.org
    Regex      /gpt-?[45]/   url:/\\d{4}/
    Anything   *   author:*
    Not        -clause
    And        two or more clauses, none of them an And
    Or         two or more clauses, none of them an Or

`all_of`, `any_of` and `negate` keep trees in that shape; str(clause) is text that parses to the same tree.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from aggregator.curate.tokens import words as cut

WORD_FIELDS = ("title", "text", "url", "source", "author", "category")
"""Fields that are matched token by token."""
VALUE_FIELDS = ("site", "lang", "kind")
"""Fields that are matched as a whole."""
FIELDS = (*WORD_FIELDS, *VALUE_FIELDS)
OPERATORS = frozenset({"or", "and", "not"})

_BARE = re.compile(r"[^\W_][\w.+#-]*")


@dataclass(frozen=True, slots=True)
class Words:
    """These tokens, one after the other; `prefix`: the last may go on. Of a value field: one folded value, uncut."""

    words: tuple[str, ...]
    prefix: bool = False
    field: str | None = None

    def __str__(self) -> str:
        return _leaf(self, None)


@dataclass(frozen=True, slots=True)
class Regex:
    """The pattern is found in a value of the field, as published (no field: title or text)."""

    pattern: str
    field: str | None = None

    def __str__(self) -> str:
        return _leaf(self, None)


@dataclass(frozen=True, slots=True)
class Anything:
    """Every item; with a field: every item that has one."""

    field: str | None = None

    def __str__(self) -> str:
        return _leaf(self, None)


@dataclass(frozen=True, slots=True)
class Not:
    clause: "Query"

    def __str__(self) -> str:
        return _text(self, None)


@dataclass(frozen=True, slots=True)
class And:
    clauses: tuple["Query", ...]

    def __str__(self) -> str:
        return _text(self, None)


@dataclass(frozen=True, slots=True)
class Or:
    clauses: tuple["Query", ...]

    def __str__(self) -> str:
        return _text(self, None)


Leaf = Words | Regex | Anything
Query = Leaf | Not | And | Or


def all_of(clauses: Iterable[Query]) -> Query:
    """The clauses joined by AND: flat, without repetitions, and without a `*` that adds nothing."""
    flat = dict.fromkeys(part for clause in clauses for part in (clause.clauses if isinstance(clause, And) else (clause,)))
    kept = tuple(clause for clause in flat if clause != Anything()) or (Anything(),)
    return kept[0] if len(kept) == 1 else And(kept)


def any_of(clauses: Iterable[Query]) -> Query:
    """The clauses joined by OR: flat, without repetitions; `*` alone if it is among them."""
    flat = dict.fromkeys(part for clause in clauses for part in (clause.clauses if isinstance(clause, Or) else (clause,)))
    kept = (Anything(),) if Anything() in flat else tuple(flat)
    return kept[0] if len(kept) == 1 else Or(kept)


def negate(clause: Query) -> Query:
    """NOT the clause; two of them cancel out."""
    return clause.clause if isinstance(clause, Not) else Not(clause)


def leaves(clause: Query) -> Iterator[Leaf]:
    """Every leaf, in written order."""
    if isinstance(clause, Not):
        yield from leaves(clause.clause)
    elif isinstance(clause, And | Or):
        for part in clause.clauses:
            yield from leaves(part)
    else:
        yield clause


# ── canonical text ──────────────────────────────────────────────────────────────────────────────────────────


def _text(clause: Query, within: str | None) -> str:
    """The clause as text; `within` is the field whose parenthesis it stands in."""
    if isinstance(clause, Not):
        inner = clause.clause
        return f"-{_group(inner, within) if isinstance(inner, And | Or) else _text(inner, within)}"
    if isinstance(clause, And):
        return " ".join(_runs(clause, within, lambda part: _group(part, within) if isinstance(part, Or) else _text(part, within)))
    if isinstance(clause, Or):
        return " OR ".join(_runs(clause, within, lambda part: _text(part, within)))
    return _leaf(clause, within)


def _runs(clause: And | Or, within: str | None, write: Callable[[Query], str]) -> Iterator[str]:
    """The parts of a clause, with neighbours of one field drawn together: `title:(a b)` for `title:a title:b`."""
    for field, run in groupby(clause.clauses, key=_field if within is None else lambda _: None):
        parts = tuple(run)
        if field is None or (len(parts) == 1 and not isinstance(parts[0], And | Or)):
            yield from map(write, parts)
        else:
            yield f"{field}:({_text(type(clause)(parts) if len(parts) > 1 else parts[0], field)})"


def _group(clause: And | Or, within: str | None) -> str:
    field = _field(clause) if within is None else None
    return f"({_text(clause, within)})" if field is None else f"{field}:({_text(clause, field)})"


def _field(clause: Query) -> str | None:
    """The field that all leaves share."""
    fields = {leaf.field for leaf in leaves(clause)}
    return fields.pop() if len(fields) == 1 else None


def _leaf(leaf: Leaf, within: str | None) -> str:
    field = f"{leaf.field}:" if leaf.field is not None and leaf.field != within else ""
    if isinstance(leaf, Anything):
        return f"{field}*"
    if isinstance(leaf, Regex):
        return f"{field}/{leaf.pattern}/"
    written = _spaced(leaf)
    star = "*" if leaf.prefix else ""
    bare = _BARE.fullmatch(written) is not None and written not in OPERATORS
    return f"{field}{written}{star}" if bare else f'{field}"{written}{star}"'


def _spaced(leaf: Words) -> str:
    """The tokens as they are written: with blanks, but for scripts that have none."""
    written = leaf.words[0]
    for before, token in pairwise(leaf.words):
        # Joined only if they come apart again: not c++ and a letter, not two letters that compose.
        apart = not written.isascii() and len(before) == len(token) == 1 and cut(before + token) == [before, token]
        written += token if apart else f" {token}"
    return written
