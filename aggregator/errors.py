"""Everything that can go wrong, as one tree. Each error carries its subject and reads as a sentence that says what to do.

AggregatorError
├── ConfigError            config.toml, all mistakes at once                     exit 2
│   └── QueryError         a topic's query, with column and caret
├── StoreError             the database cannot be used                           exit 1
│   ├── StoreBusy          another process owns it
│   └── StoreTooNew        written by a newer version
├── PublishError           a file under feeds/ cannot be written                 exit 1
└── SourceError            one source, one poll; the others go on
    ├── FetchError         nothing usable came
    │   ├── AddressRefused     a private or otherwise refused address
    │   ├── HttpStatusError    an answer other than 200 or 304, with Retry-After where given
    │   └── TooLarge           a cap on headers, body or ratio was passed
    └── ParseError         what came is not what was asked for
        ├── NotAFeed           a page, OPML, a sitemap, robots.txt, binary …, by that name
        └── WorkerFailed       the parser died or passed its limit of time or memory
"""

from collections.abc import Sequence
from unicodedata import east_asian_width


class AggregatorError(Exception):
    """The root: catch this at the rim to print a sentence instead of a traceback."""


class ConfigError(AggregatorError):
    """The configuration is wrong. `problems` holds one `config.toml:LINE: where: what (got …)` each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class QueryError(ConfigError):
    """A query cannot be read. `column` counts characters from 1; str() shows the query with a caret below it."""

    def __init__(self, message: str, query: str, column: int) -> None:
        before = sum(2 if east_asian_width(character) in "WF" else 1 for character in query[: column - 1])
        super().__init__([f"column {column}: {message}\n    {query}\n    {' ' * before}^"])
        self.message = message
        self.query = query
        self.column = column


class StoreError(AggregatorError):
    """The store cannot be used: not a database, corrupt, unreadable, or the disk is full."""


class StoreBusy(StoreError):
    """Another process owns the store. `pid` is its process id, where it can be told."""

    def __init__(self, message: str, pid: int | None = None) -> None:
        super().__init__(message)
        self.pid = pid


class StoreTooNew(StoreError):
    """The store was written by a newer version of this program, which this one would damage."""


class PublishError(AggregatorError):
    """A published file cannot be replaced; what was there stays as it was."""


class SourceError(AggregatorError):
    """One source failed in one poll. `reason` is a short word for tables; str() is a sentence."""

    reason = "error"

    def __init__(self, message: str) -> None:
        """Names of files may hold bytes that are no text (lone surrogates): in a sentence they are written as escapes."""
        super().__init__(message.encode("utf-8", "backslashreplace").decode())


class FetchError(SourceError):
    """Nothing usable came: no connection, no name, no time, a broken stream, an unreadable file."""

    reason = "fetch"

    def __init__(self, message: str, *, url: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.url = url
        if reason is not None:
            self.reason = reason


class AddressRefused(FetchError):
    """The address, a redirect or an answer of the name server leads to a network that this source may not reach."""

    reason = "private-address"


class HttpStatusError(FetchError):
    """The server answered, but neither 200 nor 304."""

    reason = "status"

    def __init__(self, message: str, *, url: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message, url=url, reason=f"http-{status}")
        self.status = status
        self.retry_after = retry_after
        """Seconds, as the server asked; not clamped."""


class TooLarge(FetchError):
    """More came than is good for us: header, compressed body, decoded body or compression ratio."""

    reason = "too-large"


class ParseError(SourceError):
    """What came cannot be understood as what was asked for."""

    reason = "parse"


class NotAFeed(ParseError):
    """A well-known thing that is not a feed. `what` names it; `feeds` are the feeds that it links to."""

    reason = "not-a-feed"

    def __init__(self, message: str, *, what: str, feeds: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.what = what
        self.feeds = tuple(feeds)

    def __reduce__(self) -> tuple[object, ...]:
        return (_not_a_feed, (str(self), self.what, self.feeds))


class WorkerFailed(ParseError):
    """The worker that parsed the document died, or passed its limit of time or memory."""

    reason = "worker"


def _not_a_feed(message: str, what: str, feeds: tuple[str, ...]) -> NotAFeed:
    """Rebuild a NotAFeed on this side of a process boundary (keyword-only arguments do not pickle)."""
    return NotAFeed(message, what=what, feeds=feeds)
