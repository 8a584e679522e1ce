"""An entry's elements and their bytes, as lxml would write them in a document whose root declares the prefixes.

    made = Element("entry")
    sub(made, "media:content", url=…)       a child, appended
    written(made, depth)                    its bytes, indented as a child of that depth

feedgen builds each entry twice over, as its own object and as a tree; entries are most of what we write (docs/benchmarks.md), so
they are written here. Documents are feedgen's, and the tests hold both to be byte-equal.
"""

from collections.abc import Mapping


class Element:
    """An element that holds either text or children. `text` None: it is empty."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, text: str | None = None, attributes: Mapping[str, str | None] | None = None) -> None:
        """`name` and the attributes' names have their prefixes; attributes that are None are left out."""
        self.name = name
        self.text = text
        self.attributes = attributes
        self.children: list[Element] | None = None


def sub(parent: Element, name: str, text: str | None = None, /, **attributes: str | None) -> Element:
    """A child element, without the attributes that are None."""
    made = Element(name, text, attributes)
    if parent.children is None:
        parent.children = [made]
    else:
        parent.children.append(made)
    return made


def written(element: Element, depth: int) -> bytes:
    """UTF-8, an element a line. Raises UnicodeEncodeError if a string in it is no Unicode text."""
    lines: list[str] = []
    _write(element, "  " * depth, lines)
    return "".join(lines).encode()


def _write(element: Element, indent: str, lines: list[str]) -> None:
    opening = f"{indent}<{element.name}"
    if element.attributes:
        for name, value in element.attributes.items():
            if value is not None:
                opening += f' {name}="{_value(value)}"'
    if element.children is not None:
        lines.append(f"{opening}>\n")
        for child in element.children:
            _write(child, indent + "  ", lines)
        lines.append(f"{indent}</{element.name}>\n")
    elif element.text is None:
        lines.append(f"{opening}/>\n")
    else:
        lines.append(f"{opening}>{_text(element.text)}</{element.name}>\n")


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _value(text: str) -> str:
    return _text(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
