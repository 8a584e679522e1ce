"""The figures of docs/stories.md, held on samples: stories on the half on which nothing was chosen, copies on a hundred articles."""

import json
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories_cases import START, told

from aggregator.normalize.text import plain
from aggregator.stories.index import Stories
from aggregator.stories.telling import Settings, Told

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import copies
import labelled
import stories as measured

pytestmark = pytest.mark.shared


@pytest.mark.parametrize(("length", "least"), [(None, 0.97), (40, 0.96), (0, 0.81)])
@pytest.mark.parametrize("batches", [labelled.at_once, labelled.by_day])
def test_labelled_stories_come_together_and_no_others(
    shared: Path, length: int | None, least: float, batches: labelled.Batches
) -> None:
    articles = labelled.articles(shared, length=length, half=1)
    found = labelled.grouped(articles.told, batches)
    precision, _, f1 = labelled.bcubed(found, articles.label)
    assert precision >= 0.98
    assert f1 >= least
    assert labelled.lookalikes_joined(found, articles) == 0


def test_all_of_them_come_together_in_whatever_order_the_outlets_are_polled(shared: Path) -> None:
    articles = labelled.articles(shared)
    runs = [
        labelled.bcubed(labelled.grouped(articles.told, labelled.by_source(order)), articles.label)
        for order in measured.orders(articles, 4)
    ]
    assert min(precision for precision, _, _ in runs) >= 0.98
    assert statistics.mean(f1 for _, _, f1 in runs) >= 0.975
    assert statistics.pstdev(f1 for _, _, f1 in runs) <= 0.01


def test_only_words_tell_stories_of_the_same_days_apart(shared: Path) -> None:
    articles = measured.crowded(labelled.articles(shared, length=40))
    precision, _, f1 = labelled.bcubed(labelled.grouped(articles.told), articles.label)
    assert precision >= 0.98
    assert f1 >= 0.96


@pytest.fixture(scope="module")
def originals(shared: Path) -> list[Told]:
    return copies.originals(100, 7, shared)


@pytest.mark.parametrize("name", [name for name in copies.EDITS if name != "title alone"])
def test_edited_copies_are_found_and_no_others(originals: list[Told], name: str) -> None:
    recall, precision, wrong = copies.measure(originals, copies.EDITS[name])
    assert recall >= 0.96, wrong
    assert precision >= 0.98, wrong


def seeds() -> Iterator[tuple[str, str]]:
    """(title, text) of the two founding documents, which are about one subject and tell two events, nine months apart."""
    for path in sorted((Path(__file__).parents[2] / "seeds").glob("*.txt")):
        text = path.read_text("utf-8")
        if text.startswith("{"):
            post = json.loads(text)
            yield post["title"]["rendered"], plain(post["content"]["rendered"])
        else:
            title, _, body = text.partition("\n")
            yield title.lstrip("# "), re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", body)


@pytest.mark.parametrize("background", [frozenset(), frozenset({"openai", "china", "chinese", "deepseek"})])
@pytest.mark.parametrize("words", [None, 100, 60, 40, 20, 0])
@pytest.mark.parametrize("hours", [0, 1, -50])
def test_two_items_of_one_subject_are_no_story_whether_or_not_topics_name_it(
    words: int | None, hours: int, background: frozenset[str]
) -> None:
    (first, one), (second, other) = seeds()
    engine = Stories(Settings(background=background))
    batch = [
        told(1, first, " ".join(one.split()[:words])),
        told(2, second, " ".join(other.split()[:words]), source="b", hours=hours),
    ]
    assert [decision.story for decision in engine.group(batch)] == [None, None]
    assert min(one.dated for one in batch) <= START
