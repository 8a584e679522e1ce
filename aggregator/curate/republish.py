"""How much of somebody else's entry is published: by what the operator says, else by what its publisher declares. Pure.

    republished(entry, setting) → the entry as it may leave us
    allowed(entry)              → full | excerpt, by the licence and the rights that stand with it

    full     everything
    excerpt  the first sentences, as text; no pictures, no transcripts; sound, film and files stay: they are the publisher's own
    title    title, address, people, dates and where it comes from

Licence, rights and attribution always stay.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from html import escape

from selectolax.lexbor import LexborHTMLParser

from aggregator.curate.excerpt import excerpt
from aggregator.model import Enclosure, FeedEntry, Html, Republish

_OPEN = re.compile(
    r"https?://(?:www\.)?(?:creativecommons\.org/(?:licenses|publicdomain)/|opendatacommons\.org/licenses/"
    r"|gnu\.org/(?:licenses|copyleft)/|nationalarchives\.gov\.uk/doc/open-government-licence|artlibre\.org/"
    r"|opensource\.org/licen[sc]es?/|etalab\.gouv\.fr/|govdata\.de/dl-de/|data\.gov\.in/|unlicense\.org)",
    re.IGNORECASE,
)
"""Licences that allow to pass a whole work on, unchanged and named. That is what we do (markup aside, which Creative Commons 4.0
section 2(a)(4) calls no adaptation), so NoDerivatives is among them; NonCommercial is the operator's to judge."""
_UNSPECIFIED = re.compile(r"https?://purl\.org/(?:atompub|syndication)/license", re.IGNORECASE)
"""RFC 4946 section 2.1: a licence that says that there is none."""
_OPEN_WORDS = re.compile(
    r"creative\s*commons|\bcc[ -](?:by|0)\b|\bcc0\b|public\s+domain|gemeinfrei|domaine\s+public", re.IGNORECASE
)
_RESERVED = re.compile(
    r"\ball\s+rights?\s+reserved|alle\s+rechte\s+vorbehalten|tous\s+droits\s+r[ée]serv[ée]s|tutti\s+i\s+diritti(?:\s+sono)?\s+riservati"
    r"|todos\s+(?:los\s+derechos|os\s+direitos)\s+reservados|alle\s+rechten\s+voorbehouden|wszelkie\s+prawa\s+zastrze[żz]one"
    r"|все\s+права\s+защищены|版权所有|版權所有|禁止转载|禁止轉載|無断転載|無断複写|全著作権所有|무단\s*전재",
    re.IGNORECASE,
)
_WORDLESS = frozenset(
    {"itunes:author", "itunes:block", "itunes:duration", "itunes:episode", "itunes:episodetype", "itunes:explicit"}
    | {"itunes:season", "itunes:title", "podcast:episode", "podcast:season"}
)
"""Fields of a podcast that an excerpt keeps: the others hold texts and pictures, or lead to them."""


def republished(entry: FeedEntry, setting: Republish | None = None) -> FeedEntry:
    """Return the entry with as much of it as may be published. `setting` None: what its publisher declares decides."""
    how = setting or allowed(entry)
    if how == "full":
        return entry
    bare = replace(entry, content=None, summary=None, text="", image=None)
    if how == "title":
        return replace(bare, enclosures=(), extra={})
    short = excerpt(_plain(entry.summary) or entry.text)
    return replace(
        bare,
        summary=_paragraphs(short),
        text=short,
        enclosures=tuple(one for one in entry.enclosures if not _is_picture(one)),
        extra={name: value for name, value in entry.extra.items() if name.lower() in _WORDLESS},
    )


def allowed(entry: FeedEntry) -> Republish:
    """Return what the publisher's own words allow: those about the entry, else those about its source; without any, everything.

    An open licence allows everything; a licence that we do not know, and rights that are reserved, an excerpt.
    """
    own = _read([link.href for link in entry.links if link.rel == "license"], entry.rights)
    source = entry.source
    theirs = _read([source.license] if source and source.license else [], source.rights if source else None)
    return own or theirs or "full"


def _read(licenses: Iterable[str], rights: str | None) -> Republish | None:
    declared = [license for license in licenses if not _UNSPECIFIED.match(license)]
    if any(map(_OPEN.match, declared)) or _OPEN_WORDS.search(rights or ""):
        return "full"
    return "excerpt" if declared or _RESERVED.search(rights or "") else None


def _plain(html: Html | None) -> str:
    body = LexborHTMLParser(f"<body>{html}</body>").body if html else None
    return " ".join(body.text(separator=" ").split()) if body is not None else ""


def _paragraphs(text: str) -> Html | None:
    """Escaped here, and so as clean as what the normalizer makes."""
    return Html("".join(f"<p>{escape(line, quote=False)}</p>" for line in text.splitlines())) or None


def _is_picture(enclosure: Enclosure) -> bool:
    return enclosure.medium == "image" or (enclosure.type or "").lower().startswith("image/")
