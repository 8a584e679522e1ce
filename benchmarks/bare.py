"""The least that our job takes with our libraries: what a program that did nothing else would cost. A side of benchmarks/poll.py.

    python benchmarks/bare.py STORE (poll | idle) URLS

aiohttp, 64 at once, conditional → same bytes? → expat cuts the entries → known keys left out → nh3 → row, digest, three indexes,
FTS5 → two topics by their words → heads of 50 and archives of 50 in Atom, RSS and JSON, 200 feeds a commit

Each promise is kept in its plainest form, in one process: no worker, so a hostile document kills it; no dates read, addresses
resolved, schedule, robustness, redirects, attribution, edits, duplicates, pages, history of what was published, and no check that
what is written is valid. The limit (benchmarks/limit.py) parses and stores alone. Prints the number of new entries.
"""

import asyncio
import json
import re
import sqlite3
import sys
from collections.abc import Sequence
from hashlib import blake2b
from html import escape
from pathlib import Path

import aiohttp
import nh3
from limit import AT_ONCE, Entries, cut

CONCURRENT = 64
FULL = 50
"""Entries of a head and of an archive."""
SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = full;
create table if not exists feed (url text primary key, etag text, modified text, digest blob) without rowid;
create table if not exists entry (
    id integer primary key, feed text, key text, title text, link text, dated text, author text, content text, digest blob
);
create unique index if not exists entry_key on entry (feed, key);
create index if not exists entry_dated on entry (dated);
create index if not exists entry_digest on entry (digest);
create virtual table if not exists words using fts5 (title, body, content = '');
create table if not exists told (topic integer, number integer, entry integer, primary key (topic, number)) without rowid;
"""
TOPICS = 2
_TAG = re.compile("<[^>]*>")
_WANTED = re.compile(r"\b(?:energy|forest)\b", re.IGNORECASE)
_UNWANTED = re.compile(r"\bwater\b", re.IGNORECASE)
"""The words of feedserver.SOME."""
_CLEANER = nh3.Cleaner(url_schemes={"http", "https", "mailto"}, link_rel="noopener noreferrer", strip_comments=True)


class Bare:
    """A store, and what was told of each topic."""

    def __init__(self, store: Path) -> None:
        self._db = sqlite3.connect(store, isolation_level=None)
        self._db.executescript(SCHEMA)
        self._folder = store.parent / "feeds"
        self._folder.mkdir(exist_ok=True)
        count = "select count(*) from told where topic = ?"
        self._told = [self._db.execute(count, (topic,)).fetchone()[0] for topic in range(TOPICS)]

    async def poll(self, urls: Sequence[str]) -> int:
        """Ask each feed once, and publish; the number of entries that are new."""
        known = {url: tuple(rest) for url, *rest in self._db.execute("select url, etag, modified, digest from feed")}
        before = list(self._told)
        waiting, done, new = iter(urls), 0, 0
        self._db.execute("begin")

        async def work(session: aiohttp.ClientSession) -> None:
            nonlocal done, new
            for url in waiting:
                etag, modified, digest = known.get(url, ("", "", b""))
                headers = {"If-None-Match": etag, "If-Modified-Since": modified} if etag else {}
                async with session.get(url, headers=headers) as answer:
                    body = await answer.read() if answer.status == 200 else b""
                if body and (got := blake2b(body, digest_size=16).digest()) != digest:
                    new += self._keep(url, cut(body), fresh=not digest)
                    row = (url, answer.headers["ETag"], answer.headers["Last-Modified"], got)
                    self._db.execute("insert or replace into feed values (?, ?, ?, ?)", row)
                done += 1
                if done % AT_ONCE == 0:
                    self._db.execute("commit")
                    self._db.execute("begin")

        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(work(session) for _ in range(CONCURRENT)))
        self._db.execute("commit")
        for topic in range(TOPICS):
            self._publish(topic, before[topic])
        return new

    def _keep(self, url: str, entries: Entries, *, fresh: bool) -> int:
        db = self._db
        keys = set() if fresh else {key for (key,) in db.execute("select key from entry where feed = ?", (url,))}
        rows = [(*row[:5], _CLEANER.clean(row[5])) for row in entries if row[0] not in keys]
        for row in rows:
            text = _TAG.sub(" ", row[5])
            digest = blake2b("\0".join(row).encode(), digest_size=16).digest()
            statement = (
                "insert into entry (feed, key, title, link, dated, author, content, digest) values (?, ?, ?, ?, ?, ?, ?, ?)"
            )
            number = db.execute(statement, (url, *row, digest)).lastrowid
            db.execute("insert into words (rowid, title, body) values (?, ?, ?)", (number, row[1], text))
            for topic in range(TOPICS if _WANTED.search(text) and not _UNWANTED.search(text) else 1):
                db.execute("insert into told values (?, ?, ?)", (topic, self._told[topic], number))
                self._told[topic] += 1
        return len(rows)

    def _publish(self, topic: int, before: int) -> None:
        after = self._told[topic]
        if after == before:
            return
        for archive in range(before // FULL, after // FULL):
            self._write(f"{topic}-{archive}", topic, archive * FULL)
        self._write(str(topic), topic, max(0, after - FULL))

    def _write(self, name: str, topic: int, start: int) -> None:
        rows = self._db.execute(
            "select key, title, link, dated, author, content from told join entry on entry.id = told.entry"
            " where topic = ? and number >= ? order by number limit ?",
            (topic, start, FULL),
        ).fetchall()
        told = [tuple(escape(part) for part in row) for row in rows]
        atom = "".join(
            f'<entry><id>{key}</id><title>{title}</title><updated>{dated}</updated><link href="{link}"/>'
            f'<author><name>{author}</name></author><content type="html">{content}</content></entry>\n'
            for key, title, link, dated, author, content in told
        )
        rss = "".join(
            f"<item><title>{title}</title><link>{link}</link><description>{content}</description><guid>{key}</guid>"
            f"<pubDate>{dated}</pubDate></item>\n"
            for key, title, link, dated, author, content in told
        )
        names = ("id", "title", "url", "date_published", "author", "content_html")
        items = json.dumps([dict(zip(names, row, strict=True)) for row in rows], ensure_ascii=False)
        for suffix, document in (
            ("atom", f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{name}</title>{atom}</feed>'),
            ("rss", f'<rss version="2.0"><channel><title>{name}</title>{rss}</channel></rss>'),
            ("json", f'{{"version": "https://jsonfeed.org/version/1.1", "title": "{name}", "items": {items}}}'),
        ):
            (self._folder / f"{name}.{suffix}").write_text(document, "utf-8")


def main(store: str, what: str, urls: str) -> None:
    bare = Bare(Path(store))
    print(asyncio.run(bare.poll(Path(urls).read_text().split())) if what == "poll" else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
