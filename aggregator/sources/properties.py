"""What stands above the text of a clipping: its properties, in the three ways that clippers and exports write them.

    --- YAML ---            web clippers, static site generators
    ```json { … } ```       text extractors
    # Title                 exports of note-taking programs: a heading, then `Key: value` lines
    Created: …
    URL 1: …

    split(text) → (properties, body), keys in lower case with `_`, numbers at their end taken off; values are lists of strings

Nothing here raises: YAML that is malformed (`title: a: b`) is read line by line, so that one colon never loses a clipping. YAML
is read without types on purpose: `no` stays a word, and 2024-02-30 a date that somebody else may judge.
"""

import json
import re
from collections.abc import Mapping, Sequence

import yaml
from frontmatter.default_handlers import YAMLHandler

Properties = Mapping[str, Sequence[str]]

MAX_FRONT = 65_536
"""Characters of front matter that are read as YAML (this much takes 0.1 to 0.6 s of CPU, measured); more is read by lines."""
MAX_LINES = 500
MAX_VALUES = 100
MAX_VALUE = 10_000
KNOWN = frozenset(
    {"title", "source", "url", "link", "permalink", "canonical", "original", "id", "guid"}
    | {"author", "authors", "by", "creator", "site", "site_name", "publication"}
    | {
        "published",
        "date",
        "created",
        "added",
        "clipped",
        "modified",
        "updated",
        "last_edited",
        "last_edited_time",
        "last_modified",
    }
    | {"description", "summary", "excerpt", "subtitle", "lang", "language"}
    | {"tags", "tag", "keywords", "categories", "category", "topics"}
    | {"image", "cover", "thumbnail", "banner"}
)
"""Keys that make lines into properties rather than prose."""
_BLOCK = re.compile(r"\s*(?:```|~~~)json[ \t]*\n(.{1,65536}?)\n(?:```|~~~)[ \t]*(?:\n|$)", re.DOTALL)
_FRONT = re.compile(r"\s*---[ \t]*\r?\n")
_LINE = re.compile(r"([A-Za-z][\w -]{0,40}?)[ \t]*:(?:[ \t]+(\S.*)|[ \t]*)$")
_HEADING = re.compile(r"#[ \t]+\S")


def split(text: str) -> tuple[Properties, str]:
    """The properties above a text, and the text. A heading above property lines stays in the text, as its first line."""
    if _FRONT.match(text):
        parts = _front(text)
        if parts is not None:
            return parts
    if match := _BLOCK.match(text):
        try:
            value = json.loads(match[1])
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) and (found := _gathered(value)).keys() & KNOWN:
            return found, text[match.end() :]
    return _exported(text)


def _front(text: str) -> tuple[Properties, str] | None:
    """YAML between lines of dashes; None where the second is missing, since the first is then a rule across the page."""
    handler = YAMLHandler()
    try:
        front, body = handler.split(text.lstrip())
    except ValueError:
        return None
    front = str(front)
    if len(front) <= MAX_FRONT:
        try:
            # strings only; BaseLoader makes nothing but str, list and dict
            value = handler.load(front, Loader=yaml.BaseLoader)
        except (yaml.YAMLError, ValueError, RecursionError, TypeError):
            value = None
        if isinstance(value, dict):
            return _gathered(value), str(body)
        if not front.strip():
            return {}, str(body)
    lines = _leniently(front)
    return (lines, str(body)) if lines else None


def _leniently(front: str) -> Properties:
    """`key: anything` lines, and `- item` lines below a key."""
    found: dict[str, list[str]] = {}
    key = ""
    for line in front.splitlines()[:MAX_LINES]:
        item = re.match(r"\s*-[ \t]+(.+)", line)
        if item and key:
            found[key].append(_unquoted(item[1]))
        elif match := _LINE.match(line):
            key = _key(match[1])
            value = _unquoted(match[2] or "")
            values = [_unquoted(part) for part in value[1:-1].split(",")] if re.fullmatch(r"\[[^\[\]]*\]", value) else [value]
            found.setdefault(key, []).extend(part for part in values if part)
    return {name: [value[:MAX_VALUE] for value in values[:MAX_VALUES]] for name, values in found.items()}


def _exported(text: str) -> tuple[Properties, str]:
    """A heading, blank lines, then `Key: value` lines up to the next blank one, of which at least one key is known."""
    lines = text.lstrip().splitlines(keepends=True)
    at = 0
    if not lines or not _HEADING.match(lines[0]):
        return {}, text
    at = 1
    while at < len(lines) and not lines[at].strip():
        at += 1
    start, found = at, dict[str, list[str]]()
    while at < len(lines) and at - start < MAX_LINES and (match := _LINE.match(lines[at].rstrip())):
        found.setdefault(_key(match[1]), []).append((match[2] or "")[:MAX_VALUE])
        at += 1
    at_end = at == len(lines) or not lines[at].strip()
    if not at_end or not found.keys() & KNOWN:
        return {}, text
    values = {name: [value for value in given if value] for name, given in found.items()}
    return values, lines[0] + "\n" + "".join(lines[at:])


def _gathered(value: Mapping[object, object]) -> Properties:
    found: dict[str, list[str]] = {}
    for name, given in list(value.items())[:MAX_LINES]:
        if isinstance(name, str):
            found.setdefault(_key(name), []).extend(_strings(given, depth=3))
    return found


def _strings(value: object, depth: int) -> list[str]:
    """Every scalar in a value as a string, down to a depth; an object gives its name, title or url."""
    if (
        isinstance(value, list)
        and len(value) == 1
        and isinstance(value[0], list)
        and len(value[0]) == 1
        and isinstance(value[0][0], str)
    ):
        value = f"[[{value[0][0]}]]"  # a link to a note, which YAML reads as lists
    if isinstance(value, str):
        return [value.strip()[:MAX_VALUE]] if value.strip() else []
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [str(value)[:MAX_VALUE]]
    if depth and isinstance(value, Mapping):
        named = next((value[name] for name in ("name", "title", "url") if name in value), None)
        return _strings(named, depth - 1)
    if depth and isinstance(value, Sequence):
        found: list[str] = []
        for item in value[:MAX_VALUES]:
            found.extend(_strings(item, depth - 1)[: MAX_VALUES - len(found)])
            if len(found) >= MAX_VALUES:
                break
        return found
    return []


def _key(name: str) -> str:
    return re.sub(r"_\d+$", "", re.sub(r"[\s-]+", "_", name.strip().lower()))


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
