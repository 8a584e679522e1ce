"""A configuration's sources as OPML 2.0, so that other programs can read it and `import` changes nothing.

    topics that name their sources → folders;  the others' sources → beside them;  kind opml → type="include"

`id` and `kind` stand in a namespace of our own, for a configuration elsewhere that takes the list over whole. Sources that read
from disk, and disabled ones, are left out. No dates: the same configuration is the same bytes.
"""

from collections.abc import Iterable, Sequence

from lxml import etree

from aggregator.model import Site, Source, Topic
from aggregator.publish import opml
from aggregator.publish.listings import TopicListing
from aggregator.sources.opmltree import NAMESPACE, OURS, clean


def render(site: Site, sources: Iterable[Source], topics: Iterable[Topic]) -> bytes:
    """The list, in the order of the configuration."""
    kept = {source.id: source for source in sources if source.url and source.enabled}
    root = etree.Element("opml", nsmap={"aggregator": NAMESPACE})
    root.set("version", "2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean(site.title) or "Subscriptions"
    body = etree.SubElement(root, "body")
    placed: set[str] = set()
    for topic in topics:
        named = [id for id in dict.fromkeys(topic.sources) if id in kept]
        if named:
            folder = etree.SubElement(body, "outline", text=clean(topic.title), title=clean(topic.title))
            for id in named:
                _outline(folder, kept[id])
            placed.update(named)
    for id, source in kept.items():
        if id not in placed:
            _outline(body, source)
    return etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)


def render_topics(site: Site, topics: Sequence[Topic]) -> bytes:
    """The feeds that are published, as topics.opml has them."""
    return opml.render(site, [TopicListing(slug=topic.slug, title=topic.title, subtitle=topic.subtitle) for topic in topics])


def _outline(parent: etree._Element, source: Source) -> None:
    title, url = clean(source.title or ""), source.url or ""
    outline = etree.SubElement(parent, "outline", text=title or source.id)
    if title:
        outline.set("title", title)
    outline.set("type", "include" if source.kind == "opml" else "rss")
    outline.set("url" if source.kind == "opml" else "xmlUrl", url)
    outline.set(f"{OURS}id", source.id)
    if source.kind not in ("feed", "opml"):
        outline.set(f"{OURS}kind", source.kind)
