"""Typed reading of feedparser's dicts: what is missing, empty or of a strange type is None.

    string, text, people, categories, links, address

Addresses that feedparser resolves against xml:base (links, ids of persons) need only the document's address here; others
(enclosures, images) are relative to the base of their entry.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import urljoin

from aggregator.model import Category, Link, Person, Text

NAME = 500
"""Characters of a person's name, address, category (threats.md, row 9)."""
MANY = 50
"""Categories, persons, links, enclosures of one entry (threats.md, row 8)."""
Fields = Mapping[str, object]
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
VOID = re.compile(r"></(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)>")
"""feedparser writes `<br/>` as `<br></br>`, which is two line breaks in HTML."""
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "html", "xhtml"})


def string(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


def web(address: str | None) -> bool:
    """Whether this is an http(s) address."""
    return address is not None and address[:8].lower().startswith(("http://", "https://"))


def address(value: str | None, base: str) -> str | None:
    """An absolute address byte for byte; a relative one resolved; what cannot be resolved as it is (it is refused later)."""
    if not value or SCHEME.match(value) or not base:
        return value or None
    try:
        return urljoin(base, value)
    except ValueError:
        return value


def text(fields: Fields, name: str, url: str) -> Text | None:
    """A text construct, by its `…_detail` where there is one.

    After a source, feedparser writes a file's media:title over the detail of the entry's title, but not over the title.
    """
    detail, value = fields.get(f"{name}_detail"), string(fields, name)
    if isinstance(detail, Mapping):
        return construct({**detail, "value": value} if name == "title" and value else detail, url)
    return Text(value=value, base=url) if value else None


def construct(detail: Fields, url: str) -> Text | None:
    """A `…_detail`, or a member of `content`."""
    value = string(detail, "value")
    if value is None:
        return None
    kind = string(detail, "type") or "text/plain"
    if kind.endswith("xhtml+xml") or kind == "xhtml":
        value = VOID.sub(">", value)
    base = address(string(detail, "base"), url) or url
    return Text(value=value, type="html" if kind in HTML_TYPES else "text", language=string(detail, "language"), base=base)


def objects(fields: Fields, name: str) -> Iterator[Fields]:
    """The dicts in a list."""
    value = fields.get(name)
    for one in value if isinstance(value, list) else ():
        if isinstance(one, Mapping):
            yield own(one)


def single(fields: Fields, name: str) -> Fields | None:
    """The dict of a name."""
    value = fields.get(name)
    return own(value) if isinstance(value, Mapping) else None


def own(value: Fields) -> Fields:
    """A dict that answers for its own keys only, as feedparser's do not."""
    return dict(dict.items(value)) if isinstance(value, dict) and type(value) is not dict else value


def people(fields: Fields, name: str, url: str) -> tuple[Person, ...]:
    found = (person(one, url) for one in islice(objects(fields, name), MANY))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def person(fields: Fields, url: str) -> Person | None:
    """A person. An e-mail address within the name is taken out of it."""
    name, email = string(fields, "name"), string(fields, "email")
    name, email = name and name[:NAME], email and email[:NAME]
    if name and not email:
        name, email = apart(name)
    email = re.sub(r"^mailto:", "", email).strip() if email else None
    uri = address(string(fields, "href"), url)
    return Person(name=name, uri=uri, email=email) if name or uri or email else None


def apart(author: str) -> tuple[str | None, str | None]:
    """Name and e-mail address of `a@b.org (Ann)`, `Ann <a@b.org>` and the like."""
    found = EMAIL.search(author) if "@" in author else None
    if found is None:
        return author, None
    name = re.sub(r"mailto:|[<>()\"]|&[lg]t;", "", author.replace(found[0], "")).strip(" ,;:-")
    return name or None, found[0]


def categories(fields: Fields) -> tuple[Category, ...]:
    found: dict[tuple[str, str | None], Category] = {}
    for tag in objects(fields, "tags"):
        label = string(tag, "label")
        term, scheme = (string(tag, "term") or label or "")[:NAME], string(tag, "scheme")
        if term and len(found) < MANY:
            found.setdefault((term, scheme), Category(term=term, scheme=scheme, label=label[:NAME] if label else None))
    return tuple(found.values())


def links(fields: Fields, url: str) -> tuple[Link, ...]:
    """All links that have an address, whatever their rel."""
    found = [
        Link(
            href=href,
            rel=string(one, "rel") or "alternate",
            type=string(one, "type"),
            title=string(one, "title"),
            hreflang=string(one, "hreflang"),
        )
        for one in objects(fields, "links")
        if (href := address(string(one, "href"), url))
    ]
    return tuple(dict.fromkeys(found))


def alternate(found: tuple[Link, ...]) -> str | None:
    """The page: the first alternate that is HTML, else the first alternate."""
    pages = [link for link in found if link.rel == "alternate"]
    html = (link.href for link in pages if link.type in HTML_TYPES)
    return next(html, pages[0].href if pages else None)


def number(value: str | None, limit: float) -> float | None:
    """A plain number from 0 to a limit, else None: `inf`, `1e999` and signs are no lengths."""
    if value is None or not re.fullmatch(r"\d{1,18}(?:\.\d{1,9})?", value.strip()):
        return None
    result = float(value)
    return result if result <= limit else None
