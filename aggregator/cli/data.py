"""What commands print on standard output for programs: one JSON document.

any report ─print_json
"""

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any

import click

from aggregator import printable


def print_json(report: object) -> None:
    """One JSON document (RFC 8259): a line for each field and each member of its lists; instants as RFC 3339 in UTC."""
    click.echo(printable.json_text(_laid_out(report)))


def _laid_out(report: object) -> str:
    # Not `indent`, which is written in Python: of 2,000 sources it takes as long as to poll a hundred of them.
    plain = report if isinstance(report, dict | list | tuple) else _plain(report)
    if not isinstance(plain, dict):
        return _members(plain, "")
    lines = (f"  {_json(name)}: {_members(value, '  ')}" for name, value in plain.items())
    return "{\n" + ",\n".join(lines) + "\n}" if plain else "{}"


def _members(value: object, indent: str) -> str:
    if not isinstance(value, list | tuple) or not value:
        return _json(value)
    return "[\n" + ",\n".join(f"{indent}  {_json(member)}" for member in value) + f"\n{indent}]"


def _json(value: object) -> str:
    return _ENCODER.encode(value)


def _plain(value: object) -> object:
    kind: type[Any] = type(value)
    if is_dataclass(kind):
        return {name: getattr(value, name) for name in _names(kind)}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"a report holds {type(value).__name__}, which JSON has no form for")


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


_ENCODER = json.JSONEncoder(default=_plain, ensure_ascii=False)
