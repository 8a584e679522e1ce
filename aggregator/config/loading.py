"""config.toml → Config, or all of its mistakes at once, each with its line.

bytes ─tomllib→ tables ─environment→ tables ─pydantic + the kinds' Options→ Config ─sources(), topics(), site()→ model values
                                            └─ mistakes → ConfigError("config.toml:12: source[2] (heise).interval: …")
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel

from aggregator import printable
from aggregator.config.checks import check
from aggregator.config.env import overlay
from aggregator.config.lines import scan
from aggregator.config.problems import render
from aggregator.config.secrets import headers, status_token
from aggregator.config.tables import (
    FetchTable,
    PublishTable,
    ServeTable,
    SiteTable,
    StoreTable,
    Tables,
)
from aggregator.config.topic_tables import OwnStoriesTable, StoriesTable, TopicTable
from aggregator.errors import ConfigError
from aggregator.model import Grouping, Site, Source, Topic
from aggregator.stamp import Stamp, stamp
from aggregator.version import version

HEAD_BYTES = 512 * 1024
"""Of a feed whose `limit` is the program's choice: what a reader downloads at a time."""
LARGEST = 10_000_000
"""Bytes. 100,000 sources with their addresses take about 8 MB."""
SINGLE: Mapping[str, type[BaseModel]] = {
    "site": SiteTable,
    "store": StoreTable,
    "fetch": FetchTable,
    "publish": PublishTable,
    "serve": ServeTable,
    "stories": StoriesTable,
}
"""The tables of which there is one each."""
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
"""How tomllib ends its messages (in Python 3.14 also as attributes)."""
_IN_COMMENT = "!#$%&'*+,/:;=?@[]~"
"""What may stand unescaped in the comment of a User-Agent: parentheses may not."""

_INWARD = {"local", "localhost", "internal", "lan", "home", "test", "example", "invalid", "arpa"}
"""Last labels of names that do not lead here from outside (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration without mistakes. Paths are absolute, durations are seconds; None means: not written, so the default."""

    file: Path
    tables: Tables
    """But for the sources: of a hundred thousand, their tables take 120 MB."""
    configured: tuple[Source, ...] = field(default=(), repr=False)
    status_token: str | None = field(default=None, repr=False)
    stamp: Stamp = field(default=None, compare=False)
    """Of the file as it was read."""

    @property
    def store(self) -> StoreTable:
        return self.tables.store

    @property
    def fetch(self) -> FetchTable:
        return self.tables.fetch

    @property
    def publish(self) -> PublishTable:
        return self.tables.publish

    @property
    def serve(self) -> ServeTable:
        return self.tables.serve

    def site(self) -> Site:
        site = self.tables.site
        return Site(
            title=site.title,
            base_url=site.base_url or _served_at(self.serve),
            author=site.author,
            contact=site.contact,
            language=site.language,
            formats=tuple(dict.fromkeys(self.publish.formats)),
            via=self.publish.via,
        )

    def sources(self) -> tuple[Source, ...]:
        """All of them, also the disabled ones, in the order of the file."""
        return self.configured

    def topics(self) -> tuple[Topic, ...]:
        return tuple(
            Topic(
                slug=table.slug,
                title=table.title or table.slug.replace("-", " ").strip().capitalize() or table.slug,
                subtitle=table.subtitle,
                query=table.query,
                sources=table.sources,
                languages=table.languages,
                backfill=table.backfill,
                min_sources=table.min_sources,
                quota=table.quota,
                digest=table.digest,
                limit=table.limit,
                most_bytes=None if "limit" in table.model_fields_set else HEAD_BYTES,
                max_age=table.max_age,
                stories=table.stories is not None,
                grouping=self._grouping(table),
                prefer=self._prefer(table),
                updates=table.updates,
                republish=table.republish,
                was=table.was,
            )
            for table in self.tables.topic
        )

    def _grouping(self, table: TopicTable) -> Grouping:
        own, common = table.stories or OwnStoriesTable(), self.tables.stories
        return Grouping(
            strictness=own.strictness or common.strictness,
            window=own.window or common.window,
            max_age=own.max_age or common.max_age,
        )

    def _prefer(self, table: TopicTable) -> tuple[str, ...]:
        own = table.stories
        return self.tables.stories.prefer if own is None or own.prefer is None else own.prefer

    def is_public(self) -> bool:
        """Whether the world can reach the site, as far as base_url tells: then there is a proxy before the daemon."""
        return _public(self.site().base_url)

    def roots(self) -> tuple[Path, ...]:
        """Folders and files that sources may read: nothing outside of them."""
        return tuple(dict.fromkeys(Path(source.path) for source in self.configured if source.path is not None))

    def user_agent(self) -> str:
        """Program and version, and where a publisher finds us, if the world can reach it (RFC 9110 section 10.1.5)."""
        if self.fetch.user_agent:
            return self.fetch.user_agent
        site = self.site()
        home = site.contact or (site.base_url if _public(site.base_url) else "")
        return f"aggregator/{version()}" + (f" (+{quote(home, safe=_IN_COMMENT)})" if home else "")


