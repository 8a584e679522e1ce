"""What runs in a worker process: bytes of a source → arrivals. Pure, so that it may be killed at any time.

process(document, source, known) ─parse→ entries ─mark, fingerprint→ known? ─normalize→ Item ─hash→ Arrival
"""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from aggregator.dedupe.fingerprint import fingerprint
from aggregator.dedupe.hashes import rendition, substance
from aggregator.errors import ParseError, SourceError
from aggregator.model import Arrival, Document, Entry, FeedHeader, Known, Outcome, Source
from aggregator.normalize import VERSION
from aggregator.normalize.entry import normalize
from aggregator.normalize.header import attribute
from aggregator.sources import adapter

SENTENCES = 100
"""Of what one document lost: they are all logged, and a list of 10 MB can name 400,000 things that are of no use."""
T = TypeVar("T")


def process(document: Document, source: Source, known: Known) -> Outcome:
    """Parse one document and normalize the entries that are not known yet. Raises SourceError."""
    marks = {mark: print_ for print_, mark in known.items() if mark}
    try:
        parsed = adapter.load(source.kind).parse(document, source, marks.keys())
    except (SourceError, MemoryError):
        raise
    except RecursionError as error:
        raise ParseError(f"{document.url} is nested too deeply to be read") from error
    except Exception as error:
        raise ParseError(f"{document.url} made the parser of kind {source.kind!r} fail: {_say(error)}") from error
    zone: tzinfo = ZoneInfo(source.timezone or "UTC")
    arrivals: list[Arrival] = []
    dropped = list(parsed.dropped)
    for position, entry in enumerate(parsed.entries, 1):
        try:
            if entry.mark in marks:
                arrivals.append(Arrival(fingerprint=marks[entry.mark], item=None, mark=entry.mark))
            else:
                arrivals.append(_arrive(entry, parsed.header, document, zone, known))
        except MemoryError:
            raise
        except Exception as error:
            dropped.append(f"entry {position} of {document.url} was left out: {_say(error)}")
    if parsed.entries and not arrivals:
        raise ParseError(f"none of the {len(parsed.entries)} entries of {document.url} could be read; the first: {dropped[0]}")
    header = parsed.header
    return Outcome(
        arrivals=tuple(arrivals),
        attribution=None if header is None else attribute(header, base=header.base or document.url, zone=zone),
        requests=parsed.requests,
        state=parsed.state,
        hints=parsed.hints,
        subscriptions=parsed.subscriptions,
        dropped=_said(dropped),
        format=parsed.format,
    )


def safely(document: Document, work: Callable[[Document], T]) -> T:
    """`work(document)` for a function that was written for no harm: what it raises otherwise is a ParseError, too."""
    try:
        return work(document)
    except (SourceError, MemoryError):
        raise
    except Exception as error:
        raise ParseError(f"{document.url} cannot be read: {_say(error)}") from error


def _arrive(entry: Entry, header: FeedHeader | None, document: Document, zone: tzinfo, known: Known) -> Arrival:
    language = header.language if header else None
    print_ = fingerprint(entry, version=f"{VERSION} {document.url} {language}")
    if print_ in known:
        return Arrival(fingerprint=print_, item=None, mark=entry.mark)
    item = normalize(entry, base=entry.base or document.url, language=entry.language or language, zone=zone)
    return Arrival(fingerprint=print_, item=item, substance=substance(item), rendition=rendition(item), mark=entry.mark)


def _said(dropped: Sequence[str]) -> tuple[str, ...]:
    more = len(dropped) - SENTENCES
    return (*dropped[:SENTENCES], f"and {more:,} more like these") if more > 0 else tuple(dropped)


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
