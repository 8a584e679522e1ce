"""The lies of a server, by name: what it says, byte for byte, and the reasons that an error may give for it.

    STATIC   said at once            SLOW     takes its time          FLOODS   more around the body than in it

Told to the fetcher by test_fetch_lies.py with small limits, and by benchmarks/lies.py to the whole program with its own.
"""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
H = b"HTTP/1.1 200 OK\r\n"
CHUNKS = H + b"Transfer-Encoding: chunked\r\n\r\n"
GZ = gzip.compress(b"<rss>" + b"hello world " * 200 + b"</rss>")


def gz(body: bytes, coding: bytes = b"gzip") -> bytes:
    return H + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(body)) + body


def redirect(location: bytes, status: bytes = b"302 Found") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"


def status(line: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + line, b"Content-Length: 6", *headers]) + b"\r\n\r\n<rss/>"


def chunked(body: bytes) -> bytes:
    return H + b"Transfer-Encoding: chunked\r\n\r\n" + body


def bomb(levels: int = 1) -> bytes:
    body = b"\0" * 5_000_000
    for _ in range(levels):
        body = gzip.compress(body)
    return body


STATIC: dict[str, tuple[bytes, str]] = {
    # framing
    "the body is shorter than Content-Length": (H + b"Content-Length: 100\r\n\r\n<rss/>", "truncated"),
    "nothing comes of the announced body": (H + b"Content-Length: 100\r\n\r\n", "truncated"),
    "Content-Length is negative": (H + b"Content-Length: -5\r\n\r\n<rss/>", "bad-http"),
    "Content-Length is a word": (H + b"Content-Length: many\r\n\r\n<rss/>", "bad-http"),
    "Content-Length is hexadecimal": (H + b"Content-Length: 0x6\r\n\r\n<rss/>", "bad-http"),
    "Content-Length has a plus": (H + b"Content-Length: +6\r\n\r\n<rss/>", "bad-http"),
    "Content-Length overflows": (H + b"Content-Length: 99999999999999999999999\r\n\r\n<rss/>", "bad-http"),
    "Content-Length is announced as huge": (H + b"Content-Length: 999999999\r\n\r\n<rss/>", "too-large"),
    "two Content-Lengths differ": (H + b"Content-Length: 6\r\nContent-Length: 3\r\n\r\n<rss/>", "bad-http"),
    "Content-Length beside chunks": (
        H + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n0\r\n\r\n",
        "bad-http",
    ),
    "the last chunk is missing": (chunked(b"6\r\n<rss/>\r\n"), "truncated"),
    "a chunk is shorter than its size": (chunked(b"ff\r\n<rss/>"), "truncated"),
    "a chunk size is junk": (chunked(b"zz\r\n<rss/>\r\n0\r\n\r\n"), "truncated bad-http"),
    "a chunk size is negative": (chunked(b"-6\r\n<rss/>\r\n0\r\n\r\n"), "truncated bad-http"),
    "a chunk size overflows": (chunked(b"fffffffffffffffffff\r\n<rss/>"), "truncated bad-http"),
    "a chunk is longer than its size": (chunked(b"3\r\n<rss/>\r\n0\r\n\r\n"), "truncated bad-http"),
    "the transfer coding is unknown": (H + b"Transfer-Encoding: brotli\r\n\r\n<rss/>", "bad-http content-coding"),
    "the transfer coding is gzip": (H + b"Transfer-Encoding: gzip\r\n\r\n" + GZ, "bad-http content-coding"),
    # no HTTP
    "the connection closes at once": (b"", "disconnected"),
    "the status line is cut": (b"HTTP/1.1 20", "disconnected bad-http"),
    "the header is cut": (H + b"Content-Le", "disconnected bad-http"),
    "the status is junk": (b"HTTP/1.1 abc OK\r\n\r\n", "bad-http"),
    "the status has four digits": (b"HTTP/1.1 2000 OK\r\n\r\n", "bad-http"),
    "the protocol is another": (b"SSH-2.0-OpenSSH_9.2\r\n", "bad-http"),
    "it speaks HTTP/0.9": (b"<rss></rss>\r\n\r\n", "bad-http"),
    "it speaks TLS": (b"\x15\x03\x01\x00\x02\x02\x46", "bad-http"),
    "a header has no colon": (H + b"Nonsense\r\nContent-Length: 6\r\n\r\n<rss/>", "bad-http"),
    "a header name has a space": (H + b"Content Length: 6\r\n\r\n<rss/>", "bad-http"),
    "a header holds NUL": (H + b'ETag: "a\0b"\r\nContent-Length: 6\r\n\r\n<rss/>', "bad-http"),
    "a header holds a lone CR": (H + b'ETag: "a\rX: y"\r\nContent-Length: 6\r\n\r\n<rss/>', "bad-http"),
    "the first header is folded": (H + b" folded\r\nContent-Length: 6\r\n\r\n<rss/>", "bad-http"),
    "one header is too long": (H + b"X: " + b"a" * 200_000 + b"\r\nContent-Length: 6\r\n\r\n<rss/>", "too-large"),
    "the status line is too long": (b"HTTP/1.1 200 " + b"O" * 200_000 + b"\r\nContent-Length: 6\r\n\r\n<rss/>", "too-large"),
    "there are too many headers": (H + b"X: y\r\n" * 5000 + b"Content-Length: 6\r\n\r\n<rss/>", "too-large"),
    "the headers together are too long": (
        H + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 900) for n in range(100)) + b"\r\n",
        "too-large",
    ),
    # codings
    "gzip is truncated": (gz(GZ[:-12]), "truncated"),
    "gzip lacks its checksum": (gz(GZ[:-8]), "truncated"),
    "gzip is a header only": (gz(GZ[:10]), "truncated"),
    "gzip is one byte": (gz(GZ[:1]), "truncated"),
    "gzip is nothing": (gz(b""), "truncated"),
    "gzip is announced and plain text comes": (gz(b"<rss></rss>"), "content-coding"),
    "gzip has a wrong checksum": (gz(GZ[:-8] + b"\0" * 8), "content-coding"),
    "gzip is followed by garbage": (gz(GZ + b"garbage"), "content-coding"),
    "gzip is followed by zeros": (gz(GZ + b"\0\0\0"), "content-coding"),
    "gzip has a member too many": (gz(gzip.compress(b"x") * 100), "content-coding"),
    "gzip is damaged in the middle": (gz(GZ[:30] + b"\xff\xff\xff" + GZ[33:]), "content-coding"),
    "gzip is a bomb": (gz(bomb()), "too-large"),
    "gzip holds gzip and says so": (gz(bomb(2), b"gzip, gzip"), "content-coding"),
    "deflate is truncated": (gz(zlib.compress(b"hello" * 50)[:-5], b"deflate"), "truncated"),
    "deflate is junk": (gz(b"\xff\xff\xff\xff", b"deflate"), "content-coding"),
    "deflate is followed by more": (gz(zlib.compress(b"hello") + b"x", b"deflate"), "content-coding"),
    "the coding is br": (gz(b"\x0b\x02\x80<rss/>\x03", b"br"), "content-coding"),
    "the coding is unknown": (gz(b"<rss/>", b"x-secret"), "content-coding"),
    # redirects
    "the redirect has no target": (b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n", "redirect"),
    "the redirect's target is empty": (redirect(b""), "redirect"),
    "the redirect leads to a file": (redirect(b"file:///etc/passwd"), "bad-url"),
    "the redirect leads to javascript": (redirect(b"javascript:alert(1)"), "bad-url"),
    "the redirect leads to data": (redirect(b"data:text/xml,<rss/>"), "bad-url"),
    "the redirect leads to ftp": (redirect(b"ftp://127.0.0.1/"), "bad-url"),
    "the redirect leads to gopher": (redirect(b"gopher://127.0.0.1:6379/_INFO"), "bad-url"),
    "the redirect is no address": (redirect(b"http://[::1"), "bad-url"),
    "the redirect has a user": (redirect(b"http://user:pw@127.0.0.1/"), "bad-url"),
    "the redirect has a bad port": (redirect(b"http://127.0.0.1:99999/"), "bad-url"),
    "the redirect has no host": (redirect(b"http://%20/"), "bad-url"),
    "the redirect is endless text": (redirect(b"/" + b"a" * 9000), "redirect too-large"),
    "the redirect leads to the metadata service": (redirect(b"http://169.254.169.254/latest/"), "private-address"),
    "the redirect leads to a private network": (redirect(b"http://10.0.0.1/"), "private-address"),
    "the redirect leads to a decimal address": (redirect(b"http://2130706433/"), "private-address"),
    "the redirect leads to itself": (redirect(b"/lie"), "redirect"),
    # statuses
    "304 was not asked for": (b"HTTP/1.1 304 Not Modified\r\n\r\n", "unasked-304"),
    "204 brings nothing": (b"HTTP/1.1 204 No Content\r\n\r\n", "http-204"),
    "206 brings a part": (status(b"206 Partial Content", b"Content-Range: bytes 0-5/6"), "http-206"),
    "201 brings a feed": (status(b"201 Created"), "http-201"),
    "101 switches protocols": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "http-101"),
    "300 offers a choice": (status(b"300 Multiple Choices"), "http-300"),
    "305 names a proxy": (status(b"305 Use Proxy", b"Location: http://127.0.0.1:1/"), "http-305"),
    "400 brings a feed": (status(b"400 Bad Request"), "http-400"),
    "401 brings a feed": (status(b"401 Unauthorized", b"WWW-Authenticate: Basic"), "http-401"),
    "404 brings a feed": (status(b"404 Not Found"), "http-404"),
    "410 brings a feed": (status(b"410 Gone"), "http-410"),
    "429 brings a feed": (status(b"429 Too Many Requests"), "http-429"),
    "500 brings a feed": (status(b"500 Oops"), "http-500"),
    "503 brings a feed": (status(b"503 \x1b[31mred"), "http-503"),
    "599 is nobody's": (status(b"599 x"), "http-599"),
    "999 is nobody's": (status(b"999 x"), "http-999"),
}


