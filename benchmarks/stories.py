"""How well and how fast items are grouped into stories, and how much memory that takes.

    python benchmarks/stories.py quality              the labelled stories (../shared/stories), as docs/stories.md reports them
    python benchmarks/stories.py speed [--stories 5000] [--items 3000] [--words 150]
    python benchmarks/stories.py memory [--items 100000]

Quality: BCubed over all articles, each outlet a source; parameters were chosen on one half of the stories. Three lengths of text;
all at once, day by day, outlet by outlet in ten orders; `crowded`: all dates moved into the same three days, so that only words
tell stories apart.
Speed: made-up items with the word frequencies of English (wordfreq), told in runs of 200 while so many stories are live, the
oldest forgotten between runs; a story has words of its own, of which a fifth of a text is made. CPU time. `containment` is the
part that looks for copies of texts: to cut and hash 4-grams, find who shares them, compare, make them findable. `grouping` is a
whole run without it. The best run counts beside the median: on a shared machine others slow down what is measured, nobody makes
it faster.
"""

import argparse
import random
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count
from pathlib import Path

from labelled import LENGTHS, Batches, Labelled, articles, at_once, bcubed, by_day, by_source, grouped, lookalikes_joined
from wordfreq import get_frequency_dict

from aggregator.stories.index import Stories
from aggregator.stories.shingles import Index, containment, shingles
from aggregator.stories.telling import Settings, Told
from aggregator.stories.words import fold, words

START = datetime(2024, 1, 1, tzinfo=UTC)
RUN = 200
"""Items told at once."""


def orders(labelled: Labelled, count: int = 10) -> list[Sequence[str]]:
    """Orders in which the sources may be polled."""
    sources = sorted({one.source_id for one in labelled.told})
    return [random.Random(seed).sample(sources, len(sources)) for seed in range(count)]


def crowded(labelled: Labelled, seed: int = 1) -> Labelled:
    """The same articles with every story begun on one of two days, look-alikes still 300 days apart."""
    chance = random.Random(seed)
    first: dict[str, datetime] = {}
    for one in labelled.told:
        first.setdefault(labelled.label[one.pk], one.dated)
    begins = {story: START + timedelta(hours=chance.uniform(0, 24), days=300 * story.endswith("plus")) for story in first}
    stories = [labelled.label[one.pk] for one in labelled.told]
    moved = [
        replace(one, dated=begins[story] + (one.dated - first[story])) for one, story in zip(labelled.told, stories, strict=True)
    ]
    return replace(labelled, told=tuple(moved))


