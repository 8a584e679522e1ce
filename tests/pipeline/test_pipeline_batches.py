"""Topics are published in batches: commits do not grow with them, and one that fails keeps none of the others from it."""

import asyncio
import json

import pytest
from outlets import NOON, Outlet, hours

from aggregator.pipeline import publish
from aggregator.pipeline.archives import AT_ONCE
from aggregator.store.store import Store


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pieces of work each commit held."""
    found: list[int] = []
    commit = Store._commit

    def counted(self, db, group):
        found.append(len(group))
        return commit(self, db, group)

    monkeypatch.setattr(Store, "_commit", counted)
    return found


def configured(project, outlet: Outlet, topics: int, more: str = "stories = false\n") -> None:
    project.configure(outlet.table + "".join(f'[[topic]]\nslug = "t{number}"\n{more}' for number in range(topics)))


async def _publish(project, commits: list[int]) -> tuple[int, ...]:
    async with project.app().engine("command") as engine:
        for source in engine.sources.values():
            await engine.fly(source)
        commits.clear()
        await engine.publish()
        return tuple(commits)


def test_as_many_commits_publish_thirty_topics_as_three(project, commits: list[int]) -> None:
    outlet = Outlet(project.root, "herald").tell("first", "One", "One is told at length.")
    configured(project, outlet, 3)
    few = asyncio.run(_publish(project, commits))
    project.lose_store()
    configured(project, outlet, 30)
    many = asyncio.run(_publish(project, commits))
    assert len(many) == len(few)
    assert max(many) == 30
    assert len(json.loads((project.feeds / "t29.json").read_bytes())["items"]) == 1


def test_archives_are_closed_many_in_a_commit(project, commits: list[int]) -> None:
    outlet = Outlet(project.root, "herald")
    for number in range(100):
        outlet.tell(f"k{number}", f"Number {number}", f"What is told of {number}.", NOON - hours(number))
    configured(project, outlet, 1, "stories = false\nlimit = 4\n")
    one_topic = asyncio.run(_publish(project, commits))
    archives = len([*(project.feeds / "t0").glob("*.atom")])
    assert archives == 48
    assert len(one_topic) < archives // AT_ONCE + 10


def test_a_batch_leaves_no_topic_out(project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "BATCH", 3)
    configured(project, Outlet(project.root, "herald").tell("first", "One", "One is told at length."), 8)
    report = project.once()
    assert [(topic.slug, topic.added) for topic in report.topics] == [(f"t{number}", 1) for number in range(8)]
    assert all(
        (project.feeds / f"t{number}.atom").exists() and (project.feeds / f"t{number}.html").exists() for number in range(8)
    )


def test_a_topic_that_cannot_be_settled_keeps_no_other_from_being_published(project, monkeypatch: pytest.MonkeyPatch) -> None:
    settle = publish.settle

    def failing(db, topic, now, policies):
        done = settle(db, topic, now, policies)
        if topic.slug == "t1":
            raise ValueError("a line that nobody foresaw")
        return done

    configured(project, Outlet(project.root, "herald").tell("first", "One", "One is told at length."), 3)
    monkeypatch.setattr(publish, "settle", failing)
    with pytest.raises(ValueError, match="nobody foresaw"):
        project.once()
    there = {name for name in project.topic_files() if name.endswith(".atom")}
    assert there == {"t0.atom", "t2.atom"}
    monkeypatch.setattr(publish, "settle", settle)
    assert [topic.added for topic in project.once().topics] == [0, 1, 0]
