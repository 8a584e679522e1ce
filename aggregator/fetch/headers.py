"""Header fields, in and out: what we send cannot break out of its field, what we read cannot break what stores it."""

import re
from collections.abc import Sequence

from aggregator.errors import FetchError
from aggregator.model import Request

OURS = frozenset(
    (
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "if-modified-since",
        "if-none-match",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    )
)
"""Header fields that a source cannot set: they frame the message, or say what this program says for itself."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


def is_name(text: str) -> bool:
    """Whether it can be the name of a header field (RFC 9110 section 5.1)."""
    return _NAME.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Whether it can be the value of one, without breaking out of it."""
    return _VALUE.fullmatch(text) is not None


def check_headers(request: Request) -> None:
    """Raises FetchError if anything that becomes a header could break out of it."""
    values = [("accept", request.accept), ("etag", request.etag or ""), ("last_modified", request.last_modified or "")]
    for name, value in (*values, *request.headers.items()):
        if not is_name(name) or not is_value(value):
            raise FetchError(
                f"the header {name[:60]!r} of this source has a character that HTTP does not allow; correct its value",
                url=request.url,
                reason="bad-header",
            )


def read_headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names; values of a repeated header joined with a comma. Bytes that are not UTF-8 are read as Latin-1."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1").lower()
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def validator(value: str | None) -> str | None:
    """The value if it can be sent back byte for byte, else None."""
    return value if value and value.isascii() and value.isprintable() and len(value) <= 1024 else None
