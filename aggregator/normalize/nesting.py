"""Is markup nested too deeply for a parser whose cost is quadratic in depth? Decided in one linear pass before it is parsed.

is_deep     counts what is open, never less than an HTML parser would
"""

import re

DEEPEST = 256
"""Measured: nh3 takes 0.2 ms at 256 levels and over 10 s at 100,000."""
_WORK = 100_000
"""Formatting elements that a parser may have to open again, in one document."""

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_SELF_CLOSING = frozenset("p li dd dt option optgroup tr td th tbody thead tfoot rb rp rt rtc".split())
_CLOSES = {
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"td", "th", "tr"}),
    "dd": frozenset({"dd", "dt"}),
    "dt": frozenset({"dd", "dt"}),
}


def is_deep(html: str) -> bool:
    """True if an HTML parser might nest more than DEEPEST elements, or reopen formatting elements without end.

    What an unclosed tag leaves open is counted as open; what a parser closes by itself (p, li, table cells) only where it
    stands directly inside its like.
    """
    if html.count("<") <= DEEPEST:
        return False
    stack: list[str] = []
    present: dict[str, int] = {}
    formatting = work = 0
    for match in _TAG.finditer(html):
        closing, name = match[1], match[2].lower()
        if name in _VOID:
            continue
        if name in _FORMATTING:
            if not closing:
                formatting += 1
                present[name] = present.get(name, 0) + 1
            elif present.get(name, 0):
                formatting -= 1
                present[name] -= 1
        elif closing:
            if present.get(name, 0):
                _pop(stack, present, name)
        else:
            if name in _SELF_CLOSING:
                closes = _CLOSES.get(name, frozenset({name}))
                while stack and stack[-1] in closes:
                    present[stack.pop()] -= 1
            stack.append(name)
            present[name] = present.get(name, 0) + 1
            work += formatting
        if len(stack) + formatting > DEEPEST or work > _WORK:
            return True
    return False


def _pop(stack: list[str], present: dict[str, int], name: str) -> None:
    while stack:
        last = stack.pop()
        present[last] -= 1
        if last == name:
            return