def quality() -> None:
    print("| told | half | how | precision | recall | F1 | look-alikes joined |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, length in LENGTHS.items():
        for half, title in ((0, "chosen on"), (1, "other"), (None, "both")):
            labelled = articles(length=length, half=half)
            ways: list[tuple[str, Labelled, Batches]] = [("at once", labelled, at_once), ("day by day", labelled, by_day)]
            for way, told, batches in [*ways, ("crowded", crowded(labelled), at_once)]:
                found = grouped(told.told, batches)
                figures = " | ".join(f"{figure:.3f}" for figure in bcubed(found, told.label))
                print(f"| {name} | {title} | {way} | {figures} | {lookalikes_joined(found, told)} |")
            if half is None:
                runs = [bcubed(grouped(labelled.told, by_source(order)), labelled.label) for order in orders(labelled)]
                means = " | ".join(f"{statistics.mean(figures):.3f}" for figures in zip(*runs, strict=True))
                spread = statistics.pstdev(run[2] for run in runs)
                print(f"| {name} | {title} | outlet by outlet, 10 orders | {means} ± {spread:.4f} | |")


class Wire:
    """Made-up news."""

    def __init__(self, stories: int, length: int, seed: int = 3) -> None:
        self.chance = random.Random(seed)
        shares = get_frequency_dict("en", "small")
        self._words = sorted((word for word in shares if word.isalpha()), key=lambda word: (-shares[word], word))
        self._weights = list(accumulate(shares[word] for word in self._words))
        self._length = length
        self.stories = [self._story() for _ in range(stories)]
        self._told = 0

    def _story(self) -> list[str]:
        names = ["".join(self.chance.choices("bcdfghklmnprstvaeiou", k=self.chance.randint(4, 7))) for _ in range(5)]
        return self.chance.choices(self._words[800:12000], k=14) + names

    def told(self, dated: datetime) -> Told:
        self._told += 1
        story = self.chance.choice(self.stories)
        drawn = self.chance.choices(self._words, cum_weights=self._weights, k=self._length + 9)
        for at in range(len(drawn)):
            if self.chance.random() < 0.22 or (at < 9 and self.chance.random() < 0.5):
                drawn[at] = story[min(int(self.chance.expovariate(0.2)), len(story) - 1)]
        source, address = self.chance.randrange(400), f"news.example/{self._told}"
        return Told(
            pk=self._told,
            source_id=f"s{source}",
            domain=f"s{source}.example",
            title=" ".join(drawn[:9]),
            text=" ".join(drawn[9:]),
            language="en",
            link_key=address,
            native=f"https://{address}",
            dated=dated,
        )


def speed(stories: int, items: int, length: int) -> None:
    # Half as many events again, since not every one is drawn and some are merged.
    wire = Wire(stories * 3 // 2, length)
    engine = Stories(Settings())
    dates = (START + timedelta(minutes=minute) for minute in count())
    held: deque[datetime] = deque()

    def run() -> list[Told]:
        held.append(next(dates))
        return [wire.told(held[-1]) for _ in range(RUN)]

    def steady(runs: Iterable[list[Told]]) -> Iterator[list[Told]]:
        for told in runs:
            while live(engine) > stories:
                held.popleft()
                engine.forget(held[0])
            yield told

    while live(engine) < stories:
        engine.group(run())
    runs = [run() for _ in range(items // RUN)]
    whole = _timed(engine.group, steady(runs))
    texts = [[words(fold(told.text)) for told in run] for run in runs]
    index, samples = Index(), dict[int, Sequence[int]]()
    copies = _timed(lambda run: _contained(run, index, samples), texts)
    grouping = [1 / (1 / one - 1 / other) for one, other in zip(whole, copies, strict=True)]
    print(f"{live(engine)} live stories, items of {length} words; items/s: best run, median")
    for name, rates in (("whole run", whole), ("containment", copies), ("grouping", grouping)):
        print(f"| {name} | {max(rates):,.0f} | {statistics.median(rates):,.0f} |")


def live(engine: Stories) -> int:
    """The number of stories that are remembered."""
    return len(engine._memory.members)


def _contained(run: Iterable[list[str]], index: Index, samples: dict[int, Sequence[int]]) -> None:
    for text in run:
        sample = shingles(text)
        for number in index.near(sample):
            containment(sample, samples[number])
        index.add(len(samples), sample)
        samples[len(samples)] = sample


def _timed(step: Callable[[list], object], runs: Iterable[list]) -> list[float]:  # type: ignore[type-arg]
    rates = []
    for run in runs:
        began = time.process_time()
        step(run)
        rates.append(len(run) / (time.process_time() - began))
    return rates


def memory(items: int) -> None:
    engine = Stories(Settings())
    wire = Wire(items // 20, 150)
    base = resident()
    for start in range(0, items, RUN):
        if start % 2000 == 0:  # a tenth of the events are new every so often
            wire.stories = [wire._story() if wire.chance.random() < 0.1 else story for story in wire.stories]
        engine.group([wire.told(START + timedelta(days=13 * start / items)) for _ in range(RUN)])
    print(f"{len(engine):,} live items in {live(engine):,} stories: {resident():.0f} MB, of which {base:.0f} MB before the first")


def resident() -> float:
    """Megabytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="How well and how fast items are grouped into stories")
    parser.add_argument("what", choices=("quality", "speed", "memory"))
    parser.add_argument("--stories", type=int, default=5000)
    parser.add_argument("--items", type=int)
    parser.add_argument("--words", type=int, default=150)
    arguments = parser.parse_args()
    if arguments.what == "quality":
        quality()
    elif arguments.what == "speed":
        speed(arguments.stories, arguments.items or 3000, arguments.words)
    else:
        memory(arguments.items or 100_000)


if __name__ == "__main__":
    main()
