"""Feeds that subscription lists name: followed as long as they stand there, with their items kept for longer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.store import rates

_GENERATION = "lists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A feed that a list names. `name` is unique in the list and made of the address under which it stood there first."""

    name: str
    url: str
    title: str | None = None


def load_all(db: Database) -> Mapping[str, tuple[Followed, ...]]:
    """Id of the list → what it named last, in its order."""
    found: dict[str, list[Followed]] = {}
    for list_, name, url, title in db.execute("select list, name, url, title from subscription order by list, place"):
        found.setdefault(list_, []).append(Followed(name=name, url=url, title=title))
    return {list_: tuple(feeds) for list_, feeds in found.items()}


def load(db: Database, list_: str) -> tuple[Followed, ...]:
    """What a list named last, in its order."""
    rows = db.execute("select name, url, title from subscription where list = ? order by place", [list_])
    return tuple(Followed(name=name, url=url, title=title) for name, url, title in rows)


def generation(db: Database) -> int:
    """Another number as soon as any list names other feeds."""
    return int(rates.setting(db, _GENERATION) or 0)


def replace(db: Database, list_: str, feeds: Sequence[Followed]) -> None:
    """Keep what a list names now."""
    if set(load(db, list_)) != set(feeds):
        rates.set_setting(db, _GENERATION, str(generation(db) + 1))
    db.execute("delete from subscription where list = ?", [list_])
    db.conn.executemany(
        "insert into subscription (list, name, place, url, title) values (?, ?, ?, ?, ?)",
        [(list_, feed.name, place, feed.url, feed.title) for place, feed in enumerate(feeds)],
    )
