"""Percolator, back-fill and a naive evaluator agree on random queries over real documents (benchmarks/agreement.py: over all)."""

import random

import pytest
from agreement import compare
from by_the_book import cut, query
from corpus_items import corpus_items, made_up, story_items

from aggregator.curate.tokens import words


@pytest.mark.parametrize("seed", [1, 2])
def test_all_three_ways_find_the_same_in_made_up_items(tmp_path, seed):
    chance = random.Random(seed)
    arriving = made_up(chance, 60)
    vocabulary = [text for item in arriving for text in (item.title, item.text) if text]
    matches, pairs = compare(tmp_path, arriving, [query(chance, vocabulary) for _ in range(120)])
    assert pairs == 120 * 60
    assert pairs * 0.02 < matches < pairs * 0.9


@pytest.mark.shared
def test_all_three_ways_find_the_same_in_real_documents(tmp_path, shared):
    chance = random.Random(3)
    arriving = [*corpus_items(shared, chance, 30), *story_items(shared, chance, 30)]
    vocabulary = [text for item in arriving for text in (item.title, item.text) if text]
    matches, pairs = compare(tmp_path, arriving, [query(chance, vocabulary) for _ in range(100)])
    assert pairs > 5_000
    assert pairs * 0.02 < matches < pairs * 0.9


@pytest.mark.shared
def test_the_book_and_the_program_cut_real_texts_into_the_same_tokens(shared):
    chance = random.Random(5)
    for item in [*corpus_items(shared, chance, 60), *made_up(chance, 200)]:
        assert list(cut(item.title)) == words(item.title)
        assert list(cut(item.text)) == words(item.text)
