"""What is stored of an item so that a restart changes nothing: its vector, its sampled shingles, its title's hashes.

version, language, flags, clean title, series title, counts │ terms (u32) │ weights (u16) │ shingles (u32)        little-endian
"""

import struct
import sys
from array import array
from dataclasses import dataclass

_HEADER = struct.Struct("<B3sBQQHH")
_VERSION = 1
_HEADLINE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """An item in figures."""

    language: str
    headline: bool
    """Whether it has no text to speak of beside its title."""
    title: int
    """Hash of its clean title, 0 where that is too short to say anything."""
    series: int
    """Hash of its title as one of a series, 0 likewise."""
    terms: "array[int]"
    """Hashes of its terms."""
    weights: "array[int]"
    """Their weights in whole numbers, so that sums do not depend on the order."""
    shingles: "array[int]"
    """Sampled hashes of its 4-grams."""


def pack(trace: Trace) -> bytes:
    """The bytes to store."""
    header = _HEADER.pack(
        _VERSION,
        trace.language.encode()[:3],
        _HEADLINE * trace.headline,
        trace.title,
        trace.series,
        len(trace.terms),
        len(trace.shingles),
    )
    return header + _little(trace.terms) + _little(trace.weights) + _little(trace.shingles)


def unpack(data: bytes) -> Trace | None:
    """The Trace of stored bytes; None for what another version wrote, or what is damaged."""
    if len(data) < _HEADER.size or data[0] != _VERSION:
        return None
    _, language, flags, title, series, terms, shingles = _HEADER.unpack_from(data)
    if len(data) != _HEADER.size + 6 * terms + 4 * shingles:
        return None
    start, middle, end = _HEADER.size, _HEADER.size + 4 * terms, _HEADER.size + 6 * terms
    return Trace(
        language=language.rstrip(b"\0").decode("ascii", "replace"),
        headline=bool(flags & _HEADLINE),
        title=title,
        series=series,
        terms=_array("I", data[start:middle]),
        weights=_array("H", data[middle:end]),
        shingles=_array("I", data[end:]),
    )


def _little(values: "array[int]") -> bytes:
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def _array(code: str, data: bytes) -> "array[int]":
    values: array[int] = array(code)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values
