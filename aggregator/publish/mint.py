"""Ids that leave us: made once, kept in the ledger, and the same again should the store be lost.

(topic slug, source id, native id of the story's first item) → urn:uuid, version 5, salted while it is taken
topic slug                                                   → urn:uuid, version 5, of the feed
"""

import json
from collections.abc import Callable
from uuid import UUID, uuid5

NAMESPACE = UUID("6f3b8f0c-5a0e-4d53-9d0b-0f6c3e2f7a41")
"""Drawn at random once, for this project. Changing it would deliver every entry of every feed again."""


def entry_id(slug: str, source_id: str, native_id: str, taken: Callable[[str], bool]) -> str:
    """An id for a new entry, `urn:uuid:…`: without salt if that is free, else with the first of 1, 2, 3 … that makes it so."""
    salt = 0
    while True:
        parts: list[str | int] = [slug, source_id, native_id] if salt == 0 else [slug, source_id, native_id, salt]
        candidate = _urn(parts)
        if not taken(candidate):
            return candidate
        salt += 1


def feed_id(slug: str) -> str:
    """The id of a topic's feed. Minted under the slug that the topic had first; the store keeps it over renames."""
    return _urn([slug])


def _urn(parts: list[str | int]) -> str:
    # JSON keeps ["a", "bc"] and ["ab", "c"] apart, and writes lone surrogates as escapes instead of failing on them.
    return f"urn:uuid:{uuid5(NAMESPACE, json.dumps(parts))}"
