"""Enclosures, images and podcast fields, as elements that Atom and RSS entries share.

best(enclosures) → the one that RSS holds      type_of(enclosure) → its media type, told or by its name
write(element, entry, main) → media:content, media:thumbnail, itunes:*, podcast:* children
"""

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from aggregator.model import Enclosure, FeedEntry
from aggregator.publish.elements import Element, sub
from aggregator.publish.lexical import http_uri, media_type, one_line, uri

_BY_SUFFIX = {
    "aac": "audio/aac", "avif": "image/avif", "epub": "application/epub+zip", "flac": "audio/flac", "gif": "image/gif",
    "html": "text/html", "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json", "m4a": "audio/mp4",
    "m4v": "video/mp4", "mov": "video/quicktime", "mp3": "audio/mpeg", "mp4": "video/mp4", "oga": "audio/ogg",
    "ogg": "audio/ogg", "opus": "audio/ogg", "pdf": "application/pdf", "png": "image/png", "srt": "application/x-subrip",
    "svg": "image/svg+xml", "torrent": "application/x-bittorrent", "vtt": "text/vtt", "wav": "audio/wav",
    "webm": "video/webm", "webp": "image/webp", "zip": "application/zip",
}  # fmt: skip
"""Own table: the standard library's depends on files of the machine, and the same feed must give the same bytes everywhere."""
_RANK = {"audio": 0, "video": 1, "application": 2, "text": 3, "image": 4}
"""What a reader that shows one enclosure should get first; a picture is in the content already."""
_MEDIA = frozenset({"image", "audio", "video", "document", "executable"})
_UNKNOWN = "application/octet-stream"


def type_of(enclosure: Enclosure) -> str:
    """The media type that the source told, else by the file's suffix, else the type of unknown bytes (RFC 2046 section 4.5.1)."""
    return media_type(enclosure.type) or _by_suffix(enclosure.href) or _UNKNOWN


def best(enclosures: Sequence[Enclosure]) -> Enclosure | None:
    """The enclosure for a format that holds one: sound before film before documents before pictures, then the first."""
    usable = [enclosure for enclosure in enclosures if http_uri(enclosure.href)]
    return min(usable, key=lambda enclosure: _RANK.get(type_of(enclosure).partition("/")[0], 5), default=None)


def write(element: Element, entry: FeedEntry, main: Enclosure | None) -> None:
    """Add what enclosure elements cannot say: details, the other enclosures (all but `main`), the image, podcast fields."""
    seen = set()
    for enclosure in entry.enclosures:
        url = uri(enclosure.href)
        detailed = enclosure.duration or enclosure.width or enclosure.height or enclosure.medium in _MEDIA
        if url and url not in seen and (detailed or enclosure is not main):
            seen.add(url)
            _content(element, enclosure, url)
    image = uri(entry.image)
    if image:
        sub(element, "media:thumbnail", url=image)
    written = _podcast(element, entry.extra)
    seconds = next((enclosure.duration for enclosure in entry.enclosures if enclosure.duration), None)
    if seconds and "itunes:duration" not in written and len(entry.enclosures) == 1:
        sub(element, "itunes:duration", str(round(seconds)))


def _content(element: Element, enclosure: Enclosure, url: str) -> None:
    """Without media:title: there are readers that take it for the entry's."""
    sub(
        element,
        "media:content",
        url=url,
        fileSize=_positive(enclosure.length),
        type=type_of(enclosure),
        medium=enclosure.medium if enclosure.medium in _MEDIA else None,
        duration=_positive(enclosure.duration),
        width=_positive(enclosure.width),
        height=_positive(enclosure.height),
    )


def _podcast(element: Element, extra: Mapping[str, str]) -> set[str]:
    """Write the fields we know, in the order of the table whatever the source's; returns their names."""
    told = {name.lower(): value for name, value in sorted(extra.items())}
    written = set()
    for name, make in _FIELDS.items() if told else ():
        value = one_line(told.get(name.lower()))
        for text, attributes in make(value) if value else ():
            sub(element, name, text, **attributes)
            written.add(name)
    return written


_Made = Sequence[tuple[str | None, dict[str, str]]]
"""Text and attributes of the elements that a field's value makes: none if the value is not one that the namespace allows."""


def _text(limit: int) -> Callable[[str], _Made]:
    return lambda value: [(value[:limit], {})]


def _matching(pattern: str) -> Callable[[str], _Made]:
    return lambda value: [(value, {})] if re.fullmatch(pattern, value, re.ASCII) else []


def _choice(choices: Mapping[str, str]) -> Callable[[str], _Made]:
    return lambda value: [(choices[value.lower()], {})] if value.lower() in choices else []


def _image(value: str) -> _Made:
    href = http_uri(value)
    return [(None, {"href": href})] if href else []


def _files(fallback: str) -> Callable[[str], _Made]:
    """An element for each address: a field that a source repeats comes as addresses with spaces between them."""

    def make(value: str) -> _Made:
        urls = [url for part in value.split() if (url := uri(part))]
        return [(None, {"url": url, "type": _by_suffix(url) or fallback}) for url in urls]

    return make


_YES = dict.fromkeys(("true", "yes", "explicit"), "true")
_NO = dict.fromkeys(("false", "no", "clean"), "false")
_FIELDS: Mapping[str, Callable[[str], _Made]] = {
    # https://podcasters.apple.com/support/823-podcast-requirements, with the limits of w3c/feedvalidator
    "itunes:author": _text(255),
    "itunes:block": _choice({"yes": "Yes"}),
    "itunes:duration": _matching(r"\d{1,9}(:[0-5]\d(:[0-5]\d)?)?"),
    "itunes:episode": _matching(r"[1-9]\d{0,8}"),
    "itunes:episodeType": _choice({"full": "full", "trailer": "trailer", "bonus": "bonus"}),
    "itunes:explicit": _choice(_YES | _NO),
    "itunes:image": _image,
    "itunes:keywords": _text(255),
    "itunes:season": _matching(r"[1-9]\d{0,8}"),
    "itunes:subtitle": _text(255),
    "itunes:summary": _text(4000),
    "itunes:title": _text(255),
    # https://podcastindex.org/namespace/1.0
    "podcast:chapters": _files("application/json+chapters"),
    "podcast:episode": _matching(r"\d{1,9}(\.\d{1,9})?"),
    "podcast:season": _matching(r"\d{1,9}"),
    "podcast:transcript": _files("text/plain"),
}


def _by_suffix(href: str) -> str | None:
    try:
        path = urlsplit(href).path
    except ValueError:
        return None
    return _BY_SUFFIX.get(path.rpartition(".")[2].lower())


def _positive(number: float | None) -> str | None:
    return str(round(number)) if number and number >= 0.5 else None
