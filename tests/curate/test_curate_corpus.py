"""The percolator on news that it was not written with."""

import json
import random

import pytest
from curate_strategies import naive

from aggregator.curate.matcher import Matcher
from aggregator.curate.subject import subject
from aggregator.curate.tokens import words
from aggregator.model import Item, Plain, Topic

pytestmark = pytest.mark.shared


def query(chance, tokens):
    """A query of words, phrases and prefixes that stand in the texts."""

    def term():
        start = chance.randrange(len(tokens) - 3)
        kind = chance.random()
        if kind < 0.2:
            return f'"{" ".join(tokens[start : start + chance.randint(2, 3)])}"'
        if kind < 0.35:
            return f'"{tokens[start][: chance.randint(1, 5)]}*"'
        return f'{chance.choice(["", "", "title:", "text:"])}"{tokens[start]}"'

    groups = ["(" + " OR ".join(term() for _ in range(chance.randint(1, 4))) + ")" for _ in range(chance.randint(1, 3))]
    return " ".join(chance.choice(["", "", "", "-"]) + group for group in groups)


def test_the_percolator_agrees_with_the_naive_evaluator_on_real_news(shared):
    lines = (shared / "stories" / "ecbplus-dev.jsonl").read_text("utf-8").splitlines()
    chance = random.Random(11)
    stories = [json.loads(line) for line in chance.sample(lines, 40)]
    articles = [Item(native_id=None, link=None, title=Plain(story["title"]), text=story["content"][:3000]) for story in stories]
    tokens = [token for article in articles for token in words(f"{article.title} {article.text}")]
    topics = [Topic(slug=str(number), title="T", query=query(chance, tokens)) for number in range(150)]
    matcher = Matcher(topics)
    parsed = [topic.query for topic in matcher._topics]
    matches = 0
    for article in articles:
        found = [match.slug for match in matcher.match(subject(article, source_id="s", kind="feed", source_title="S"))]
        assert found == [str(number) for number, one in enumerate(parsed) if naive(one, article, "s", "feed", "S")]
        matches += len(found)
    assert 150 < matches < 150 * 40 * 0.8
