"""Files under feeds/: replaced whole, or not touched.

    ready()               the directory is there; the first time, what a crash left over goes
    replace(name, body)   equal bytes: nothing happens, not even to the mtime
                          else: temporary → fsync → rename over it → fsync of the directory
    remove(name)   prune(folder, keep)

A reader (or a web server) sees the old file or the new one, never a part; a crash leaves the old one and at most a temporary.
All temporaries are in the directory itself, whatever folder their file goes to: they are found without a walk through all that
was ever published.
"""

import os
import re
import stat
import threading
from collections.abc import Set
from contextlib import suppress
from pathlib import Path, PurePosixPath

from aggregator.errors import PublishError

_TEMPORARY = ".publishing-"
"""Prefix of temporaries; hidden, so that no static server offers them."""
NUMBERED = re.compile(r"[0-9]+\.(?:atom|rss|json)")
"""Files of archives, which may lie beside others."""
_PIECE = 64 * 1024
"""Bytes that are compared at a time: Python gives memory of this size out again, and larger pieces from the system each time."""


class Writer:
    """Owns a directory. Raises PublishError (a sentence) for whatever the file system refuses; what was there stays."""

    def __init__(self, directory: Path) -> None:
        """Touches nothing."""
        self.directory = directory
        self._swept = False

    def ready(self) -> None:
        """Make sure of the directory, before anything is written; nobody else may be writing there. Cheap but the first time."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            if not self._swept:
                self._sweep()
                self._swept = True
        except OSError as error:
            raise PublishError(
                f"{self.directory} cannot be used to publish into: {error.strerror}; make it a writable directory"
            ) from error

    def replace(self, name: str, body: bytes, *, lasting: bool = True) -> bool:
        """Make the file hold these bytes, mode 0644. True if it held others, or did not exist.

        Where it is not `lasting`, a power cut may leave the file empty: for what is looked at and written anew after a start.
        """
        path = self._path(name)
        try:
            if _holds(path, body):
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.directory / f"{_TEMPORARY}{os.getpid()}-{threading.get_ident()}"
            try:
                _write(temporary, body, lasting)
                temporary.replace(path)
            except BaseException:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)
                raise
            if lasting:
                _sync_directory(path.parent)
        except OSError as error:
            raise PublishError(f"{path} cannot be replaced: {error.strerror}; what was published there stays") from error
        return True

    def _sweep(self) -> None:
        with os.scandir(self.directory) as there:
            left_over = [entry.path for entry in there if entry.name.startswith(_TEMPORARY)]
        for path in left_over:
            Path(path).unlink(missing_ok=True)

    def remove(self, name: str) -> bool:
        """Take the file away. True if there was one."""
        path = self._path(name)
        try:
            path.unlink()
            _sync_directory(path.parent)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise PublishError(f"{path} cannot be removed: {error.strerror}; remove it by hand") from error
        return True

    def prune(self, folder: str, keep: Set[str]) -> list[str]:
        """Take away the numbered files (archives) in a folder that are not in `keep`; then the folder, if nothing is left in it.

        Returns the names of the files.
        """
        path = self._path(folder)
        try:
            names = [f"{folder}/{one.name}" for one in path.iterdir() if NUMBERED.fullmatch(one.name)]
            removed = sorted(name for name in names if name not in keep)
            for name in removed:
                self._path(name).unlink()
            if removed:
                _sync_directory(path)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise PublishError(f"{path} cannot be cleared of old archives: {error.strerror}; remove it by hand") from error
        if len(removed) == len(names):
            with suppress(OSError):  # there are other files in it: not ours
                path.rmdir()
        return removed

    def _path(self, name: str) -> Path:
        """Below the directory, or PublishError: names come from configured slugs, but a slug must never reach another folder."""
        parts = name.split("/")
        if (
            PurePosixPath(name).is_absolute()
            or "\0" in name
            or "\\" in name
            or any(part.startswith(".") or not part for part in parts)
        ):
            raise PublishError(
                f"{name!r} is not a name for a file below {self.directory}: use letters, digits and single slashes"
            )
        return self.directory.joinpath(*parts)


def _holds(path: Path, body: bytes) -> bool:
    """Whether the file is there with these bytes. The size is asked first, then the beginning: there stands what is new."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        there = os.fstat(file)
        if not stat.S_ISREG(there.st_mode) or there.st_size != len(body):
            return False
        return all(os.pread(file, _PIECE, start) == body[start : start + _PIECE] for start in range(0, len(body), _PIECE))
    finally:
        os.close(file)


def _write(path: Path, body: bytes, lasting: bool) -> None:
    with path.open("wb") as file:
        os.fchmod(file.fileno(), 0o644)  # whatever the umask: a web server of another user must read it
        file.write(body)
        file.flush()
        if lasting:
            os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    """Make a rename last over a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
