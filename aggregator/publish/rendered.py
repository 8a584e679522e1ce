"""What a renderer gives back, and the loop that keeps one broken entry from losing a feed.

Feed ─frame→ document without entries      each entry on its own ─shape→ Fragment: bytes, or why there are none
                                     frame + bytes ─fill→ document
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from aggregator.model import Feed, FeedEntry
from aggregator.publish.lexical import illegal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    body: bytes
    quarantined: tuple[str, ...] = ()
    """A sentence for each entry that was left out because it cannot be rendered."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """An entry in a format. `wrong` says why `body` is empty: it cannot be rendered."""

    body: bytes
    wrong: str = ""


Shape = Callable[[FeedEntry], bytes]
"""Renders an entry. Raises whatever it likes."""


class Renderer(Protocol):
    """What every module of a format provides."""

    SUFFIX: str
    """Of the file name, without the dot."""
    MEDIA_TYPE: str

    def render(self, feed: Feed) -> Rendered:
        """The document, from nothing but the value: two renders of one feed are byte-equal."""
        ...

    def shape(self, entry: FeedEntry) -> bytes:
        """The bytes that an entry has in a document. Raises ValueError if it cannot be written."""
        ...

    def frame(self, feed: Feed) -> bytes:
        """The document without its entries."""
        ...

    def fill(self, frame: bytes, entries: Sequence[bytes]) -> bytes:
        """A frame with entries that `shape` made. Never changes: published archives are kept in these parts."""
        ...


def whole(feed: Feed, shape: Shape, fill: Callable[[Sequence[bytes]], bytes]) -> Rendered:
    """A document with every entry that can be rendered. Whatever an entry does, the others go on."""
    fragments = [fragment_of(entry, shape) for entry in feed.entries]
    body = fill([fragment.body for fragment in fragments if not fragment.wrong])
    return Rendered(body=body, quarantined=quarantined(feed, fragments))


def fragment_of(entry: FeedEntry, shape: Shape, *, checked: bool = False) -> Fragment:
    """An entry's bytes, or why it has none. `checked`: another format was given it, so that XML can hold its strings."""
    try:
        if not checked:
            _require_xml(entry)
        return Fragment(shape(entry))
    except Exception as error:  # the promise is that no entry, whatever is in it, loses the feed
        return Fragment(b"", " ".join(str(error).split()) or type(error).__name__)


def quarantined(feed: Feed, fragments: Sequence[Fragment]) -> tuple[str, ...]:
    """A sentence about each entry of a feed that was left out."""
    return tuple(
        f"{feed.slug}: entry {ascii(entry.id)[1:-1]} ({ascii(entry.title)[:80]}) was left out: {fragment.wrong}"
        for entry, fragment in zip(feed.entries, fragments, strict=True)
        if fragment.wrong
    )


def _require_xml(entry: FeedEntry) -> None:
    """Raises ValueError if a string in the entry cannot stand in an XML document. JSON could hold it, but formats agree."""
    texts = _strings(entry)
    # Nearly always all is printable but for line ends, which is seen faster than what XML cannot hold.
    if "".join(texts).replace("\n", "").isprintable():
        return
    found = next((mark for text in texts if (mark := illegal(text))), None)
    if found:
        raise ValueError(f"it contains {found}, which no XML document can hold")


def _strings(entry: FeedEntry) -> list[str]:
    """Every string in an entry, however deep, in no particular order."""
    found: list[str] = []
    waiting: list[object] = [entry]
    for value in waiting:  # which grows as it is gone through
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, tuple | list):
            waiting += value
        elif isinstance(value, Mapping):
            waiting += value.keys()
            waiting += value.values()
        elif value is not None:
            waiting += _fields(value)
    return found


_getters: dict[type, Callable[[object], tuple[object, ...]]] = {}
"""By class; the model has few."""


def _fields(value: object) -> tuple[object, ...]:
    """The fields of a dataclass of the model, which has slots; of anything else, nothing."""
    kind = type(value)
    if kind not in _getters:
        names = getattr(kind, "__slots__", ())
        _getters[kind] = attrgetter(*names) if len(names) > 1 else lambda one: tuple(getattr(one, name) for name in names)
    return _getters[kind](value)
