"""Files under feeds/: replaced whole, or not touched.

    replace(name, body)   equal bytes: nothing happens, not even to the mtime
                          else: temporary beside it → fsync → rename over it → fsync of the directory
    remove(name)   prune(folder, keep)   names()

A reader (or a web server) sees the old file or the new one, never a part; a crash leaves the old one and at most a temporary,
which the next Writer clears away.
"""

import os
import re
from collections.abc import Set
from contextlib import suppress
from pathlib import Path, PurePosixPath

from aggregator.errors import PublishError

_TEMPORARY = ".publishing-"
"""Prefix of temporaries; hidden, so that no static server offers them."""
NUMBERED = re.compile(r"[0-9]+\.(?:atom|rss|json)")
"""Files of archives, which may lie beside others."""


class Writer:
    """Owns a directory. Raises PublishError (a sentence) for whatever the file system refuses; what was there stays."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for left_over in directory.rglob(f"{_TEMPORARY}*"):
                left_over.unlink(missing_ok=True)
        except OSError as error:
            raise PublishError(
                f"{directory} cannot be used to publish into: {error.strerror}; make it a writable directory"
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
            temporary = path.with_name(f"{_TEMPORARY}{os.getpid()}-{path.name}")
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

    def names(self) -> set[str]:
        """Names of all published files, with slashes; hidden files (.gitignore, temporaries) are none of them."""
        try:
            files = [path.relative_to(self._directory) for path in self._directory.rglob("*") if path.is_file()]
        except OSError as error:
            raise PublishError(f"{self._directory} cannot be listed: {error.strerror}; make it a readable directory") from error
        return {file.as_posix() for file in files if not any(part.startswith(".") for part in file.parts)}

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
                f"{name!r} is not a name for a file below {self._directory}: use letters, digits and single slashes"
            )
        return self._directory.joinpath(*parts)


def _holds(path: Path, body: bytes) -> bool:
    """Whether the file is there with these bytes. The size is asked first: most changes show in it."""
    try:
        return path.stat().st_size == len(body) and path.is_file() and path.read_bytes() == body
    except FileNotFoundError:
        return False


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
