"""A text file that somebody kept → an entry: Markdown with properties, as web clippers and exports write it, or plain text.

    bytes ─decode→ text ─split→ properties + body ─Markdown→ Entry

Property names are those of the Obsidian web clipper (title, source, author, published, created, description, tags), of static
site generators (date, modified, categories, lang, image) and of exports (`URL 1`, `Created`). Dates are passed on as written.
"""

import html
import re
from pathlib import PurePosixPath

from aggregator.errors import ParseError
from aggregator.model import Category, Entry, FeedHeader, Person, Text
from aggregator.sources.charset import decode
from aggregator.sources.markdown import Markdown
from aggregator.sources.properties import Properties, split

MAX_BYTES = 1_000_000
"""Prose takes 0.2 s of CPU a megabyte, the worst Markdown 10 s (measured); a longer file is no clipping."""
MAX_TITLE = 200
"""Characters of a plain text's first line that can be its title."""
_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]{1,4000}", re.IGNORECASE)
_WIKI = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]")
_LABELLED = re.compile(r"\[([^\[\]]+)\]\([^()\s]*\)")


def clipping(body: bytes, *, path: str, markdown: bool = True) -> Entry:
    """The entry of a file. `path` is relative to the folder: the entry's id where it has neither id nor address.

    `markdown` False reads a text without properties as paragraphs. Raises ParseError for a file without text, or too long a one.
    """
    if len(body) > MAX_BYTES:
        raise ParseError(f"{path}: {len(body)} bytes are too many for a clipping (at most {MAX_BYTES})")
    text = decode(body).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    properties, rest = split(text)
    title = _text(properties, "title")
    if not markdown and not properties:
        title, content = _paragraphs(rest)
        image = None
    else:
        parsed = Markdown(rest)
        heading = parsed.heading()
        image = parsed.image()
        if heading and (title is None or _same(heading, title)):
            title = title or heading
            parsed.drop_heading()
        content = parsed.html()
    if not content and not properties and not title:
        raise ParseError(f"{path}: the file holds no text")
    link = _address(properties, "source", "url", "link", "permalink", "canonical", "original")
    site = _text(properties, "site", "site_name", "publication")
    return Entry(
        id=_text(properties, "id", "guid") or link or path,
        link=link,
        title=Text(value=title or PurePosixPath(path).stem),
        summary=_summary(properties),
        content=Text(value=content, type="html", base=link) if content else None,
        published=_text(properties, "published", "date", "created", "added", "clipped"),
        updated=_text(properties, "modified", "updated", "last_modified", "last_edited", "last_edited_time"),
        authors=_authors(properties),
        categories=_categories(properties),
        image=_address(properties, "image", "cover", "thumbnail", "banner") or image,
        language=_text(properties, "lang", "language"),
        source=FeedHeader(title=Text(value=site)) if site else None,
        base=link,
    )


def _paragraphs(text: str) -> tuple[str | None, str]:
    """Title and HTML of a plain text: its first line, if it is short, and its paragraphs."""
    blocks = [block.strip("\n") for block in re.split(r"\n[ \t]*\n", text.strip()) if block.strip()]
    title = None
    if blocks:
        first, _, rest = blocks[0].partition("\n")
        if len(first.strip()) <= MAX_TITLE:
            title = first.strip()
            blocks[:1] = [rest] if rest.strip() else []
    return title, "\n".join(f"<p>{html.escape(block, quote=False).replace(chr(10), '<br>')}</p>" for block in blocks)


def _text(properties: Properties, *names: str) -> str | None:
    for name in names:
        for value in properties.get(name, ()):
            if value.strip():
                return _plain(value)
    return None


def _summary(properties: Properties) -> Text | None:
    value = _text(properties, "description", "summary", "excerpt", "subtitle")
    return Text(value=value) if value else None


def _address(properties: Properties, *names: str) -> str | None:
    """The first http(s) address under these names, bare or inside a Markdown link."""
    for name in names:
        for value in properties.get(name, ()):
            if match := _ADDRESS.search(value):
                return match[0] if "(" in value or "<" in value or "[" in value else value[match.start() :].split()[0]
    return None


def _authors(properties: Properties) -> tuple[Person, ...]:
    """Names, each once; an address alone (of a profile) is a person's uri."""
    people: dict[str, Person] = {}
    for name in ("author", "authors", "by", "creator"):
        for value in properties.get(name, ()):
            linked = _WIKI.findall(value)
            for person in linked if len(linked) > 1 else [_plain(value)]:
                if person.strip():
                    is_uri = _ADDRESS.fullmatch(person.strip()) is not None
                    people.setdefault(person.strip(), Person(uri=person.strip()) if is_uri else Person(name=person.strip()))
    return tuple(people.values())


def _categories(properties: Properties) -> tuple[Category, ...]:
    terms: dict[str, Category] = {}
    for name in ("tags", "tag", "keywords", "categories", "category", "topics"):
        values = properties.get(name, ())
        for value in values:
            # one string holds several where it is the only one: `a, b` or `#a #b`
            several = re.split(r"\s*[,;]\s*|\s+(?=#)", value) if len(values) == 1 else [value]
            for part in several:
                term = _plain(part).lstrip("#").strip()
                if term:
                    terms.setdefault(term, Category(term=term))
    return tuple(terms.values())


def _plain(value: str) -> str:
    """A property's text without the brackets of links."""
    return " ".join(_LABELLED.sub(r"\1", _WIKI.sub(r"\1", value)).split())


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
