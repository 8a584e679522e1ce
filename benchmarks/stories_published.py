"""How well do published entries tell stories? BCubed figures of what comes out of the whole program, from labelled articles.

    python benchmarks/stories_published.py ARTICLES.jsonl [--half 0|1] [--text content,40,title] [--daily] [--orders N] [--json]

ARTICLES: one JSON object a line with id, title, content, published, source and story (the label). Each source becomes an RSS feed
on disk; `aggregator once` takes them all into an empty store with one topic `*` and publishes (`--daily`: day by day, each feed
with what it had until then). An entry of the published JSON Feed and those whom it names as `also_covered_by` are a cluster.
`--orders N`: also with N orders of the sources in the configuration. `--half`: stories of even or odd number alone.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

from aggregator.app import App
from aggregator.config.loading import load

LIMIT = 1000
"""Entries in the topic: as many as a topic may have."""


@dataclass(frozen=True, slots=True)
class Article:
    id: str
    title: str
    content: str
    published: datetime
    source: str
    story: str
    lookalike: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """BCubed (Bagga and Baldwin, 1998)."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def read(path: Path, text: str) -> list[Article]:
    """The articles, with their content, its first N words (`40`), or none of it (`title`)."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        content = (
            row["content"] if text == "content" else "" if text == "title" else " ".join(row["content"].split()[: int(text)])
        )
        found.append(
            Article(
                row["id"],
                row["title"],
                content,
                datetime.fromisoformat(row["published"]),
                row["source"],
                row["story"],
                row.get("lookalike"),
            )
        )
    return found


def half(articles: Iterable[Article], which: int | None) -> list[Article]:
    """The articles of every other story, in the order of the labels; all of them for None."""
    articles = list(articles)
    if which is None:
        return articles
    labels = sorted({article.story for article in articles})
    kept = set(labels[which::2])
    return [article for article in articles if article.story in kept]


def bcubed(clusters: Mapping[str, str], labels: Mapping[str, str]) -> Figures:
    """Figures of a clustering (article → cluster) against labels (article → story)."""
    by_cluster, by_label = defaultdict(set), defaultdict(set)
    for one in labels:
        by_cluster[clusters[one]].add(one)
        by_label[labels[one]].add(one)
    shared = {one: len(by_cluster[clusters[one]] & by_label[labels[one]]) for one in labels}
    return Figures(
        precision=statistics.fmean(shared[one] / len(by_cluster[clusters[one]]) for one in labels),
        recall=statistics.fmean(shared[one] / len(by_label[labels[one]]) for one in labels),
    )


class Publication:
    """A project in a folder, fed with articles, and what it publishes."""

    def __init__(self, root: Path, sources: Sequence[str], stories: str) -> None:
        self.root = root
        self._config = root / "config.toml"
        tables = "".join(f'[[source]]\nid = "{source}"\nkind = "folder"\npath = "{source}"\n' for source in sources)
        self._config.write_text(
            '[site]\ntitle = "Benchmark"\n[publish]\nformats = ["json"]\nhealth = false\n[store]\nsnapshots = 0\n'
            f'[stories]\n{stories}\n[[topic]]\nslug = "all"\nlimit = {LIMIT}\n{tables}'
        )
        for source in sources:
            (root / source).mkdir()

    def take(self, articles: Sequence[Article], now: datetime | None = None) -> None:
        """Every outlet publishes its articles; one run."""
        feeds = defaultdict(list)
        for article in articles:
            feeds[article.source].append(article)
        for source, held in feeds.items():
            (self.root / source / "feed.xml").write_text(rss(source, held), "utf-8")
        app = App(load(self._config, {}), **({} if now is None else {"now": lambda: now}))
        asyncio.run(app.once(force=True))

    def clusters(self) -> dict[str, str]:
        """Article → the entry that tells it. Raises AssertionError if an article is missing or told twice."""
        found: dict[str, str] = {}
        for entry in json.loads((self.root / "feeds" / "all.json").read_bytes())["items"]:
            others = entry.get("_aggregator", {}).get("also_covered_by", ())
            for url in [entry["url"], *(other["url"] for other in others)]:
                article = url.rsplit("/", 1)[1]
                assert article not in found, f"{article} is told twice"
                found[article] = entry["id"]
        return found


def rss(source: str, articles: Iterable[Article]) -> str:
    """An outlet's feed."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{escape(one.id)}</guid><link>http://{source}.example/{escape(one.id)}</link>"
        f"<title>{escape(one.title)}</title><description>{escape(one.content)}</description>"
        f"<pubDate>{format_datetime(one.published)}</pubDate></item>"
        for one in articles
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{source}</title>'
        f"<link>http://{source}.example/</link><description>d</description><language>en</language>{items}</channel></rss>"
    )


def publish(articles: Sequence[Article], sources: Sequence[str], stories: str, *, daily: bool = False) -> dict[str, str]:
    """Article → entry, once all articles are published."""
    with tempfile.TemporaryDirectory() as folder:
        project = Publication(Path(folder), sources, stories)
        if daily:
            first = min(article.published for article in articles)
            days = {(article.published - first).days for article in articles}
            for day in sorted(days):
                now = first + timedelta(days=day + 1)
                project.take([article for article in articles if article.published < now], now)
        else:
            project.take(articles)
        return project.clusters()


def joined_lookalikes(clusters: Mapping[str, str], articles: Sequence[Article]) -> int:
    """Pairs of articles about two different events of one kind that one entry tells."""
    return sum(
        one.lookalike is not None
        and one.lookalike == two.lookalike
        and one.story != two.story
        and clusters[one.id] == clusters[two.id]
        for place, one in enumerate(articles)
        for two in articles[:place]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--text", default="content,40,title")
    parser.add_argument("--daily", action="store_true")
    parser.add_argument("--orders", type=int, default=0)
    parser.add_argument("--strictness", default="normal")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    args = parser.parse_args()
    rows = []
    for text in args.text.split(","):
        row = measured(half(read(args.articles, text), args.half), f'strictness = "{args.strictness}"', args.daily, args.orders)
        rows.append({"text": text, **row})
        if not args.json:
            cells = (f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}" for key, value in rows[-1].items())
            print("  ".join(cells), flush=True)
    if args.json:
        print(json.dumps(rows))


def measured(articles: Sequence[Article], stories: str, daily: bool, orders: int) -> dict[str, float | int]:
    """The figures of one way to publish; `mean` and `deviation` of F1 over the orders of the sources, if there are any."""
    labels = {article.id: article.story for article in articles}
    sources = sorted({article.source for article in articles})
    clusters = publish(articles, sources, stories, daily=daily)
    found = bcubed(clusters, labels)
    row: dict[str, float | int] = {
        "f1": found.f1,
        "precision": found.precision,
        "recall": found.recall,
        "articles": len(articles),
        "stories": len(set(labels.values())),
        "entries": len(set(clusters.values())),
        "lookalikes": joined_lookalikes(clusters, articles),
    }
    figures = []
    for seed in range(orders):
        order = random.Random(seed).sample(sources, len(sources))
        figures.append(bcubed(publish(articles, order, stories, daily=daily), labels).f1)
    return row | ({"mean": statistics.fmean(figures), "deviation": statistics.pstdev(figures)} if figures else {})


if __name__ == "__main__":
    main()
