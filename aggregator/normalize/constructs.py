"""Atom's constructs other than text: persons, categories, enclosures, links; cleaned, without doubles, few.

persons, categories, enclosures, links, extensions    what a source said → what we keep
language                                          BCP 47, lower case
"""

import math
import re
from collections.abc import Iterable, Mapping
from itertools import islice

from aggregator.model import Category, Enclosure, Link, Person
from aggregator.normalize.addresses import cleaned, resolve
from aggregator.normalize.characters import line

MOST = 50
"""Persons, categories, enclosures, links or extra fields of one entry."""
_NAME_LIMIT = 200
_VALUE_LIMIT = 4_000
_LARGEST = 2**53 - 1
"""Bytes; larger numbers do not survive JSON (RFC 8259 section 6)."""
_LONGEST = 10**8
"""Seconds, three years."""

_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\"]{2,63}")
_EMAIL_NAME = re.compile(rf"({_EMAIL.pattern})\s*\(([^()]*)\)")
_NAME_EMAIL = re.compile(rf"([^<>]*?)\s*<\s*({_EMAIL.pattern})\s*>")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+*-]{0,126}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,5}")
_EXTRA = re.compile(r"(?:itunes|podcast):[A-Za-z][A-Za-z:_-]{0,59}")
_OTHER_SCHEME = re.compile(r"\s*(?:javascript|data|vbscript|file|blob|about|view-source)\s*:", re.I)
_RELATIONS = frozenset({"related", "via", "replies", "license", "payment", "author", "canonical", "shortlink", "alternate"})
_NOBODY = Person()
_MEDIA = frozenset({"image", "audio", "video", "document", "executable"})


def persons(given: Iterable[Person], base: str) -> tuple[Person, ...]:
    """Return persons of whom something is known, each once; e-mail addresses are taken out of names."""
    found: dict[Person, None] = {}
    for person in islice(given, MOST):
        name, email = _line(person.name), _email(person.email)
        written = name and "@" in name and (_EMAIL_NAME.fullmatch(name) or _NAME_EMAIL.fullmatch(name))
        if written:
            parts = written.groups()
            name, mail = (parts[1], parts[0]) if "@" in parts[0] else parts
            name, email = _line(name), email or _email(mail)
        elif name and "@" in name and _EMAIL.fullmatch(name):
            name, email = None, email or _email(name)
        kept = Person(name=name, uri=cleaned(person.uri, base), email=email)
        if kept != _NOBODY:
            found[kept] = None
    return tuple(found)


def categories(given: Iterable[Category]) -> tuple[Category, ...]:
    """Return categories, each term of a scheme once, whatever its case."""
    found: dict[tuple[str, str | None], Category] = {}
    for category in islice(given, MOST):
        term = _line(category.term) or _line(category.label)
        if term:
            scheme = resolve(category.scheme)
            found.setdefault((term.casefold(), scheme), Category(term=term, scheme=scheme, label=_line(category.label)))
    return tuple(found.values())


def enclosures(given: Iterable[Enclosure], base: str) -> tuple[Enclosure, ...]:
    """Return media files with an http(s) address, each address once. Their addresses may be signed: nothing is taken out."""
    found: dict[str, Enclosure] = {}
    for enclosure in islice(given, MOST):
        href = resolve(enclosure.href, base)
        if href is not None and href not in found:
            found[href] = Enclosure(
                href=href,
                type=media_type(enclosure.type),
                length=_whole(enclosure.length, _LARGEST),
                title=_line(enclosure.title),
                duration=_duration(enclosure.duration),
                medium=enclosure.medium if enclosure.medium in _MEDIA else None,
                width=_whole(enclosure.width, 100_000) or None,
                height=_whole(enclosure.height, 100_000) or None,
            )
    return tuple(found.values())


def links(given: Iterable[Link], base: str) -> tuple[Link, ...]:
    """Return links with a relation that means something outside the feed they come from, each once."""
    found: dict[tuple[str, str], Link] = {}
    for link in islice(given, MOST):
        href, rel = cleaned(link.href, base), link.rel.strip().lower()
        if href is not None and rel in _RELATIONS:
            kept = Link(href=href, rel=rel, type=media_type(link.type), title=_line(link.title), hreflang=language(link.hreflang))
            found.setdefault((rel, href), kept)
    return tuple(found.values())


def extensions(given: Mapping[str, str]) -> dict[str, str]:
    """Return iTunes and podcast fields, sorted by name; values that are addresses of another scheme than http(s) are left out."""
    found: dict[str, str] = {}
    for name in sorted(key for key in given if _EXTRA.fullmatch(key))[:MOST]:
        value = line(given[name], _VALUE_LIMIT)
        if value and not _OTHER_SCHEME.match(value):
            found[name] = value
    return found


def language(*given: str | None) -> str | None:
    """Return the first of several language tags that is one, in lower case (BCP 47 section 2.1)."""
    for tag in given:
        if tag and len(tag) <= 50:
            tag = tag.strip().lower().replace("_", "-")
            if _LANGUAGE.fullmatch(tag):
                return tag
    return None


def media_type(value: str | None) -> str | None:
    """Return a media type without its parameters, in lower case; None if it is none (RFC 6838 section 4.2)."""
    if not value:
        return None
    value = value[:300].partition(";")[0].strip().lower()
    return value if _MEDIA_TYPE.fullmatch(value) else None


def _line(value: str | None) -> str | None:
    return (line(value, _NAME_LIMIT) or None) if value else None


def _email(value: str | None) -> str | None:
    if not value or len(value) > 300:
        return None
    value = line(value, 254).removeprefix("mailto:")
    return value if _EMAIL.fullmatch(value) else None


def _whole(value: int | None, most: int) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= most else None


def _duration(value: float | None) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= _LONGEST else None
