"""Undoes one content coding as bytes arrive, and stops at the first byte too many.

    body = Body("gzip", limits, url);  body.feed(chunk) …;  body.finish() → bytes

Clients decode a truncated gzip stream without a word and let 195 kB become 200 MB (measured on three); so the client's own
decoding is off and this is used. A coded body must end exactly where its stream ends.
"""

import zlib

from aggregator.errors import FetchError, TooLarge
from aggregator.fetch.limits import Limits

_MEMBERS = 64
"""A gzip file may hold several members (RFC 1952 section 2.2); nobody sends more than a few."""
_STEP = 64 * 1024
ACCEPTED = "gzip, deflate"
"""What we say we accept."""


class Body:
    """One answer's body. Raises FetchError (`content-coding`, `truncated`) and TooLarge."""

    def __init__(self, coding: str, limits: Limits, *, url: str) -> None:
        self._limits = limits
        self._url = url
        self._coding = coding.strip().lower()
        self._decoded = bytearray()  # not a list of chunks: a drip of two-byte chunks would take twenty times its size
        self._received = 0
        self._members = 1
        self._stream: zlib._Decompress | None = None
        self._head = b""
        self._coded = self._coding not in ("", "identity")
        if self._coded and self._coding not in ("gzip", "x-gzip", "deflate"):
            raise FetchError(
                f"the answer has the content coding {self._coding[:60]!r}, not asked for; only {ACCEPTED} are understood",
                url=url,
                reason="content-coding",
            )

    @property
    def size(self) -> int:
        """Bytes that are held so far."""
        return len(self._decoded)

    def expect(self, length: int | None) -> None:
        """Refuse at once what announces itself as too large."""
        if length is not None and length > (self._limits.compressed if self._coded else self._limits.decoded):
            raise self._too_large(f"{length:,} bytes")

    def feed(self, chunk: bytes) -> None:
        """Take what arrived."""
        self._received += len(chunk)
        if not self._coded:
            self._keep(chunk)
            return
        if self._received > self._limits.compressed:
            raise self._too_large(f"more than {self._limits.compressed:,} compressed bytes")
        if self._stream is None:
            self._head += chunk
            if len(self._head) < 2:
                return
            chunk, self._head = self._head, b""
            self._stream = self._open(chunk)
        try:
            self._inflate(chunk)
        except zlib.error as error:
            raise FetchError(
                f"the answer says that it is {self._coding} and is not, or is damaged ({error}); ask the site's operator",
                url=self._url,
                reason="content-coding",
            ) from error

    def finish(self) -> bytes:
        """The whole body, decoded, once the connection has delivered its last byte."""
        if self._coded and (self._stream is None or not self._stream.eof):
            raise FetchError(
                f"the {self._coding} stream ends too early: the answer was cut off; that may pass by itself",
                url=self._url,
                reason="truncated",
            )
        return bytes(self._decoded)

    def _open(self, head: bytes) -> "zlib._Decompress":
        if self._coding != "deflate":
            return zlib.decompressobj(wbits=31)
        wrapped = head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
        return zlib.decompressobj(wbits=15 if wrapped else -15)  # many servers send raw deflate against RFC 9110 8.4.1.2

    def _inflate(self, data: bytes) -> None:
        stream = self._stream
        full = False
        while stream is not None and (data or full):
            if stream.eof:
                stream = self._stream = self._next_member(data)
            piece = stream.decompress(data, _STEP)
            self._keep(piece)
            data = stream.unconsumed_tail or stream.unused_data
            full = len(piece) == _STEP and not stream.eof  # a full step may leave output inside, with no input left

    def _next_member(self, data: bytes) -> "zlib._Decompress":
        self._members += 1
        if self._coding == "deflate" or not data.startswith(b"\x1f"[: len(data)]) or self._members > _MEMBERS:
            raise FetchError(
                f"after the end of the {self._coding} stream come further bytes; ask the site's operator",
                url=self._url,
                reason="content-coding",
            )
        return zlib.decompressobj(wbits=31)

    def _keep(self, piece: bytes) -> None:
        size = len(self._decoded) + len(piece)
        if size > self._limits.decoded:
            raise self._too_large(f"more than {self._limits.decoded:,} bytes")
        if self._coded and size > max(self._limits.ratio_above, self._received * self._limits.ratio):
            raise self._too_large(f"more than {self._limits.ratio} times what was sent")
        self._decoded += piece

    def _too_large(self, what: str) -> TooLarge:
        return TooLarge(f"the answer's body comes to {what}; ask the site for a shorter feed", url=self._url)
