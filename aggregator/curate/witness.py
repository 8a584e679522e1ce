"""What held in a clause that matched: its narrowest part, in canonical text.

    witness(clause)(subject) → str        of (openai OR "large model") china -sports:  openai china -sports

Of each OR the first alternative that holds, of each AND all of them. Only asked for subjects that the clause matches.
"""

from collections.abc import Callable

from aggregator.curate.clauses import And, Or, Query, Words
from aggregator.curate.predicates import predicate
from aggregator.curate.subject import Subject

Witness = Callable[[Subject], str]
_Parts = Callable[[Subject], tuple[str, ...]]


def witness(clause: Query) -> Witness:
    """The clause as a function that says what held in it."""
    if not isinstance(clause, And | Or):
        text = str(clause)
        return lambda _: text
    parts = _parts(clause)
    return lambda subject: " ".join(dict.fromkeys(parts(subject)))


def _parts(clause: Query) -> _Parts:
    if isinstance(clause, And):
        return _all(clause)
    if isinstance(clause, Or):
        return _first(clause)
    text = (str(clause),)
    return lambda _: text


def _all(clause: And) -> _Parts:
    inner = [_parts(part) for part in clause.clauses]

    def every(subject: Subject) -> tuple[str, ...]:
        found: tuple[str, ...] = ()
        for part in inner:
            found += part(subject)
        return found

    return every


def _first(clause: Or) -> _Parts:
    *most, last = clause.clauses
    tried = [(_word(part), predicate(part), _parts(part)) for part in most]
    otherwise = _parts(last)

    def first(subject: Subject) -> tuple[str, ...]:
        tokens = subject.tokens
        for word, holds, part in tried:
            if word in tokens if word else holds(subject):
                return part(subject)
        return otherwise(subject)

    return first


def _word(clause: Query) -> str | None:
    """The word of a clause that is one: looking it up takes a fifth of the time of a call, and most alternatives are such."""
    plain = isinstance(clause, Words) and clause.field is None and len(clause.words) == 1 and not clause.prefix
    return clause.words[0] if plain and isinstance(clause, Words) else None
