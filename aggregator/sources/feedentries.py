"""feedparser's entry dicts → Entry.

    entry(fields, url, format, extra) → Entry, or None for an empty element

`id` is the guid as it stands. `link` is, in this order: feedburner:origLink, the first alternate, the guid where it is a
permalink and an http(s) address, the address of content that stands elsewhere.
"""

from collections.abc import Mapping

from aggregator.model import Enclosure, Entry, Link, Text
from aggregator.sources.feedheader import header
from aggregator.sources.feedvalues import (
    MANY,
    Fields,
    address,
    alternate,
    categories,
    construct,
    links,
    number,
    objects,
    people,
    single,
    string,
    text,
    web,
)

EXTRA = {
    "slash_comments": "slash:comments",
    "thr_total": "thr:total",
    "geo_lat": "geo:lat",
    "geo_long": "geo:long",
    "georss_point": "georss:point",
    "dc_identifier": "dc:identifier",
    "prism_doi": "prism:doi",
    "prism_publicationname": "prism:publicationName",
}
"""Fields of other modules that are worth keeping, by their qualified name; iTunes and podcast fields come from the markup."""
TEXTUAL = ("text/", "application/xhtml+xml")
HELD_ELSEWHERE = frozenset({"alternate", "enclosure", "self"})


def entry(fields: Fields, url: str, format: str, extra: Mapping[str, str], mark: str = "") -> Entry | None:
    """An entry as the source said it; None for an empty element."""
    found = links(fields, url)
    title, rights = text(fields, "title", url), text(fields, "rights", url)
    summary, content = _texts(fields, url)
    base = next((part.base for part in (title, content, summary, rights) if part and part.base), url)
    enclosures = _enclosures(fields, base)
    published, updated = string(fields, "published") or string(fields, "created"), string(fields, "updated")
    source = single(fields, "source")
    made = Entry(
        id=string(fields, "id"),
        link=_link(fields, found, url),
        title=title,
        summary=summary,
        content=content,
        # dc:date is all that RSS 1.0 has, and feedparser files it under `updated`
        published=published or (updated if format.startswith("rss") else None),
        updated=updated,
        authors=people(fields, "authors", url),
        contributors=people(fields, "contributors", url),
        categories=categories(fields),
        enclosures=enclosures,
        links=_others(fields, found, url),
        image=_image(fields, enclosures, base),
        language=string(fields, "language") or next((part.language for part in (content, summary, title) if part), None),
        rights=rights,
        source=header(source, url) if source else None,
        comments=_comments(fields, found, url),
        base=base,
        extra={**{name: value for key, name in EXTRA.items() if (value := string(fields, key))}, **extra},
        mark=mark,
    )
    return None if fields.keys() <= {"links"} and made == Entry(base=base) else made


def _link(fields: Fields, found: tuple[Link, ...], url: str) -> str | None:
    original = string(fields, "feedburner_origlink")
    if web(original):
        return original
    page = alternate(found)
    if page:
        return page
    permalink = string(fields, "link")
    if web(permalink):
        return permalink
    return next((address(src, url) for one in objects(fields, "content") if (src := string(one, "src"))), None)


def _texts(fields: Fields, url: str) -> tuple[Text | None, Text | None]:
    """Summary and content.

    feedparser copies content into an absent summary (without `summary_detail`), and files a second description (itunes:summary,
    media:description) as content: such a one is content only if it says more than the description.
    """
    summary = text(fields, "summary", url) if "summary_detail" in fields else None
    contents = [one for one in objects(fields, "content") if (string(one, "type") or "text/plain").startswith(TEXTUAL)]
    texts = [made for one in contents if (made := construct(one, url))]
    content = next((one for one in texts if one.type == "html"), texts[0] if texts else None)
    if content is None:
        made = None if summary or "content" in fields else text(fields, "summary", url)
        return summary or made, None
    if summary and content.type == "text" and len(content.value) <= len(summary.value):
        return summary, None
    if summary and summary.value == content.value:
        return None, content
    return summary, content


def _enclosures(fields: Fields, base: str) -> tuple[Enclosure, ...]:
    """Enclosures and Media RSS contents, one for each address; what one says of a file and another does not is joined."""
    found: dict[str, Enclosure] = {}
    for one in objects(fields, "links"):
        if one.get("rel") == "enclosure":
            _join(found, _enclosure(one, address(string(one, "href"), base), "length"))
    for one in objects(fields, "media_content"):
        _join(found, _enclosure(one, address(string(one, "url") or string(one, "href"), base), "filesize"))
    return tuple(found.values())[:MANY]


def _enclosure(fields: Fields, href: str | None, length: str) -> Enclosure | None:
    if href is None:
        return None
    size, width, height = (number(string(fields, key), 2.0**53) for key in (length, "width", "height"))
    return Enclosure(
        href=href,
        type=string(fields, "type"),
        length=int(size) if size is not None else None,
        title=string(fields, "title"),
        duration=number(string(fields, "duration"), 2.0**31),
        medium=string(fields, "medium"),
        width=int(width) if width else None,
        height=int(height) if height else None,
    )


def _join(found: dict[str, Enclosure], new: Enclosure | None) -> None:
    if new is None:
        return
    old = found.get(new.href)
    if old is None:
        found[new.href] = new
        return
    found[new.href] = Enclosure(
        href=new.href,
        type=old.type or new.type,
        length=old.length if old.length is not None else new.length,
        title=old.title or new.title,
        duration=old.duration if old.duration is not None else new.duration,
        medium=old.medium or new.medium,
        width=old.width or new.width,
        height=old.height or new.height,
    )


def _image(fields: Fields, enclosures: tuple[Enclosure, ...], base: str) -> str | None:
    """itunes:image, else the first thumbnail, else the first enclosure that is a picture."""
    image = single(fields, "image") or {}
    thumbnail = next((href for one in objects(fields, "media_thumbnail") if (href := string(one, "url"))), None)
    picture = (one.href for one in enclosures if one.medium == "image" or (one.type or "").startswith("image/"))
    return address(string(image, "href") or thumbnail, base) or next(picture, None)


def _others(fields: Fields, found: tuple[Link, ...], url: str) -> tuple[Link, ...]:
    others = [link for link in found if link.rel not in HELD_ELSEWHERE]
    replies = address(string(fields, "wfw_commentrss"), url)
    if replies and all(link.href != replies for link in others):
        others.append(Link(href=replies, rel="replies", type="application/rss+xml"))
    return tuple(others[:MANY])


def _comments(fields: Fields, found: tuple[Link, ...], url: str) -> str | None:
    page = address(string(fields, "comments"), url)
    return page or next((link.href for link in found if link.rel == "replies" and link.type == "text/html"), None)
