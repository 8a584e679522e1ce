"""Names that the program gives to what it writes into config.toml: ids of sources, slugs of topics. Short, readable, not taken.

"The Verge – Tech", https://… → the-verge-tech        "日本語", https://blog.example.co.uk/ → blog-example
"""

import re
import unicodedata
from collections.abc import Container
from itertools import count
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from aggregator.config.types import RESERVED

LONGEST = 40
"""Characters of a derived name: it is read in tables and typed in commands."""
_HOST_PREFIX = re.compile(r"^(?:(?:www\d?|feeds?|rss)\.)+(?=[^.]+\.)")
_suffixes = PublicSuffixList()


def source_id(title: str | None, url: str, taken: Container[str]) -> str:
    """An id for a source: of its title, else of its host."""
    return _free(_words(title or "") or _words(_site(url)) or "source", taken)


def topic_slug(name: str, taken: Container[str]) -> str:
    """A slug for a topic."""
    words = _words(name) or "topic"
    return _free(f"{words}-news" if words in RESERVED else words, taken)


def _words(text: str) -> str:
    """Latin letters and digits in lower case, with a dash for everything between; cut at a word."""
    plain = unicodedata.normalize("NFKD", text[:1_000].replace("ß", "ss"))
    letters = "".join(one for one in plain if not unicodedata.combining(one)).casefold()
    words = re.sub(r"[^a-z0-9]+", "-", letters.replace("'", "").replace("’", "")).strip("-")
    if len(words) > LONGEST:
        words = words[: LONGEST + 1].rpartition("-")[0] or words[:LONGEST]
    return words.strip("-")


def _site(url: str) -> str:
    """The host without what all hosts have: www, the public suffix."""
    host = _HOST_PREFIX.sub("", (urlsplit(url).hostname or "").lower())
    suffix = _suffixes.publicsuffix(host) or ""
    return host.removesuffix(f".{suffix}") if suffix and not host.replace(".", "").isdigit() else host


def _free(name: str, taken: Container[str]) -> str:
    if name not in taken:
        return name
    return next(numbered for number in count(2) if (numbered := f"{name}-{number}") not in taken)