def load(path: Path, env: Mapping[str, str] = os.environ) -> Config:
    """Read and check the whole file. Raises ConfigError with every mistake that it has."""
    read = stamp(path)
    text, raw = _read(path)
    merged, variables, problems = overlay(raw, env, SINGLE)
    base = Path(os.path.abspath(path)).parent  # noqa: PTH100 - resolve() would follow a symlink away from the folder that is meant
    tables, options, more = check(merged, base)
    problems += more
    secrets, more = headers(merged.get("source"), env)
    problems += more
    token, more = status_token(merged.get("serve"), env)
    problems += more
    if tables is None or problems:
        lines = scan(text)
        raise ConfigError(render(problems, merged, path.name, lines, variables))
    del raw, merged  # of a hundred thousand sources, 60 MB, in whose place what is made of them can stand
    sources = tuple(_sources(tables, options, secrets))
    return Config(
        file=base / path.name,
        tables=tables.model_copy(update={"source": ()}),
        configured=sources,
        status_token=token,
        stamp=read,
    )


def _sources(tables: Tables, options: Sequence[BaseModel], headers: Mapping[str, Mapping[str, str]]) -> Iterator[Source]:
    """Each table of a source, with its kind's options and the headers of those that have any (by id; secrets among them)."""
    none: Mapping[str, str] = {}
    for table, own in zip(tables.source, options, strict=True):
        yield Source(
            id=table.id,
            kind=table.kind,
            url=table.url,
            path=None if table.path is None else str(table.path),
            title=table.title,
            interval=table.interval,
            floor=table.floor,
            ceiling=table.ceiling,
            cron=table.cron,
            enabled=table.enabled,
            timezone=table.timezone,
            updates=table.updates,
            republish=table.republish,
            was=table.was,
            allow_private=table.allow_private,
            headers=headers.get(table.id, none),
            options=own,
            native=tables.fetch.native,
        )


def store_path(path: Path, env: Mapping[str, str] = os.environ) -> Path:
    """Where the store is, as far as a configuration with mistakes still tells; else where it is by default."""
    try:
        raw = _read(path)[1]
    except ConfigError:
        raw = {}
    table = overlay(raw, env, SINGLE)[0].get("store")
    named = table.get("path") if isinstance(table, dict) else None
    return path.absolute().parent / (named if isinstance(named, str) and named else StoreTable().path)


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    name = path.name or str(path)
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST)
    except FileNotFoundError as error:
        raise ConfigError(
            [f"{path}: there is no such file; `aggregator init` writes one to start from, `--config` names another"]
        ) from error
    except IsADirectoryError as error:
        raise ConfigError([f"{path}: is a folder; `--config` wants the file in it, such as {path / 'config.toml'}"]) from error
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}"]) from error
    if len(body) >= LARGEST:
        raise ConfigError([f"{name}:1: is {LARGEST // 1_000_000} MB or more; is it the file that you mean?"])
    try:
        text = body.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            [f"{name}:{line}: is not UTF-8 (got byte 0x{body[error.start]:02x}); save the file as UTF-8"]
        ) from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(error, name, text)]) from error
    except RecursionError as error:
        raise ConfigError([f"{name}:1: is nested too deeply to be a configuration"]) from error


def _syntax(error: tomllib.TOMLDecodeError, name: str, text: str) -> str:
    message = str(error)
    place = _PLACE.search(message)
    line, column = (place[1], place[2]) if place and place[1] else (str(text.rstrip("\n").count("\n") + 1), None)
    what = _PLACE.sub("", message)
    return printable.line(
        f"{name}:{line}: is not valid TOML: {what[:1].lower()}{what[1:]}"
        + (f" (column {column})" if column else " (at the end of the file)")
    )


def _served_at(serve: ServeTable) -> str:
    """The address under which this machine reaches its own server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(serve.host, serve.host)  # noqa: S104 - all interfaces is no address to visit
    return f"http://[{host}]:{serve.port}/" if ":" in host else f"http://{host}:{serve.port}/"


def _public(base_url: str) -> bool:
    """Whether strangers can reach it, as far as its name tells."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and host.rsplit(".", 1)[-1] not in _INWARD
