"""What stands at a path, to see later whether something else does."""

from pathlib import Path

Stamp = tuple[int, ...] | None
"""Device, inode, size and mtime in nanoseconds; None where nothing stands."""


def stamp(path: Path) -> Stamp:
    """Taken before a file is read, it tells of every change since. Links are followed."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: a path with a null byte
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
