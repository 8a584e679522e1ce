"""What a renderer gives back, and the loop that keeps one broken entry from losing a feed.

Feed ─each entry on its own→ fragments + sentences about those left out ─splice→ Rendered
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from aggregator.model import Feed, FeedEntry
from aggregator.publish.lexical import illegal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    body: bytes
    quarantined: tuple[str, ...] = ()
    """A sentence for each entry that was left out because it cannot be rendered."""


class Renderer(Protocol):
    """What every module of a format provides."""

    SUFFIX: str
    """Of the file name, without the dot."""
    MEDIA_TYPE: str

    def render(self, feed: Feed) -> Rendered:
        """The document, from nothing but the value: two renders of one feed are byte-equal."""
        ...


def render_each(feed: Feed, render: Callable[[FeedEntry], bytes]) -> tuple[list[bytes], tuple[str, ...]]:
    """Every entry's bytes in order, and a sentence for each entry that has none. Whatever an entry does, the others go on."""
    fragments, quarantined = [], []
    for entry in feed.entries:
        try:
            _require_xml(entry)
            fragments.append(render(entry))
        except Exception as error:  # the promise is that no entry, whatever is in it, loses the feed
            reason = " ".join(str(error).split()) or type(error).__name__
            label = ascii(entry.title)[:80]
            quarantined.append(f"{feed.slug}: entry {ascii(entry.id)[1:-1]} ({label}) was left out: {reason}")
    return fragments, tuple(quarantined)


def _require_xml(entry: FeedEntry) -> None:
    """Raises ValueError if a string in the entry cannot stand in an XML document. JSON could hold it, but formats agree."""
    found = next((mark for text in _strings(entry) if (mark := illegal(text))), None)
    if found:
        raise ValueError(f"it contains {found}, which no XML document can hold")


def _strings(entry: FeedEntry) -> Iterator[str]:
    """Every string in an entry, however deep, in no particular order."""
    waiting: list[object] = [entry]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple | list):
            waiting += value
        elif isinstance(value, Mapping):
            waiting += value.keys()
            waiting += value.values()
        else:
            # The model's dataclasses have slots, which are at hand, where dataclasses.fields() takes half of the time.
            waiting += [getattr(value, name) for name in getattr(value, "__slots__", ())]
