"""The store in a running program: one thread writes, in groups; others read. What `write` returns is on disk.

    await store.write(work)   the group that work(db) runs in is committed before any of its callers goes on
    await store.write_all(works)   in one commit
    await store.read(work)    work(db) runs on a read-only connection

A `work` is a function of an open Database: the modules of this folder hold the statements it is made of. If it raises, what it
did is rolled back and its caller gets the error; the others of the group are committed all the same. A group is done without
savepoints, at each of which the index of words would write out what it holds; if one of it raises, all are taken back and done
again, with savepoints. So a work may be done twice: whatever it changes beside the database must be as right the second time.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlite_utils import Database

from aggregator.errors import StoreError
from aggregator.store.database import Ownership, Role, connect, damaged, sentences, view
from aggregator.store.recovery import prepare, rescue

T = TypeVar("T")
GROUP = 200
"""Most pieces of work in one commit (DESIGN: at most 200 sources a commit)."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Piece:
    work: Callable[[Database], Any]
    future: Future[Any]


class Store:
    """An owned, open store. Use as an async context manager, or `close` it."""

    def __init__(self, path: Path, role: Role) -> None:
        """Own, check, open and migrate. Raises StoreBusy, StoreTooNew, StoreError."""
        self.path = path
        self.was_gone = False
        """Whether there was no file at the start: a store that somebody took away is no incident of this program's."""
        self.notice: str | None = None
        """What had to be done to the file before it could be opened: a sentence for people, loud."""
        self.damage: str | None = None
        """Set when the file is found damaged while it is open, or is no longer at its place: the program should end."""
        self._inode: int | None = None
        """Of the file that is open. What stands at its place later would be mixed with it: they share the name of the journal."""
        self._ownership = Ownership(path, role)
        self._pieces: queue.SimpleQueue[Sequence[_Piece] | None] = queue.SimpleQueue()
        """What waits for the writer: pieces that must share a commit, or None, which ends it."""
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(opened,), name="store-writer", daemon=True)
        self._thread.start()
        try:
            opened.result()
        except BaseException:
            self._pieces.put(None)  # Ctrl-C ended the wait, not the opening: the writer would wait for work for ever
            self._thread.join()
            self._ownership.release()
            raise
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._view: Database | None = None

    async def write(self, work: Callable[[Database], T]) -> T:
        """Run `work` in the writer thread; returns once its group is committed. Raises StoreError, or what `work` raised."""
        future: Future[T] = Future()
        self._pieces.put([_Piece(work, future)])
        return await asyncio.wrap_future(future)

    async def write_all(self, works: Sequence[Callable[[Database], T]]) -> list[T | Exception]:
        """Run pieces of work in one group, in their order. Returns what each returned, or raised; never raises for them."""
        futures: list[Future[T]] = [Future() for _ in works]
        if works:
            self._pieces.put([_Piece(work, future) for work, future in zip(works, futures, strict=True)])
        done = await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)
        return [_result(one) for one in done]

    async def read(self, work: Callable[[Database], T]) -> T:
        """Run `work` on a read-only connection, beside the writer: all that it asks is answered as of one moment."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def close(self) -> None:
        """Finish what was handed over, then give the store up."""
        self._readers.submit(self._close_view).result()
        self._readers.shutdown()
        self._pieces.put(None)
        self._thread.join()
        self._ownership.release(clean=self.damage is None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    def _read(self, work: Callable[[Database], T]) -> T:
        with sentences(self.path):
            self._check_place()
            if self._view is None:
                self._view = view(self.path)
            self._view.execute("begin")
            try:
                return work(self._view)
            finally:
                self._view.conn.rollback()

    def _close_view(self) -> None:
        if self._view is not None:
            self._view.close()

    def _run(self, opened: Future[None]) -> None:
        try:
            self.was_gone = not self.path.exists()
            self.notice = prepare(self.path, unclean=self._ownership.unclean)
            db: Database | None = connect(self.path)
            self._inode = _inode(self.path)
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(None)
        with_work = True
        while with_work:
            group, with_work = self._next_group()
            pieces = [piece for piece in group if piece.future.set_running_or_notify_cancel()]
            if pieces:
                db = self._commit(db, pieces)
        if db is not None:
            if _inode(self.path) != self._inode:
                _set_aside(db, self.path)
            _close(db)

    def _next_group(self) -> tuple[list[_Piece], bool]:
        """Whatever waits, up to a full group: a lone piece is never delayed, a crowd shares one sync. False: the last."""
        group: list[_Piece] = []
        waiting = self._pieces.get()
        while waiting is not None:
            group += waiting
            if len(group) >= GROUP:
                return group, True
            try:
                waiting = self._pieces.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _commit(self, db: Database | None, group: list[_Piece]) -> Database | None:
        """Do a group's work. Returns the connection for the next one; None if it is of no use any more, and to be opened anew."""
        try:
            with sentences(self.path):
                self._check_place()
                db = connect(self.path) if db is None else db
                results = self._at_once(db, group)
                if results is None:
                    results = self._one_by_one(db, group)
                if db.conn.in_transaction:
                    db.execute("commit")
        except BaseException as error:
            self._note(error)
            db = _usable(db)
            for piece in group:
                if not piece.future.done():
                    piece.future.set_exception(error)
            return db
        for piece, result in results:
            piece.future.set_result(result)
        return db

    def _at_once(self, db: Database, group: Sequence[_Piece]) -> list[tuple[_Piece, Any]] | None:
        """What each piece returned. None, and nothing done, if one of several raised: it is not known yet what of the others."""
        db.execute("begin immediate")
        try:
            with sentences(self.path):
                return [(piece, piece.work(db)) for piece in group]
        except Exception as error:
            self._note(error)
            db.conn.rollback()
            if len(group) > 1:
                return None
            group[0].future.set_exception(error)
            return []

    def _one_by_one(self, db: Database, group: Sequence[_Piece]) -> list[tuple[_Piece, Any]]:
        """What the pieces returned that did not raise; the others are taken back, and have their error."""
        results = []
        db.execute("begin immediate")
        for piece in group:
            try:
                with sentences(self.path), db.atomic():
                    results.append((piece, piece.work(db)))
            except Exception as error:
                self._note(error)
                piece.future.set_exception(error)
                if not db.conn.in_transaction:  # SQLite ends the whole transaction on a full disk: so do we
                    raise
        return results

    def _check_place(self) -> None:
        if _inode(self.path) != self._inode:
            self.damage = (
                f"the store {self.path} was taken away or replaced while it was open: nothing more is written, and what was open"
                " is set aside beside it; end the program before a store is put in another one's place"
            )
            raise StoreError(self.damage)

    def _note(self, error: BaseException) -> None:
        if damaged(error):
            self.damage = str(error)


def _result(done: T | BaseException) -> T | Exception:
    """What a piece of work came to. A cancellation is nobody's result."""
    if isinstance(done, BaseException) and not isinstance(done, Exception):
        raise done
    return done


def _usable(db: Database | None) -> Database | None:
    """The connection without a transaction; None if it cannot be rid of it, and so was closed."""
    if db is None:
        return None
    try:
        db.conn.rollback()
    except sqlite3.Error:
        _close(db)
        return None
    return db


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _set_aside(db: Database, path: Path) -> None:
    """Save what only this process can still read."""
    try:
        _log.warning("what was open is set aside as %s: `aggregator restore` puts it in the store's place", rescue(db, path))
    except StoreError as error:
        _log.error("what was open cannot be set aside: %s", error)


def _close(db: Database) -> None:
    with suppress(sqlite3.Error):  # what was committed is in the file or in its -wal, and the next start finds it
        db.close()
