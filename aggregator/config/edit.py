"""Changes to config.toml that leave everything else as it stands: comments, layout, order, line ends.

    Draft(path) ─add_source, add_topic, extend_topic, set_site→ text ─save→ checked as a configuration, then put in its place

Values that are there are changed through tomlkit. New tables and keys are put in as text, below the last of their kind: a TOML
library counts the comment above the next table to the last one, and would part a heading from what it stands above.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from aggregator import printable
from aggregator.config.lines import Path as KeyPath
from aggregator.config.lines import scan
from aggregator.config.loading import Config, load
from aggregator.errors import ConfigError

Value = str | Sequence[str]
LONGEST_COMMENT = 300
"""Characters: what a server made an error say is no longer in the file."""


class Draft:
    """A configuration being changed. Nothing is written before `save`."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError for a file that cannot be read; that it is right is checked when it is saved."""
        self._name = path.name
        self._path = path.resolve()  # a symlink stays one: what it leads to is replaced
        try:
            self._body = self._path.read_bytes()
        except OSError as error:
            raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
        self._text = self._body.decode("utf-8-sig")
        self._mark = b"\xef\xbb\xbf" if self._body.startswith(b"\xef\xbb\xbf") else b""
        self._break = "\r\n" if "\r\n" in self._text else "\n"
        self._sources: list[str] = []
        self._topics: list[str] = []
        self._extended: dict[str, list[str]] = {}
        self._site: dict[str, str] = {}

    def add_source(self, id: str, *, url: str, kind: str = "feed", title: str | None = None, off: str | None = None) -> None:
        """A [[source]] below the last one; one that is not to be polled says why, in a comment."""
        kinds = {} if kind == "feed" else {"kind": kind}
        table = _table("source", {"id": id, **kinds, "url": url, **({"title": title} if title else {})})
        self._sources.append(table if off is None else f"{table}enabled = false  # {printable.line(off)[:LONGEST_COMMENT]}\n")

    def add_topic(self, slug: str, *, title: str | None, sources: Sequence[str]) -> None:
        """A [[topic]] below the last one, drawing from these sources."""
        self._topics.append(_table("topic", {"slug": slug, **({"title": title} if title else {}), "sources": sources}))

    def extend_topic(self, slug: str, sources: Sequence[str]) -> None:
        """More sources for a topic that names its sources."""
        self._extended.setdefault(slug, []).extend(sources)

    def set_site(self, key: str, value: str) -> None:
        """A key of [site], whether it is written there or not."""
        self._site[key] = value

    @property
    def additions(self) -> str:
        """The new tables, as they will stand in the file."""
        return "\n".join([*self._sources, *self._topics])

    def text(self) -> str:
        """The file as it will be, with line ends of one character."""
        text = self._values_changed() if self._extended or self._site else self._text.replace("\r\n", "\n")
        text = self._keys_added(text)
        text = _below(text, "source", self._sources)
        return _below(text, "topic", self._topics)

    def save(self, env: Mapping[str, str] = os.environ) -> Config:
        """Put the file in its place, whole, if it is a right configuration. Raises ConfigError; the file is as it was then."""
        body = self._mark + self.text().replace("\n", self._break).encode()
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}~")
        try:
            try:
                _write(beside, body, self._path.stat().st_mode & 0o7777)
                config = self._checked(beside, env)
                if self._path.read_bytes() != self._body:
                    raise ConfigError(
                        [f"{self._name}: was changed by somebody else meanwhile and is left as it is; run the command again"]
                    )
                beside.replace(self._path)
                _sync(self._path.parent)
            finally:
                with suppress(OSError):
                    beside.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError([f"{self._name}: cannot be replaced: {error.strerror}; it is left as it is"]) from error
        return config

    def _checked(self, beside: Path, env: Mapping[str, str]) -> Config:
        try:
            return load(beside, env)
        except ConfigError as error:
            problems = [problem.replace(beside.name, self._name) for problem in error.problems]
            advice = f"{self._name}: is left as it is, because what would be written is wrong; write this into it by hand:"
            raise ConfigError([advice, *self.additions.splitlines(), *problems]) from error

    def _values_changed(self) -> str:
        """Topics with more sources, and keys of [site] that are written already."""
        try:
            document = cast("dict[str, Any]", tomlkit.parse(self._text.replace("\r\n", "\n")))
        except TOMLKitError as error:
            raise ConfigError([f"{self._name}: cannot be changed by a program: {error}"]) from error
        for topic in document.get("topic", ()):
            for id in self._extended.get(topic.get("slug"), ()):
                _append(topic["sources"], id)
        site = document.get("site", {})
        for key in self._site.keys() & site.keys():
            site[key] = self._site[key]
        return tomlkit.dumps(document)

    def _keys_added(self, text: str) -> str:
        lines = scan(text)
        new = [f"{key} = {_toml(value)}" for key, value in self._site.items() if ("site", key) not in lines]
        if not new:
            return text
        if ("site",) not in lines:
            return _inserted(text, _start(text, lines), ["\n".join(["[site]", *new]) + "\n"])
        rows = text.split("\n")
        at = _end(rows, lines, ("site",))
        return "\n".join([*rows[:at], *new, *rows[at:]])


