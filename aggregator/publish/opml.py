"""topics.opml: all topics as one OPML 2.0 list (http://opml.org/spec2.opml), for subscribing to everything at once.

No dates in it: the spec's are optional, and a clock would change a file that says nothing new.
"""

from collections.abc import Sequence

from lxml import etree

from aggregator.model import Site
from aggregator.publish.feedgen_extension import sub
from aggregator.publish.index import TopicListing
from aggregator.publish.lexical import language, one_line, uri, xml_text

SUFFIX = "opml"
MEDIA_TYPE = "text/x-opml"

_PREFERRED = ("atom", "rss", "json")
"""A list names one address a topic: Atom says most, then what every reader takes."""


def render(site: Site, topics: Sequence[TopicListing]) -> bytes:
    """The list, in the order of the topics."""
    root = etree.Element("opml", version="2.0")
    head = sub(root, "head")
    sub(head, "title", one_line(xml_text(site.title)) or "Topics")
    if site.author and one_line(xml_text(site.author)):
        sub(head, "ownerName", one_line(xml_text(site.author)))
    body = sub(root, "body")
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
            htmlUrl=uri(site.base_url),
            language=language(site.language),
        )
    return etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)
