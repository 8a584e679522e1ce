"""Environment variables over config.toml.

    AGGREGATOR_SERVE__PORT=9000                      [serve] port = 9000
    AGGREGATOR_FETCH__ALLOW_PRIVATE=127.0.0.0/8,::1/128   a list: commas, or JSON
    AGGREGATOR_SITE__CONTACT_FILE=/run/secrets/mail  the value is what the file holds (so does …__CONTACT__FILE)

They reach the tables of which there is one each, `[stories]` among them; sources and topics stand in the file.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path as File
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from aggregator.config.lines import Path
from aggregator.config.problems import Problem, did_you_mean

PREFIX = "AGGREGATOR_"
_YES = {"true", "1", "yes", "on"}
_NO = {"false", "0", "no", "off"}


def overlay(
    raw: Mapping[str, Any], env: Mapping[str, str], models: Mapping[str, type[BaseModel]]
) -> tuple[dict[str, Any], dict[Path, str], list[Problem]]:
    """`raw` with the variables over it, which variable says what, and what is wrong with the variables themselves."""
    merged = dict(raw)
    variables: dict[Path, str] = {}
    problems: list[Problem] = []
    for name in sorted(env):
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        path, from_file, message = _target(name, models)
        variables[path] = name
        if not message:
            value, message = _read(env[name]) if from_file else (env[name], "")
        if message:
            problems.append(Problem(path, message, shown=False))
        elif isinstance(table := merged.get(path[0], {}), dict):
            merged[path[0]] = {**table, path[1]: _typed(value, models[path[0]].model_fields[path[1]].annotation)}
    return merged, variables, problems


def _target(name: str, models: Mapping[str, type[BaseModel]]) -> tuple[tuple[str, str], bool, str]:
    """(table, key), whether the value stands in a file, and what is wrong with the name."""
    table, _, key = name.removeprefix(PREFIX).lower().partition("__")
    if table not in models:
        return (table, key), False, f"is not a known variable{did_you_mean(table, list(models))}"
    keys = models[table].model_fields
    if key in keys:
        return (table, key), False, ""
    stem = key.removesuffix("_file").rstrip("_")
    if key.endswith("_file") and stem in keys:
        return (table, stem), True, ""
    return (table, key), False, f"is not a known key{did_you_mean(key, list(keys))}"


def _read(file: str) -> tuple[str, str]:
    try:
        return File(file).read_text("utf-8").rstrip("\r\n"), ""
    except (OSError, ValueError) as error:
        return "", f"names a file that cannot be read: {error}"


def _typed(value: str, annotation: object) -> object:
    """The text of a variable as TOML would have it; what does not fit stays text, for the model to refuse."""
    kinds = set(_leaves(annotation))
    if tuple in kinds:
        return _list(value)
    if bool in kinds and value.lower() in _YES | _NO:
        return value.lower() in _YES
    for number in (int, float):
        if number in kinds:
            try:
                return number(value)
            except ValueError:
                continue
    return value


def _list(value: str) -> object:
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _leaves(annotation: object) -> Iterator[object]:
    """The plain types within an annotation; of a tuple only that it is one."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _leaves(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from _leaves(part)
    else:
        yield origin or annotation
