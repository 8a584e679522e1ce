"""Markup → plain text, and titles.

plain        markup → text, paragraphs kept apart by newlines
inline       Text (plain or markup) → one line
title_from   what an untitled item is called
"""

import re
from datetime import datetime
from html import unescape
from urllib.parse import unquote, urlsplit

import nh3

from aggregator.model import Plain, Text
from aggregator.normalize.characters import composed, cut, fold, line, safe

TITLE_LIMIT = 500
UNTITLED_LIMIT = 80
TEXT_LIMIT = 200_000
_RAW_LINE = 8_192
"""Characters of markup that are read for a line of at most 500."""

_BLOCK = re.compile(
    # by their first letters: so many alternatives in a row would each be tried at every tag
    r"</?+(?:a(?:ddress|rticle|side|udio)|b(?:lockquote|r)|c(?:aption|enter)|d(?:d|etails|iv|l|t)|f(?:igcaption|igure|ooter)"
    r"|h(?:[1-6]|eader|r)|li|m(?:ain|enu)|nav|ol|p(?:re)?|s(?:ection|ummary)|t(?:able|body|foot|head|r)|ul|video)(?=[\s/>])[^<>]*+>",
    re.I,
)
_TAG = re.compile(r"<[^<>]*+>")
_BREAKS = re.compile(r"<(?=/?(?:address|br|dd|div|dt|h[1-6]|hr|li|p|td|th|tr)[\s/>])", re.I)
_EXTENSION = re.compile(r"\.[a-z0-9]{1,5}$", re.I)

_STRIP = nh3.Cleaner(
    tags=set(),
    clean_content_tags={
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
        "textarea",
        "title",
        "select",
    },
)


def plain(html: str) -> str:
    """Return the text of sanitized markup: blocks end lines, cells are kept apart, references decoded once, NFC."""
    html = html.replace("\n", " ")
    if "<" in html:
        html = _TAG.sub("", _BLOCK.sub("\n", html.replace("</td><td", "</td> <td").replace("</th><th", "</th> <th")))
    if "&" in html:
        html = unescape(html)
    return composed("\n".join(filter(None, map(fold, html.split("\n")))))


def inline(text: Text | None, limit: int) -> Plain | None:
    """Return a text construct as one line: markup is taken from `html` (and decoded once), `text` is kept literally."""
    if text is None or not text.value:
        return None
    value = text.value[:_RAW_LINE]
    if text.type == "html":
        value = safe(value)
        if "<" in value:
            value = _STRIP.clean(_BREAKS.sub(" <", value))
        if "&" in value:
            value = unescape(value)
    return line(value, limit) or None


def title_from(text: str, link: str | None, date: datetime | None) -> Plain:
    """Return what an untitled item is called: the start of its text, else the end of its address, else its date."""
    start = " ".join(text[: 8 * UNTITLED_LIMIT].split())
    if start:
        return line(cut(start, UNTITLED_LIMIT), UNTITLED_LIMIT)
    if link is not None:
        segment = unquote(urlsplit(link).path).rstrip("/").rpartition("/")[2]
        words = line(_EXTENSION.sub("", segment).replace("-", " ").replace("_", " "), UNTITLED_LIMIT)
        if any(character.isalpha() for character in words):
            return words
        return line(urlsplit(link).netloc, UNTITLED_LIMIT)
    if date is not None:
        return Plain(f"{date:%Y-%m-%d %H:%M}")
    return Plain("Untitled")
