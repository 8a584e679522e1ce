"""What a value in config.toml may be: each type turns what was written into what the program uses, or says what is wrong.

    "15m" → 900.0      "10.0.0.0/8" → IPv4Network      "seeds" → /home/me/planet/seeds      "Europe/Berlin" → checked

A validator raises ValueError with a text that completes "topic[2].max_age: …".
"""

import os
import re
import zoneinfo
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StrictStr,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.config import JsonDict

from aggregator.curate.query import parse
from aggregator.errors import QueryError
from aggregator.fetch.headers import OURS, is_name
from aggregator.polling.cron import check as check_cron


class Table(BaseModel):
    """Any table of config.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


RESERVED = frozenset("archive healthz health hub index metrics readyz search sources static status topics websub".split())
"""Slugs that stand for pages of ours (DESIGN: where things are)."""

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
"""A name of an environment variable (POSIX.1, 8.1)."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+", re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw])", re.ASCII)
_LONGEST = 100 * 365.25 * 86400
_SCHEMA_DURATION: list[JsonDict] = [
    {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?[smhdw])+$"},
    {"type": "number", "minimum": 0},
]
_SLUG = re.compile(r"[a-z0-9-]{1,80}", re.ASCII)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)


def seconds(value: object) -> float:
    """`"1h30m"` or a number → seconds."""
    total: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        total = float(value)
    elif isinstance(value, str) and _DURATION.fullmatch(value.strip()):
        total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(value))
    if total is None or not 0 <= total < float("inf"):
        raise ValueError('must be a duration such as "90s", "15m", "1h" or "7d", or a number of seconds')
    if total > _LONGEST:
        raise ValueError("must not be longer than a hundred years")
    return total


def positive_seconds(value: object) -> float:
    total = seconds(value)
    if total == 0:
        raise ValueError("must be longer than nothing")
    return total


def retention(value: object) -> float | None:
    """`"forever"` → None, else seconds."""
    if value is None or value == "forever":
        return None
    try:
        return positive_seconds(value)
    except ValueError as error:
        raise ValueError('must be "forever" or a duration such as "90d"') from error


def network(value: object) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):  # a default
        return value
    try:
        return ip_network(value if isinstance(value, str) else "")  # it would take a number, too
    except ValueError as error:
        raise ValueError(f'must be a network such as "192.168.1.0/24", "127.0.0.1/32" or "fd00::/8"{_hint(value)}') from error


def _hint(value: object) -> str:
    try:
        return f'; did you mean "{ip_network(value, strict=False)}"?' if isinstance(value, str) else ""
    except ValueError:
        return ""


def one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must not hold line breaks or control characters")
    return value.strip()


def something(value: str) -> str:
    if not (value := one_line(value)):
        raise ValueError("must not be empty")
    return value


def source_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError("must be 1 to 80 of a-z, 0-9, dot, dash and underscore, and begin with a letter or digit")
    return value


def former_id(value: str) -> str:
    """An id that a source had: its own, or one that it had as a feed of a subscription list."""
    list_, slash, name = value.partition("/")
    return f"{source_id(list_)}{slash}{source_id(name) if slash else ''}"


def slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError("must be 1 to 80 of a-z, 0-9 and dash")
    return value


def own_slug(value: str) -> str:
    """A slug that a topic may have: not the name of one of our pages."""
    if slug(value) in RESERVED:
        raise ValueError(f"is reserved for a page of ours; choose another, such as {value}-news")
    return value


def address(value: str) -> str:
    """An absolute http(s) address. What it leads to is judged when it is fetched."""
    if re.search(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]", value.strip()):
        raise ValueError("must be an address without blanks or control characters")
    value = value.strip()
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("must be an absolute address such as https://example.org/feed.xml")
    return value


def base_address(value: str) -> str:
    """Where feeds/ is served: absolute, without query and fragment; gets its slash at the end."""
    value = address(value)
    parts = urlsplit(value)
    if "?" in value or "#" in value:
        raise ValueError("must not hold a query or fragment, because file names are appended to it")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password, because it is published")
    return value if value.endswith("/") else value + "/"


def contact(value: str) -> str:
    value = something(value)
    if value.startswith(("http://", "https://")):
        return address(value)
    if not _EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address or the http(s) address of a page")
    return value


def language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('must be a language tag such as "en", "de-AT" or "zh-Hans"')
    return value


def timezone(value: str) -> str:
    """A name of the IANA database (tzdata is installed with us, so the system's does not matter)."""
    known = zoneinfo.available_timezones()
    if value in known:
        return value
    close = get_close_matches(value, known, n=1) or [zone for zone in sorted(known) if zone.lower().endswith(f"/{value.lower()}")]
    hint = f'; did you mean "{close[0]}"?' if close else ""
    raise ValueError(f'must be a time zone such as "Europe/Berlin" or "UTC"{hint}')


