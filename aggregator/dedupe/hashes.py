"""Has an item changed, and would a reader say so? Two digests.

substance    what a reader would call the article: its words, without markup, counters, relative times, addresses, case
rendition    everything that is published of it
"""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b

from aggregator.model import Item

_ADDRESS = re.compile(r"\bhttps?://\S+", re.I)
_COUNTED = (
    "comments?|replies|reply|responses?|views?|reads?|likes?|shares?|retweets?|reposts?|votes?|upvotes?|points?|claps?|reactions?|"
    "hits?|downloads?|subscribers?|followers?|plays?|kommentare?|aufrufe?|commentaires?|vues?|comentarios?|vistas?|reacties?"
)
_COUNTER = re.compile(
    rf"\b(?:\d[\d.,  ]*[km]?|no|one|keine|aucun|sin)\s+(?:{_COUNTED})\b"
    rf"|\b(?:{_COUNTED})\s*(?:[:(]\s*)\d[\d.,]*[km]?\b",
    re.I,
)
_RELATIVE = re.compile(
    r"\b(?:\d+|an?|one|few|about an?)\s+(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)\s+(?:ago|old)\b"
    r"|\bvor\s+\d+\s+(?:sekunden?|minuten?|stunden?|tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?)\b"
    r"|\bil y a\s+\d+\s+(?:secondes?|minutes?|heures?|jours?|semaines?|mois|ans?)\b"
    r"|\bhace\s+\d+\s+(?:segundos?|minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?|años?)\b"
    r"|\bjust now\b|\b\d+\s*min(?:ute)?s?\.? read\b",
    re.I,
)
_WORD = re.compile(r"\w+")


def substance(item: Item) -> str:
    """Return a digest that changes when the words of title or text do. An item without either stands on its media."""
    title = () if item.untitled else _words(item.title)
    words = (*title, "\n", *_words(item.text))
    if len(words) == 1:
        words = (item.link_key or "", *(enclosure.href for enclosure in item.enclosures))
    return _digest(" ".join(words))


def rendition(item: Item) -> str:
    """Return a digest of all that is published of an item, but for dates, which are decided once and on their own."""
    source = item.source
    return _digest(
        repr(
            (
                item.link,
                item.title,
                item.summary,
                item.content,
                item.text,
                item.authors,
                item.contributors,
                item.categories,
                item.enclosures,
                item.links,
                item.image,
                item.language,
                item.rights,
                item.comments,
                sorted(item.extra.items()),
                source
                and (source.id, source.title, source.link, source.self_link, source.rights, source.license, source.authors),
            )
        )
    )


def _words(text: str) -> Iterator[str]:
    """Yield the words that count, folded so that typography, case and spacing do not."""
    text = _RELATIVE.sub(" ", _COUNTER.sub(" ", _ADDRESS.sub(" ", text)))
    return (match.group() for match in _WORD.finditer(unicodedata.normalize("NFKC", text).casefold()))


def _digest(value: str) -> str:
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
