"""Taking something down: out of everything that is published, and blocked for ever.

wanted(db, words) → what a person means: an address, or a source (by its id or its own address)
preview(path, words) → what it would take, for people to agree to
take_down / undo     → one transaction; the publish that follows writes every file without it
keeps_out(db, …)     → whether an arriving entry is one that was taken down
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlite_utils import Database

from aggregator.curate.compose import plain
from aggregator.errors import ConfigError
from aggregator.model import Item, Takedown, TakedownKind
from aggregator.normalize.addresses import cleaned
from aggregator.normalize.comparison import comparison_key
from aggregator.store import database, items, sources, takedowns
from aggregator.store.takedowns import Told

SHOWN = 10
"""Items that a preview names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person means."""

    kind: TakedownKind
    subject: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a takedown would take. `shown` are source and title of the first ones."""

    wanted: Wanted
    known: Takedown | None
    items: int
    shown: tuple[tuple[str, str], ...]


def wanted(db: Database | None, words: str) -> Wanted:
    """What `words` mean. Raises ConfigError if they are neither an address nor the id of a source that the store knows."""
    said = words.strip()
    for row in sources.load_all(db) if db is not None else ():
        if said in (row.id, row.address):
            return Wanted(kind="source", subject=row.id, said=row.id)
    try:
        given = urlsplit(said)
    except ValueError:
        given = urlsplit("")
    address = cleaned(said, "") if given.scheme in ("http", "https") and given.hostname else None
    if address is None:
        raise ConfigError([f"{said!r} is neither an address (http://… or https://…) nor the id of a source that was ever polled"])
    return Wanted(kind="address", subject=subjects(address)[-1], said=address)


def subjects(link: str | None, link_key: str | None = None) -> tuple[str, ...]:
    """By what an address may be blocked: its comparison key, and this with the fragment, if it has one."""
    if link is None:
        return ()
    key = link_key or comparison_key(link)
    fragment = link.partition("#")[2]
    return (key, f"{key}#{fragment}") if fragment else (key,)


def preview(path: Path, words: str) -> Preview:
    """What a takedown would take; nothing is changed, and a daemon may run. Raises ConfigError, StoreError."""
    if not path.exists():
        return Preview(wanted=wanted(None, words), known=None, items=0, shown=())
    db = database.view(path)
    try:
        with database.sentences(path):
            what = wanted(db, words)
            pks = _items(db, what)
            known = takedowns.load(db, what.kind, what.subject)
            named = [(one.source_id, one.item.title) for one in items.get(db, pks[:SHOWN])]
    finally:
        db.close()
    return Preview(wanted=what, known=known, items=len(pks), shown=tuple(named))


def list_all(path: Path) -> tuple[Takedown, ...]:
    """Everything that is taken down, the newest first. Raises StoreError."""
    if not path.exists():
        return ()
    db = database.view(path)
    try:
        with database.sentences(path):
            return tuple(takedowns.load_all(db))
    finally:
        db.close()


def take_down(db: Database, what: Wanted, comment: str | None, now: datetime) -> tuple[int, list[Told]]:
    """Block it, and empty what is stored of it. Returns how many items, and the entries that told them. Raises ConfigError."""
    said = plain(comment) if comment else None
    number = takedowns.enter(db, what.kind, what.subject, said=what.said, comment=said or None, now=now)
    pks = _items(db, what)
    told = takedowns.take(db, pks, number, now)
    if what.kind == "source":
        takedowns.silence(db, what.subject)
    return len(pks), told


def undo(db: Database, what: Wanted) -> int:
    """Lift the block. Returns how many items it held. Raises ConfigError if nothing of it is taken down."""
    known = takedowns.load(db, what.kind, what.subject)
    if known is None:
        raise ConfigError([f"{what.said} is not taken down: `aggregator takedown --list` shows what is"])
    return takedowns.undo(db, known.number)


def keep_out(db: Database, source_id: str, entry: tuple[str, str], item: Item, now: datetime) -> int | None:
    """Keep an arriving entry (native id, key) out if it was taken down: pk of the empty item that stands for it, else None."""
    native, key = entry
    number = takedowns.blocked(db, source_id, key, subjects(item.link, item.link_key))
    if number is None:
        return None
    return takedowns.keep_out(db, source_id, number, key=key, native=native, item=item, now=now)


def _items(db: Database, what: Wanted) -> Sequence[int]:
    if what.kind == "source":
        return takedowns.of_source(db, what.subject)
    key, mark, _ = what.subject.partition("#")
    found: Iterable[tuple[int, str, str]] = takedowns.at_address(db, key)
    return [pk for pk, _, link in found if not mark or what.subject in subjects(link, key)]
