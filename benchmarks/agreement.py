"""Percolator, back-fill through the index and a naive evaluator over the whole corpus and many random queries: do they agree?

    python benchmarks/agreement.py [--queries 500] [--rounds 4] [--seed 1] [--shared ../shared]

Each round draws its own queries from words of the documents (tests/curate/by_the_book.py, which shares no code with the
matcher) and takes everything into a store of its own: every item of the corpus, 300 news stories, 300 made-up items. It ends at
the first pair of query and item on which the three differ. The suite does the same with a sample.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "curate"))

from agreement import compare  # noqa: E402 - lies in a folder that had to be named first
from by_the_book import query  # noqa: E402
from corpus_items import corpus_items, made_up, story_items  # noqa: E402


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--queries", type=int, default=500, help="in each round")
    options.add_argument("--rounds", type=int, default=4)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--items", type=int, help="of the corpus, one of each document; all of all documents if not given")
    options.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    given = options.parse_args()
    for seed in range(given.seed, given.seed + given.rounds):
        chance = random.Random(seed)
        arriving = [
            *corpus_items(given.shared, chance, given.items),
            *story_items(given.shared, chance, 300),
            *made_up(chance, 300),
        ]
        chance.shuffle(arriving)
        vocabulary = [text for item in arriving for text in (item.title, item.text) if text]
        started = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            matches, pairs = compare(Path(folder), arriving, [query(chance, vocabulary) for _ in range(given.queries)])
        taken = time.process_time() - started
        print(
            f"seed {seed}: {len(arriving):,} items, {pairs:,} pairs, {matches:,} matches, no difference; {taken:.0f} s CPU",
            flush=True,
        )


if __name__ == "__main__":
    main()
