"""Instants as the store keeps them: whole seconds since 1970 in UTC."""

from datetime import UTC, datetime
from typing import overload


@overload
def to_seconds(instant: datetime) -> int: ...
@overload
def to_seconds(instant: None) -> None: ...
def to_seconds(instant: datetime | None) -> int | None:
    """Aware datetime → seconds, rounded down. None stays None."""
    return None if instant is None else int(instant.timestamp() // 1)


@overload
def to_instant(seconds: int) -> datetime: ...
@overload
def to_instant(seconds: None) -> None: ...
def to_instant(seconds: int | None) -> datetime | None:
    """Seconds → aware datetime in UTC. None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
