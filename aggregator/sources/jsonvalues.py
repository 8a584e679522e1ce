"""Values of a JSON document of which anything may be anything: what is not of the right type counts as missing.

string(object, name)   address(object, name, base)   text(value, base, …)
whole(value)   seconds(value)   listed(value)   objects(value)
"""

from collections.abc import Mapping
from urllib.parse import urljoin

from aggregator.model import Text
from aggregator.sources.jsontext import clean

Object = Mapping[object, object]


def whole(value: object) -> int | None:
    """Bytes: a number that can be one, within what a database holds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        return None
    return int(value)


def seconds(value: object) -> float | None:
    """A duration that is none of a mistake."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def string(item: Object, name: str) -> str | None:
    value = item.get(name)
    return (clean(value).strip() or None) if isinstance(value, str) else None


def address(item: Object, name: str, url: str) -> str | None:
    """An address, resolved against the document where it is relative, else byte for byte."""
    value = string(item, name)
    if value is None:
        return None
    try:
        return value if ":" in value.partition("/")[0] else urljoin(url, value)
    except ValueError:
        return value


def text(value: str | None, base: str, type: str = "text", language: str | None = None) -> Text | None:
    if value is None:
        return None
    return Text(value=value, type="html" if type == "html" else "text", language=language, base=base)


def objects(value: object) -> list[Object]:
    """The objects in a list."""
    return [one for one in listed(value) if isinstance(one, Mapping)]
