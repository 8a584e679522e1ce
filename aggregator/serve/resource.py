"""A file as ready answers: its bytes with all headers, as they are and, where a client takes that, packed.

    bytes of a file ─resource→ Resource ── Representation × 1 or 2     identity, and gzip

What is packed is packed when somebody asks for it, once: most of what a publication writes nobody fetches before the next one.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

from aggregator.serve.announced import announced

CONTENT_TYPES: Mapping[str, str] = {
    # Browsers offer application/atom+xml for download or show it as text; as XML it is a page for people, by its stylesheet.
    ".atom": "application/xml; charset=utf-8",
    ".rss": "application/xml; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/feed+json",
    ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
}
_COMPRESSED = frozenset({".png", ".ico"})
SMALL = 512
"""Bytes that are not worth packing: with its head, an answer fits in a packet or two anyway."""

Headers = list[tuple[bytes, bytes]]


class Representation:
    """One encoding of a resource. The header lists lack the Link to itself, Date and what every answer carries."""

    __slots__ = ("_headers", "_made", "_pack", "etag", "not_modified")

    def __init__(self, etag: str, not_modified: Headers, pack: Callable[[], bytes], headers: Callable[[int], Headers]) -> None:
        """`pack` makes the body, `headers` those of a 200 with a body of so many bytes."""
        self.etag = etag
        self.not_modified = not_modified
        self._pack, self._headers = pack, headers
        self._made: tuple[bytes, Headers] | None = None

    @property
    def is_made(self) -> bool:
        """Whether body and headers are there without work."""
        return self._made is not None

    def make(self) -> tuple[bytes, Headers]:
        """The body, and the headers of a 200."""
        if self._made is None:
            body = self._pack()
            self._made = body, self._headers(len(body))
        return self._made

    @property
    def body(self) -> bytes:
        return self.make()[0]

    @property
    def ok(self) -> Headers:
        return self.make()[1]


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of feeds/, ready to be answered."""

    name: str
    last_modified: datetime
    """The file's mtime in whole seconds, as HTTP dates have them: the writer replaces a file only when its bytes differ.
    Other bytes than before have a later one."""
    identity: Representation
    gzip: Representation | None
    etags: tuple[str, ...]
    """Of all encodings, identity first."""
    cached: str
    """Its Cache-Control."""
    stamp: tuple[int, ...]
    """What stat said of the file (device, inode, size, mtime): equal stamps need no second reading."""


def resource(name: str, body: bytes, last_modified: datetime, cached: str, stamp: tuple[int, ...]) -> Resource:
    """The answers of a file."""
    suffix = Path(name).suffix
    link = announced(body) if suffix == ".html" else ""
    digest = sha256(body).hexdigest()[:32]

    def represented(etag: str, pack: Callable[[], bytes], coding: str | None = None) -> Representation:
        validators = [
            ("etag", etag),
            ("last-modified", format_datetime(last_modified, usegmt=True)),
            ("cache-control", cached),
            ("vary", "Accept-Encoding"),
        ]

        def headers(length: int) -> Headers:
            content = [("content-type", CONTENT_TYPES[suffix]), ("content-length", str(length))]
            codings = [("content-encoding", coding)] if coding is not None else []
            links = [("link", link)] if link else []
            return _encoded(content + codings + validators + links)

        return Representation(etag, _encoded(validators), pack, headers)

    identity = represented(f'"{digest}"', lambda: body)
    identity.make()
    small = None
    if len(body) >= SMALL and suffix not in _COMPRESSED:
        # mtime=0 leaves the clock out: the same bytes are packed to the same bytes after every start.
        small = represented(f'"{digest}-gzip"', lambda: gzip.compress(body, compresslevel=6, mtime=0), "gzip")
    return Resource(
        name=name,
        last_modified=last_modified,
        identity=identity,
        gzip=small,
        etags=(identity.etag,) if small is None else (identity.etag, small.etag),
        cached=cached,
        stamp=stamp,
    )


def _encoded(headers: list[tuple[str, str]]) -> Headers:
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers]
