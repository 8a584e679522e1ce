"""What we ask a source, and the document that comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregator.model.values import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask for: an http(s) address, or the `file:` address of a file or folder.

    Adapters fill `url`, `role`, `accept`, `otherwise` and `patterns`; the pipeline adds what the store remembers of the address.
    """

    url: str
    role: str = ""
    """The adapter's own word for this request; comes back on the Document."""
    accept: str = "*/*"
    otherwise: "Request | None" = None
    """What to ask instead where nothing is found there (404)."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    etag: str | None = None
    last_modified: str | None = None
    validators_of: str | None = None
    """The `Document.url` whose answer left the validators; None means `url`. They are sent to that address only."""
    patterns: tuple[str, ...] = ()
    """For a folder: globs of the files to read, relative to it."""
    known_files: Mapping[str, str] = field(default_factory=dict)
    """For a folder: `file:` address → etag that its last successful read left."""
    allow_private: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What came. Status 304 has no body and means: what you had under these validators still holds."""

    url: str
    """After redirects: what relative addresses are relative to."""
    request: Request
    status: int = 200
    body: bytes = b""
    """Decoded (no content coding)."""
    content_type: str = ""
    """The Content-Type header, verbatim; a hint, never trusted."""
    etag: str | None = None
    """Verbatim, to be sent back verbatim. For files, a digest of what stat says."""
    last_modified: str | None = None
    """Verbatim, to be sent back verbatim."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names; of repeated headers (Link), values are joined with a comma."""
    moved_to: str | None = None
    """Where the unbroken prefix of permanent redirects (301, 308) led, if there was one."""

    @property
    def not_modified(self) -> bool:
        return self.status == 304
