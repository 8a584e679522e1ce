"""Where each key of a TOML document stands: tomllib gives values without lines, and no library gives lines.

    text ─scan→ {("topic", 1, "query"): 42, …}    paths of keys, list indexes from 0; lines from 1

The text must have passed tomllib: this scanner only finds its way (TOML 1.0 tokens), it judges nothing.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

Path = tuple[str | int, ...]

_GAP = re.compile(r"(?:[\s,]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'  # multi-line basic: may end in one or two quotes of its own
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d [\d:.]+(?:[Zz]|[+-]\d\d:\d\d)?|[^\s,\]}#]+")


def scan(text: str) -> dict[Path, int]:
    """Path of every table, key and list element → its line. A header's line stands for its table."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of a path; for what is missing, that of the nearest table around it, at worst 1."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


class _Scanner:
    """A cursor in the text. `current` is the table that the last header opened."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.breaks = [match.start() for match in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}
        self.current: Path = ()

    def document(self) -> None:
        while self.gap():
            if self.text.startswith("[[", self.at):
                self.table_of_many()
            elif self.text[self.at] == "[":
                self.at += 1
                line = self.line()
                self.current = self.inside(self.key())
                self.lines.setdefault(self.current, line)
                self.skip("]")
            else:
                self.pair(self.current)

    def table_of_many(self) -> None:
        self.at += 2
        line = self.line()
        *outer, last = self.key()
        many = (*self.inside(tuple(outer)), last)
        index = self.lengths.get(many, 0)
        self.lengths[many] = index + 1
        self.current = (*many, index)
        self.lines.setdefault(many, line)
        self.lines[self.current] = line
        self.skip("]]")

    def inside(self, keys: tuple[str, ...]) -> Path:
        """A header's keys as a path: through lists of tables, it means the last table so far."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        return path

    def pair(self, table: Path) -> None:
        line = self.line()
        path = table
        for key in self.key():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.skip("=")
        self.value(path)

    def value(self, path: Path) -> None:
        self.gap()
        opening = self.text[self.at]
        if opening == "[":
            self.at += 1
            index = 0
            while self.gap() and self.text[self.at] != "]":
                self.lines[(*path, index)] = self.line()
                self.value((*path, index))
                index += 1
            self.at += 1
        elif opening == "{":
            self.at += 1
            while self.gap() and self.text[self.at] != "}":
                self.pair(path)
            self.at += 1
        else:
            self.take(_STRING if opening in "\"'" else _SCALAR)

    def key(self) -> tuple[str, ...]:
        """One key or several with dots between."""
        keys = []
        while True:
            self.gap()
            if self.text[self.at] in "\"'":
                keys.append(next(iter(tomllib.loads(f"{self.take(_STRING)} = 0"))))
            else:
                keys.append(self.take(_BARE))
            self.gap()
            if self.text[self.at] != ".":
                return tuple(keys)
            self.at += 1

    def gap(self) -> bool:
        """Step over blanks, commas and comments. False at the end of the text."""
        match = _GAP.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at < len(self.text)

    def skip(self, token: str) -> None:
        self.gap()
        self.at += len(token)

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"no TOML at offset {self.at}")
        self.at = match.end()
        return match[0]

    def line(self) -> int:
        return bisect_right(self.breaks, self.at) + 1
