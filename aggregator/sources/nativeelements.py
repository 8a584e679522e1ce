"""What feedparser does with the elements of an entry, step for step, where their meaning is settled.

    HANDLERS      feedparser's name of an element → handler(reading, element, depth)

Each handler says in brackets what it follows, if the name does not. Dates are not parsed: ours are.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from lxml import etree

from aggregator.sources.feedparsing import Authors, mended
from aggregator.sources.nativereading import TYPES, Handler, Reading, Strange, key_of, resolved, text_of

QUERY = re.compile("&([A-Za-z0-9_]+);")
HTML = frozenset({"text/html", "application/xhtml+xml", "xhtml"})
RELATIVE = frozenset({"comments", "wfw_commentrss"})


def _title(reading: Reading, element: etree._Element, depth: int) -> None:
    made = reading.construct(element, "text/plain")
    value = str(made["value"])
    if not -1 < reading.title_depth <= depth:
        reading.save("title", value, depth)
        reading.fields["title_detail"] = made
    if value:
        reading.title_depth = depth


def _media_title(reading: Reading, element: etree._Element, depth: int) -> None:
    before = reading.title_depth
    _title(reading, element, depth)
    reading.title_depth = before


def _summary(default: str, reading: Reading, element: etree._Element, depth: int) -> None:
    """A second one is content, unless there was content (_start_description, _start_summary)."""
    if "summary" in reading.fields and not reading.has_content:
        _content("text/plain", reading, element, depth)
        return
    made = reading.construct(element, default)
    made.pop("src", None)
    reading.save("summary", str(made["value"]), depth)
    reading.fields["summary_detail"] = made


def _content(default: str, reading: Reading, element: etree._Element, depth: int) -> None:
    reading.has_content = True
    made = reading.construct(element, default)
    if default == "text/html" or not made.get("src"):
        made.pop("src", None)
    reading.items("content").append(made)
    reading.fields.setdefault("summary", made["value"])


def _rights(reading: Reading, element: etree._Element, depth: int) -> None:
    made = reading.construct(element, "text/plain")
    made.pop("src", None)
    reading.save("rights", str(made["value"]), depth)
    reading.fields["rights_detail"] = made


def _id(reading: Reading, element: etree._Element, depth: int) -> None:
    is_link = reading.attributes(element).get("ispermalink", "true") == "true"
    text = text_of(element)
    value = mended(resolved(text) if is_link else text)
    reading.save("id", value, depth)
    if is_link:
        reading.fields.setdefault("link", value)


def _link(reading: Reading, element: etree._Element, depth: int) -> None:
    attributes = reading.attributes(element)
    relation = attributes.setdefault("rel", "alternate")
    attributes.setdefault("type", "application/atom+xml" if relation == "self" else "text/html")
    _enforce_href(attributes)
    reading.items("links").append(attributes)
    text = text_of(element)
    if "href" in attributes:
        attributes["href"] = resolved(attributes["href"])
        if relation == "alternate" and TYPES.get(attributes["type"], attributes["type"]) in HTML:
            reading.fields["link"] = attributes["href"]
        return
    value = QUERY.sub(r"&\g<1>", mended(resolved(text)).replace("&amp;", "&"))
    reading.fields["link"] = value
    if value:
        attributes["href"] = value


def _enclosure(reading: Reading, element: etree._Element, depth: int) -> None:
    attributes = reading.attributes(element)
    _enforce_href(attributes)
    attributes["rel"] = "enclosure"
    reading.items("links").append(attributes)
    reading.children(element, depth + 1)


def _enforce_href(attributes: dict[str, str]) -> None:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    if href:
        attributes.pop("url", None)
        attributes.pop("uri", None)
        attributes["href"] = href


def _plain(key: str, reading: Reading, element: etree._Element, depth: int) -> None:
    """An element that has a handler only for the sake of what it holds."""
    reading.attributes(element)
    reading.save(key, mended(text_of(element)), depth)


def _field(key: str, reading: Reading, element: etree._Element, depth: int) -> None:
    """An element without a handler, whose text is read here."""
    if reading.attributes(element):
        raise Strange(key)
    text = text_of(element)
    reading.save(key, mended(resolved(text) if key in RELATIVE else text), depth)


def _author(reading: Reading, element: etree._Element, depth: int) -> None:
    reading.attributes(element)
    authors = Authors(reading.fields, reading.items("authors"))
    authors.begin()
    pieces = [element.text or ""]
    for part in element:
        reading.attributes(part)
        key = key_of(part)
        if key in ("name", "email"):
            authors.say(key, text_of(part))
        elif key in ("uri", "url", "homepage"):
            authors.say("href", mended(resolved(text_of(part))))
        else:
            raise Strange(key)
        pieces.append(part.tail or "")
    reading.save("author", mended("".join(pieces).strip()), depth)
    authors.end()


def _category(scheme: str | None, reading: Reading, element: etree._Element, depth: int) -> None:
    attributes = reading.attributes(element)
    if scheme is not None:
        attributes.setdefault("scheme", scheme)
    tags = reading.items("tags")
    _tag(tags, attributes.get("term"), attributes.get("scheme", attributes.get("domain")), attributes.get("label"))
    value = mended(text_of(element))
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value
    elif value:
        _tag(tags, value, None, None)


def _keywords(scheme: str | None, reading: Reading, element: etree._Element, depth: int) -> None:
    if reading.attributes(element):
        raise Strange("keywords")
    for term in mended(text_of(element)).split(","):
        if term.strip():
            _tag(reading.items("tags"), term.strip(), scheme, None)


def _tag(tags: list[Any], term: str | None, scheme: str | None, label: str | None) -> None:
    made = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and made not in tags:
        tags.append(made)


def _source(reading: Reading, element: etree._Element, depth: int) -> None:
    """RSS's source; an atom:source holds elements."""
    attributes = reading.attributes(element)
    value = mended(text_of(element))
    reading.title_depth = -1
    address = {"href": attributes["url"]} if "url" in attributes else {}
    reading.fields["source"] = {**address, "title": value} if value else address


