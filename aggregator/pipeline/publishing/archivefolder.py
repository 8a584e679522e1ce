"""What a look at the folder of a topic's archives tells, and whether it is as it was left."""

import os
from collections.abc import Iterable
from pathlib import Path

from aggregator.publish.writer import NUMBERED


def intact(note: object, folder: Path) -> bool:
    """Whether a topic's archives are as they were left, as far as stat tells. Other files come and go beside them."""
    if not isinstance(note, dict):
        return False
    if note.get("modified") == modified(folder):
        return True
    now = seen(folder)
    return all(note.get(key) == now[key] for key in ("files", "bytes"))


def seen(folder: Path) -> dict[str, int]:
    """What `intact` compares: when files of a folder were last added, replaced or removed (ns), and how much its archives are."""
    changed, there = modified(folder), sizes(folder)
    return {"modified": changed, "files": len(there), "bytes": sum(there.values())}


def modified(folder: Path) -> int:
    """When files of a folder were last added, replaced or removed (ns), 0 without a folder."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def sizes(folder: Path, names: Iterable[str] | None = None) -> dict[str, int]:
    """Name → bytes of the archives in a folder, or of some of them."""
    if names is not None:
        return {name: status.st_size for name in names if (status := _status(folder / name)) is not None}
    try:
        with os.scandir(folder) as found:
            return {one.name: one.stat(follow_symlinks=False).st_size for one in found if NUMBERED.fullmatch(one.name)}
    except OSError:
        return {}


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None
