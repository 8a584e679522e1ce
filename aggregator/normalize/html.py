"""Hostile markup → Html: an allow list, absolute addresses, no tracking, and clean(clean(x)) == clean(x).

    clean     markup → caps → nh3 → images → again, until nothing changes → Html
    escape    plain text → Html

What cannot be made stable, or is nested too deeply, is reduced to its text.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import nh3

from aggregator.model import Html
from aggregator.normalize.addresses import cleaned
from aggregator.normalize.characters import safe
from aggregator.normalize.nesting import is_deep
from aggregator.normalize.settled import is_settled
from aggregator.normalize.text import plain

LIMIT = 1_000_000
"""Characters of one content, before and after."""
_ROUNDS = 5
_REFERENCES = 5_000
"""Ampersands that nh3 may see as they are: it is quadratic in those that begin no reference (900,000 take 7 s)."""
_BARE = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)")

_TAGS = frozenset(
    """
    a abbr acronym address article aside audio b bdi bdo big blockquote br caption center cite code col colgroup dd del details
    dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark menu nav ol p
    picture pre q rp rt ruby s samp section small source span strike strong sub summary sup table tbody td tfoot th thead time
    tr tt u ul var video wbr
    """.split()
)
_CONTENT_DROPPED = frozenset(
    """
    script style noscript noembed noframes template svg math iframe frame frameset object embed applet select option
    textarea button title head xmp plaintext canvas dialog datalist
    """.split()
)
_ATTRIBUTES = {
    "*": {"title", "lang", "dir"},
    "a": {"href", "hreflang"},
    "audio": {"src"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height", "data-src", "data-lazy-src", "data-original"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "type", "media"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope", "abbr"},
    "time": {"datetime"},
    "video": {"src", "poster", "width", "height"},
}
_SET = {"audio": {"controls": ""}, "video": {"controls": ""}}
_ADDRESSES = frozenset({"href", "src", "cite", "poster", "data-src", "data-lazy-src", "data-original"})
_NUMBERS = frozenset({"width", "height", "colspan", "rowspan", "span", "start", "value"})
_LONGEST = 2_000
"""Characters of an attribute that is no address."""
_NUMBER = re.compile(r"-?[0-9]{1,5}")
_MAILTO = re.compile(r"mailto:[^\s@:/?#<>\"'`\\]{1,64}@[^\s@:/?#<>\"'`\\]{1,255}", re.I)

# The serializer's own grammar (HTML section 13.3): attributes are always quoted, and quotes within them escaped.
_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_LAZY = ("data-src", "data-lazy-src", "data-original")
_MEDIA = re.compile("<(?:img|video|audio|source)[ >]")
_WORD = re.compile("(?:^|>)[^<>&]*[A-Za-z0-9]")
"""A letter outside of tags and references: almost all markup has one, and then its text need not be made to see that."""
_PIXEL_HOSTS = re.compile(
    r"^https?://(?:[^/?#]*\.)?(?:pixel\.wp\.com|stats\.wordpress\.com|google-analytics\.com|doubleclick\.net|feedsportal\.com"
    r"|pixel\.quantserve\.com|sb\.scorecardresearch\.com|pheedo\.com|feedads\.g\.doubleclick\.net|api\.follow\.it)[/?#]"
    r"|^https?://feeds\.feedburner\.com/~r/|^https?://feeds\.feedburner\.com/~ff/|^https?://medium\.com/_/stat[/?]",
    re.I,
)


def clean(value: str, base: str = "") -> Html | None:
    """Return markup as sanitized HTML with absolute addresses; None if nothing that a reader could see is left."""
    html = _stable(safe(value[:LIMIT]), base)
    if len(html) > LIMIT:
        html = _reduced(html)
    return Html(html) if _is_visible(html) else None


def escape(value: str) -> Html | None:
    """Return plain text as HTML: blank lines separate paragraphs, other line ends are kept."""
    value = safe(value[:LIMIT]).strip()
    if not value:
        return None
    if "\n" not in value:
        return clean(_escaped(value))
    paragraphs = re.split(r"\n[ \t]*\n\s*", value)
    lines = ("<br>".join(map(str.strip, paragraph.split("\n"))) for paragraph in map(_escaped, paragraphs))
    return clean("".join(f"<p>{line}</p>" for line in lines))


def _stable(html: str, base: str) -> str:
    if "<" not in html and "&" not in html and ">" not in html and "\xa0" not in html:
        return html
    if html.count("&") > _REFERENCES:
        html = _BARE.sub("&amp;", html)
    if len(html) > LIMIT or is_deep(html):
        return _reduced(html)
    clean_once = _cleaner(base)
    before, after = html, clean_once(html)
    for _ in range(_ROUNDS):
        if before == after or is_settled(after):
            return after
        before, after = after, clean_once(after)
    return after if before == after else _reduced(after)


def _reduced(html: str) -> str:
    """Return only the text, in paragraphs, with room for what escaping adds."""
    text = safe(plain(html))[: LIMIT // 8]
    return "".join(f"<p>{_escaped(line)}</p>" for line in text.split("\n") if line)


def _escaped(text: str) -> str:
    """Escape as the serializer does, so that cleaning changes nothing."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")


def _is_visible(html: str) -> bool:
    if _WORD.search(html) is not None or _MEDIA.search(html) is not None:
        return True
    return bool(html) and bool(plain(html[:20_000]) or plain(html))


@lru_cache(maxsize=64)
def _cleaner(base: str) -> Callable[[str], str]:
    """Return one pass of cleaning: nh3, then images. Passes are repeated, so that nh3 has the last word on what images leave."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "rel":  # ours: no source's is let through
            return value
        if name in _ADDRESSES:
            return cleaned(value, base) or (value if tag == "a" and _MAILTO.fullmatch(value) else None)
        if name in _NUMBERS:
            match = _NUMBER.match(value.strip())
            return match.group() if match else None
        return safe(value)[:_LONGEST]

    cleaner = nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_CONTENT_DROPPED),
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        set_tag_attribute_values=_SET,
        url_schemes={"http", "https", "mailto", "feed"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )

    def once(html: str) -> str:
        numeric = "&#" in html  # the only way in for characters that were not there before
        html = cleaner.clean(html)
        if numeric:
            html = safe(html)
        return _IMAGE.sub(_image, html) if "<img" in html else html

    return once


def _image(match: re.Match[str]) -> str:
    """Return an image tag again: with the address that a script would have set, or not at all if it only tracks."""
    found = dict(_ATTRIBUTE.findall(match[1]))
    lazy = [found.pop(name) for name in _LAZY if name in found]
    if lazy:
        found["src"] = lazy[0]
    source = found.get("src", "")
    tiny = found.get("width") in {"0", "1"} or found.get("height") in {"0", "1"}
    if not source or tiny or _PIXEL_HOSTS.match(source):
        return ""
    return match.group() if not lazy else "<img" + "".join(f' {name}="{value}"' for name, value in found.items()) + ">"
