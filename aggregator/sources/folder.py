"""The kind `folder`: files that somebody keeps, each read as what its bytes are.

    Request(file: address of the path, patterns) ─fetch→ a Document per file ─sniff→
        feed, JSON Feed         its entries, under their own ids, attributed to that feed
        WordPress posts (JSON)  an entry per post
        Markdown, plain text    one entry (aggregator.sources.clipping)
        HTML                    one entry (aggregator.sources.page)
        anything else           ParseError that names the file

An entry without id or address of its own is known by its file's path relative to the folder, so that a folder may move.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from aggregator.errors import ParseError
from aggregator.model import Document, Parsed, Request, Source, State
from aggregator.sources import jsontext
from aggregator.sources.clipping import clipping
from aggregator.sources.feedbytes import parse_feed
from aggregator.sources.page import page
from aggregator.sources.sniff import Kind, sniff
from aggregator.sources.wordpress_post import entry as post_entry
from aggregator.sources.wordpress_post import is_post, posts

GLOB = tuple(f"**/*.{ending}" for ending in ("md", "markdown", "txt", "json", "xml", "rss", "atom", "html"))
NOTES = frozenset({".md", ".markdown"})
"""Endings that say more than the bytes: Markdown may begin with HTML, or with anything."""
TEXTS = NOTES | {".txt", ".text", ""}
REFUSED: dict[Kind, str] = {
    "opml": 'OPML, a list of feeds: give it a source of kind "opml", or take them over with `aggregator import`',
    "sitemap": "a sitemap, which has no entries to read",
    "robots": "a robots.txt, which has no entries to read",
    "xml": "XML, but no feed that is known here",
    "text": "neither a feed nor a page, whatever the name says: damaged, or plain text that should be called .txt",
    "markdown": "neither a feed nor a page, whatever the name says: Markdown should be called .md",
    "binary": "binary data: leave it out with `glob`",
    "empty": "empty",
}


class FolderOptions(BaseModel):
    """Keys of a `[[source]]` of kind `folder`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    glob: str | tuple[str, ...] = Field(default=GLOB, description="which files to read, relative to path; ** for any folders")


class FolderAdapter:
    """Reads files below a path; see the module."""

    Options: type[BaseModel] = FolderOptions
    local: bool = True

    def requests(self, source: Source, state: State) -> Sequence[Request]:
        """The folder (or file) itself; the fetcher makes a document of each file that matches."""
        if source.path is None:
            return ()
        options = source.options if isinstance(source.options, FolderOptions) else FolderOptions()
        patterns = (options.glob,) if isinstance(options.glob, str) else tuple(options.glob)
        return (Request(url=Path(source.path).as_uri(), patterns=patterns),)

    def parse(self, document: Document, source: Source, known: Set[str]) -> Parsed:
        """The entries of one file. Raises ParseError, naming the file by its path in the folder."""
        path = relative(document, source)
        kind = sniff(document.body)
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in NOTES and kind not in ("binary", "empty"):
            kind = "markdown"
        return _reader(kind, suffix, native=source.native)(document, path, kind)


def relative(document: Document, source: Source) -> str:
    """The path of a document's file within its folder, with slashes; the file's name where the path is the file itself."""
    path = PurePosixPath(_text(urlsplit(document.url).path))
    for root in (source.path, _text(urlsplit(document.request.url).path)):
        if root and path.is_relative_to(root) and path != PurePosixPath(root):
            return str(path.relative_to(root))
    return path.name


def _text(path: str) -> str:
    """An address' path without its escapes, where these stand for text; names of other bytes keep them, and stay apart."""
    try:
        return unquote(path, errors="strict")
    except UnicodeDecodeError:
        return path


def _reader(kind: Kind, suffix: str, *, native: bool) -> Callable[[Document, str, Kind], Parsed]:
    if kind in ("xml-feed", "jsonfeed"):
        return partial(_feed, native)
    if kind in ("wordpress", "json"):
        return _posts
    if kind == "html":
        return _page
    if kind in ("markdown", "text") and suffix in TEXTS:
        return _clipping
    return _refuse


def _feed(native: bool, document: Document, path: str, kind: Kind) -> Parsed:
    try:
        # where the folder lies is nobody's business, and must not make another entry of what is moved
        parsed = parse_feed(document.body, url=f"file:///{quote(path)}", content_type=document.content_type, native=native)
    except ParseError as error:
        raise ParseError(f"{path}: {error}") from error
    # its header, with its dates, becomes part of each entry: more than their marks stand for
    entries = (replace(entry, source=entry.source or parsed.header, mark="") for entry in parsed.entries)
    dropped = tuple(f"{path}: {sentence}" for sentence in parsed.dropped)
    # a feed's wishes about polling and its further pages are not those of the folder that it lies in
    return Parsed(entries=tuple(entries), dropped=dropped, format=parsed.format)


def _posts(document: Document, path: str, kind: Kind) -> Parsed:
    try:
        value = jsontext.load(document.body)
    except ParseError as error:
        raise ParseError(f"{path}: {error}") from error
    found = posts(value, name=path)
    things = value if isinstance(value, list) else found
    strange = sum(1 for item in things if not is_post(item))
    return Parsed(
        entries=tuple(entry for post in found if (entry := post_entry(post)) is not None),
        dropped=(f"{path}: {strange} of the {len(things)} things in the list are not posts",) if strange else (),
        format="wordpress",
    )


def _page(document: Document, path: str, kind: Kind) -> Parsed:
    return Parsed(entries=(page(document.body, path=path, content_type=document.content_type),), format=kind)


def _clipping(document: Document, path: str, kind: Kind) -> Parsed:
    return Parsed(entries=(clipping(document.body, path=path, markdown=kind == "markdown"),), format=kind)


def _refuse(document: Document, path: str, kind: Kind) -> Parsed:
    raise ParseError(f"{path}: {REFUSED[kind]}")
