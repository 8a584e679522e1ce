"""topics.opml, sources.opml: all topics, or all sources, as one OPML 2.0 list (http://opml.org/spec2.opml), to subscribe at once.

No dates in it: the spec's are optional, and a clock would change a file that says nothing new.
"""

from collections.abc import Sequence

from lxml import etree

from aggregator.model import Site
from aggregator.publish.feedgen_extension import sub
from aggregator.publish.lexical import language, one_line, uri, xml_text
from aggregator.publish.listings import SourceListing, TopicListing

SUFFIX = "opml"
MEDIA_TYPE = "text/x-opml"

_PREFERRED = ("atom", "rss", "json")
"""A list names one address a topic: Atom says most, then what every reader takes."""


def render(site: Site, topics: Sequence[TopicListing]) -> bytes:
    """The topics, in their order."""
    root, body = _list(site, "Topics")
    suffix = next((name for name in _PREFERRED if name in site.formats), site.formats[0] if site.formats else "atom")
    for topic in topics:
        title = one_line(xml_text(topic.title)) or topic.slug
        sub(
            body,
            "outline",
            type="rss",
            text=title,
            title=title,
            description=one_line(xml_text(topic.subtitle)),
            xmlUrl=uri(f"{site.base_url}{topic.slug}.{suffix}"),
            htmlUrl=uri(f"{site.base_url}{topic.slug}.html"),
            language=language(site.language),
        )
    return etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)


def render_sources(site: Site, sources: Sequence[SourceListing]) -> bytes:
    """The sources that have a feed which anybody may read, in their order."""
    root, body = _list(site, "Sources")
    for source in sources:
        if address := uri(source.feed):
            title = one_line(xml_text(source.title)) or source.id
            said = {"description": one_line(xml_text(source.subtitle)), "htmlUrl": uri(source.site)}
            sub(body, "outline", type="rss", text=title, title=title, xmlUrl=address, **said)
    return etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)


def _list(site: Site, what: str) -> tuple[etree._Element, etree._Element]:
    root = etree.Element("opml", version="2.0")
    head = sub(root, "head")
    sub(head, "title", one_line(xml_text(site.title)) or what)
    if site.author and one_line(xml_text(site.author)):
        sub(head, "ownerName", one_line(xml_text(site.author)))
    return root, sub(root, "body")
