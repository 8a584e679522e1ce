"""Before a store is opened: end an interrupted restore, check the file, put the newest good snapshot in a damaged one's place.

    prepare ─ aggregator.db.restoring is there? ─→ finish: set the store aside, give the staged copy its name
            ─ damaged, or gone? ─→ stage the newest snapshot that is good, finish; none is: StoreError, and nothing is touched
    restore ─ check the file → stage it → finish

Nothing is ever deleted, and a damaged store is never replaced by an empty one: what stood there is set aside, as
`aggregator.db.aside-20260203T040506Z`. A staged copy is complete (it got its name by a rename), and every step after that can be
repeated, so a kill at any point leads to the new store at the next start. The caller owns the store.
"""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from aggregator.errors import StoreError
from aggregator.store import snapshots
from aggregator.store.backup import PARTIAL, SIDE_FILES, Contents, clear, cleared, copy, fault, inspect, sync, sync_folder
from aggregator.store.database import sentences

QUICK = 64 * 1024 * 1024
"""A store up to this size (bytes) is checked at every start: 0.1 s from memory, 1.3 s from a busy disk. A larger one is checked
after an owner that did not end cleanly, and by every snapshot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A store that was put in another one's place. `aside` is where that one is now, None if there was none."""

    contents: Contents
    source: str
    aside: str | None


def prepare(path: Path, *, unclean: bool) -> str | None:
    """Make sure that the file at `path` can be opened, or that it is right that there is none. Returns what had to be done.

    Raises StoreError: damaged or gone, and none of its snapshots is good; or gone, while its journal is still there.
    """
    with sentences(path):
        clear(path.parent, f".{_staged(path).name}")
        if _staged(path).exists():
            aside = _finish(path)
            return f"a restore that was interrupted is finished now{_aside(aside)}"
        if not path.exists():
            if snapshots.listing(path):
                return _replace(path, "gone")
            _refuse_to_start_anew(path)
            return None
        size = path.stat().st_size
        if size == 0:
            wrong = "damaged (it is empty)" if snapshots.listing(path) else None
        else:
            found = fault(path, thorough=unclean or size <= QUICK)
            wrong = None if found is None else f"damaged ({found})"
        return None if wrong is None else _replace(path, wrong)


def restore(path: Path, file: Path) -> Restored:
    """Put a copy in the store's place.

    Raises StoreError if the file is not a good store of ours, StoreTooNew; nothing is changed then.
    """
    with sentences(path):
        if not file.is_file():
            raise StoreError(f"there is no file {file}: name a backup, or a snapshot in {snapshots.folder(path)}")
        if path.exists() and file.samefile(path):
            raise StoreError(f"{file} is the store itself: name a backup, or a snapshot in {snapshots.folder(path)}")
        held = copy(file, _staged(path))
        aside = _finish(path)
        contents = replace(held, path=str(path))
        return Restored(contents=contents, source=str(file), aside=None if aside is None else str(aside))


def rescue(db: Database, path: Path) -> Path:
    """Write down a store that is open, and whose file is no longer at its place. Returns where. Raises StoreError."""
    aside = path.with_name(f"{path.name}.aside-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    temporary = aside.with_name(f".{aside.name}{PARTIAL}{os.getpid()}")
    with sentences(aside), cleared(temporary):
        with closing(sqlite3.connect(temporary)) as copied:
            copied.execute("pragma synchronous = off")  # one fsync of the whole, below
            db.conn.backup(copied)
            copied.execute("pragma journal_mode = delete")
        sync(temporary)
        temporary.replace(aside)
        sync_folder(aside.parent)
    return aside


def writable(path: Path, target: Path) -> Path:
    """Where a backup may go: a new name, or over a former backup. Raises StoreError if something else stands there."""
    sides = {path.with_name(path.name + suffix) for suffix in ("", ".lock", ".restoring", *SIDE_FILES)}
    if target in sides or (target.exists() and path.exists() and target.samefile(path)):
        raise StoreError(f"{target} belongs to the store itself: name another file for the backup")
    if target.is_dir():
        raise StoreError(f"{target} is a folder: name a file in it for the backup")
    if target.exists():
        try:
            inspect(target)
        except StoreError as error:
            raise StoreError(f"{target} is there and no backup of a store: name another file, or remove it") from error
    return target


def _replace(path: Path, wrong: str) -> str:
    passed: list[str] = []
    for snapshot in reversed(snapshots.listing(path)):
        try:
            held = copy(snapshot.path, _staged(path))
        except StoreError as error:
            passed.append(str(error))
            continue
        aside = _finish(path)
        return (
            f"the store {path} was {wrong}: the snapshot of {snapshot.taken:%Y-%m-%d %H:%M} UTC with {held.items:,} "
            f"items is in its place{_aside(aside)}. What came since then is fetched again, as far as the sources still have it; "
            f"to start anew without any history, move {snapshots.folder(path)} away, too"
        )
    tried = f"its {len(passed)} snapshots cannot be used either ({passed[0]})" if passed else "there is no snapshot of it"
    raise StoreError(
        f"the store {path} is {wrong}, and {tried}. Nothing was changed. Run `aggregator restore FILE` with a backup; "
        f"or, to start anew without any history, move {path} and its snapshots away"
    )


def _refuse_to_start_anew(path: Path) -> None:
    """Where there was a store, an empty one is made only if a person wants it."""
    left = path.with_name(path.name + "-wal")
    if left.exists() and left.stat().st_size > 0:
        raise StoreError(
            f"the store {path} is gone, but its journal {left} is there: put the store back beside it, or run "
            "`aggregator restore FILE` with a backup; to start anew without any history, move the journal away, too"
        )


def _finish(path: Path) -> Path | None:
    """Set aside what stands at `path`, and give the staged copy its name. Can be repeated after a kill at any point."""
    staged = _staged(path)
    stood = path.exists()
    aside = _name_aside(path, staged)
    for suffix in ("-wal", "-journal", ""):  # a journal must never stand beside a database that it does not belong to
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    sync_folder(path.parent)
    staged.replace(path)
    sync_folder(path.parent)
    return aside if stood or aside.exists() else None


def _name_aside(path: Path, staged: Path) -> Path:
    """A name that is free; or, if the store was moved before we were killed, the one that it was given."""
    since = datetime.fromtimestamp(staged.stat().st_mtime, UTC)  # not now: a second attempt must come to the same name
    first = aside = last = path.with_name(f"{path.name}.aside-{since:%Y%m%dT%H%M%SZ}")
    number = 1
    while aside.exists():
        number += 1
        last, aside = aside, first.with_name(f"{first.name}.{number}")
    return aside if path.exists() else last


def _staged(path: Path) -> Path:
    return path.with_name(path.name + ".restoring")


def _aside(aside: Path | None) -> str:
    return f"; what stood there is set aside as {aside}" if aside else ""
