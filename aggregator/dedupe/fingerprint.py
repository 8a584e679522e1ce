"""Have we seen this entry, word for word? A digest of an Entry as its source said it.

fingerprint    Entry → 32 hexadecimal digits
"""

from hashlib import blake2b

from aggregator.dedupe.spelling import spelled
from aggregator.model import Entry


def fingerprint(entry: Entry, version: str = "") -> str:
    """Return the digest of everything that an entry says; the same in every process.

    `version` stands for what else its item depends on: the normalizer's version, the source's time zone, the document's language.
    """
    return blake2b(f"{version}\n{spelled(entry)}".encode(), digest_size=16).hexdigest()
