"""Will sanitized markup survive another parse unchanged? A cheap proof for ordinary markup, which spares a second parse.

is_settled    True only if reparsing is sure to give the same tree; False means: parse again and see
"""

import re

_TAG = re.compile(r"<(/?)([a-z0-9]+)")
_NOTHING_CLOSES = frozenset(
    """
    abbr b bdi bdo big cite code del dfn em i ins kbd mark q s samp small span strike strong sub sup time tt u var audio video
    picture
    """.split()
)
_VOID = frozenset({"img", "br", "wbr", "source"})
_CLOSES_P = frozenset(
    """
    address article aside blockquote center details div figcaption figure footer header hgroup main menu nav ol p section summary
    ul h1 h2 h3 h4 h5 h6 li
    """.split()
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS = frozenset({"ul", "ol", "menu"})


def is_settled(html: str) -> bool:
    """True if none of the rules by which a parser closes or moves elements applies (HTML section 13.2.6.4.7).

    `html` is what a serializer wrote: every element is closed, in order. Tables, ruby, definition lists and preformatted text
    have rules of their own and are never called settled.
    """
    stack: list[str] = []
    paragraphs = anchors = items = 0
    for closing, name in _TAG.findall(html):
        if closing:
            if not stack or stack.pop() != name:
                return False
            paragraphs -= name == "p"
            anchors -= name == "a"
            items -= name == "li"
        elif name in _NOTHING_CLOSES:
            stack.append(name)
        elif name in _VOID:
            continue
        elif name == "a":
            if anchors:
                return False
            anchors += 1
            stack.append(name)
        elif name in _CLOSES_P:
            parent = stack[-1] if stack else ""
            if paragraphs or (name in _HEADINGS and parent in _HEADINGS) or (name == "li" and items and parent not in _LISTS):
                return False
            paragraphs += name == "p"
            items += name == "li"
            stack.append(name)
        else:
            return False
    return not stack
