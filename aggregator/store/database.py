"""Opening the store: one owner, one schema, WAL with a full sync at each commit.

    Ownership(path)   → an exclusive flock beside the database; pid and role of the owner are in it
    connect(path)     → Database, read and write, migrated; for the owner
    visit(path)       → Database, read and write, for a moment; for commands that leave a request with the owner
    view(path)        → Database, read only; for anyone, at any time

SQLite's own errors become StoreError sentences at this edge (`sentences`).
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from aggregator.errors import StoreBusy, StoreError
from aggregator.store.schema import migrate

Role = Literal["command", "daemon"]
"""Who owns a store: a command will be done soon, a daemon answers requests."""
BUSY_MS = 30_000
"""How long a connection waits for another one's write before it gives up."""


class Ownership:
    """The right to write to a store. Held until `release` or the end of the process, however it ends (flock).

    `unclean` tells that the owner before us did not release it: it was killed, the machine went down, or it met damage.
    """

    def __init__(self, path: Path, role: Role) -> None:
        """Raises StoreBusy if another process owns the store at `path`, StoreError if no lock file can be made beside it."""
        self.path = lock_path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"cannot write beside the store {path}: {error.strerror}: check the folder's permissions") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            pid = owner(path)
            who = f"process {pid}" if pid else "another process"
            raise StoreBusy(f"{who} owns the store {path}: stop it, or let it do the work", pid) from None
        try:
            self.unclean = os.fstat(self._file).st_size > 0
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()} {role}\n".encode(), 0)
        except OSError as error:
            os.close(self._file)
            raise StoreError(f"cannot write beside the store {path}: {error.strerror}") from error

    def release(self, *, clean: bool = True) -> None:
        """Give the store up. The lock file stays: removing it would race with the next owner. Not `clean`: let that one check."""
        with suppress(OSError):
            if clean:
                os.ftruncate(self._file, 0)
        os.close(self._file)


def lock_path(path: Path) -> Path:
    """Where the lock of a store is."""
    return path.with_name(path.name + ".lock")


def owner(path: Path) -> int | None:
    """The pid of the process that owns the store, None if nobody does (a stale lock file does not count)."""
    words = _owner_words(path)
    return int(words[0]) if words and words[0].isdigit() else None


def role(path: Path) -> str | None:
    """What the owner of the store is (see Role), None if nobody owns it."""
    words = _owner_words(path)
    return words[1] if len(words) > 1 else None


def _owner_words(path: Path) -> list[str]:
    try:
        with lock_path(path).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read(100).decode("ascii", "replace").split()
    except OSError:
        pass
    return []


def connect(path: Path) -> Database:
    """Open for reading and writing, with today's schema. Raises StoreError, StoreTooNew."""
    with sentences(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, cached_statements=512)
        db = Database(connection)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma cache_size = -32768")
        # What a savepoint may have to take back, where there are some: a poll touches a hundred pages, which would go to a file.
        connection.execute("pragma temp_store = memory")
        migrate(db, path)
        return db


@contextmanager
def visit(path: Path) -> Iterator[Database]:
    """A short connection to a store that another process owns. Each statement commits by itself. Raises StoreError."""
    with sentences(path):
        _there(path)
        db = Database(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", BUSY_MS / 1000, isolation_level=None, uri=True))
        try:
            yield db
        finally:
            db.close()


def view(path: Path) -> Database:
    """Open for reading only. Raises StoreError if there is no store yet or it cannot be read."""
    with sentences(path):
        _there(path)
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_MS / 1000)
        connection.execute("select count(*) from sqlite_master")
        return Database(connection)


def _there(path: Path) -> None:
    if not path.exists():
        raise StoreError(f"there is no store at {path} yet: run `aggregator once` first")


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into StoreError sentences that name the store."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StoreError(_sentence(path, error)) from error
    except OSError as error:
        raise StoreError(f"the store {path} cannot be used: {error.strerror or error}") from error


def primary(error: BaseException | None) -> int | None:
    """SQLite's primary result code of an error, None if it has none."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def damaged(error: BaseException | None) -> bool:
    """Whether an error, or the one behind it, says that the file is not what we wrote."""
    codes = {primary(error), primary(error.__cause__ if error else None)}
    return bool(codes & {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def _sentence(path: Path, error: sqlite3.DatabaseError) -> str:
    match primary(error):
        case sqlite3.SQLITE_NOTADB:
            return f"{path} is not a database: move it away, or name another file under [store] path"
        case sqlite3.SQLITE_CORRUPT:
            return (
                f"the store {path} is damaged ({error}): end the program and start it again, which puts the newest good snapshot "
                "in its place, or run `aggregator restore FILE` with a backup"
            )
        case sqlite3.SQLITE_FULL:
            return f"the disk is full: the store {path} keeps what was committed; free some space and run again"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"the store {path} cannot be opened for writing ({error}): check the permissions of the file and its folder"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"the store {path} is locked by another program for more than {BUSY_MS // 1000} seconds: end it and run again"
        case sqlite3.SQLITE_IOERR:
            return f"reading or writing the store {path} failed ({error}): check the disk"
    return f"the store {path} cannot be used: {error}"
