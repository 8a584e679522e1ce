"""A feed taken apart without understanding it, so that entries whose bytes were parsed before need no parser.

    split(body, url, spans, made, end) → Split(head, entries, tail, marks), or None for a document that cannot be split safely

An entry's mark is the digest of its bytes and of everything around them that it could take something from: the header (but for
the dates, which no entry inherits), the address, the declarations of namespaces. Two entries with one mark are one entry.

Entries are parsed as in the whole document only if none of them can change how another is read. feedparser carries these from
one entry to the next, so where they occur a document is left whole:

| what | why |
| --- | --- |
| XML that is not well-formed | the loose parser reads all of it, also the sound entries |
| anything but white space between or behind entries | a late header overwrites an early one, or not, by what stood between |
| a prefix with two namespaces, a namespace with two prefixes | the last, or the first, declaration counts for all |
| `xml:base` in an entry, none on the root | it holds on for all that follows |
| `image` or `textinput` in an entry | what is in them is written into the header |
| a title, a text or the like within another | its end tag ends the outer one, too |
| `svg` in an entry | its titles are counted as levels and never taken back |

After content, or a second summary, in the header the first entry counts as one that had content before: it is parsed each time,
and is another one once it is the first no longer.
"""

import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from xml.parsers import expat

VERSION = b"1"
"""Part of every mark: raised whenever the same bytes would make another entry."""
ROOTS = frozenset({"rss", "rdf", "feed"})
CLOSING = re.compile(rb"(?:\s*+</[A-Za-z_][\w.:-]*+\s*+>)+\s*+")
DATES = re.compile(rb"(<(?:lastBuildDate|pubDate|updated|published|modified|dc:date|dcterms:modified)\b[^<>]*+>)[^<]*+(?=</)")
LISTED = re.compile(rb"</?rdf:li\b[^<>]*+>\s*+")
"""RSS 1.0 lists its items in the header: a new one is no other header."""
DECLARED = re.compile(rb"""xmlns(?::([^\s=<>"']+))?\s*+=\s*+["']([^"'<]*)["']""")
ROOT = re.compile(rb"<[A-Za-z_][^<>]*+>")
ROOT_BASE = re.compile(rb"""\bxml:base\s*=\s*["']https?://""", re.IGNORECASE)
BASE = re.compile(rb"""base\s*+=\s*+["']""")
CONTENT = re.compile(rb"<(?:[\w.-]++:)?(?:content|encoded|fullitem)\b", re.IGNORECASE)
SUMMARY = re.compile(rb"<(?:[\w.-]++:)?summary\b", re.IGNORECASE)
SECOND = re.compile(rb"<(?:[\w.-]++:)?(?:summary|description)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Split:
    """`head`, any of `entries` and `tail`, one behind the other, are a well-formed document again."""

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes
    marks: tuple[str, ...]
    """Of each entry: 32 hexadecimal digits."""
    always: int | None = None
    """The number of an entry that stands in every `document`, because the header acts on whichever is the first."""

    def unknown(self, known: Set[str]) -> list[int]:
        """The numbers of the entries that have to be parsed, by the marks that are known."""
        return [number for number, mark in enumerate(self.marks) if number == self.always or mark not in known]

    def document(self, chosen: Iterable[int]) -> bytes:
        """The feed as if only these of its entries stood in it, by their numbers."""
        return b"".join((self.head, *(self.entries[number] for number in chosen), self.tail))


def split(
    body: bytes, url: str, spans: Sequence[tuple[int, int]], made: Callable[[int, int], bytes], end: int, root: str
) -> Split | None:
    """Take a document apart at the `spans` of its entries, in which none of the above elements stand. `made` gives the bytes of
    a span as they will be parsed."""
    if root not in ROOTS or not spans or not CLOSING.fullmatch(body, spans[-1][1], end):
        return None
    if any(body[stop:start].strip() for (_, stop), (start, _) in pairwise(spans)):
        return None
    inside = body[spans[0][0] : spans[-1][1]]
    head, tail = made(0, spans[0][0]), body[spans[-1][1] : end]
    if not _consistent(body) or not _based(head, inside):
        return None
    whole = Split(head, tuple(made(*span) for span in spans), tail, ())
    if not _well_formed(whole.document(range(len(spans)))):
        return None
    context = blake2b(digest_size=16)
    for part in (VERSION, url.encode("utf-8", "surrogatepass"), LISTED.sub(b"", DATES.sub(rb"\1", head)), tail):
        context.update(b"%d:%s" % (len(part), part))
    always = 0 if _has_content(head) else None
    marks = tuple(_mark(context.digest(), body[start:stop], first=number == always) for number, (start, stop) in enumerate(spans))
    return Split(whole.head, whole.entries, tail, marks, always)


def _mark(context: bytes, entry: bytes, *, first: bool) -> str:
    return blake2b(entry, digest_size=16, key=context, person=b"first" if first else b"").hexdigest()


def _has_content(head: bytes) -> bool:
    summary = SUMMARY.search(head)
    return CONTENT.search(head) is not None or (summary is not None and SECOND.search(head, summary.end()) is not None)


def _based(head: bytes, inside: bytes) -> bool:
    """Whether no entry has a base, or the root has one that it ends with."""
    if not BASE.search(inside.lower()):
        return True
    root = ROOT.search(head)
    return root is not None and ROOT_BASE.search(root[0]) is not None


def _consistent(body: bytes) -> bool:
    """Whether each prefix stands for one namespace and each namespace has one prefix, wherever they are declared."""
    pairs = {(prefix, uri.lower()) for prefix, uri in DECLARED.findall(body)}
    named = [(prefix, uri) for prefix, uri in pairs if prefix]
    return len({prefix for prefix, _ in named}) == len(named) and len({uri for _, uri in pairs}) == len(pairs)


def _well_formed(document: bytes) -> bool:
    """Whether expat, which feedparser judges by, reads it with namespaces."""
    try:
        expat.ParserCreate("utf-8", " ").Parse(document, True)
    except expat.ExpatError:
        return False
    return True