def _media_content(reading: Reading, element: etree._Element, depth: int) -> None:
    reading.items("media_content").append(reading.attributes(element))
    reading.children(element, depth + 1)


def _thumbnail(reading: Reading, element: etree._Element, depth: int) -> None:
    attributes = reading.attributes(element)
    address = mended(resolved(text_of(element)))
    if address:
        attributes.setdefault("url", address)
    reading.items("media_thumbnail").append(attributes)


def _group(reading: Reading, element: etree._Element, depth: int) -> None:
    reading.attributes(element)
    reading.children(element, depth + 1)


def _image(reading: Reading, element: etree._Element, depth: int) -> None:
    attributes = reading.attributes(element)
    text_of(element)
    address = attributes.get("href") or attributes.get("url")
    if address:
        reading.fields["image"] = {"href": address}


def _nothing(reading: Reading, element: etree._Element, depth: int) -> None:
    """An element whose handler fills fields that nothing of ours reads."""
    reading.attributes(element)
    text_of(element)


FIELDS = (
    "comments", "wfw_commentrss", "feedburner_origlink", "slash_comments", "thr_total", "geo_lat", "geo_long", "dc_identifier",
    "prism_doi", "prism_publicationname",
)  # fmt: skip
IGNORED = (
    "itunes_subtitle", "itunes_block", "itunes_explicit", "media_credit", "media_rating", "media_restriction", "media_license",
    "media_player", "webmaster", "dc_publisher", "expirationdate",
)  # fmt: skip
HANDLERS: Mapping[str, Handler] = {
    "title": _title, "dc_title": _title, "media_title": _media_title,
    **dict.fromkeys(("description", "dc_description", "media_description"), partial(_summary, "text/html")),
    **dict.fromkeys(("summary", "itunes_summary"), partial(_summary, "text/plain")),
    **dict.fromkeys(("content_encoded", "fullitem"), partial(_content, "text/html")),
    "content": partial(_content, "text/plain"),
    **dict.fromkeys(("rights", "copyright", "dc_rights"), _rights),
    "guid": _id, "id": _id, "link": _link, "enclosure": _enclosure,
    **dict.fromkeys(("pubdate", "published", "issued", "dcterms_issued"), partial(_plain, "published")),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), partial(_plain, "updated")),
    **dict.fromkeys(("created", "dcterms_created"), partial(_plain, "created")),
    **dict.fromkeys(("language", "dc_language"), partial(_plain, "language")),
    **dict.fromkeys(("author", "managingeditor", "dc_creator", "dc_author", "itunes_author"), _author),
    **dict.fromkeys(("category", "keywords", "dc_subject"), partial(_category, None)),
    "media_category": partial(_category, "http://search.yahoo.com/mrss/category_schema"),
    "media_keywords": partial(_keywords, None), "itunes_keywords": partial(_keywords, "http://www.itunes.com/"),
    "source": _source, "media_content": _media_content, "media_thumbnail": _thumbnail, "media_group": _group,
    "itunes_image": _image, "itunes_link": _image,
    **{key: partial(_field, key) for key in FIELDS},
    **dict.fromkeys(IGNORED, _nothing),
}  # fmt: skip
"""feedparser's names of elements → what it does with them."""
