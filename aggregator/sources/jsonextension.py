"""What this program writes into a JSON Feed beside the specification, read back: `_aggregator` of an item.

read(value, url)     where an entry comes from, rights, contributors, categories with scheme, further links
person(value, url)   an author whose address may be a mailto: one
"""

from dataclasses import dataclass

from aggregator.model import Category, FeedHeader, Link, Person
from aggregator.sources.jsonvalues import Object, address, objects, string, text

NAME = "_aggregator"
MANY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """What JSON Feed has no key for. Empty where a feed is of another program."""

    contributors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    links: tuple[Link, ...] = ()
    rights: str | None = None
    source: FeedHeader | None = None
    comments: str | None = None


def read(value: object, url: str) -> Extension:
    """The extension of an item, from whatever stands in its place."""
    for extension in objects([value]):
        found = tuple(link for one in objects(extension.get("links"))[:MANY] if (link := _link(one, url)))
        comments = next((link.href for link in found if link.rel == "replies" and link.type == "text/html"), None)
        return Extension(
            contributors=_people(extension, "contributors", url),
            categories=_categories(extension),
            links=tuple(link for link in found if link.href != comments),
            rights=string(extension, "rights"),
            source=next((_source(one, url) for one in objects([extension.get("source")])), None),
            comments=comments,
        )
    return Extension()


def person(value: Object, url: str) -> Person:
    """An author. JSON Feed has no e-mail: its specification lets `url` be a mailto: address."""
    found = address(value, "url", url)
    mail = found.removeprefix("mailto:") if found and found.startswith("mailto:") else None
    return Person(name=string(value, "name"), uri=None if mail else found, email=mail)


def _people(value: Object, name: str, url: str) -> tuple[Person, ...]:
    found = (person(one, url) for one in objects(value.get(name))[:MANY])
    return tuple(one for one in found if one != Person())


def _categories(value: Object) -> tuple[Category, ...]:
    return tuple(
        Category(term=term, scheme=string(one, "scheme"), label=string(one, "label"))
        for one in objects(value.get("categories"))[:MANY]
        if (term := string(one, "term"))
    )


def _link(value: Object, url: str) -> Link | None:
    href, rel = address(value, "href", url), string(value, "rel")
    if href is None or rel is None:
        return None
    return Link(href=href, rel=rel, type=string(value, "type"), title=string(value, "title"), hreflang=string(value, "hreflang"))


def _source(value: Object, url: str) -> FeedHeader:
    return FeedHeader(
        id=string(value, "id"),
        title=text(string(value, "title"), url),
        subtitle=text(string(value, "subtitle"), url),
        link=address(value, "home_page_url", url),
        self_link=address(value, "feed_url", url),
        updated=string(value, "updated"),
        language=string(value, "language"),
        rights=text(string(value, "rights"), url),
        license=address(value, "license", url),
        authors=_people(value, "authors", url),
        contributors=_people(value, "contributors", url),
        categories=_categories(value),
        image=address(value, "image", url),
        icon=address(value, "icon", url),
        base=url,
    )
