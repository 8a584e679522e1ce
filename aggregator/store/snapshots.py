"""Snapshots: a verified copy of the store a day, in a folder beside it, a bounded number of them.

    aggregator.db.snapshots/000041-20260203T040506Z.db        a number that only rises, and when it was taken (UTC)

The number, not the date, says which is newer: after a clock that was a year ahead, the next snapshot is still the newest.
"""

import re
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.store.backup import clear, copy, sync_folder

EVERY = timedelta(hours=24)
"""How old the newest snapshot may become."""
RETRY = 3600.0
"""Seconds before the next attempt after one that failed: copying a large store each minute would be a fault of its own."""

_NAME = re.compile(r"([0-9]{6,})-([0-9]{8}T[0-9]{6}Z)\.db", re.ASCII)
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    path: Path
    number: int
    taken: datetime


class Snapshots:
    """Those of one open store. May be called from any thread, as often as one likes."""

    def __init__(self, path: Path, keep: int) -> None:
        """`keep` of them are kept; 0: none is taken."""
        self._path = path
        self._keep = keep
        self._lock = threading.Lock()
        self._retry = 0.0
        self.problem: str | None = None
        """Why the last attempt failed, None if it did not: a sentence for people."""

    def take_if_due(self, now: datetime) -> Snapshot | None:
        """Take one if it is due (see `take_if_due`). Never raises: `problem` says why there is none."""
        with self._lock:
            if self.problem is not None and time.monotonic() < self._retry:
                return None
            try:
                taken = take_if_due(self._path, self._keep, now)
            except StoreError as error:
                self.problem, self._retry = str(error), time.monotonic() + RETRY
                return None
            self.problem = None
            return taken


def folder(path: Path) -> Path:
    """Where the snapshots of a store are."""
    return path.with_name(path.name + ".snapshots")


def listing(path: Path) -> list[Snapshot]:
    """The snapshots of a store, oldest first. Files of other names are none of ours."""
    found: list[Snapshot] = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for file in folder(path).iterdir():
            match = _NAME.fullmatch(file.name)
            with suppress(ValueError):  # 99999999T999999Z
                if match:
                    taken = datetime.strptime(match[2], _TIME).replace(tzinfo=UTC)
                    found.append(Snapshot(path=file, number=int(match[1]), taken=taken))
    return sorted(found, key=lambda snapshot: snapshot.number)


def is_due(snapshots: Iterable[Snapshot], now: datetime) -> bool:
    """Whether it is time for the next one. A newest one from the future (the clock was wrong) does not count."""
    newest = max(snapshots, key=lambda snapshot: snapshot.number, default=None)
    return newest is None or not timedelta(0) <= now - newest.taken < EVERY


def take_if_due(path: Path, keep: int, now: datetime) -> Snapshot | None:
    """Take a snapshot if the newest is older than a day, and remove all but the newest `keep`. None if it is not due.

    Raises StoreError: the store is damaged (then nothing is removed), or there is no room; the sentence says so.
    """
    try:
        had = listing(path)
        if keep <= 0 or not is_due(had, now):
            return None
        number = had[-1].number + 1 if had else 1
        clear(folder(path), ".")  # whoever owns the store is alone in here
        target = folder(path) / f"{number:06d}-{now.astimezone(UTC):{_TIME}}.db"
        try:
            copy(path, target)
        except StoreError as error:
            raise StoreError(f"no snapshot was taken: {error}") from error
        for old in had[: max(0, len(had) + 1 - keep)]:
            old.path.unlink(missing_ok=True)
        sync_folder(folder(path))
        return Snapshot(path=target, number=number, taken=now)
    except OSError as error:
        raise StoreError(f"the snapshots in {folder(path)} cannot be kept: {error.strerror or error}") from error
