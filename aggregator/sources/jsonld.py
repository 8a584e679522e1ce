"""What a page's JSON-LD says of it (schema.org): the first article in it, whatever shape it has.

    script[type="application/ld+json"] ─load→ objects, lists, @graph ─best type→ Metadata

Anything may be of any type: a name may be a list, an author a string, an image an object. Broken scripts are passed over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from aggregator.errors import ParseError
from aggregator.model import Person
from aggregator.sources import jsontext

MAX_SCRIPTS = 20
MAX_SCRIPT = 500_000
MAX_NODES = 500
MAX_VALUE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A page as its JSON-LD describes it; instants are strings as they stand there."""

    title: str | None = None
    link: str | None = None
    description: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[Person, ...] = ()
    image: str | None = None
    language: str | None = None
    site: str | None = None
    keywords: tuple[str, ...] = ()


def metadata(document: LexborHTMLParser) -> Metadata:
    """What the first article says, else the first thing with a headline or an instant; empty where there is none."""
    nodes = list(_nodes(document))
    articles = [node for node in nodes if _is_article(node)] or [
        node for node in nodes if "headline" in node or "datePublished" in node
    ]
    if not articles:
        return Metadata()
    node = articles[0]
    return Metadata(
        title=_string(node.get("headline")) or _string(node.get("name")),
        link=_string(node.get("url")) or _string(node.get("mainEntityOfPage"), "@id"),
        description=_string(node.get("description")),
        published=_string(node.get("datePublished")) or _string(node.get("dateCreated")),
        updated=_string(node.get("dateModified")),
        authors=_people(node.get("author") or node.get("creator")),
        image=_string(node.get("image"), "url") or _string(node.get("thumbnailUrl")),
        language=_string(node.get("inLanguage")),
        site=_string(node.get("publisher")),
        keywords=_keywords(node),
    )


def _nodes(document: LexborHTMLParser) -> Iterator[Mapping[str, object]]:
    """Every object at the top of a script or in its @graph."""
    left = MAX_NODES
    for script in document.css('script[type="application/ld+json"]')[:MAX_SCRIPTS]:
        text = script.text()
        if len(text) > MAX_SCRIPT:
            continue
        try:
            value = jsontext.load(text.encode("utf-8", "replace"))
        except ParseError:
            continue
        waiting: list[object] = [value]
        while waiting and left:
            left -= 1
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting.extend(value[:left])
            elif isinstance(value, Mapping):
                yield value
                waiting.extend(value[key] for key in ("@graph", "mainEntity") if isinstance(value.get(key), list | Mapping))


def _is_article(node: Mapping[str, object]) -> bool:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return any(
        isinstance(name, str) and (name.endswith(("Article", "Posting")) or name in ("Report", "Recipe", "Review"))
        for name in kinds
    )


def _string(value: object, *keys: str) -> str | None:
    """The text of a value: itself, the first of a list, or what an object is called."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, Mapping):
            value = next((value[key] for key in (*keys, "name", "url", "@value", "@id") if key in value), None)
    return " ".join(value[:MAX_VALUE].split()) or None if isinstance(value, str) else None


def _people(value: object) -> tuple[Person, ...]:
    people: dict[str, Person] = {}
    for author in value[:20] if isinstance(value, list) else [value]:
        name = _string(author.get("name")) if isinstance(author, Mapping) else _string(author)
        uri = _string(author.get("url")) if isinstance(author, Mapping) else None
        if name and not name.startswith(("http://", "https://")):
            people.setdefault(name, Person(name=name, uri=uri))
    return tuple(people.values())


def _keywords(node: Mapping[str, object]) -> tuple[str, ...]:
    value = node.get("keywords") or node.get("articleSection")
    words = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else []
    return tuple(dict.fromkeys(word.strip()[:200] for word in words[:100] if isinstance(word, str) and word.strip()))
