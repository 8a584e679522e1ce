"""How many edited copies of real articles are found, and how many of those found are copies of something else.

    python benchmarks/copies.py [--articles 500] [--seed 7] [--show]

Articles come from the corpus' feeds (../shared), each from a source of its own, so that templates and footers that one outlet
puts under every post count against us. Every edit comes from another source an hour later. Recall: the edit is found.
Precision: of all edits and originals that are called a copy, those that are one. Where the issue leaves open how a text is
edited, the harder ways stand beside the easier ones: words replaced in one run or scattered, an end or the beginning cut, a
summary of the first 50 words or of 50 words from anywhere.
"""

import argparse
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from labelled import SHARED, corpus_articles

from aggregator.normalize.comparison import comparison_key
from aggregator.stories.index import Stories
from aggregator.stories.telling import Decision, Settings, Told

START = datetime(2024, 1, 1, tzinfo=UTC)
FILLER = re.findall(
    r"\w+",
    "amber bridge candle drift ember fable garnet hollow island jasper kernel lantern meadow nectar orchard pebble quarry ripple "
    "saddle timber umbrella velvet willow yonder zephyr",
)
BEFORE = (
    "This article appeared first on our partner site. Support independent writing, become a member and read without advertising."
)
AFTER = (
    "Share this post with your friends. Filed under news. Sign up for the daily letter and never miss a story again. All rights "
    "reserved by the publisher, who is not responsible for the content of external sites. Leave a comment below."
)
Edit = Callable[[Told, random.Random], Told]


def _words(edit: Callable[[list[str], random.Random], list[str]]) -> Edit:
    return lambda told, chance: replace(told, text=" ".join(edit(told.text.split(), chance)))


def _reformatted(told: Told, _: random.Random) -> Told:
    text = told.text.replace("'", "’").replace(" - ", " — ").replace('"', "“")
    sentences = re.split(r"(?<=[.!?])\s+", text)
    return replace(told, title=told.title.upper(), text="\n\n".join(sentences))


def _scattered(words: list[str], chance: random.Random) -> list[str]:
    return [chance.choice(FILLER) if chance.random() < 0.15 else word for word in words]


def _run(words: list[str], chance: random.Random) -> list[str]:
    length = round(0.15 * len(words))
    start = chance.randrange(len(words) - length)
    return words[:start] + chance.choices(FILLER, k=length) + words[start + length :]


def _anywhere(words: list[str], chance: random.Random) -> list[str]:
    start = chance.randrange(max(len(words) - 50, 1))
    return words[start : start + 50]


EDITS: dict[str, Edit] = {
    "reformatted": _reformatted,
    "boilerplate around it": _words(lambda words, _: [BEFORE, *words, AFTER]),
    "cut by 20 %, end": _words(lambda words, _: words[: -len(words) // 5]),
    "cut by 20 %, beginning": _words(lambda words, _: words[len(words) // 5 :]),
    "15 % replaced, one run": _words(_run),
    "15 % replaced, scattered": _words(_scattered),
    "summary, first 50 words": _words(lambda words, _: words[:50]),
    "summary, 50 words anywhere": _words(_anywhere),
    "new title": lambda told, chance: replace(told, title=" ".join(chance.choices(FILLER, k=7)).capitalize()),
    "tracking address, no text": lambda told, _: replace(
        told, title="Worth a read", text="", link_key=comparison_key(f"http://www.{told.link_key}?utm_source=rss&fbclid=1x")
    ),
    "title alone": lambda told, _: replace(told, text=""),
}
"""What is made of an article; all but the last are to be found."""


def originals(count: int, seed: int, shared: Path = SHARED) -> list[Told]:
    """So many articles, picked by chance."""
    picked = random.Random(seed).sample(list(corpus_articles(shared)), count)
    return [
        Told(
            pk=pk,
            source_id=f"o{pk}",
            domain=f"o{pk}.example",
            title=title,
            text=text,
            link_key=f"o{pk}.example/{pk}",
            native=f"https://o{pk}.example/?p={pk}",
            dated=START + timedelta(minutes=pk),
        )
        for pk, (title, text) in enumerate(picked, 1)
    ]


def edited(told: Sequence[Told], edit: Edit, seed: int) -> list[Told]:
    """The edits: their pk is 100,000 more than their original's."""
    chance = random.Random(seed)
    made = []
    for one in told:
        pk = one.pk + 100_000
        copy = replace(one, pk=pk, source_id=f"e{pk}", domain=f"e{pk}.example", link_key=f"e{pk}.example/{pk}", native=f"e{pk}")
        copy = replace(edit(replace(copy, link_key=one.link_key), chance), dated=one.dated + timedelta(hours=1))
        if copy.link_key == one.link_key and edit is not EDITS["tracking address, no text"]:
            copy = replace(copy, link_key=f"e{pk}.example/{pk}")
        made.append(copy)
    return made


def measure(told: Sequence[Told], edit: Edit, seed: int = 7) -> tuple[float, float, list[Decision]]:
    """Recall, precision, and the decisions that were wrong."""
    stories = Stories(Settings())
    decisions = stories.group(told) + stories.group(edited(told, edit, seed))
    copies = [decision for decision in decisions if decision.kind == "copy"]
    right = [decision for decision in copies if decision.nearest == decision.pk - 100_000]
    return len(right) / len(told), len(right) / max(len(copies), 1), [one for one in copies if one.nearest != one.pk - 100_000]


def main() -> None:
    parser = argparse.ArgumentParser(description="How many edited copies are found")
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", action="store_true", help="name the wrong ones")
    arguments = parser.parse_args()
    told = originals(arguments.articles, arguments.seed)
    titles = {one.pk: one.title for one in told}
    print("| edit | recall | precision | items/s |\n| --- | --- | --- | --- |")
    for name, edit in EDITS.items():
        began = time.process_time()
        recall, precision, wrong = measure(told, edit, arguments.seed)
        speed = 2 * len(told) / (time.process_time() - began)
        print(f"| {name} | {recall:.3f} | {precision:.3f} | {speed:,.0f} |")
        for one in wrong if arguments.show else ():
            mine, other = titles[one.pk % 100_000], titles[(one.nearest or 0) % 100_000]
            print(f"    {one.reason} {one.score}: {mine!r} is no copy of {other!r}")


if __name__ == "__main__":
    main()
