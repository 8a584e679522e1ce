"""The watch over folders and files that people edit."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from aggregator import schedule
from aggregator.schedule import watch
from aggregator.stamp import stamp


class Told:
    """Remembers what was told, and waits for more."""

    def __init__(self) -> None:
        self.calls: list[set[Path]] = []
        self.fail = False

    async def __call__(self, paths: set[Path]) -> None:
        self.calls.append(paths)
        if self.fail:
            raise ValueError("cannot be handled")

    @property
    def paths(self) -> set[Path]:
        return set().union(*self.calls)

    async def of(self, path: Path, seconds: float = 8.0) -> None:
        async with asyncio.timeout(seconds):
            while path not in self.paths:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def watching(*paths: Path) -> AsyncIterator[Told]:
    told = Told()
    task = asyncio.create_task(watch(paths, told, debounce=100, rearm=0.3))
    await asyncio.sleep(0.5)  # the watch runs in threads: let them begin
    try:
        yield told
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_files_that_come_change_and_go_below_a_folder_are_told(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    async with watching(tmp_path / "a") as told:
        (deep / "new.md").write_text("x")
        await told.of(deep / "new.md")
        told.calls.clear()
        (deep / "new.md").write_text("xy")
        await told.of(deep / "new.md")
        told.calls.clear()
        (deep / "new.md").unlink()
        await told.of(deep / "new.md")


async def test_a_file_is_told_when_an_editor_replaces_it_and_its_neighbours_are_not(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("a")
    async with watching(config) as told:
        (tmp_path / "other.toml").write_text("x")
        (tmp_path / ".config.toml.swp").write_text("b, longer")
        (tmp_path / ".config.toml.swp").rename(config)
        await told.of(config)
        assert told.paths == {config}


async def test_a_file_behind_a_link_is_told_when_the_link_is_moved(tmp_path: Path) -> None:
    for version in ("one", "two"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "config.toml").write_text(version)
    (tmp_path / "current").symlink_to("one")
    (tmp_path / "config.toml").symlink_to("current/config.toml")
    async with watching(tmp_path / "config.toml") as told:
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").rename(tmp_path / "current")
        await told.of(tmp_path / "config.toml")


async def test_a_burst_of_writes_is_told_together(tmp_path: Path) -> None:
    async with watching(tmp_path) as told:
        for number in range(50):
            (tmp_path / f"{number}.md").write_text("x")
        await told.of(tmp_path / "49.md")
        assert len(told.calls) < 10


async def test_a_folder_that_comes_later_is_told_and_watched(tmp_path: Path) -> None:
    later = tmp_path / "x" / "later"
    async with watching(later) as told:
        later.mkdir(parents=True)
        (later / "first.md").write_text("x")
        await told.of(later)
        await asyncio.sleep(0.6)
        (later / "second.md").write_text("x")
        await told.of(later / "second.md")


async def test_a_folder_that_is_replaced_is_still_watched(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    async with watching(folder) as told:
        shutil.rmtree(folder)
        folder.mkdir()
        await told.of(folder)
        await asyncio.sleep(0.6)
        (folder / "new.md").write_text("x")
        await told.of(folder / "new.md")


async def test_a_file_that_comes_later_is_told(tmp_path: Path) -> None:
    async with watching(tmp_path / "config.toml", tmp_path / "config.toml") as told:
        (tmp_path / "config.toml").write_text("x")
        await told.of(tmp_path / "config.toml")


async def test_a_file_that_changed_between_its_reading_and_the_watch_is_told(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("x")
    read = stamp(file)
    file.write_text("xy")
    for since, calls in (({file: read}, [{file}]), ({file: stamp(file)}, []), ({file: None}, [{file}])):
        told = Told()
        task = asyncio.create_task(watch([file], told, since=since, rearm=30.0))
        await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert told.calls == calls


async def test_what_cannot_be_handled_is_logged_and_the_watch_goes_on(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with watching(tmp_path) as told:
            told.fail = True
            (tmp_path / "one.md").write_text("x")
            await told.of(tmp_path / "one.md")
            (tmp_path / "two.md").write_text("x")
            await told.of(tmp_path / "two.md")
    assert [log["event"] for log in logs] == ["change not handled"] * len(told.calls)


@pytest.mark.parametrize("what", ["folder", "file"])
async def test_a_watch_that_breaks_is_logged_and_set_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    path = tmp_path if what == "folder" else tmp_path / "config.toml"
    real, broken = schedule.awatch, [True]

    def awatch(*paths: Path, **options: object) -> object:
        if broken.pop() if broken else False:
            raise OSError(28, "inotify watch limit reached")
        return real(*paths, **options)  # type: ignore[arg-type]  # handed through as they came

    monkeypatch.setattr(schedule, "awatch", awatch)
    with capture_logs() as logs:
        async with watching(path) as told:
            await asyncio.sleep(0.5)
            (tmp_path / "config.toml").write_text("x")
            await told.of(tmp_path / "config.toml")
    assert "watch limit" in logs[0]["error"]
