"""What our own feeds say of themselves: the ids under which entries went out, for a store that no longer knows.

    read(bytes, format) → Legacy: the feed's id, and of each entry its id, its dates, and title and address of all that it told

Whatever cannot be understood is left out: these files are a help, not an authority.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree

from aggregator.model import Heir
from aggregator.publish.feedgen_extension import ATOM, CONTENT

_OURS = "urn:uuid:"
"""How our ids begin."""


@dataclass(frozen=True, slots=True)
class Legacy:
    """A feed, or one of its archives, as it was published."""

    feed_id: str | None = None
    """RSS has none."""
    heirs: tuple[Heir, ...] = ()


def read(body: bytes, format: str) -> Legacy:
    """What a document of ours in a format (`atom`, `rss`, `json`) holds; nothing if it is none."""
    try:
        return _json(json.loads(body)) if format == "json" else _xml(body, format)
    except (ValueError, OverflowError, TypeError, KeyError, AttributeError, RecursionError, etree.XMLSyntaxError):
        return Legacy()


def _xml(body: bytes, format: str) -> Legacy:
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    entries = root.iterfind(f"{{{ATOM}}}entry" if format == "atom" else "channel/item")
    heirs = [heir for element in entries if (heir := _atom(element) if format == "atom" else _rss(element))]
    feed_id = root.findtext(f"{{{ATOM}}}id") if format == "atom" else None
    return Legacy(feed_id if feed_id and feed_id.startswith(_OURS) else None, tuple(heirs))


def _atom(entry: etree._Element) -> Heir | None:
    links = [(link.get("rel") or "alternate", link.get("href"), link.get("title")) for link in entry.iterfind(f"{{{ATOM}}}link")]
    return _heir(
        entry.findtext(f"{{{ATOM}}}id"),
        entry.findtext(f"{{{ATOM}}}title"),
        next((href for rel, href, _ in links if rel == "alternate"), None),
        [(title, href) for rel, href, title in links if rel == "related"],
        datetime.fromisoformat(entry.findtext(f"{{{ATOM}}}published") or ""),
        datetime.fromisoformat(entry.findtext(f"{{{ATOM}}}updated") or ""),
        entry.findtext(f"{{{ATOM}}}content") or entry.findtext(f"{{{ATOM}}}summary"),
    )


def _rss(item: etree._Element) -> Heir | None:
    links = [link for link in item.iterfind(f"{{{ATOM}}}link") if link.get("rel") == "related"]
    published = parsedate_to_datetime(item.findtext("pubDate") or "")
    return _heir(
        item.findtext("guid"),
        item.findtext("title"),
        item.findtext("link"),
        [(link.get("title"), link.get("href")) for link in links],
        published,
        datetime.fromisoformat(item.findtext(f"{{{ATOM}}}updated") or published.isoformat()),
        item.findtext(f"{{{CONTENT}}}encoded") or item.findtext("description"),
    )


def _json(document: Mapping[str, Any]) -> Legacy:
    heirs = []
    for item in document["items"]:
        others = (item.get("_aggregator") or {}).get("also_covered_by") or ()
        heir = _heir(
            item["id"],
            item.get("title"),
            item.get("url"),
            [(f": {other.get('title') or ''}", other.get("url")) for other in others],
            datetime.fromisoformat(item["date_published"]),
            datetime.fromisoformat(item["date_modified"]),
            item.get("content_html"),
        )
        if heir is not None:
            heirs.append(heir)
    feed_id = (document.get("_aggregator") or {}).get("id")
    return Legacy(feed_id if isinstance(feed_id, str) and feed_id.startswith(_OURS) else None, tuple(heirs))


def _heir(
    id: object,
    title: str | None,
    link: str | None,
    related: Iterable[tuple[str | None, str | None]],
    published: datetime,
    updated: datetime,
    html: str | None,
) -> Heir | None:
    if not isinstance(id, str) or not id.startswith(_OURS):
        return None
    told = [(title or "", link or ""), *(((text or "").partition(": ")[2], href or "") for text, href in related)]
    return Heir(
        entry_id=id, published=published.astimezone(UTC), updated=updated.astimezone(UTC), told=tuple(told), html=html or ""
    )
