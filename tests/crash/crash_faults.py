"""Every point at which a process changes the disk, counted; at one of them it is killed, or the disk fails.

    Python    os.open (creating), write, pwrite, ftruncate, fchmod, fsync, replace, rename, unlink, mkdir
    SQLite    xWrite, xTruncate, xSync, xDelete of its VFS: each page of -wal, database and copy

`install(root, at, fault)` patches this process, which is a throwaway; only files below `root` count. At point number `at`:

    kill     a write is done by half, everything else not at all; then SIGKILL
    ENOSPC   the point fails, and so does everything after it that takes space
    EIO      the point fails, once

SQLite is reached as its own tests do it, through its VFS (https://sqlite.org/vfs.html): the library that Python has loaded hands out the
table of its file methods, and some of them are replaced by ours, which call the original ones.
"""

import _sqlite3
import ctypes
import errno
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

Fault = Literal["kill", "ENOSPC", "EIO"]
FAULTS: tuple[Fault, ...] = ("kill", "ENOSPC", "EIO")
_TAKES_SPACE = frozenset({"xWrite", "write", "pwrite", "open", "mkdir"})
_FULL, _IOERR = 13, {"xWrite": 778, "xTruncate": 1546, "xSync": 1034, "xDelete": 2570}
"""SQLite's result codes: SQLITE_FULL, SQLITE_IOERR_WRITE and its kind."""


class Points:
    """Counts, names, and strikes."""

    def __init__(self, root: Path, at: int | None, fault: Fault | None) -> None:
        self._root = os.path.realpath(root) + os.sep
        self._at = at
        self._fault = fault
        self._pid = os.getpid()
        self.names: list[str] = []

    def reached(self, operation: str, path: str) -> bool:
        """Whether this operation is to fail. A killed process does not return, unless it writes: see `dies`."""
        path = os.path.realpath(path) if not path.startswith(self._root) else path
        if not path.startswith(self._root) or os.getpid() != self._pid:
            return False
        self.names.append(f"{operation} {path.removeprefix(self._root)}")
        here = len(self.names) == self._at
        if here and self._fault == "kill" and operation not in ("write", "xWrite"):
            os.kill(os.getpid(), signal.SIGKILL)
        past = self._at is not None and len(self.names) > self._at
        return here or (past and self._fault == "ENOSPC" and operation in _TAKES_SPACE)

    @property
    def dies(self) -> bool:
        return self._fault == "kill"

    @property
    def number(self) -> int:
        return errno.ENOSPC if self._fault == "ENOSPC" else errno.EIO

    def error(self, path: object) -> OSError:
        return OSError(self.number, os.strerror(self.number), str(path))


def install(root: Path, at: int | None, fault: Fault | None) -> Points:
    """Patch this process. `at` None: only count."""
    points = Points(root, at, fault)
    _patch_python(points)
    _patch_sqlite(points)
    return points


# ── Python ──────────────────────────────────────────────────────────────────────────────────────────────────


def _patch_python(points: Points) -> None:
    def named(
        place: object, name: str, path_of: Callable[..., str], applies: Callable[..., bool] = lambda *_a, **_k: True
    ) -> None:
        original = getattr(place, name)

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if applies(*args, **kwargs) and points.reached(name, path_of(*args)):
                raise points.error(path_of(*args))
            return original(*args, **kwargs)

        setattr(place, name, wrapper)

    def first(path: Any, *_: Any) -> str:
        return os.fspath(path) if not isinstance(path, int) else _name_of(path)

    def target(_: Any, path: Any) -> str:
        return os.fspath(path)

    for name in ("unlink", "mkdir", "fsync", "ftruncate", "fchmod", "pwrite"):
        named(os, name, first)
    for name in ("replace", "rename"):
        named(os, name, target)
    named(os, "open", first, lambda path, flags, *_a, **_k: bool(flags & os.O_CREAT))
    original = io.open

    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if not set(mode) & set("wax+") or isinstance(file, int):
            return original(file, mode, *args, **kwargs)
        if points.reached("open", os.fspath(file)):
            raise points.error(file)
        return _File(original(file, mode, *args, **kwargs), points, os.fspath(file))

    io.open = opened  # type: ignore[assignment] # pathlib looks it up there


