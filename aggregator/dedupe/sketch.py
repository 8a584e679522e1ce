"""Do two texts say the same in much the same words? A sketch of a text: a few numbers, which edits hardly change. Pure.

    sketch(text) → the SIZE smallest digests of its runs of three words      SAME of them in common: the same text, edited

Bottom-k sampling (Broder, "On the resemblance and containment of documents", 1997): the share of common numbers estimates the
share of common runs.
"""

import re
from hashlib import blake2b

from aggregator.compatible import compatible

SIZE = 16
SAME = 8
"""Half of the runs in common: an article of forty words may have four of them changed, anywhere."""
SHORTEST = 8
"""Words below which a text says too little."""
_WORD = re.compile(r"\w+")
_LONGEST = 5_000
"""Words that are looked at."""


def sketch(text: str) -> tuple[int, ...]:
    """Return up to SIZE numbers of 63 bits; none for a text that is too short."""
    words = _WORD.findall(compatible(text).casefold())[:_LONGEST]
    if len(words) < SHORTEST:
        return ()
    runs = {" ".join(words[at : at + 3]) for at in range(len(words) - 2)}
    return tuple(sorted(map(_digest, runs))[:SIZE])


def _digest(run: str) -> int:
    return int.from_bytes(blake2b(run.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1
