"""Labelled test material from beside the checkout, as the engine of stories is told it, and the measures that go with it.

../shared/stories → articles(…) → Told … ─group→ {id: story} ─bcubed→ precision, recall, F1
../shared/corpus  → corpus_articles(…) → plain texts of real posts
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.errors import SourceError
from aggregator.model import Document, Request, Source
from aggregator.pipeline.worker import process
from aggregator.sources import adapter
from aggregator.stories.index import Stories
from aggregator.stories.telling import Settings, Told

SHARED = Path(__file__).parents[2] / "shared"
LENGTHS: Mapping[str, int | None] = {"content": None, "40 words": 40, "title": 0}
"""How much of an article's text is told."""
Batches = Callable[[Sequence[Told]], Iterable[Sequence[Told]]]


@dataclass(frozen=True)
class Labelled:
    """Articles, what they are told as, and which story each one tells."""

    told: tuple[Told, ...]
    label: Mapping[int, str]
    lookalike: Mapping[int, str]


def articles(shared: Path = SHARED, *, length: int | None = None, half: int | None = None) -> Labelled:
    """The labelled stories. Parameters were chosen on half 0; half 1 is reported. Look-alikes are in the same half."""
    told: list[Told] = []
    label: dict[int, str] = {}
    lookalike: dict[int, str] = {}
    lines = (shared / "stories" / "ecbplus-dev.jsonl").read_text(encoding="utf-8").splitlines()
    for pk, line in enumerate(lines, 1):
        row = json.loads(line)
        if half is not None and int(row["lookalike"]) % 2 != half:
            continue
        text = row["content"] if length is None else " ".join(row["content"].split()[:length])
        told.append(
            Told(
                pk=pk,
                source_id=row["source"],
                domain=f"{row['source']}.example",
                title=row["title"],
                text=text,
                language="en",
                link_key=f"{row['source']}.example/{row['id']}",
                native=row["id"],
                dated=datetime.fromisoformat(row["published"]),
            )
        )
        label[pk], lookalike[pk] = row["story"], row["lookalike"]
    return Labelled(tuple(told), label, lookalike)


def at_once(told: Sequence[Told]) -> Iterable[Sequence[Told]]:
    """One first poll of everything."""
    return [told]


def by_day(told: Sequence[Told]) -> Iterable[Sequence[Told]]:
    """A run a day."""
    days: dict[object, list[Told]] = defaultdict(list)
    for one in told:
        days[one.dated.date()].append(one)
    return [days[day] for day in sorted(days, key=str)]


def by_source(order: Sequence[str]) -> Batches:
    """A run a source: each brings all that it has, months of it."""
    return lambda told: [[one for one in told if one.source_id == source] for source in order]


def grouped(told: Sequence[Told], batches: Batches = at_once, settings: Settings | None = None) -> dict[int, int]:
    """Item → story, after all batches and merges."""
    stories = Stories(settings or Settings())
    found: dict[int, int] = {}
    for batch in batches(told):
        for decision in stories.group(batch):
            found[decision.pk] = decision.story or decision.pk
        merged = dict(stories.merges())
        for pk, story in found.items():
            while story in merged:
                story = merged[story]
            found[pk] = story
    return found


def bcubed(found: Mapping[int, int], label: Mapping[int, str]) -> tuple[float, float, float]:
    """BCubed precision, recall and F1 (Bagga and Baldwin, 1998)."""
    together = Counter((found[pk], label[pk]) for pk in label)
    sizes, truths = Counter(found[pk] for pk in label), Counter(label.values())
    precision = sum(together[found[pk], label[pk]] / sizes[found[pk]] for pk in label) / len(label)
    recall = sum(together[found[pk], label[pk]] / truths[label[pk]] for pk in label) / len(label)
    return precision, recall, 2 * precision * recall / (precision + recall)


def lookalikes_joined(found: Mapping[int, int], labelled: Labelled) -> int:
    """Stories that hold two different events of one kind."""
    kinds: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for pk, story in found.items():
        kinds[story].add((labelled.lookalike[pk], labelled.label[pk]))
    return sum(len({kind for kind, _ in held}) < len(held) for held in kinds.values())


def corpus_articles(shared: Path = SHARED, *, words: int = 60) -> Iterator[tuple[str, str]]:
    """(title, text) of the corpus' real posts of at least so many words, each once, in the order of their documents."""
    options = adapter.load("feed").Options()
    source = Source(id="corpus", kind="feed", url="https://corpus.example/", options=options)
    request = Request(url="https://corpus.example/")
    seen: set[str] = set()
    for folder in ("edge", "real", "real-and-spec", "real-with-expected", "rome", "rome-modules"):
        for path in sorted((shared / "corpus" / folder).rglob("*")):
            if not path.is_file():
                continue
            try:
                outcome = process(Document(url=request.url, request=request, body=path.read_bytes()), source, {})
            except SourceError:
                continue
            for arrival in outcome.arrivals:
                item = arrival.item
                told = " ".join(re.findall(r"\w+", item.text.lower())) if item else ""
                if item and told not in seen and len(item.text.split()) >= words:
                    seen.add(told)
                    yield item.title, item.text
