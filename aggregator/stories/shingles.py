"""Which runs of four words does a text hold? A sample, the same for every text: one in four of all 4-grams, by their hash.

    words ─shingles→ sorted u32 ─Index.add→ half of them findable ─Index.near→ who shares some ─containment→ how much

How much of the shorter text is found in the longer one tells copies, summaries and edits from mere reports of the same event;
SimHash and MinHash, which compare whole texts, find fewer than 15 % of summaries.
"""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from zlib import crc32

_WORDS = 4
_SAMPLED = 0b11
"""These bits of the hash are 0: one 4-gram in four."""
_FINDABLE = 0b111
"""Likewise: one 4-gram in eight leads to the items that hold it. A summary of 50 words has six of them."""
_CROWD = 64
"""A 4-gram that more items hold is a phrase of the trade ("subscribe to our newsletter"): it leads nowhere."""
_RECORD = 8
_LARGEST = 64 * 1024
"""Bytes of a bucket that is looked into. 100,000 items of 2,500 words fill one with 4 KB; one beyond holds a phrase that all of
them have, or hashes that somebody chose so that they meet: to search it for each of 2,000 values takes seconds an item."""


def shingles(words: Sequence[str]) -> "array[int]":
    """The sampled hashes of a text's 4-grams, sorted, each once."""
    text = " ".join(words).encode("utf-8", "replace")
    starts = [0, *accumulate([len(word) + 1 for word in text.split(b" ")])]
    hashes = {crc32(text[start : end - 1]) for start, end in zip(starts, starts[_WORDS:], strict=False)}
    return array("I", sorted([value for value in hashes if not value & _SAMPLED]))


def containment(first: Sequence[int], second: Sequence[int]) -> tuple[float, int]:
    """The share of the smaller sample that the other holds too, and how many those are."""
    if not first or not second:
        return 0.0, 0
    shared = len(set(first).intersection(second))
    return shared / min(len(first), len(second)), shared


class Index:
    """4-gram → items, in 8 bytes each: buckets of records (rest of the hash, item's number), searched as bytes."""

    def __init__(self) -> None:
        self._buckets: dict[int, bytearray] = {}

    def add(self, number: int, sample: Sequence[int]) -> None:
        """Make the item findable. `number` fits in 32 bits."""
        tail = number.to_bytes(4, "little")
        buckets = self._buckets
        for value in sample:
            if not value & _FINDABLE:
                key = value >> 3 & 0xFFFF
                bucket = buckets.get(key)
                if bucket is None:
                    bucket = buckets[key] = bytearray()
                bucket += value.to_bytes(4, "little") + tail

    def discard(self, samples: Mapping[int, Sequence[int]]) -> None:
        """Forget items: number → its sample."""
        keys = {value >> 3 & 0xFFFF for sample in samples.values() for value in sample if not value & _FINDABLE}
        for key in keys:
            bucket = self._buckets[key]
            kept = bytearray()
            for start in range(0, len(bucket), _RECORD):
                if int.from_bytes(bucket[start + 4 : start + _RECORD], "little") not in samples:
                    kept += bucket[start : start + _RECORD]
            if kept:
                self._buckets[key] = kept
            else:
                del self._buckets[key]

    def near(self, sample: Sequence[int]) -> Counter[int]:
        """The items that share findable 4-grams with the sample, and how many."""
        found: Counter[int] = Counter()
        buckets = self._buckets
        for value in sample:
            if value & _FINDABLE:
                continue
            bucket = buckets.get(value >> 3 & 0xFFFF)
            if bucket is None or len(bucket) > _LARGEST:
                continue
            wanted = value.to_bytes(4, "little")
            if wanted in bucket and len(numbers := _holding(bucket, wanted, _CROWD + 1)) <= _CROWD:
                found.update(numbers)
        return found


def _holding(bucket: bytearray, key: bytes, most: int) -> list[int]:
    """The first so many numbers of a key: a source that says the same a thousand times an hour must not be counted to its end."""
    numbers: list[int] = []
    at = bucket.find(key)
    while at >= 0 and len(numbers) < most:
        if at % _RECORD:  # not the start of a record: go on at the next one that may match
            at = bucket.find(key, at + 1)
            continue
        numbers.append(int.from_bytes(bucket[at + 4 : at + _RECORD], "little"))
        at = bucket.find(key, at + _RECORD)
    return numbers
