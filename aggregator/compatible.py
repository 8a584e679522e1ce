"""Text without differences of compatibility form (NFKC), in time linear in its length.

CPython sorts a run of combining marks by insertion, with the interpreter held: 80,000, which one entry can bring, take 7 s.
So a long text is normalized in pieces, parted where no piece can have a bearing on the next: the result is that of the whole.
A run of marks that goes on and on has no such place, and is parted all the same (Unicode's Stream-Safe Text Format allows 30 in
a row, UAX #15 section 13).
"""

from unicodedata import combining, normalize

PIECE = 1024
"""Characters: 0.5 ms of the worst."""
_FURTHER = 64
"""Characters behind a piece's end in which a place to part is looked for."""
_CONTEXT = 32
"""Characters before a place that may have a bearing on what follows: what is composed there has three or four."""


def compatible(text: str) -> str:
    """NFKC."""
    if len(text) <= PIECE:
        return normalize("NFKC", text)
    made, start = [], 0
    while len(text) - start > PIECE:
        end = start + PIECE
        last = min(end + _FURTHER, len(text))
        end = next((at for at in range(end, last) if _parts(text, at)), last)
        made.append(normalize("NFKC", text[start:end]))
        start = end
    made.append(normalize("NFKC", text[start:]))
    return "".join(made)


def _parts(text: str, at: int) -> bool:
    """Whether what stands before `at` and what begins there are normalized as if the other were not there."""
    char = text[at]
    if char.isascii():
        return True
    if combining(normalize("NFKD", char)[0]):
        return False
    before = text[max(0, at - _CONTEXT) : at]
    return normalize("NFKC", before + char) == normalize("NFKC", before) + normalize("NFKC", char)
