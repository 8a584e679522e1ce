"""Regular expressions in linear time: google-re2, wrapped here and nowhere else.

    compile_regex(pattern) → Regex; Regex.search(text) → bool; Regex.spans(text, most) → where

Case is ignored unless the pattern says `(?-i)`. Patterns are bounded in length and in compiled size; what RE2 cannot do
(lookaround, backreferences) is a RegexError that says what to write instead.
"""

import functools
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import re2

MAX_PATTERN = 500
"""Characters."""
MAX_PROGRAM = 2_000
"""Instructions of the compiled pattern; `\\pL` takes about 400. Bounds the time per character where RE2's cache overflows."""
KEPT = 512
"""Patterns that are remembered, at about 40 KB until they are used: whoever may search may have any number compiled."""
_MEMORY = 2 << 20
"""Bytes for program and automaton of one pattern; RE2's default is 8 MB."""


class RegexError(ValueError):
    """The pattern cannot be used; str() is a sentence that says why and what to do."""


class Regex:
    """A compiled pattern."""

    __slots__ = ("_compiled", "pattern")

    def __init__(self, pattern: str, compiled: Any) -> None:
        self.pattern = pattern
        self._compiled = compiled

    def search(self, text: str) -> bool:
        """Whether the pattern is found anywhere in the text."""
        # Bytes spare the wrapper's translation of offsets, which takes longer than the search.
        return self._compiled.search(text.encode("utf-8", "replace")) is not None

    def spans(self, text: str, most: int) -> Iterator[tuple[int, int]]:
        """Start and end, in characters, of the first `most` places where the pattern is found."""
        encoded = text.encode("utf-8", "replace")
        bytes_before = before = 0
        for match in islice(self._compiled.finditer(encoded), most):
            first, last = match.span()
            start = before + _characters(encoded[bytes_before:first])
            bytes_before, before = last, start + _characters(encoded[first:last])
            yield start, before


def _characters(encoded: bytes) -> int:
    return len(encoded.decode("utf-8", "replace"))


@functools.lru_cache(maxsize=KEPT)
def compile_regex(pattern: str) -> Regex:
    """Compile a pattern. Raises RegexError."""
    if len(pattern) > MAX_PATTERN:
        raise RegexError(f"the /regex/ has {len(pattern)} characters; at most {MAX_PATTERN} are allowed: split it with OR")
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled = re2.compile(pattern.encode("utf-8"), options)
    except UnicodeEncodeError as error:
        raise RegexError("the /regex/ holds half a surrogate pair, which no text can hold") from error
    except re2.error as error:
        raise RegexError(_advice(pattern, error)) from error
    if compiled.programsize > MAX_PROGRAM:
        raise RegexError(_LARGE)
    return Regex(pattern, compiled)


_LARGE = "the /regex/ is too large once its repetitions are written out; use smaller counts, or * and +"


def _advice(pattern: str, error: Exception) -> str:
    """What RE2 says, in our words."""
    said = error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else str(error)
    if re.search(r"\(\?<?[=!]", pattern):
        return "lookaround, (?=…) (?!…) (?<=…) (?<!…), is not supported in a /regex/; say it with a second clause or with -"
    if "invalid escape" in said and re.search(r"\\(?:[1-9]|k[<{'])", pattern):
        return "backreferences, \\1 or \\k<name>, are not supported in a /regex/; write out what may repeat"
    for low, high in re.findall(r"\{(\d+),(\d+)\}", pattern):
        if int(low) > int(high):
            return f"the counts {{{low},{high}}} of the /regex/ run backwards; write {{{high},{low}}}"
    if "too large" in said or "repetition size" in said:
        return _LARGE
    return f"the /regex/ cannot be read ({said}); a backslash makes a sign literal, as in \\( or \\+"
