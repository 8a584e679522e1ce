"""What held in a clause that matched: its narrowest part, in canonical text.

    witness(clause)(subject) → str        of (openai OR "large model") china -sports:  openai china -sports

Of each OR the first alternative that holds, of each AND all of them. Only asked for subjects that the clause matches.
"""

from collections.abc import Callable

from aggregator.curate.clauses import And, Or, Query
from aggregator.curate.predicates import predicate
from aggregator.curate.subject import Subject

Witness = Callable[[Subject], str]
_Parts = Callable[[Subject], list[str]]


def witness(clause: Query) -> Witness:
    """The clause as a function that says what held in it."""
    parts = _parts(clause)
    return lambda subject: " ".join(dict.fromkeys(parts(subject)))


def _parts(clause: Query) -> _Parts:
    if isinstance(clause, And):
        inner = [_parts(part) for part in clause.clauses]
        return lambda subject: [text for part in inner for text in part(subject)]
    if isinstance(clause, Or):
        *most, last = clause.clauses
        tried = [(predicate(part), _parts(part)) for part in most]
        otherwise = _parts(last)

        def first(subject: Subject) -> list[str]:
            for holds, part in tried:
                if holds(subject):
                    return part(subject)
            return otherwise(subject)

        return first
    text = [str(clause)]
    return lambda _: text
