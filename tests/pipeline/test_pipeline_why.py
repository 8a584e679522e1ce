"""`why` names one reason for each item and topic, and the feeds agree with it; `diff` says what the next publication does."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config.loading import load
from aggregator.errors import AggregatorError
from aggregator.model import FeedEntry
from aggregator.pipeline.answers.difference import Shown, TopicDifference, compare
from aggregator.pipeline.answers.standing import SENTENCES, Standing, standings
from aggregator.pipeline.answers.why import Life, why
from aggregator.publish import atom
from aggregator.store import database, items

NOW = datetime.now(UTC).replace(microsecond=0)
NOON = NOW.replace(hour=12, minute=0, second=0) - timedelta(days=1)
"""Of yesterday: what lies around it lies in one day, whenever the test runs."""


def clip(project: Any, source: str, name: str, text: str, *, days: float = 0.5, front: str = "") -> None:
    folder = project.root / source
    folder.mkdir(exist_ok=True)
    dated = f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    link = f"https://{source}.example/{name}?utm_source=x"
    (folder / f"{name}.md").write_text(f"---\ntitle: {name}\nid: {name}\nurl: {link}\ndate: {dated}\n{front}---\n{text}\n")


SOURCES = "".join(f'[[source]]\nid = "{id}"\nkind = "folder"\npath = "{id}"\n' for id in ("one", "two"))
BRIDGE = "The old glacier bridge fell into the river Zyx on Monday while engineers from Quorn inspected its cracked pillars"


def ask(project: Any, what: str) -> Life:
    config = load(project.config, {})
    return why(config.store.path, config.topics(), config.publish.directory, what)


def reasons(life: Life) -> dict[str, tuple[str, str]]:
    return {one.topic: (one.where, one.reason) for one in life.topics}


def test_every_way_in_and_out_has_its_reason(project: Any) -> None:
    clip(project, "one", "bridge", BRIDGE)
    clip(project, "two", "crossing", f"{BRIDGE}, officials said.", days=0.4)
    clip(project, "one", "old", "Violins are made of spruce", days=20)
    clip(project, "one", "german", "Die Brücke", front="language: de\n")
    for number in range(3):
        clip(project, "one", f"busy{number}", f"Busy number {number}", days=(NOW - NOON) / timedelta(days=1) + number / 100)
    project.configure(
        SOURCES
        + '[[topic]]\nslug = "all"\n[[topic]]\nslug = "query"\nquery = "glacier -pillars"\n'
        + '[[topic]]\nslug = "source"\nsources = ["!one"]\n[[topic]]\nslug = "language"\nlanguages = ["fr"]\n'
        + '[[topic]]\nslug = "both"\nmin_sources = 2\n[[topic]]\nslug = "aged"\nmax_age = "5d"\n'
        + '[[topic]]\nslug = "quota"\nquota = 1\nstories = false\nquery = "busy"\n'
    )
    project.once()
    bridge = reasons(ask(project, "https://one.example/bridge?fbclid=7"))
    assert bridge["all"] == ("in", "shown")
    assert bridge["query"] == ("out", "query")
    assert bridge["source"] == ("out", "source")
    assert bridge["both"] == ("in", "shown")
    crossing = ask(project, "crossing -busy")
    assert reasons(crossing)["all"] == ("in", "covered")
    assert reasons(crossing)["source"] == ("in", "shown")
    assert crossing.stories[0].sources in (1, 2)
    alone = reasons(ask(project, "spruce"))
    assert alone["both"] in {("waits", "too-few"), ("out", "too-few")}
    assert alone["aged"] == ("past", "age")
    assert reasons(ask(project, "title:german"))["language"] == ("out", "language")
    quotas = Counter(reasons(ask(project, f"title:busy{number}"))["quota"] for number in range(3))
    assert quotas == {("in", "shown"): 1, ("past", "quota"): 2}


def test_an_entry_that_cannot_be_rendered_is_quarantined(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = atom.shape

    def fail(entry: FeedEntry) -> bytes:
        if entry.title == "bridge":
            raise ValueError("it is broken")
        return shape(entry)

    monkeypatch.setattr(atom, "shape", fail)
    clip(project, "one", "bridge", BRIDGE)
    clip(project, "one", "spruce", "Violins are made of spruce")
    project.configure(SOURCES + '[[topic]]\nslug = "all"\n')
    (told,) = project.once().topics[0].quarantined
    assert "it is broken" in told
    assert reasons(ask(project, "bridge")) == {"all": ("waits", "quarantined")}
    assert reasons(ask(project, "spruce")) == {"all": ("in", "shown")}
    monkeypatch.undo()
    with database.visit(project.root / "aggregator.db") as db:
        db.execute("update topic set generation = generation + 1")
    project.publish()
    assert reasons(ask(project, "bridge")) == {"all": ("in", "shown")}


def test_what_is_told_of_an_item(project: Any) -> None:
    clip(project, "one", "bridge", BRIDGE)
    clip(project, "one", "future", "From tomorrow", days=-3)
    project.configure(SOURCES + '[[topic]]\nslug = "all"\nquery = "glacier OR tomorrow"\n')
    project.once()
    life = ask(project, "glacier OR tomorrow")
    assert life.title == "future"
    assert [other.title for other in life.others] == ["bridge"]
    assert "lies after that" in life.dated_because
    assert life.dated == life.first_seen
    bridge = ask(project, str(life.others[0].item))
    assert bridge.dated_because == "its source's date"
    assert (bridge.source.id, bridge.source.last_result, bridge.stands) == ("one", "ok", True)
    assert bridge.link == "https://one.example/bridge"
    assert bridge.topics[0].clause == "glacier"
    entry = bridge.topics[0].entry
    assert entry is not None
    assert ask(project, entry).item == bridge.item


@pytest.mark.parametrize("what", ["https://one.example/absent", "urn:uuid:0", "nothing such", "77777"])
def test_what_was_never_stored_is_a_sentence(project: Any, what: str) -> None:
    clip(project, "one", "bridge", BRIDGE)
    project.configure(SOURCES + '[[topic]]\nslug = "all"\n')
    project.once()
    with pytest.raises(AggregatorError, match="no item is known by"):
        ask(project, what)


def test_rules_that_changed_since_the_last_run_are_told_as_such(project: Any) -> None:
    clip(project, "one", "bridge", BRIDGE)
    project.configure(SOURCES + '[[topic]]\nslug = "all"\nquery = "violin"\n')
    project.once()
    project.configure(SOURCES + '[[topic]]\nslug = "all"\nquery = "glacier"\n[[topic]]\nslug = "new"\n')
    assert reasons(ask(project, "glacier")) == {"all": ("out", "undecided"), "new": ("out", "new-topic")}


TOPICS = """
[[topic]]
slug = "all"
[[topic]]
slug = "small"
limit = 10
stories = false
[[topic]]
slug = "words"
query = "(the OR der) -/[0-9]{4}/"
[[topic]]
slug = "english"
languages = ["en"]
query = "title:*"
[[topic]]
slug = "young"
max_age = "3000d"
[[topic]]
slug = "shared"
min_sources = 2
[[topic]]
slug = "few"
quota = 1
sources = ["!edge"]
[[topic]]
slug = "weekly"
digest = "weekly mon 07:00 UTC"
query = "release"
"""


@pytest.mark.shared
@pytest.mark.slow
def test_the_feeds_of_a_corpus_run_hold_what_why_says(project: Any, shared: Path) -> None:
    folders = ("edge", "markdown-clipping", "real-with-expected")
    text = "".join(f'[[source]]\nid = "{name}"\nkind = "folder"\npath = "{shared / "corpus" / name}"\n' for name in folders)
    project.configure(text + TOPICS)
    project.once()
    config = load(project.config, {})
    published = {
        topic.slug: {entry["id"] for entry in json.loads((project.feeds / f"{topic.slug}.json").read_text())["items"]}
        for topic in config.topics()
    }
    told: Counter[str] = Counter()
    shown: dict[str, set[str]] = {slug: set() for slug in published}
    with database.visit(config.store.path) as db:
        for batch in items.every(db):
            for stored in batch:
                found = standings(db, stored, config.topics(), project.feeds, forgotten=False)
                assert [one.topic for one in found] == list(published), "one for each topic"
                for one in found:
                    _agrees(one, published[one.topic])
                    told[one.reason] += 1
                    if one.reason == "shown" and one.entry is not None:
                        shown[one.topic].add(one.entry)
    del published["weekly"]  # what it shows are digests: items of nobody's
    assert {slug: shown[slug] for slug in published} == published, "each entry is shown by one item"
    assert told.keys() <= SENTENCES.keys()
    assert {"shown", "query", "source", "archived"} <= told.keys()
    assert not {"undecided", "new-topic", "ungrouped", "unpublished"} & told.keys(), "nothing is left open after a run"


def _agrees(one: Standing, published: set[str]) -> None:
    assert (one.where == "in") == (one.entry in published), one
    assert (one.where == "in") == (one.reason in ("shown", "covered")), one
    assert one.sentence


# ── diff ────────────────────────────────────────────────────────────────────────────────────────────────────────


def entries(project: Any) -> dict[str, list[str]]:
    return {
        path.stem: [entry["id"] for entry in json.loads(path.read_text())["items"]]
        for path in project.feeds.glob("*.json")
        if path.stem != "health"
    }


EDITS = [
    '[[topic]]\nslug = "all"\n[[topic]]\nslug = "b"\nquery = "glacier"\n',
    '[[topic]]\nslug = "all"\nlimit = 3\n[[topic]]\nslug = "b"\nquery = "busy OR glacier"\n',
    '[[topic]]\nslug = "every"\nwas = ["all"]\nlimit = 5\n[[topic]]\nslug = "c"\nquery = "violins"\nbackfill = "none"\n',
    '[[topic]]\nslug = "every"\nmin_sources = 2\n[[topic]]\nslug = "c"\nquery = "-glacier"\nmax_age = "5d"\n',
    '[[topic]]\nslug = "every"\nstories = false\nsources = ["two"]\n[[topic]]\nslug = "b"\nquery = "busy"\nquota = 2\n',
]


def test_diff_says_what_the_next_publication_does(project: Any) -> None:
    clip(project, "one", "bridge", BRIDGE)
    clip(project, "two", "crossing", f"{BRIDGE}, officials said.", days=0.4)
    clip(project, "one", "old", "Violins are made of spruce", days=20)
    for number in range(6):
        clip(project, "two", f"busy{number}", f"Busy number {number} of many", days=1 + number / 10)
    project.configure(SOURCES + '[[topic]]\nslug = "all"\n')
    project.once()
    for edit in EDITS:
        before = entries(project)
        files = project.published()
        project.configure(SOURCES + edit)
        said = {one.topic: one for one in asyncio.run(project.app().diff())}
        assert project.published() == files, "nothing was changed by looking"
        assert not list(project.root.glob("*-diff-*")), "nothing is left behind"
        project.publish()
        after = entries(project)
        for slug, now in after.items():
            one = said.pop(slug)
            then = before.get(one.was or slug, [])
            assert [entry.entry for entry in one.added] == [entry for entry in now if entry not in then]
            assert [entry.entry for entry in one.removed] == [entry for entry in then if entry not in now]
            assert one.kept == len(set(now) & set(then))
        assert all(one.state == "removed" and one.topic not in after for one in said.values())
        assert {entry.entry for one in said.values() for entry in one.removed} <= {id for ids in before.values() for id in ids}
    assert {one.state for one in asyncio.run(project.app().diff())} == {"same"}


def test_a_topic_that_vanishes_loses_everything_and_one_without_a_store_is_a_sentence(project: Any) -> None:
    head = {"a": (Shown(entry="urn:1", title="One"),)}
    assert compare(head, {}, ()) == (TopicDifference(topic="a", state="removed", removed=head["a"]),)
    project.configure(SOURCES)
    with pytest.raises(AggregatorError, match="run `aggregator once` first"):
        asyncio.run(project.app().diff())