def _table(name: str, keys: Mapping[str, Value]) -> str:
    return "\n".join([f"[[{name}]]", *(f"{key} = {_toml(value)}" for key, value in keys.items())]) + "\n"


def _toml(value: Value) -> str:
    """A string, or a list of strings: in one line, or in one each where it would be long."""
    if isinstance(value, str):
        return tomlkit.string(value).as_string()
    items = [_toml(one) for one in value]
    line = f"[{', '.join(items)}]"
    return line if len(line) <= 100 else "[\n" + "".join(f"    {one},\n" for one in items) + "]"


def _append(array: Array, value: str) -> None:
    """In the style of the list: one to a line where it is written so."""
    text = array.as_string()
    if "\n" in text:
        array.add_line(
            value,
            indent=next((line[: len(line) - len(line.lstrip())] for line in text.split("\n")[1:] if line.strip(" ]")), "    "),
        )
    else:
        array.append(value)


def _below(text: str, name: str, tables: Sequence[str]) -> str:
    """New tables below the last of their kind; without one, sources before the first topic, topics at the end."""
    if not tables:
        return text
    lines = scan(text)
    number = sum(1 for path in lines if len(path) == 2 and path[0] == name and isinstance(path[1], int))
    if number:
        return _inserted(text, _end(text.split("\n"), lines, (name, number - 1)), tables)
    if name == "source" and ("topic",) in lines:
        return _inserted(text, _above(text.split("\n"), lines[("topic",)]), tables)
    return _inserted(text, len(text.rstrip("\n").split("\n")) if text.strip() else 0, tables)


def _end(rows: Sequence[str], lines: Mapping[KeyPath, int], table: KeyPath) -> int:
    """The number of rows up to and with the last one of a table that is no comment."""
    first = lines[table]
    heads = [line for path, line in lines.items() if _is_head(path) and path[: len(table)] != table and line > first]
    last = min(heads, default=len(rows) + 1) - 1
    while last > first and (not rows[last - 1].strip() or rows[last - 1].lstrip().startswith("#")):
        last -= 1
    return last


def _start(text: str, lines: Mapping[KeyPath, int]) -> int:
    heads = [line for path, line in lines.items() if _is_head(path)]
    return _above(text.split("\n"), min(heads)) if heads else 0


def _above(rows: Sequence[str], line: int) -> int:
    """The number of rows above a table and the comment that belongs to it."""
    at = line - 1
    while at > 0 and rows[at - 1].lstrip().startswith("#"):
        at -= 1
    return at


def _is_head(path: KeyPath) -> bool:
    return len(path) == 1 or (len(path) == 2 and isinstance(path[1], int))


def _inserted(text: str, at: int, tables: Sequence[str]) -> str:
    """Tables as blocks of their own, with an empty row on either side."""
    rows = text.split("\n")
    before, after = "\n".join(rows[:at]).rstrip("\n"), "\n".join(rows[at:]).lstrip("\n")
    parts = [part for part in (before, "\n".join(tables).rstrip("\n"), after.rstrip("\n")) if part]
    return "\n\n".join(parts) + "\n"


def _write(path: Path, body: bytes, mode: int) -> None:
    with path.open("wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
