"""Why a query matches a subject, or why not: the clause that decided.

(openai OR "large model") china -sports
    matched   "openai china -sports"     of each OR the first alternative that holds
    failed    "china"                    the first clause of the query, in written order, that does not hold
    failed    "-sports", because "sports"
"""

from dataclasses import dataclass

from aggregator.curate.clauses import And, Not, Query
from aggregator.curate.predicates import predicate
from aggregator.curate.subject import Subject
from aggregator.curate.witness import witness


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
        return Explanation(matched=True, clause=witness(query)(subject))
    failed = query
    while isinstance(failed, And):
        failed = next(part for part in failed.clauses if not predicate(part)(subject))
    if isinstance(failed, Not):
        return Explanation(matched=False, clause=str(failed), because=witness(failed.clause)(subject))
    return Explanation(matched=False, clause=str(failed))
