"""What is stored of an item so that a restart changes nothing: its vector, its sampled shingles, its title's hashes.

    version, language, flags, clean title, series, counts │ terms (u32) │ weights (u16) │ shingles (u32)        little-endian

The bytes are also what the engine keeps in memory of an item: a hundred thousand of them fit where their objects would not.
"""

import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache

VERSION = 1
_HEADER = struct.Struct("<B3sBQQHH")
_HASH = struct.Struct("<Q")
_COUNTS = struct.Struct("<HH")
_HEADLINE = 1


def pack(
    *,
    language: str,
    headline: bool,
    title: int,
    series: int,
    terms: Sequence[int],
    weights: Sequence[int],
    shingles: Sequence[int],
) -> bytes:
    """The bytes. `title` and `series` are 64 bit hashes, 0 where the title is too short to say anything."""
    counts = len(terms), len(shingles)
    return _HEADER.pack(VERSION, language.encode("ascii", "replace")[:3], _HEADLINE * headline, title, series, *counts) + _format(
        *counts
    ).pack(*terms, *weights, *shingles)


class Trace:
    """Stored bytes, read field by field when asked. Raises ValueError for what another version wrote, or what is damaged."""

    __slots__ = ("_shingles", "_terms", "data")

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER.size or data[0] != VERSION:
            raise ValueError("this trace was written by another version")
        self._terms, self._shingles = _COUNTS.unpack_from(data, _HEADER.size - _COUNTS.size)
        if len(data) != _HEADER.size + 6 * self._terms + 4 * self._shingles:
            raise ValueError("this trace is damaged")
        self.data = data

    @property
    def headline(self) -> bool:
        """Whether the item has no text to speak of beside its title."""
        return bool(self.data[4] & _HEADLINE)

    @property
    def title(self) -> int:
        """Hash of its clean title, 0 where that is too short to say anything."""
        return int(_HASH.unpack_from(self.data, 5)[0])

    @property
    def series(self) -> int:
        """Hash of its title without numbers and dates, 0 where nothing is left."""
        return int(_HASH.unpack_from(self.data, 13)[0])

    def terms(self) -> tuple[int, ...]:
        """The hashes of its terms, heaviest first."""
        return _ints(self._terms).unpack_from(self.data, _HEADER.size)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Its terms, each with its weight, heaviest first: whole numbers, so that sums do not depend on the order."""
        both = _both(self._terms).unpack_from(self.data, _HEADER.size)
        return zip(both, both[self._terms :], strict=False)

    def shingles(self) -> tuple[int, ...]:
        """Sampled hashes of its 4-grams, sorted."""
        return _ints(self._shingles).unpack_from(self.data, _HEADER.size + 6 * self._terms)


@lru_cache(4096)
def _format(terms: int, shingles: int) -> struct.Struct:
    return struct.Struct(f"<{terms}I{terms}H{shingles}I")


@lru_cache(4096)
def _ints(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}I")


@lru_cache(256)
def _both(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}I{count}H")
