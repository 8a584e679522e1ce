"""The tokens of a query, read in order: fields resolved, terms made clauses, limits held, what cannot be right named.

    title : ( gpt OR "large model" )   →   FIELD LPAR WORD(title:gpt) OR PHRASE(title:"large model") RPAR

Stands between the lexer and the grammar (lark's `postlex`); keeps no state between queries.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from lark import Token

from aggregator.curate.clauses import FIELDS
from aggregator.curate.terms import Mistake, clause_of
from aggregator.curate.tokens import fold

MAX_NESTING = 50
"""Parentheses within each other; the one after a field does not count."""
MAX_TERMS = 1_000

_LEAVES = frozenset({"WORD", "PHRASE", "REGEX"})
ALIASES = {
    "language": "lang", "locale": "lang", "tag": "category", "tags": "category", "label": "category", "topic": "category",
    "keyword": "category", "host": "site", "domain": "site", "link": "url", "address": "url", "inurl": "url", "body": "text",
    "content": "text", "intext": "text", "summary": "text", "description": "text", "headline": "title", "intitle": "title",
    "subject": "title", "feed": "source", "publisher": "source", "by": "author", "creator": "author", "type": "kind",
}  # fmt: skip
"""What other programs call our fields."""


class _Group(NamedTuple):
    """A parenthesis that is open."""

    opened: Token
    field: str | None
    counts: bool


class Reader:
    """lark's postlex: a stream of tokens in, a stream of checked tokens out. Raises Mistake."""

    always_accept = ("OPEN_QUOTE", "OPEN_REGEX", "BARE_MINUS")
    """Terminals that no rule holds, which lark would drop otherwise."""

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Check every token against the one before it and the parentheses around it."""
        before: Token | None = None
        groups: list[_Group] = []
        terms = 0
        for token in stream:
            _check_pair(before, token)
            inherited = groups[-1].field if groups else None
            field = _name(before) if before is not None and before.type == "FIELD" else inherited
            if token.type == "FIELD":
                _check_field(token, inherited)
            elif token.type == "LPAR":
                groups.append(_Group(token, field, counts=before is None or before.type != "FIELD"))
                if sum(group.counts for group in groups) > MAX_NESTING:
                    raise Mistake(f"more than {MAX_NESTING} parentheses within each other", _start(token))
            elif token.type == "RPAR":
                _close(groups, before, token)
            elif token.type in _LEAVES:
                terms += 1
                if terms > MAX_TERMS:
                    raise Mistake(f"more than {MAX_TERMS:,} terms; make two topics of it", _start(token))
                named = before is not None and before.type == "FIELD"
                clause = clause_of(token.type, str(token), field=field, named=named, position=_start(token))
                token = Token.new_borrow_pos(token.type, clause, token)
            yield token
            before = token
        if before is not None and before.type == "FIELD":
            raise _dangling(before)
        if groups:
            raise Mistake("this parenthesis is never closed", _start(groups[-1].opened))


def _check_pair(before: Token | None, token: Token) -> None:
    """Raise Mistake if the token is wrong by itself, or stands too close to the one before it, or too far."""
    if token.type == "OPEN_QUOTE":
        raise Mistake("this quote is never closed", _start(token))
    if token.type == "BARE_MINUS":
        raise Mistake(
            'a - stands directly before what it leaves out, as in -sports; for a dash, quote it: "a - b"', _start(token)
        )
    touching = before is not None and before.end_pos == token.start_pos
    if before is not None and before.type == "FIELD" and not (touching and token.type in {*_LEAVES, "LPAR", "OPEN_REGEX"}):
        raise _dangling(before)
    if before is not None and before.type in _LEAVES and touching and token.type in {*_LEAVES, "NOT", "FIELD", "OPEN_REGEX"}:
        near = "a /regex/" if before.type == "REGEX" else "a quote" if "PHRASE" in {before.type, token.type} else "a term"
        message = f"{near} ends or begins in the middle of something; put a blank there, or quote the whole (a path, say)"
        raise Mistake(message, _start(token))
    if token.type == "OPEN_REGEX":
        raise Mistake('this /regex/ is empty or never closed; to search for a path, quote it: "/blog"', _start(token))


def _check_field(token: Token, inherited: str | None) -> None:
    """Raise Mistake for a field that does not exist or stands within another."""
    name = _name(token)
    if name not in FIELDS:
        near = ALIASES.get(name) or next(iter(get_close_matches(name, FIELDS, n=1)), None)
        offer = f"did you mean {near}:?" if near else f"there are {', '.join(FIELDS)}."
        raise Mistake(f'unknown field {name}:; {offer} For a word with a colon, quote it: "{token}…"', _start(token))
    if inherited is not None:
        raise Mistake(f"{name}: cannot stand within {inherited}:(…); close that parenthesis first", _start(token))


def _close(groups: list[_Group], before: Token | None, token: Token) -> None:
    """Close the innermost parenthesis."""
    if not groups:
        raise Mistake("this parenthesis closes nothing", _start(token))
    opened = groups.pop().opened
    if before is opened:
        raise Mistake(
            "nothing stands between these parentheses; to search for signs, write a regex, as in /\\(\\)/", _start(opened)
        )


def _dangling(field: Token) -> Mistake:
    name = _name(field)
    message = f"{field} needs a term right after it, without a blank, as in {name}:word or {name}:(a OR b)"
    return Mistake(f"{message}; to leave it out, -{name}:word", _start(field))


def _name(field: Token) -> str:
    return fold(str(field)[:-1])


def _start(token: Token) -> int:
    return token.start_pos or 0
