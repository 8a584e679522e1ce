"""One term of a query as a clause: what it searches for, in which field.

    clause_of("WORD", "GPT-4*", field=None, …)               →  Words(("gpt", "4"), prefix=True)
    clause_of("REGEX", "/gpt-?4/", field="title", …)         →  Regex("gpt-?4", "title")

Raises Mistake where a term cannot mean what it seems to say; nothing is dropped or guessed.
"""

import re

from aggregator.curate.clauses import OPERATORS, VALUE_FIELDS, Anything, Leaf, Regex, Words
from aggregator.curate.hosts import readable
from aggregator.curate.regexes import RegexError, compile_regex
from aggregator.curate.tokens import fold, words

_DASHES = "‐‑‒–—−"
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/?#@]*@)?([^/?#:]*)")


class Mistake(Exception):
    """The query is wrong at `position`, characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def clause_of(type: str, written: str, *, field: str | None, named: bool = False, position: int) -> Leaf:
    """The clause of a token of type WORD, PHRASE or REGEX; `named`: its field stands directly before it. Raises Mistake."""
    if type == "REGEX":
        return _regex(written, field, position)
    if type == "PHRASE":
        return _phrase(written, field, position)
    if written == "*":
        return Anything(field)
    if written in OPERATORS and not named:
        message = f'{written} in small letters is a word like others; write {written.upper()}, or "{written}" for the word'
        raise Mistake(message, position)
    _refuse(written, field, position)
    prefix = written.endswith("*")
    return _words(written.removesuffix("*"), prefix, field, position)


def _refuse(written: str, field: str | None, position: int) -> None:
    """Raise Mistake for a bare word that means something else elsewhere, so that nobody gets the contrary of what he wrote."""
    rest = written[1:]
    if not written.strip("&"):
        raise Mistake(f"clauses that stand side by side must all hold; leave {written} out", position)
    if written[0] == "!" and rest:
        raise Mistake(f"! does not negate here; write -{rest}", position)
    if written[0] in _DASHES and rest:
        raise Mistake(f"this dash is not the minus sign of the keyboard; write -{rest}", position)
    if "://" in written and field not in {"url", "site"}:
        raise Mistake('an address is searched for with site:example.org or url:"example.org/path"', position)
    star = written.find("*")
    if 0 <= star < len(written) - 1:
        if field == "site":
            raise Mistake("site:example.org finds everything below example.org too; leave the * out", position + star)
        message = "a * stands only at the end of a word, as in chin*; for more, write a regex, as in /chin.*se/"
        raise Mistake(message, position + star)


def _phrase(written: str, field: str | None, position: int) -> Leaf:
    inner = written.removesuffix("*")[1:-1]
    prefix = written.endswith("*") or inner.endswith("*")
    inner = inner.removesuffix("*")
    if "*" in inner:
        raise Mistake("within quotes a * stands only at the end", position + 1 + inner.index("*"))
    return _words(inner, prefix, field, position)


def _words(text: str, prefix: bool, field: str | None, position: int) -> Words:
    if field in VALUE_FIELDS:
        value = fold(text).strip()
        if field == "site":
            found = _HOST.match(value)
            value = readable(found[1].strip(". ")) if found else ""
        elif field == "lang":
            value = value.replace("_", "-")
        tokens = [value] if value else []
    else:
        tokens = words(text)
    if not tokens:
        shown = f"{text.strip()} holds no letter or digit" if text.strip() else "these quotes hold nothing"
        raise Mistake(f"{shown} to search for; for signs write a regex, as in /\\$\\d+/", position)
    return Words(tuple(tokens), prefix, field)


def _regex(written: str, field: str | None, position: int) -> Regex:
    # A trailing i is accepted from those who are used to it: case never counts unless the pattern says (?-i).
    pattern = written[1 : written.rindex("/")]
    try:
        compile_regex(pattern)
    except RegexError as error:
        raise Mistake(str(error), position) from error
    return Regex(pattern, field)