def header_value(value: str) -> str:
    value = something(value)
    if not value.isascii():
        raise ValueError("must be plain ASCII, because it is sent as an HTTP header")
    return value


def own_header(value: str) -> str:
    """The name of a header that a source may have."""
    if not is_name(value):
        raise ValueError("must be the name of an HTTP header, such as X-Api-Key")
    if value.lower() in OURS:
        raise ValueError("is set by the program itself and cannot be replaced")
    return value


def variable(value: str) -> str:
    if not VARIABLE.fullmatch(value):
        raise ValueError("must be the name of an environment variable, such as LWN_AUTH, not the secret itself")
    return value


def proxy(value: str) -> str:
    return value if value == "env" else address(value)


def host(value: str) -> str:
    value = something(value)
    if re.search(r"[\s/@]", value) or (":" in value and value.count(":") == 1):
        raise ValueError('must be a host name or IP address, such as "127.0.0.1" or "::", without port')
    return value


def location(value: object, info: ValidationInfo) -> Path:
    """A path as written → absolute. Relative ones start at the folder of config.toml (`base` in the validation context)."""
    if not isinstance(value, str | Path) or not str(value).strip() or "\0" in str(value):
        raise ValueError("must be the path of a file or folder")
    context: Mapping[str, Path] = info.context or {}
    try:
        home = Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError(f"names a home folder that cannot be found: {error}") from error
    return Path(os.path.normpath(context.get("base", Path.cwd()) / home))


def query(value: str) -> str:
    """Checked here, so that a mistake shows when the file is read; matching parses it again."""
    try:
        parse(value)
    except QueryError as error:
        shown = _CONTROL.sub(" ", error.query)
        raise ValueError(f"column {error.column}: {error.message}\n    {shown}\n    {' ' * (error.column - 1)}^") from error
    return value


def cron(value: str) -> str:
    return check_cron(one_line(value))


Seconds = Annotated[float, BeforeValidator(seconds), WithJsonSchema({"anyOf": _SCHEMA_DURATION})]
PositiveSeconds = Annotated[float, BeforeValidator(positive_seconds), WithJsonSchema({"anyOf": _SCHEMA_DURATION})]
Retention = Annotated[
    float | None, BeforeValidator(retention), WithJsonSchema({"anyOf": [{"const": "forever"}, *_SCHEMA_DURATION]})
]
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(network), WithJsonSchema({"type": "string"})]
Line = Annotated[StrictStr, AfterValidator(one_line)]
Title = Annotated[StrictStr, AfterValidator(something), Field(json_schema_extra={"minLength": 1})]
SourceId = Annotated[StrictStr, AfterValidator(source_id), WithJsonSchema({"type": "string", "pattern": f"^{_ID.pattern}$"})]
FormerId = Annotated[
    StrictStr, AfterValidator(former_id), WithJsonSchema({"type": "string", "pattern": f"^{_ID.pattern}(/{_ID.pattern})?$"})
]
Slug = Annotated[StrictStr, AfterValidator(slug), WithJsonSchema({"type": "string", "pattern": f"^{_SLUG.pattern}$"})]
OwnSlug = Annotated[
    StrictStr,
    AfterValidator(own_slug),
    WithJsonSchema({"type": "string", "pattern": f"^{_SLUG.pattern}$", "not": {"enum": sorted(RESERVED)}}),
]
Address = Annotated[StrictStr, AfterValidator(address), WithJsonSchema({"type": "string", "pattern": "^https?://"})]
BaseAddress = Annotated[StrictStr, AfterValidator(base_address), WithJsonSchema({"type": "string", "pattern": "^https?://"})]
Contact = Annotated[StrictStr, AfterValidator(contact)]
Language = Annotated[StrictStr, AfterValidator(language)]
TimeZone = Annotated[StrictStr, AfterValidator(timezone)]
HeaderValue = Annotated[StrictStr, AfterValidator(header_value)]
Cron = Annotated[StrictStr, AfterValidator(cron)]
OwnHeader = Annotated[StrictStr, AfterValidator(own_header)]
Variable = Annotated[StrictStr, AfterValidator(variable)]
Proxy = Annotated[StrictStr, AfterValidator(proxy), WithJsonSchema({"type": "string", "pattern": "^(env$|https?://)"})]
Host = Annotated[StrictStr, AfterValidator(host)]
Query = Annotated[StrictStr, AfterValidator(query)]
Location = Annotated[Path, BeforeValidator(location), WithJsonSchema({"type": "string"})]
