"""Stores that were set aside."""

from pathlib import Path

from aggregator.store.backup import SIDE_FILES


def stores_aside(path: Path) -> list[Path]:
    """Oldest first."""
    return sorted(file for file in path.parent.glob(f"{path.name}.aside-*") if not file.name.endswith(SIDE_FILES))
