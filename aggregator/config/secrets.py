"""Headers of sources whose values stand in the environment: read once, sent, and shown nowhere.

    headers     = { "X-Plan" = "full" }        as written
    headers_env = { "X-Key" = "LWN_KEY" }      what $LWN_KEY holds, or the file that $LWN_KEY_FILE names
    auth_env    = "LWN_AUTH"                   user:password → Authorization: Basic …      anything else → Bearer …
    [serve] status_token_env = "STATUS"        what /status asks for

A mistake is told by the variable's name, never by its value.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File
from typing import Any

from aggregator.config.lines import Path
from aggregator.config.problems import Problem
from aggregator.config.types import VARIABLE
from aggregator.fetch.headers import is_value

SHORTEST = 16
"""Characters of a token: in 16 hexadecimal digits there are 64 bits, which nobody guesses over HTTP."""
LARGEST = 8192
"""Characters of one value: servers commonly take headers of 8 KiB."""


def headers(sources: object, env: Mapping[str, str]) -> tuple[Mapping[str, Mapping[str, str]], list[Problem]]:
    """Source id → its headers, for sources that have any, and what is wrong with their variables. Disabled sources are left out.

    `sources` is what was written, before it was checked: what has another shape is reported elsewhere.
    """
    found: dict[str, Mapping[str, str]] = {}
    problems: list[Problem] = []
    for index, table in enumerate(sources if isinstance(sources, Sequence) else ()):
        if not isinstance(table, dict) or table.get("enabled") is False:
            continue
        own: dict[str, str] = {}
        for path, name, value, problem in _values(table, ("source", index), env):
            if name.lower() in map(str.lower, own):
                problem = f"gives the header {name} a second time; take one away"
            if problem:
                problems.append(Problem(path, problem, shown=False))
            else:
                own[name] = value
        if own:
            found[str(table.get("id"))] = own
    return found, problems


def status_token(serve: object, env: Mapping[str, str]) -> tuple[str | None, list[Problem]]:
    """What /status asks for, None if nothing is written, and what is wrong with it. `serve` is the table as it was written."""
    variable = serve.get("status_token_env") if isinstance(serve, Mapping) else None
    if not _is_variable(variable):
        return None, []
    value, problem = _secret(str(variable), env)
    if not problem and len(value) < SHORTEST:
        problem = (
            f"names the variable {variable}, which holds fewer than {SHORTEST} characters; `openssl rand -hex 16` makes a token"
        )
    return (None, [Problem(("serve", "status_token_env"), problem, shown=False)]) if problem else (value, [])


def _values(table: Mapping[str, Any], path: Path, env: Mapping[str, str]) -> Iterator[tuple[Path, str, str, str]]:
    """Path, header, value and what is wrong with it."""
    for name, value in _pairs(table.get("headers")):
        yield (*path, "headers", name), name, value, ""
    for name, variable in _pairs(table.get("headers_env")):
        if _is_variable(variable):
            yield (*path, "headers_env", name), name, *_secret(variable, env)
    if _is_variable(auth := table.get("auth_env")):
        value, problem = _secret(str(auth), env)
        yield (*path, "auth_env"), "Authorization", _authorization(value), problem


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from ((name, text) for name, text in value.items() if isinstance(name, str) and isinstance(text, str))


def _is_variable(name: object) -> bool:
    """What is no name of a variable is reported elsewhere, and not repeated: it may be the secret itself."""
    return isinstance(name, str) and VARIABLE.fullmatch(name) is not None


def _secret(variable: str, env: Mapping[str, str]) -> tuple[str, str]:
    """What a variable holds, or its file; and what is wrong with it."""
    if variable in env:
        value = env[variable]
    elif f"{variable}_FILE" in env:
        try:
            value = File(env[f"{variable}_FILE"]).read_text("utf-8").rstrip("\r\n")
        except (OSError, ValueError):
            return "", f"names a variable whose file ({variable}_FILE) cannot be read"
    else:
        return "", f"names the variable {variable}, which is not set, and neither is {variable}_FILE"
    if not value or len(value) > LARGEST or not is_value(value):
        return "", f"names the variable {variable}, which holds nothing, too much, or what cannot stand in a header"
    return value, ""


def _authorization(value: str) -> str:
    """RFC 7617 (with UTF-8) for a user and password, RFC 6750 for a token."""
    return f"Basic {base64.b64encode(value.encode()).decode()}" if ":" in value else f"Bearer {value}"
