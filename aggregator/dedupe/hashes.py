"""Has an item changed, and would a reader say so? Two digests.

substance    what a reader would call the article: its words, without markup, counters, relative times, addresses, case
rendition    everything that is published of it
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import compress

from aggregator.compatible import compatible
from aggregator.dedupe.spelling import spelled
from aggregator.model import Item

_ADDRESS = re.compile(r"\bhttps?://\S+", re.I)
_TOKEN = re.compile(r"\w+|[:(]")
_MARKS = frozenset({":", "("})
_ASCII = {code: " " for code in range(128) if not _TOKEN.fullmatch(chr(code))}
"""Of ASCII, what stands between tokens → a space."""
_COUNTED = frozenset(
    """
    comment comments reply replies response responses view views read reads like likes share shares retweets reposts upvotes claps
    reaction reactions downloads subscribers followers kommentar kommentare aufrufe commentaire commentaires vues comentario
    comentarios vistas reactie reacties
    """.split()
)
"""What a page counts about itself: with the number before it, or after a colon or parenthesis."""
_SCORED = _COUNTED | {"points", "votes", "score", "hits", "plays"}
"""Counted only with the number after it: “fell by 12 points” is news."""
_NOUGHT = frozenset({"no", "one", "keine", "aucun", "sin"})
_UNITS = frozenset(
    """
    second seconds sec secs minute minutes min mins hour hours hr hrs day days week weeks month months year years
    sekunde sekunden minuten stunde stunden tag tagen woche wochen monat monaten jahr jahren
    secondes heure heures jour jours semaine semaines mois an ans
    segundo segundos minuto minutos hora horas día días dia dias semana semanas mes meses año años
    """.split()
)
_TRIGGERS = _SCORED | _UNITS | {"ago", "now"}


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
    published = (
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
        source and (source.id, source.title, source.link, source.self_link, source.rights, source.license, source.authors),
    )
    return _digest(f"({', '.join(map(spelled, published))})")


def _words(text: str) -> list[str]:
    """Return the words that count, folded so that typography, case and spacing do not."""
    if "://" in text:
        text = _ADDRESS.sub(" ", text)
    folded = text.lower() if text.isascii() else compatible(text).casefold()
    tokens = _tokens(folded)
    triggers = compress(range(len(tokens)), map(_TRIGGERS.__contains__, tokens))
    dropped = {moving for at in triggers for moving in _volatile(tokens, at)}
    if dropped:
        tokens = [token for at, token in enumerate(tokens) if at not in dropped]
    return [token for token in tokens if token not in _MARKS] if ":" in folded or "(" in folded else tokens


def _tokens(folded: str) -> list[str]:
    """Return words, colons and opening parentheses."""
    if folded.isascii():  # which needs no pattern, and a third of the time
        return folded.translate(_ASCII).replace(":", " : ").replace("(", " ( ").split()
    return _TOKEN.findall(folded)


def _volatile(tokens: Sequence[str], at: int) -> Iterable[int]:
    """Return the places of what moves by itself around a word: `12 comments`, `Points: 12`, `3 hours ago`, `5 min read`."""
    word, before = tokens[at], tokens[at - 1] if at else ""
    if word in _SCORED and tokens[at + 1 : at + 2] and tokens[at + 1] in _MARKS and _is_number("".join(tokens[at + 2 : at + 3])):
        return range(at, at + 3)
    if word == "read" and before in {"min", "mins", "minute", "minutes"} and at > 1 and _is_number(tokens[at - 2]):
        return range(at - 2, at + 1)
    if word in _COUNTED and (_is_number(before) or before in _NOUGHT):
        first = at - 1
        while first and _is_number(tokens[first - 1]):
            first -= 1
        return range(first, at + 1)
    if word == "ago" and before in _UNITS:
        return range(max(at - 2, 0), at + 1)
    if word == "now" and before == "just":
        return range(at - 1, at + 1)
    if word in _UNITS and _is_number(before) and at > 1:
        if tokens[at - 2] in {"vor", "hace"}:
            return range(at - 2, at + 1)
        if at > 3 and list(tokens[at - 4 : at - 1]) == ["il", "y", "a"]:
            return range(at - 4, at + 1)
    return ()


def _is_number(token: str) -> bool:
    return token[:1].isdigit() and len(token) < 12 and token.rstrip("km").isdigit()


def _digest(value: str) -> str:
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
