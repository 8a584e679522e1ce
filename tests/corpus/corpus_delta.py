"""One document after another at one address: what a parser that skips known entries makes of it, against the whole document's parse.

    difference(before, after)      what is wrong with skipping, in words; None where both ways give the same
    mutations(body, seed)          the documents that a source might serve next: entries added, edited, turned round, removed, and so on

Run as a program it takes every document of the corpus through every mutation: `python tests/corpus/corpus_delta.py`.
"""

import dataclasses
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing import Pool
from pathlib import Path

from corpus_manifest import rows

from aggregator.errors import ParseError
from aggregator.model import Entry, Parsed
from aggregator.sources import xmlfeed
from aggregator.sources.gzipped import inflated
from aggregator.sources.sniff import sniff
from aggregator.sources.xmlfeed import parse_whole, parse_xml

ADDRESS = "https://corpus.example/feed"
ENTRY = re.compile(rb"<(item|entry)[\s>].*?</\1\s*>", re.DOTALL)
TEXT = re.compile(rb">([^<>]{3,}?)<")
DATE = re.compile(rb"(<(?:lastBuildDate|updated|pubDate|dc:date)>)[^<]*")
MOST = 200
"""Entries of a document that is mutated: with more, nothing else happens."""
KINDS = ("added", "edited", "turned round", "removed", "appended", "renamed", "dated")


def documents(shared: Path) -> list[tuple[str, bytes]]:
    """Every feed in XML of the corpus, by its path."""
    found = ((row["path"], inflated(path.read_bytes())) for row, path in rows(shared))
    return [(path, body) for path, body in found if sniff(body) == "xml-feed"]


def mutations(body: bytes, seed: int, kinds: Sequence[str] = KINDS) -> Iterator[tuple[str, bytes]]:
    """Documents that are nearly this one; entries are found by a pattern, so that damaged ones come out damaged in other ways."""
    found = list(ENTRY.finditer(body))
    if not found or len(found) > MOST:
        return
    dice = random.Random(seed)
    head, tail = body[: found[0].start()], body[found[-1].end() :]
    entries = [match[0] for match in found]
    between = body[found[0].end() : found[1].start()] if len(found) > 1 else b""
    at = dice.randrange(len(entries))
    new = TEXT.sub(rb">new \1<", dice.choice(entries))
    made = {
        "added": (head, [new, *entries]),
        "edited": (head, [*entries[:at], TEXT.sub(rb">edited \1<", entries[at], count=1), *entries[at + 1 :]]),
        "turned round": (head, entries[::-1]),
        "removed": (head, entries[:at] + entries[at + 1 :]),
        "appended": (head, [*entries, new]),
        "renamed": (re.sub(rb"(<title[^>]*>)", rb"\1Renamed ", head, count=1), [new, *entries]),
        "dated": (DATE.sub(rb"\g<1>Mon, 01 Jan 2024 00:00:00 GMT", head), [new, *entries[:-1]]),
    }
    for kind in kinds:
        yield kind, made[kind][0] + between.join(made[kind][1]) + tail


def difference(before: bytes, after: bytes) -> tuple[str | None, int]:
    """What skipping the entries of `before` changes in `after`, and how many entries were skipped."""
    first, whole = _parsed(before, {}), _told(after)
    known = {entry.mark: entry for entry in first.entries if entry.mark} if isinstance(first, Parsed) else {}
    second = _parsed(after, known)
    if isinstance(whole, str) or isinstance(second, str):
        return (None if whole == second else f"{whole!r} is {second!r}"), 0
    filled = tuple(known.get(entry.mark, entry) for entry in second.entries)
    return _unlike(whole, dataclasses.replace(second, entries=filled)), sum(entry.mark in known for entry in second.entries)


def _parsed(body: bytes, known: Mapping[str, Entry]) -> Parsed | str:
    try:
        return parse_xml(body, url=ADDRESS, content_type="", known=known.keys())
    except ParseError as error:
        return str(error)


def _told(body: bytes) -> Parsed | str:
    try:
        return parse_whole(body, url=ADDRESS)
    except ParseError as error:
        return str(error)


def _unlike(right: Parsed, other: Parsed) -> str | None:
    """The first field that is not the same."""
    if len(right.entries) != len(other.entries):
        return f"{len(right.entries)} entries are {len(other.entries)}"
    for number, (one, two) in enumerate(zip(right.entries, other.entries, strict=True)):
        for field in dataclasses.fields(Entry):
            if field.name != "mark" and getattr(one, field.name) != getattr(two, field.name):
                return f"entry {number}, {field.name}: {getattr(one, field.name)!r} is {getattr(two, field.name)!r}"
    names = ("header", "hints", "dropped", "format", "requests", "state")
    return next((f"{name} differs" for name in names if getattr(right, name) != getattr(other, name)), None)


def _every_way(document: tuple[str, bytes]) -> tuple[list[str], int]:
    path, body = document
    found, skipped = [], 0
    for kind, after in mutations(body, len(body)):
        wrong, number = difference(body, after)
        skipped += number
        found += [f"{path}, {kind}: {wrong}"] if wrong else []
    return found, skipped


if __name__ == "__main__":
    xmlfeed.FEW = 1  # read natively whatever can be: what is right for one entry is right for many
    everything = documents(Path(__file__).parents[3] / "shared")
    with Pool() as pool:
        results = pool.map(_every_way, everything, chunksize=16)
    wrong = [sentence for sentences, _ in results for sentence in sentences]
    sys.stdout.write("".join(f"{sentence[:400]}\n" for sentence in wrong))
    sys.stdout.write(f"{len(everything)} documents, {len(wrong)} differences, {sum(n for _, n in results)} entries skipped\n")
    sys.exit(bool(wrong))
