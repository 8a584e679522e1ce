"""What an XML document holds beside its entries: the way through its history for programs, and a note for people.

history(parent, feed, …)   links of RFC 5005 section 4, and fh:archive in what is an archive
deletions(parent, feed)    RFC 6721: entries that were taken down
note(parent, feed, …)      XHTML that a browser shows above the entries, dressed by style.css
"""

from typing import cast

from lxml import etree

from aggregator.model import Feed
from aggregator.publish.feedgen_extension import sub
from aggregator.publish.lexical import one_line, uri, xml_text

FH = "http://purl.org/syndication/history/1.0"
AT = "http://purl.org/atompub/tombstones/1.0"
XHTML = "http://www.w3.org/1999/xhtml"


def history(parent: etree._Element, feed: Feed, format: str, media_type: str, link: str = "link") -> None:
    """Links to the head and to the archive before this document. `link` is the name of the link element there.

    No next-archive: it would change archives that are closed (section 4 leaves it out of what they need).
    """
    if feed.archive is not None:
        etree.SubElement(parent, f"{{{FH}}}archive", nsmap={"fh": FH})
        sub(parent, link, rel="current", href=uri(feed.current(format)) or feed.current(format), type=media_type)
    before = feed.before(format)
    if before is not None:
        sub(parent, link, rel="prev-archive", href=uri(before) or before, type=media_type)


def deletions(parent: etree._Element, feed: Feed) -> None:
    """An at:deleted-entry for each entry that readers are to delete (RFC 6721 section 3)."""
    for deleted in feed.deleted:
        made = etree.SubElement(parent, f"{{{AT}}}deleted-entry", nsmap={"at": AT})
        made.set("ref", deleted.id)
        made.set("when", deleted.when.isoformat())
        comment = one_line(xml_text(deleted.comment or ""))
        if comment:
            sub(made, f"{{{AT}}}comment", comment)


def note(parent: etree._Element, feed: Feed, format: str) -> None:
    """How to subscribe, where the other feeds are, and the way back in time."""
    # The stubs of lxml know no default namespace; the validator warns of XHTML with a prefix.
    made = etree.SubElement(parent, f"{{{XHTML}}}div", nsmap=cast("dict[str, str]", {None: XHTML}))
    if feed.archive is None:
        _sentence(made, "This is a web feed. To subscribe, copy its address into a feed reader: ", feed.address(format))
    else:
        _sentence(made, f"This is part {feed.archive} of the archive of a web feed. To subscribe, copy the address of the feed: ",
                  feed.current(format))  # fmt: skip
    links = [(feed.site.base_url, f"All feeds of {one_line(xml_text(feed.site.title)) or feed.slug}")]
    before = feed.before(format)
    if before is not None:
        links.append((before, "Older entries"))
    row = sub(made, f"{{{XHTML}}}p")
    for address, text in links:
        sub(row, f"{{{XHTML}}}a", text, href=uri(address) or address).tail = " "


def _sentence(parent: etree._Element, text: str, address: str) -> None:
    made = sub(parent, f"{{{XHTML}}}p", text)
    sub(made, f"{{{XHTML}}}a", address, href=uri(address) or address)
