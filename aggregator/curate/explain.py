"""Why a query matches a subject, or why not: the clause that decided.

(openai OR "large model") china -sports
    matched   "openai china -sports"     of each OR the first alternative that holds
    failed    "china"                    the first clause of the query, in written order, that does not hold
    failed    "-sports", because "sports"
"""

from dataclasses import dataclass

from aggregator.curate.clauses import And, Not, Or, Query, all_of
from aggregator.curate.predicates import predicate
from aggregator.curate.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What decided."""

    matched: bool
    clause: str
    """Canonical text: what held, or the first clause that failed."""
    because: str = ""
    """Of a failed `-clause`: what held in it."""


def explain(query: Query, subject: Subject) -> Explanation:
    """The clause of a query that decided over a subject."""
    if predicate(query)(subject):
        return Explanation(matched=True, clause=held(query, subject))
    failed = query
    while isinstance(failed, And):
        failed = next(part for part in failed.clauses if not predicate(part)(subject))
    if isinstance(failed, Not):
        return Explanation(matched=False, clause=str(failed), because=held(failed.clause, subject))
    return Explanation(matched=False, clause=str(failed))


def held(query: Query, subject: Subject) -> str:
    """Of a query that matches: the narrowest clause that held, in canonical text."""
    return str(_narrowed(query, subject))


def _narrowed(query: Query, subject: Subject) -> Query:
    if isinstance(query, Or):
        return _narrowed(next(part for part in query.clauses if predicate(part)(subject)), subject)
    if isinstance(query, And):
        return all_of(_narrowed(part, subject) for part in query.clauses)
    return query
