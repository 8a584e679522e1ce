"""The files of feeds/ as ready answers in memory: what is served, byte for byte, with its validators.

    Shelf ── Resource …       one per file, by its name below feeds/, such as `ai.atom`
          └─ archive(name)    archives, such as `ai/3.atom`: read when asked for, the last ones kept

Pages get the form for searching (search.with_form) and a Link header (announced); everything else is served byte for byte.

The shelf is swapped as a whole: a request sees the state before or after a publication, never one in between. Only regular
files with a known suffix are taken; hidden and temporary files, links and whatever lies outside never are.
"""

import errno
import os
import re
import stat
import threading
from collections import OrderedDict
from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from aggregator.serve.resource import CONTENT_TYPES, Resource, resource
from aggregator.serve.search import with_form

_log = structlog.get_logger(__name__)

_ARCHIVE = re.compile(r"[^/.\0][^/\0]*/(?:[0-9]+\.[a-z]+|[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?\.html)")
USUAL_AGE = 300
CACHE_CONTROL = f"public, max-age={USUAL_AGE}"
"""Five minutes: a third of the shortest poll interval, so that a cache in between never hides a publication for long.
A topic's own feeds have the age that its rhythm tells (`Shelf.ages`)."""
FOR_ARCHIVES = "public, max-age=604800, immutable"
"""A closed archive keeps its bytes (RFC 8246), but for what has to be taken down: that is gone everywhere after a week."""
KEPT = 32 * 1024 * 1024
"""Bytes of archives in memory. They are many, and each is asked for once by whoever comes for the first time."""


class Shelf:
    """What is served of `directory`. Safe to load from a thread while requests are answered."""

    def __init__(self, directory: Path, *, gone: Set[str] = frozenset(), moved: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.gone = gone
        """Slugs of removed topics: 410."""
        self.moved: Mapping[str, str] = moved or {}
        """Former slug → slug of renamed topics: 301."""
        self.ages: Mapping[str, int] = {}
        """Slug → seconds for which an answer about this topic is fresh."""
        self.resources: Mapping[str, Resource] = {}
        """By name; replaced as a whole, never changed."""
        self._lock = threading.Lock()
        self._archives: OrderedDict[str, Resource] = OrderedDict()
        self._archived = 0

    def archive(self, name: str) -> Resource | None:
        """A topic's archive, read unless it is as it was; None if there is no such file. Waits for the disk."""
        if not is_archive(name) or not _servable(name):
            return None
        with self._lock:
            old = self._archives.pop(name, None)
            self._archived -= _weight(old)
            try:
                new = _read(self.directory, name, old, self._cached(name))
            except (FileNotFoundError, NotADirectoryError):
                return None
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:  # anybody may ask for such a name; no file has one
                    _log.warning("published file not readable", name=name, error=str(error))
                return None
            self._archives[name] = new
            self._archived += _weight(new)
            while self._archived > KEPT and len(self._archives) > 1:
                self._archived -= _weight(self._archives.popitem(last=False)[1])
            return new

    def load(self) -> None:
        """Read the whole directory but for archives; files that did not change are not read again.

        A missing directory is an empty one.
        """
        with self._lock:
            found: dict[str, Resource] = {}
            for name in _names(self.directory):
                self._take(name, found)
            self.resources = found

    def renamed(self, name: str) -> bool:
        """Whether this was the address of a topic that has another slug now."""
        return _split(name)[0] in self.moved

    def successor(self, name: str) -> str | None:
        """The name under which a renamed topic's file is served now, if it is. Waits for the disk."""
        slug, rest = _split(name)
        seen = set()
        while slug in self.moved and slug not in seen:
            seen.add(slug)
            slug = self.moved[slug]
        name = slug + rest
        return name if seen and (name in self.resources or self.archive(name) is not None) else None

    def removed(self, name: str) -> bool:
        """Whether this was the address of a topic that was taken away for good."""
        return _split(name)[0] in self.gone

    def _cached(self, name: str) -> str:
        if is_archive(name) and not name.endswith(".html"):
            return FOR_ARCHIVES
        return f"public, max-age={self.ages.get(_split(name)[0], USUAL_AGE)}"

    def _take(self, name: str, into: dict[str, Resource]) -> None:
        """Read one file; if it cannot be read, what was served before stays."""
        old = self.resources.get(name)
        try:
            into[name] = _read(self.directory, name, old, self._cached(name))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            _log.warning("published file not readable", name=name, error=str(error))
            if old is not None:
                into[name] = old


def _names(directory: Path) -> list[str]:
    names = []
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        relative = Path(folder).relative_to(directory)
        names += [name for file in sorted(files) if _servable(name := (relative / file).as_posix()) and not is_archive(name)]
    return names


def is_archive(name: str) -> bool:
    """Whether a name is that of a topic's archive (`ai/3.atom`) or of the page of a month or day (`ai/2026-11.html`)."""
    return _ARCHIVE.fullmatch(name) is not None


def _weight(of: Resource | None) -> int:
    """Bytes that a resource takes, with what is packed of it: a third at most."""
    return 0 if of is None else len(of.identity.body) * 4 // 3


def _servable(name: str) -> bool:
    parts = name.split("/")
    return all(part and not part.startswith(".") for part in parts) and Path(name).suffix in CONTENT_TYPES


def _split(name: str) -> tuple[str, str]:
    """`ai.atom` → (`ai`, `.atom`); `ai/3.atom` → (`ai`, `/3.atom`). Slugs have neither dots nor slashes."""
    length = next((at for at, character in enumerate(name) if character in "./"), len(name))
    return name[:length], name[length:]


def _read(directory: Path, name: str, old: Resource | None, cached: str) -> Resource:
    """Raises OSError, also for what is no regular file or lies behind a link that leads out of the directory."""
    path = directory / name
    if not path.parent.resolve().is_relative_to(directory.resolve()):
        raise FileNotFoundError(name)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(name)
        stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if old is not None and (old.stamp, old.cached) == (stamp, cached):
            return old
        body = file.read()
    if name.endswith(".html"):
        body = with_form(name, body)
    last_modified = datetime.fromtimestamp(status.st_mtime_ns // 10**9, UTC)
    if old is not None and old.identity.body != body:
        # Twice in one second: who asks by date alone (newsboat does) would be told that nothing is new.
        last_modified = max(last_modified, old.last_modified + timedelta(seconds=1))
    return resource(name, body, last_modified, cached, stamp)
