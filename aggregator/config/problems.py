"""Mistakes in config.toml as lines for people.

    pydantic's ValidationError ─explain→ Problem(path, message) … ─render→ "config.toml:12: source[2].interval: must be … (got 7)"

Paths are those of the document: keys, and list indexes from 0; people count from 1.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError

from aggregator import printable
from aggregator.config.lines import Path, line_of

SECRET = frozenset({"headers", "headers_env", "auth_env", "proxy"})
"""Keys beside which secrets stand, or are written by mistake: their values are not shown."""
MANY = 2000
"""Words compared in search of a near one: 2,000 take about 20 ms, and 100,000 mistakes among 100,000 ids would take a day."""
LONGEST = 80
_NOTHING = object()
_MESSAGES = {
    "missing": "is required",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text in quotes",
    "tuple_type": 'must be a list, such as ["one", "two"]',
    "list_type": 'must be a list, such as ["one", "two"]',
    "set_type": 'must be a list, such as ["one", "two"]',
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "too_short": "must have at least {min_length}",
    "too_long": "must have at most {max_length}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `message` completes "source[2].interval: …"; `shown` says whether the value adds anything to it."""

    path: Path
    message: str
    shown: bool = True


def explain(error: ValidationError, raw: object, prefix: Path = (), known: Sequence[str] = ()) -> list[Problem]:
    """A Problem for each of pydantic's errors, on paths that `raw` really has; `known` are the keys beside an unknown one."""
    problems: dict[Path, Problem] = {}
    for detail in error.errors(include_url=False):
        location = tuple(part for part in detail["loc"] if isinstance(part, str | int))
        path = prefix + _existing(location, raw, missing=detail["type"] == "missing")
        context = detail.get("ctx", {})
        if detail["type"] == "extra_forbidden":
            problem = unknown_key(path, known if len(location) == 1 else ())
        elif detail["type"] == "value_error":
            problem = Problem(path, str(context["error"]), shown="\n" not in str(context["error"]))
        else:
            pattern = _MESSAGES.get(detail["type"])
            message = pattern.format(**context) if pattern else detail["msg"][:1].lower() + detail["msg"][1:]
            problem = Problem(path, message, shown=detail["type"] != "missing")
        problems.setdefault(path, problem)
    return list(problems.values())


def unknown_key(path: Path, known: Sequence[str]) -> Problem:
    suggestion = did_you_mean(str(path[-1]), known)
    rest = f"; there are: {', '.join(known)}" if known and not suggestion else ""
    return Problem(path, f"is not a known key{suggestion}{rest}", shown=False)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """`; did you mean "interval"?`, or nothing where no known word is near, or where there are too many to compare."""
    close = get_close_matches(word[:LONGEST].lower(), known, n=1) if len(known) <= MANY else ()
    return f'; did you mean "{close[0]}"?' if close else ""


def render(
    problems: Sequence[Problem], raw: object, file: str, lines: Mapping[Path, int], variables: Mapping[Path, str]
) -> list[str]:
    """`config.toml:LINE: where: what (got …)`, in the order of the file; a variable's name instead of file and line."""

    def order(problem: Problem) -> tuple[bool, int]:
        return problem.path in variables, line_of(problem.path, lines)

    rendered = []
    for problem in sorted(problems, key=order):
        variable = next(
            (variables[problem.path[:end]] for end in range(len(problem.path), 0, -1) if problem.path[:end] in variables), None
        )
        origin = variable or f"{file}:{line_of(problem.path, lines)}"
        value = _value(problem.path, raw)
        secret = (variable is not None and variable.endswith("_FILE")) or not SECRET.isdisjoint(problem.path)
        got = f" (got {_brief(value)})" if problem.shown and value is not _NOTHING and not secret else ""
        what, semicolon, hint = problem.message.partition("; ")
        rendered.append(printable.lines(f"{origin}: {_where(problem.path, raw)}: {what}{got}{semicolon}{hint}"))
    return rendered


def _existing(location: Path, raw: object, *, missing: bool) -> Path:
    """The part of pydantic's location that the document has: without the names of a union's branches and the like."""
    for depth, part in enumerate(location):
        if _value((part,), raw) is _NOTHING:
            return location[: depth + 1] if missing else location[:depth]
        raw = _value((part,), raw)
    return location


def _value(path: Path, raw: object) -> object:
    for part in path:
        if isinstance(raw, dict) and part in raw:  # noqa: SIM114 - joined, mypy loses the type of part
            raw = raw[part]
        elif isinstance(raw, list) and isinstance(part, int) and part < len(raw):
            raw = raw[part]
        else:
            return _NOTHING
    return raw


def _where(path: Path, raw: object) -> str:
    """`topic[2] (ai).query`."""
    where = ""
    for depth, part in enumerate(path):
        if isinstance(part, int):
            where += f"[{part + 1}]"
            name = _value((*path[: depth + 1], "id" if path[0] == "source" else "slug"), raw)
            if depth == 1 and isinstance(name, str) and name:
                where += f" ({_cut(name, 80)})"
        else:
            where += f".{_cut(part, 80)}" if where else _cut(part, 80)
    return printable.line(where)


def _brief(value: object) -> str:
    """The value as it would stand in TOML, cut to what fits on a line."""
    if isinstance(value, dict):
        return "a table"
    return _cut(json.dumps(value, ensure_ascii=False, default=str), 80)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
