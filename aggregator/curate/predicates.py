"""A clause as a function of a subject, made once and called for every item.

    predicate(clause)(subject) → bool

A tree of closures: it takes a third of the time of walking the clauses.
"""

from collections.abc import Callable

from aggregator.curate.clauses import VALUE_FIELDS, And, Anything, Not, Or, Query, Regex, Words
from aggregator.curate.regexes import compile_regex
from aggregator.curate.subject import Subject

Predicate = Callable[[Subject], bool]


def predicate(clause: Query) -> Predicate:
    """The clause as a function."""
    match clause:
        case Words():
            return _value(clause, clause.field) if clause.field in VALUE_FIELDS else _words(clause)
        case Regex():
            return _regex(clause)
        case Anything(field=None):
            return lambda _: True
        case Anything(field=field):
            return lambda subject: bool(subject.values(field))
        case Not():
            inner = predicate(clause.clause)
            return lambda subject: not inner(subject)
        case And():
            return _every(clause)
        case _:
            return _some(clause)


def _words(clause: Words) -> Predicate:
    field = clause.field
    if _is_plain(clause):
        (token,) = clause.words
        return lambda subject: token in subject.tokens
    sought = f" {' '.join(clause.words)}{'' if clause.prefix else ' '}"
    if field is not None or clause.prefix:
        return lambda subject: sought in subject.words(field)
    tokens = frozenset(clause.words)
    # Most items lack a token of the phrase, and then their words need not be joined.
    return lambda subject: tokens <= subject.tokens and sought in subject.words(None)


def _value(clause: Words, field: str) -> Predicate:
    (value,) = clause.words
    if clause.prefix:
        return lambda subject: any(key.startswith(value) for key in subject.keys(field))
    return lambda subject: value in subject.keys(field)


def _regex(clause: Regex) -> Predicate:
    search, field = compile_regex(clause.pattern).search, clause.field
    return lambda subject: any(map(search, subject.values(field)))


def _every(clause: And) -> Predicate:
    needed = [tokens for part in clause.clauses if (tokens := _needed(part)) is not None]
    refused = frozenset(token for part in clause.clauses if isinstance(part, Not) for token in _decisive(part.clause) or ())
    rest = [predicate(part) for part in sorted(clause.clauses, key=_effort) if not _is_decided(part)]

    def every(subject: Subject) -> bool:
        tokens = subject.tokens
        for group in needed:
            if group.isdisjoint(tokens):
                return False
        if not refused.isdisjoint(tokens):
            return False
        for part in rest:  # noqa: SIM110 -- all() over a generator takes twice the time
            if not part(subject):
                return False
        return True

    return every


def _some(clause: Or) -> Predicate:
    plain = frozenset(part.words[0] for part in clause.clauses if _is_plain(part) and isinstance(part, Words))
    rest = [predicate(part) for part in sorted(clause.clauses, key=_effort) if not _is_plain(part)]
    if not rest:
        return lambda subject: not plain.isdisjoint(subject.tokens)

    def some(subject: Subject) -> bool:
        if not plain.isdisjoint(subject.tokens):
            return True
        for part in rest:  # noqa: SIM110 -- any() over a generator takes twice the time
            if part(subject):
                return True
        return False

    return some


def _is_plain(clause: Query) -> bool:
    """Whether one look into the set of tokens decides."""
    return isinstance(clause, Words) and clause.field is None and len(clause.words) == 1 and not clause.prefix


def _decisive(clause: Query) -> frozenset[str] | None:
    """Tokens of which one is enough, and none is too little, for the clause to hold; None if it takes more to decide."""
    parts = clause.clauses if isinstance(clause, Or) else (clause,)
    if not all(map(_is_plain, parts)):
        return None
    return frozenset(part.words[0] for part in parts if isinstance(part, Words))


def _is_decided(clause: Query) -> bool:
    return _decisive(clause.clause if isinstance(clause, Not) else clause) is not None


def _needed(clause: Query) -> frozenset[str] | None:
    """Tokens without any of which the clause cannot hold; None if there are none such. A look that spares most of the work."""
    if isinstance(clause, Words):
        whole = clause.words[:-1] if clause.prefix else clause.words
        return frozenset({max(whole, key=len)}) if whole and clause.field in {None, "title", "text"} else None
    if isinstance(clause, Or):
        parts = [_needed(part) for part in clause.clauses]
        return None if None in parts else frozenset(token for part in parts for token in part or ())
    return None


def _effort(clause: Query) -> int:
    """What it takes to try a clause, so that the cheap ones come first: the order changes no answer."""
    if isinstance(clause, Not):
        return _effort(clause.clause)
    if isinstance(clause, And | Or):
        return max(map(_effort, clause.clauses))
    if isinstance(clause, Regex):
        return 3
    return 0 if _is_plain(clause) else 2 if clause.field else 1
