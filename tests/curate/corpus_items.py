"""Items to match: made up, from the corpus of documents, from news stories."""

import csv
import json

from aggregator.errors import SourceError
from aggregator.model import Attribution, Category, Document, Item, Person, Plain, Request, Source, Url
from aggregator.pipeline.worker import process

PIECES = [
    "the",
    "a",
    "of",
    "openai",
    "OpenAI’s",
    "GPT-4",
    "gpt5",
    "c++",
    "C#",
    "C",
    "ＧＰＴ",
    "straße",
    "STRASSE",
    "İstanbul",
    "café",
    "Café",
    "人工智能",
    "中国",
    "ไทย",
    "한국어",
    "かな",
    "U.S.",
    "AT&T",
    "don't",
    "2024",
    "3.5",
    "x_y",
    "and/or",
    "news",
    "China",
    "Chinese",
    "chin",
    "ﬁne",
    "²",
    "Ⅳ",
    "½",
    "\xadsoft",
    "zero\u200cwidth",
    "🚀",
    "aaab",
    "xxy",
    "—",
    "…",
]
LINKS = ["https://example.org/2024/ai", "https://blog.example.org/%E4%BA%BA?c++", "http://xn--mnchen-3ya.de/", None]


def made_up(chance, count):
    def text(most):
        return " ".join(chance.choices(PIECES, k=chance.randint(0, most)))

    return [
        Item(
            native_id=None,
            link=(link := chance.choice(LINKS)) and Url(f"{link}#{number}"),
            title=Plain(text(8) or "x"),
            text=text(40),
            language=chance.choice(["en", "en-us", "de", "zh-hans", None]),
            authors=tuple(Person(name=text(2)) for _ in range(chance.randint(0, 2))),
            categories=tuple(Category(term=text(2), label=text(1)) for _ in range(chance.randint(0, 2))),
            source=Attribution(title=Plain(text(3))) if chance.random() < 0.3 else None,
        )
        for number in range(count)
    ]


def corpus_items(shared, chance, count=None):
    """One item each of `count` documents of the corpus that are feeds (None: all items of all of them)."""
    with (shared / "corpus" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    paths = [shared / "corpus" / (row.get("path") or row.get("file")) for row in rows]
    if count is not None:
        chance.shuffle(paths)
    found = []
    for path in paths:
        made = _items(path)
        found += made if count is None else made[:1]
        if count is not None and len(found) >= count:
            break
    return found


def _items(path):
    if path.suffix not in {".xml", ".rss", ".atom", ".json", ".rdf"}:
        return []
    address = "http://corpus.example/feed"
    document = Document(url=address, request=Request(url=address), body=path.read_bytes(), content_type="application/xml")
    try:
        outcome = process(document, Source(id="c", kind="feed", url=address), {})
    except SourceError:
        return []
    return [arrival.item for arrival in outcome.arrivals if arrival.item is not None]


def story_items(shared, chance, count):
    lines = (shared / "stories" / "ecbplus-dev.jsonl").read_text("utf-8").splitlines()
    stories = [json.loads(line) for line in chance.sample(lines, count)]
    return [Item(native_id=None, link=None, title=Plain(story["title"]), text=story["content"][:3000]) for story in stories]
