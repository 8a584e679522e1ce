"""Feeds that are served as gzip files, and not as a content coding."""

import zlib

MAGIC = b"\x1f\x8b"
INFLATED = 10_000_000
"""Bytes that a gzip file may hold: the cap on decoded bodies that fetching has, too."""


def inflated(body: bytes) -> bytes:
    """What is in a gzip file that was served as one; anything else, damaged and oversized ones among it, as it is."""
    if not body.startswith(MAGIC):
        return body
    inflater = zlib.decompressobj(wbits=31)
    try:
        content = inflater.decompress(body, INFLATED)
    except zlib.error:
        return body
    return content if inflater.eof and not inflater.unused_data else body
