"""The query language: text → clauses, or an error that points at the place and says what to write.

    parse(text)  ─lex→ tokens ─read→ leaves and operators ─LALR→ clauses (aggregator.curate.clauses)

docs/query-language.md is its reference. Bounded in length, nesting and number of terms; no step recurses on the text.
"""

import functools
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedToken

from aggregator.curate.clauses import Query, all_of, any_of, negate
from aggregator.curate.lexis import Reader
from aggregator.curate.terms import Mistake
from aggregator.errors import QueryError

MAX_LENGTH = 10_000
"""Characters, of the query and of its canonical text."""


def parse(text: str) -> Query:
    """Read a query. Raises QueryError, with the column (from 1) of what is wrong."""
    flat = "".join(" " if char.isspace() else char for char in text)
    if len(flat) > MAX_LENGTH:
        raise _too_long(f"the query has {len(flat):,} characters", flat)
    if not flat.strip():
        raise QueryError("the query is empty; write * for everything", flat, 1)
    try:
        query = cast("Query", _parser().parse(flat))
    except Mistake as mistake:
        raise QueryError(mistake.message, flat, mistake.position + 1) from mistake
    except UnexpectedToken as error:
        message, position = _blame(error)
        raise QueryError(message, flat, position + 1) from error
    if len(canonical := str(query)) > MAX_LENGTH:
        raise _too_long(f"written out in full, the query has {len(canonical):,} characters", flat)
    return query


def _too_long(what: str, query: str) -> QueryError:
    return QueryError(f"{what}; at most {MAX_LENGTH:,} are allowed: make two topics of it", f"{query[:60]} …", 1)


class _Build(Transformer[Token, Query]):
    """Clauses from what the grammar found, bottom up, while it is found."""

    def start(self, parts: list[Query]) -> Query:
        return parts[0]

    def any_of(self, parts: list[Query | Token]) -> Query:
        return any_of(part for part in parts if not isinstance(part, Token))

    def all_of(self, parts: list[Query | Token]) -> Query:
        return all_of(part for part in parts if not isinstance(part, Token))

    def negate(self, parts: list[Query]) -> Query:
        return negate(parts[1])

    def group(self, parts: list[Query]) -> Query:
        return parts[1]

    def field(self, parts: list[Query]) -> Query:
        return parts[1]

    def field_group(self, parts: list[Query]) -> Query:
        return parts[2]

    def leaf(self, parts: list[Token]) -> Query:
        return cast("Query", parts[0].value)


def terminals() -> Mapping[str, re.Pattern[str]]:
    """What the words of the language look like, by their names in the grammar."""
    return {one.name: re.compile(one.pattern.to_regexp()) for one in _parser().terminals}


@functools.cache
def _parser() -> Lark:
    grammar = files("aggregator.curate").joinpath("grammar.lark").read_text("utf-8")
    # The tables take 20 ms to build, so they are built when the first query comes.
    return Lark(grammar, parser="lalr", lexer="basic", transformer=_Build(), postlex=Reader())


def _blame(error: UnexpectedToken) -> tuple[str, int]:
    """What to say of a token that the grammar has no place for, and where. Only operators can be out of place here."""
    token = cast("Token", error.token)
    stack = error.interactive_parser.parser_state.value_stack
    last = stack[-1] if stack and isinstance(stack[-1], Token) else None
    blamed, side = (last, "right") if last is not None and last.type in {"OR", "AND", "NOT"} else (token, "left")
    advice = f'; to search for the word, quote it: "{blamed}"' if blamed.isalpha() else ""
    return f"{blamed} needs a clause on its {side}{advice}", _start(blamed)


def _start(token: Token) -> int:
    return token.start_pos or 0
