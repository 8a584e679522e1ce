"""Reads files below configured roots: regular files, no symlink out, nothing that blocks.

    Request(url="file:///notes/", patterns=("**/*.md",))  → Document | FetchError for each file, in order of path
    Request(url="file:///notes/a.md")                      → one of them

A file whose etag (a digest of what stat says) is known already comes as status 304, unread. Everything here blocks: call it
from a thread. The walk goes down by directory handles that refuse symlinks, so that a path cannot change between check and use.
"""

import fnmatch
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from aggregator.errors import FetchError, TooLarge
from aggregator.fetch.limits import Limits
from aggregator.model import Document, Request

_TEMPORARY = ("*~", "#*#", "~$*", "*.swp", "*.swo", "*.swx", "*.tmp", "*.part", "*.crdownload")
"""What editors, office programs and browsers leave while they write."""


class Disk:
    """Reads below `roots` (files or folders) and nowhere else."""

    def __init__(self, roots: Sequence[Path], limits: Limits) -> None:
        self._roots = tuple(roots)
        self._limits = limits

    def walk(self, request: Request) -> list[Path | FetchError]:
        """Files to read, and folders that cannot be. Raises FetchError if the address itself is of no use."""
        path = path_of(request.url)
        real = self._below(path, request.url)
        try:
            mode = real.stat().st_mode
        except OSError as error:
            raise _failed(path, error, request.url) from error
        if not stat.S_ISDIR(mode):
            return [path]
        return self._list(path, request)

    def read(self, path: Path, request: Request) -> Document:
        """One file. Raises FetchError naming it."""
        url = path.as_uri()
        try:
            handle = _open(self._below(path, url))
            with os.fdopen(handle, "rb") as file:
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode):
                    raise FetchError(f"{path} is not a regular file; take it out of the folder", url=url, reason="not-a-file")
                etag = etag_of(status)
                if etag == request.known_files.get(url) or (url == request.url and etag == request.etag):
                    return Document(url=url, request=request, status=304, etag=etag)
                if status.st_size > self._limits.decoded:
                    raise self._too_large(path, url)
                body = file.read(self._limits.decoded + 1)
        except OSError as error:
            raise _failed(path, error, url) from error
        if len(body) > self._limits.decoded:
            raise self._too_large(path, url)
        return Document(url=url, request=request, body=body, etag=etag)

    def _list(self, folder: Path, request: Request) -> list[Path | FetchError]:
        patterns = [pattern.split("/") for pattern in request.patterns or ("**/*",)]
        found: list[tuple[Path, Path | FetchError]] = []

        def unreadable(error: OSError) -> None:
            path = Path(error.filename)
            if path == folder:
                raise _failed(path, error, request.url) from error
            found.append((path, _failed(path, error, path.as_uri())))

        for parent, folders, names in os.walk(folder, onerror=unreadable):
            folders[:] = [name for name in folders if not _skipped(name)]
            for name in names:
                path = Path(parent, name)
                if not _skipped(name) and any(matches(path.relative_to(folder).parts, pattern) for pattern in patterns):
                    found.append((path, path))
            if len(found) > self._limits.files:
                raise TooLarge(f"{folder} holds more than {self._limits.files:,} files; choose fewer by `glob`", url=request.url)
        return [item for _, item in sorted(found, key=lambda pair: pair[0])]

    def _below(self, path: Path, url: str) -> Path:
        """The real path, if it lies below a root."""
        try:
            real = path.resolve()
            if any(real.is_relative_to(root.resolve()) for root in self._roots):
                return real
        except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: symlinks in a circle
            raise FetchError(f"{path} cannot be resolved ({error})", url=url, reason="unreadable") from error
        raise FetchError(
            f"{path} lies outside the folders that sources may read; give its folder as the source's path",
            url=url,
            reason="outside",
        )

    def _too_large(self, path: Path, url: str) -> TooLarge:
        return TooLarge(f"{path} has more than {self._limits.decoded:,} bytes; split it, or take it out of the folder", url=url)


def batches(disk: Disk, request: Request, paths: Sequence[Path | FetchError], size: int) -> Iterator[list[Document | FetchError]]:
    """Read in lists of at most 64 files and about `size` bytes, so that a thread is asked seldom and little is held."""
    batch: list[Document | FetchError] = []
    held = 0
    for path in paths:
        if isinstance(path, FetchError):
            batch.append(path)
        else:
            try:
                document = disk.read(path, request)
                batch.append(document)
                held += len(document.body)
            except FetchError as error:
                batch.append(error)
        if len(batch) >= 64 or held >= size:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def path_of(url: str) -> Path:
    """The absolute path that a `file:` address names. Raises FetchError."""
    parts = urlsplit(url)
    path = os.fsdecode(unquote_to_bytes(parts.path))
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not path.startswith("/") or "\0" in path:
        raise FetchError(
            f"the address {url[:200]!r} does not name a file of this machine; write it as file:///path", url=url, reason="bad-url"
        )
    return Path(path)


def etag_of(status: os.stat_result) -> str:
    """Changes with anything that a write changes, and with the file behind a name."""
    facts = f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size} {status.st_ino}"
    return f'"{hashlib.blake2b(facts.encode(), digest_size=12).hexdigest()}"'


def matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Glob by path component, in any case of letters; `**` stands for any number of folders."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return matches(parts, pattern[1:]) or (bool(parts) and matches(parts[1:], pattern))
    return bool(parts) and fnmatch.fnmatchcase(parts[0].lower(), pattern[0].lower()) and matches(parts[1:], pattern[1:])


def _skipped(name: str) -> bool:
    return name.startswith(".") or any(fnmatch.fnmatchcase(name, pattern) for pattern in _TEMPORARY)


def _open(real: Path) -> int:
    """Open a resolved path component by component; a symlink that appeared since is an error. Never waits (FIFOs, devices)."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    folder = os.open(real.anchor, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in real.parts[1:-1]:
            below = os.open(part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = below
        return os.open(real.name, flags, dir_fd=folder)
    finally:
        os.close(folder)


def _failed(path: Path, error: OSError, url: str) -> FetchError:
    advice = {FileNotFoundError: "correct the path, or put it there", PermissionError: "let this user read it"}
    what = (error.strerror or str(error)).lower()
    return FetchError(
        f"{path} cannot be read: {what}; {advice.get(type(error), 'look at it on the disk')}", url=url, reason="unreadable"
    )
