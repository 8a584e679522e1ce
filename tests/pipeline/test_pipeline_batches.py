"""Topics are published in batches: commits do not grow with them, and one that fails keeps none of the others from it."""

import asyncio
import json
from datetime import timedelta

import pytest
import time_machine
from outlets import NOON, Outlet, hours

from aggregator.pipeline.publishing import publish, sitepages
from aggregator.pipeline.publishing.archives import AT_ONCE
from aggregator.store import topics
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


def test_between_two_looks_at_the_files_only_topics_that_changed_are_read(project, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[set[str] | None] = []
    load_all = topics.load_all

    def noted(db, slugs=None):
        read.append(None if slugs is None else set(slugs))
        return load_all(db, slugs)

    monkeypatch.setattr(topics, "load_all", noted)
    configured(project, Outlet(project.root, "herald").tell("first", "One", "One is told at length."), 3)
    clock = time_machine.travel(NOON + hours(1), tick=False)

    async def run() -> None:
        async with project.app().engine("command") as engine:
            for source in engine.sources.values():
                await engine.fly(source)
            await engine.publish()
            (project.feeds / "t1.atom").unlink()
            read.clear()
            await engine.store.write(lambda db: topics.touch(db, ["t0"]))
            assert [report.entries for report in await engine.publish()] == [1, 1, 1]
            assert None not in read
            assert {"t0"} in read
            assert not (project.feeds / "t1.atom").exists()
            traveller.shift(publish.LOOK)
            assert [report.files for report in await engine.publish()] == [(), ("t1.atom",), ()]
            assert None in read

    with clock as traveller:
        asyncio.run(run())


def test_a_topic_whose_files_could_not_be_written_is_tried_at_the_next_publication(project) -> None:
    configured(project, Outlet(project.root, "herald").tell("first", "One", "One is told at length."), 2)
    (project.feeds / "t1.rss" / "in_the_way").mkdir(parents=True)

    async def run() -> None:
        async with project.app().engine("command") as engine:
            for source in engine.sources.values():
                await engine.fly(source)
            for _ in range(2):
                assert [bool(report.error) for report in await engine.publish()] == [False, True]
            (project.feeds / "t1.rss" / "in_the_way").rmdir()
            (project.feeds / "t1.rss").rmdir()
            assert [report.files for report in await engine.publish()] == [(), ("t1.rss", "t1.json")]

    asyncio.run(run())


@pytest.mark.parametrize(("name", "limit"), [("index.html", "TOPICS"), ("sources.html", "SOURCES_AT_ONCE")])
def test_a_page_that_lists_much_gathers_changes(project, monkeypatch: pytest.MonkeyPatch, name: str, limit: str) -> None:
    monkeypatch.setattr(sitepages, limit, 1)
    two = [Outlet(project.root, outlet) for outlet in ("herald", "courier")]

    def configure(title: str) -> None:
        named = "".join(one.table for one in two).replace('id = "herald"', f'id = "herald"\ntitle = "{title}"')
        project.configure(named + "".join(f'[[topic]]\nslug = "t{n}"\nstories = false\n' for n in (0, 1)))

    configure("The herald")
    two[0].tell("first", "One", "One is told at length.")
    two[1].tell("other", "Other", "Another is told at length.")
    with time_machine.travel(NOON + hours(1), tick=False) as traveller:
        project.once()
        before = project.published()[name]
        two[0].tell("second", "Two", "Two is told at length.")
        configure("The new herald")
        project.once()
        assert project.published()[name] == before
        assert b"Two" in project.published()["t0.html"]
        traveller.shift(timedelta(hours=2))
        project.once()
        assert project.published()[name] != before


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
