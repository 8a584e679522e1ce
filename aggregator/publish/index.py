"""feeds/index.html and its stylesheet: what is published here, and how to subscribe.

TopicListing … ─render→ HTML, links relative, no scripts      stylesheet() → style.css, which the feeds name as well
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from aggregator.model import Feed, Site
from aggregator.publish.formats import FORMATS
from aggregator.publish.lexical import language, uri, xml_text

NEWEST = 5
"""How many titles of a topic a listing shows."""

_LABELS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicListing:
    """A topic as the index and the OPML list show it."""

    slug: str
    title: str
    subtitle: str = ""
    entries: int = 0
    """In the head of the feed."""
    updated: datetime | None = None
    newest: tuple[tuple[str, str | None], ...] = ()
    """Title and address of the newest entries, newest first."""


def listing(feed: Feed) -> TopicListing:
    """How a rendered topic is listed."""
    return TopicListing(
        slug=feed.slug,
        title=feed.title,
        subtitle=feed.subtitle or "",
        entries=len(feed.entries),
        updated=feed.updated,
        newest=tuple((entry.title, entry.link) for entry in feed.entries[:NEWEST]),
    )


def render(site: Site, topics: Sequence[TopicListing]) -> bytes:
    """The page. Nothing in it depends on when it is made."""
    environment = Environment(
        loader=PackageLoader("aggregator.publish", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Titles of entries are clean; those of topics are what the operator wrote.
        finalize=lambda value: xml_text(value) if isinstance(value, str) else value,
    )
    formats = [(name, _LABELS.get(name, name), FORMATS[name].MEDIA_TYPE) for name in site.formats if name in FORMATS]
    page = environment.get_template("index.html.j2").render(
        site=site, language=language(site.language) or "en", topics=topics, formats=formats, newest=NEWEST, uri=uri
    )
    return page.encode()


def stylesheet() -> bytes:
    """style.css: for the page, and for a feed that somebody opens in a browser."""
    return files("aggregator.publish").joinpath("templates", "style.css").read_bytes()