class _File:
    """A file opened for writing: half of what is written arrives before the fault."""

    def __init__(self, file: Any, points: Points, path: str) -> None:
        self._file, self._points, self._path = file, points, path

    def write(self, data: bytes) -> int:
        if self._points.reached("write", self._path):
            self._file.write(data[: len(data) // 2])
            self._file.flush()
            if self._points.dies:
                os.kill(os.getpid(), signal.SIGKILL)
            raise self._points.error(self._path)
        written: int = self._file.write(data)
        return written

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _name_of(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


# ── SQLite ──────────────────────────────────────────────────────────────────────────────────────────────────

_P, _I, _L = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_OPEN = ctypes.CFUNCTYPE(_I, _P, _P, _P, _I, _P)
_DELETE = ctypes.CFUNCTYPE(_I, _P, ctypes.c_char_p, _I)
_WRITE = ctypes.CFUNCTYPE(_I, _P, _P, _I, _L)
_TRUNCATE = ctypes.CFUNCTYPE(_I, _P, _L)
_SYNC = ctypes.CFUNCTYPE(_I, _P, _I)


class _Vfs(ctypes.Structure):
    """The head of sqlite3_vfs, as far as it is replaced here (the layout is public and fixed)."""

    _fields_ = (
        ("iVersion", _I),
        ("szOsFile", _I),
        ("mxPathname", _I),
        ("pNext", _P),
        ("zName", ctypes.c_char_p),
        ("pAppData", _P),
        ("xOpen", _OPEN),
        ("xDelete", _DELETE),
    )


class _Methods(ctypes.Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = (
        ("iVersion", _I),
        ("xClose", _P),
        ("xRead", _P),
        ("xWrite", _WRITE),
        ("xTruncate", _TRUNCATE),
        ("xSync", _SYNC),
        ("rest", _P * 13),
    )


class _SqliteFile(ctypes.Structure):
    _fields_ = (("pMethods", ctypes.POINTER(_Methods)),)


_kept: list[object] = []
"""What C code points to must live as long as the process."""


def library() -> ctypes.CDLL | None:
    """The SQLite that this Python has loaded; None where its functions cannot be reached."""
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "sqlite3" in line}
    for name in (*sorted(name for name in mapped if "libsqlite3" in name), _sqlite3.__file__):
        found = ctypes.CDLL(name)
        if hasattr(found, "sqlite3_vfs_find"):
            return found
    return None


def _patch_sqlite(points: Points) -> None:
    found = library()
    assert found is not None
    found.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = found.sqlite3_vfs_find(None).contents
    names: dict[int, str] = {}
    tables: dict[int, _Methods] = {}
    original_open = _OPEN(_address(vfs.xOpen))
    original_delete = _DELETE(_address(vfs.xDelete))

    def on_open(this: int, name: int | None, file: int, flags: int, out: int) -> int:
        result: int = original_open(this, name, file, flags, out)
        opened = ctypes.cast(file, ctypes.POINTER(_SqliteFile)).contents
        if result == 0 and name is not None and opened.pMethods:
            names[file] = os.fsdecode(ctypes.string_at(name))  # the pointer itself goes on to SQLite, which keeps it
            address = ctypes.addressof(opened.pMethods.contents)
            if address not in tables:
                table = _faulty(points, opened.pMethods.contents, names)
                tables[address] = tables[ctypes.addressof(table)] = table
            opened.pMethods = ctypes.pointer(tables[address])
        return result

    def on_delete(this: int, name: bytes, sync_folder: int) -> int:
        if Path(os.fsdecode(name)).exists() and points.reached("xDelete", os.fsdecode(name)):
            return _code(points, "xDelete")
        result: int = original_delete(this, name, sync_folder)
        return result

    vfs.xOpen, vfs.xDelete = _OPEN(on_open), _DELETE(on_delete)
    _kept.extend([vfs, original_open, original_delete, vfs.xOpen, vfs.xDelete])


def _faulty(points: Points, methods: _Methods, names: dict[int, str]) -> _Methods:
    """A copy of the methods of a kind of file, with ours in it. `names`: file → path."""
    table = _Methods.from_buffer_copy(methods)
    write, truncate, sync = _WRITE(_address(table.xWrite)), _TRUNCATE(_address(table.xTruncate)), _SYNC(_address(table.xSync))

    def on_write(file: int, data: int, size: int, offset: int) -> int:
        if points.reached("xWrite", names.get(file, "")):
            if points.dies:
                write(file, data, size // 2, offset)
                os.kill(os.getpid(), signal.SIGKILL)
            return _code(points, "xWrite")
        result: int = write(file, data, size, offset)
        return result

    def on_truncate(file: int, size: int) -> int:
        result: int = _code(points, "xTruncate") if points.reached("xTruncate", names.get(file, "")) else truncate(file, size)
        return result

    def on_sync(file: int, flags: int) -> int:
        result: int = _code(points, "xSync") if points.reached("xSync", names.get(file, "")) else sync(file, flags)
        return result

    table.xWrite, table.xTruncate, table.xSync = _WRITE(on_write), _TRUNCATE(on_truncate), _SYNC(on_sync)
    _kept.extend([table, methods, write, truncate, sync, table.xWrite, table.xTruncate, table.xSync])
    return table


def _code(points: Points, operation: str) -> int:
    return _FULL if points.number == errno.ENOSPC and operation == "xWrite" else _IOERR[operation]


def _address(function: object) -> int:
    return ctypes.cast(function, _P).value or 0  # type: ignore[arg-type] # ctypes' own stubs do not know fields of structures