async def _flood(writer: asyncio.StreamWriter, piece: bytes, pause: float = 0.0) -> None:
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


def slowly(start: bytes, piece: bytes, pause: float) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await _flood(writer, piece, pause)

    return handler


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(H + b"Content-Length: 100\r\n\r\n<rss>")
    await writer.drain()
    writer.transport.abort()


async def never_closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(H + b"\r\n<rss/>")
    await writer.drain()
    await asyncio.sleep(60)


SLOW = {
    "it accepts and says nothing": (silence, "timeout"),
    "it stops in the middle of the body": (never_closing, "timeout"),
    "it resets in the middle of the body": (reset, "truncated connect"),
    "it drips the status line": (slowly(b"", b"H", 0.1), "timeout bad-http"),
    "it drips headers for ever": (slowly(H, b"X: y\r\n", 0.05), "timeout too-large"),
    "it drips the body": (slowly(H + b"\r\n", b"a", 0.05), "timeout"),
    "it drips an announced body": (slowly(H + b"Content-Length: 1000\r\n\r\n", b"a", 0.05), "timeout"),
    "it drips chunks": (slowly(H + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", 0.05), "timeout"),
    "it drips chunk extensions": (slowly(H + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x", 0.05), "timeout truncated"),
    "it sends headers for ever": (slowly(H, b"X: y\r\n" * 100, 0), "too-large"),
    "it sends one header for ever": (slowly(H + b"X: ", b"y" * 5000, 0), "too-large"),
    "it sends a body for ever": (slowly(H + b"\r\n", b"a" * 9000, 0), "too-large"),
    "it sends chunks for ever": (slowly(CHUNKS, b"5\r\naaaaa\r\n" * 900, 0), "too-large timeout"),
    "it sends gzip for ever": (slowly(H + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"a"), 0), "content-coding"),
    "it drips 103 Early Hints": (slowly(b"", b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n", 0.05), "timeout too-large"),
}


FLOODS = {
    "it sends 100 Continue for ever": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 400),
    "it sends 103 Early Hints for ever": (b"", b"HTTP/1.1 103 Hints\r\nLink: <x>\r\n\r\n" * 300),
    "it sends one-byte chunks for ever": (CHUNKS, b"1\r\na\r\n" * 900),
    "it sends chunk extensions for ever": (CHUNKS, b"1;" + b"x" * 200 + b"\r\na\r\n"),
    "it sends one chunk extension for ever": (CHUNKS + b"1;", b"x" * 6000),
    "it sends trailers for ever": (CHUNKS + b"1\r\na\r\n0\r\n", b"X: y\r\n" * 900),
}
