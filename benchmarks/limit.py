"""The least that a program in Python could do for a poll: raw sockets, expat, SQLite. A side of benchmarks/poll.py.

    python benchmarks/limit.py STORE (poll | idle) URLS [feedparser]

one kept connection, conditional requests → same bytes? → expat cuts the entries → known keys left out → rows, 200 feeds a commit

No TLS, redirects, compression, deadlines, concurrency; nothing is sanitized, dated, matched or published. Commits are FULL, as
ours are. With `feedparser`, this takes the place of expat, whole and with its defaults. Prints the number of new entries.
"""

import socket
import sqlite3
import sys
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from xml.parsers import expat

AT_ONCE = 200
"""Feeds in a transaction."""
SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = full;
create table if not exists feed (url text primary key, etag text, modified text, digest blob) without rowid;
create table if not exists entry (
    feed text, key text, title text, link text, dated text, author text, content text, primary key (feed, key)
) without rowid;
"""
KEY, TITLE, LINK, DATED, AUTHOR, SUMMARY, CONTENT = range(7)
PARTS = {
    "guid": KEY,
    "id": KEY,
    "title": TITLE,
    "link": LINK,
    "pubDate": DATED,
    "updated": DATED,
    "dc:creator": AUTHOR,
    "name": AUTHOR,
    "description": SUMMARY,
    "summary": SUMMARY,
    "content:encoded": CONTENT,
    "content": CONTENT,
}
Row = tuple[str, str, str, str, str, str]
"""Key, title, link, date, author, content."""
Entries = list[Row]


class Connection:
    """HTTP/1.1 over one socket, as far as a well-behaved server needs it."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"{host}:{port}"

    def get(self, path: str, etag: str, modified: str) -> tuple[str, str, bytes]:
        """Returns the ETag, Last-Modified and the body: nothing for a 304."""
        conditions = f"If-None-Match: {etag}\r\nIf-Modified-Since: {modified}\r\n" if etag else ""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n{conditions}\r\n".encode())
        received = self._socket.recv(262144)
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        if received.startswith(b"HTTP/1.1 304"):
            return etag, modified, b""
        if not received.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(received[:end].decode())
        head = dict(line.split(": ", 1) for line in received[:end].decode().split("\r\n")[1:])
        parts, missing = [received[end + 4 :]], int(head["Content-Length"]) - (len(received) - end - 4)
        while missing:
            parts.append(self._more())
            missing -= len(parts[-1])
        return head["ETag"], head["Last-Modified"], b"".join(parts)

    def _more(self) -> bytes:
        received = self._socket.recv(262144)
        if not received:
            raise RuntimeError("the server closed the connection")
        return received


def cut(body: bytes) -> Entries:
    """The entries of an RSS or Atom document, by expat: the text of their parts, as it stands there."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    entries: Entries = []
    parts: list[str] = []
    text: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name in ("item", "entry"):
            parts[:] = [""] * 7
        elif parts and name == "link" and "href" in attributes:
            parts[LINK] = attributes["href"]
        text.clear()

    def end(name: str) -> None:
        if not parts:
            return
        if name in PARTS and text:
            parts[PARTS[name]] = "".join(text)
            text.clear()
        elif name in ("item", "entry"):
            key, title, link, dated, author, summary, content = parts
            entries.append((key or link, title, link, dated, author, content or summary))
            parts.clear()

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text.append
    parser.Parse(body, True)
    return entries


def parsed(body: bytes) -> Entries:
    """The same by feedparser, which sanitizes and resolves besides."""
    import feedparser  # which takes a fifth of a second, and the other way does not need

    return [
        (one.id, one.title, one.link, one.updated if "updated" in one else one.published, one.author, one.content[0].value)
        for one in feedparser.parse(body).entries
    ]


def poll(db: sqlite3.Connection, urls: list[str], whole: bool) -> int:
    """Ask each feed once; the number of entries that are new."""
    known = {url: rest for url, *rest in db.execute("select url, etag, modified, digest from feed")}
    connections: dict[str, Connection] = {}
    new = 0
    db.execute("begin")
    for number, url in enumerate(urls, 1):
        address = urlsplit(url)
        if address.netloc not in connections:
            connections[address.netloc] = Connection(address.hostname or "", address.port or 80)
        etag, modified, digest = known.get(url, ("", "", b""))
        etag, modified, body = connections[address.netloc].get(address.path, etag, modified)
        if body and (got := sha256(body).digest()) != digest:
            keys = {key for (key,) in db.execute("select key from entry where feed = ?", (url,))} if digest else set()
            rows = [(url, *row) for row in (parsed(body) if whole else cut(body)) if row[0] not in keys]
            db.executemany("insert into entry values (?, ?, ?, ?, ?, ?, ?)", rows)
            db.execute("insert or replace into feed values (?, ?, ?, ?)", (url, etag, modified, got))
            new += len(rows)
        if number % AT_ONCE == 0:
            db.execute("commit")
            db.execute("begin")
    db.execute("commit")
    return new


def main(store: str, what: str, urls: str, *parser: str) -> None:
    db = sqlite3.connect(store, isolation_level=None)
    db.executescript(SCHEMA)
    print(poll(db, Path(urls).read_text().split(), parser == ("feedparser",)) if what == "poll" else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
