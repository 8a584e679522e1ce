"""A running daemon and an edited config.toml: taken over as a whole, or not at all, and said either way."""

import asyncio
import json
import signal
from pathlib import Path

import pytest
from daemon_folder import ALL, CLIPS, Folder, get
from loopback import eventually, free_port

from aggregator.app import App
from aggregator.config.loading import Config, load
from aggregator.daemon.daemon import Daemon
from aggregator.daemon.reload import Reload
from aggregator.errors import StoreError
from aggregator.model import Source
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.report import SourceReport

INCIDENTS = "select subject, resolved is null, sentence from incident where kind = 'config'"


def hang_up(folder: Folder) -> None:
    assert folder.process is not None
    folder.process.send_signal(signal.SIGHUP)


def test_an_edited_configuration_is_taken_over_without_a_restart(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    (folder.root / "notes").mkdir()
    (folder.root / "notes" / "a.md").write_text("---\ntitle: A note\nid: a\n---\nText of a note\n")
    notes = '[[source]]\nid = "notes"\nkind = "folder"\npath = "notes"\n'
    folder.configure(CLIPS + notes + '[[topic]]\nslug = "notes"\nsources = ["notes"]\n')
    eventually(lambda: get(folder.url + "notes.atom")[0] == 200)
    eventually(lambda: b"A note" in get(folder.url + "notes.atom")[2])
    assert get(folder.url + "all.atom")[0] == 410
    told = folder.logged("configuration taken over")
    assert told[0]["sources_new"] == ["notes"]
    assert told[0]["topics_gone"] == ["all"]
    (folder.root / "notes" / "b.md").write_text("---\ntitle: Another note\nid: b\n---\nText of another note\n")
    eventually(lambda: b"Another note" in get(folder.url + "notes.atom")[2])
    assert folder.stop() == 0


def test_a_broken_configuration_is_named_and_the_former_one_goes_on_until_it_is_mended(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    folder.configure(CLIPS + ALL + 'querry = "x"\n[[topic]]\n')
    eventually(lambda: len(folder.logged("configuration not taken over")) == 2)
    problems = [record["problem"] for record in folder.logged("configuration not taken over")]
    assert problems[0].startswith("config.toml:11: ")
    assert "querry" in problems[0]
    folder.clip("second")
    eventually(lambda: folder.titles() == ["The second clip", "The first clip"])
    eventually(lambda: len(folder.rows(INCIDENTS)) == 1)
    subject, is_open, sentence = folder.rows(INCIDENTS)[0]
    assert (subject, is_open) == ("config.toml", 1)
    assert "config.toml:11" in sentence
    eventually(lambda: b"config.toml:11" in get(folder.url + "health.atom")[2])
    shown = folder.command("status")
    assert shown.returncode == 2
    assert "config.toml:11" in shown.stderr
    assert "config.toml cannot be used as it is now" in shown.stdout
    assert "clips" in shown.stdout
    folder.configure("[[[")
    assert "clips" in folder.command("status", "--json").stdout
    folder.configure(CLIPS + ALL)
    eventually(lambda: [row[1] for row in folder.rows(INCIDENTS)] == [0])
    assert folder.titles() == ["The second clip", "The first clip"]
    assert folder.stop() == 0


@pytest.mark.parametrize("left", ["", '[site]\ntitle = "T"\n'])
def test_a_configuration_that_was_emptied_takes_nothing_away(folder: Folder, left: str) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    (folder.root / "config.toml").write_text(left)
    eventually(lambda: len(folder.logged("configuration not taken over")) == 1)
    assert "still published are all:" in folder.logged("configuration not taken over")[0]["problem"]
    assert folder.titles() == ["The first clip"]
    refused = folder.command("status")
    assert "config.toml cannot be used as it is now" in refused.stdout
    folder.configure(CLIPS + ALL)
    eventually(lambda: [row[1] for row in folder.rows(INCIDENTS)] == [0])
    assert folder.stop() == 0
    (folder.root / "config.toml").write_text(left)
    refused = folder.command("once")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert (folder.root / "feeds" / "all.atom").exists()


def test_a_hangup_reads_the_configuration_again(folder: Folder) -> None:
    folder.start()
    hang_up(folder)
    eventually(lambda: len(folder.logged("configuration unchanged")) == 1)
    folder.configure(CLIPS.replace("clips", "papers", 1) + 'was = ["clips"]\n' + ALL)
    eventually(lambda: len(folder.logged("configuration taken over")) == 1)
    hang_up(folder)
    eventually(lambda: len(folder.logged("configuration unchanged")) >= 2)
    eventually(lambda: folder.titles() == ["The first clip"])
    assert {row[0] for row in folder.rows("select source_id from item")} == {"papers"}
    assert folder.stop() == 0


def test_what_is_bound_stays_and_needs_a_restart_while_the_rest_is_taken_over(folder: Folder) -> None:
    folder.start()
    head = f'[site]\ntitle = "New"\nbase_url = "http://127.0.0.1/planet/"\n[serve]\nport = {free_port()}\n[store]\npath = "other.db"\n'
    folder.configure(CLIPS + ALL + "[publish]\ndirectory = 'public'\n", head)
    eventually(lambda: get(folder.url + "planet/all.atom")[0] == 200)
    assert {record["key"] for record in folder.logged("needs a restart")} == {"serve.port", "store.path"}
    assert b"New" in get(folder.url + "planet/")[2]
    assert (folder.root / "public" / "all.atom").exists()
    assert not (folder.root / "other.db").exists()
    assert json.loads(get(folder.url + "healthz")[2])["status"] == "ok"
    assert folder.stop() == 0


def test_a_command_that_waits_is_answered_after_a_reload(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    for number in range(3):
        folder.configure(CLIPS + ALL + f'title = "Number {number}"\n')
        done = folder.command("once", "--json")
        assert done.returncode == 0, done.stderr
    eventually(lambda: b"Number 2" in get(folder.url + "all.atom")[2])
    assert folder.stop() == 0


async def test_what_a_tick_finds_while_a_reload_begins_is_polled_before_the_rules_change(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.configure(CLIPS + ALL)
    app = App(load(folder.root / "config.toml", {}))
    looked, reloaded = asyncio.Event(), asyncio.Event()
    due, fly = Engine.due, Engine.fly
    flying: list[str] = []

    async def late(self: Engine) -> list[Source]:
        found = await due(self)
        looked.set()
        await reloaded.wait()
        return found

    async def slow(self: Engine, source: Source, *, insist: bool = False) -> SourceReport:
        flying.append(source.id)
        await asyncio.sleep(0.2)
        report = await fly(self, source, insist=insist)
        flying.remove(source.id)
        return report

    async with app.house("daemon") as house:

        async def wire(config: Config) -> Engine:
            assert not flying
            return await house.wire(config)

        daemon = Daemon(app.config, await wire(app.config), wire)
        monkeypatch.setattr(Engine, "due", late)
        monkeypatch.setattr(Engine, "fly", slow)
        tick = asyncio.create_task(daemon._tick())
        await looked.wait()
        taken = asyncio.create_task(daemon._take(load(folder.root / "config.toml", {})))
        await asyncio.sleep(0.05)
        reloaded.set()
        await asyncio.gather(tick, taken)
        assert not flying
        stored = await daemon._engine.store.read(lambda db: db.execute("select count(*) from item").fetchone())
        assert stored == (1,)
        assert daemon._folders is not None
        daemon._folders.cancel()


class Recorder:
    """What a Reload asks of its daemon."""

    def __init__(self, config: Config, error: StoreError | None = None) -> None:
        self.calls: list[object] = []
        self._error = error
        self.named_otherwise = False
        self.reload = Reload(config, take=self.take, refuse=self.refuse, accept=self.accept, relisted=self.relisted)

    async def take(self, config: Config) -> None:
        self.calls.append(config.tables.site.title)
        if self._error:
            error, self._error = self._error, None
            raise error
        self.named_otherwise = False

    async def relisted(self) -> bool:
        return self.named_otherwise

    async def refuse(self, problems: object) -> None:
        self.calls.append(problems)

    async def accept(self) -> None:
        self.calls.append("accepted")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text('[site]\ntitle = "One"\n')
    return file


async def test_a_configuration_that_the_store_refuses_is_not_in_force(file: Path) -> None:
    told = Recorder(load(file), StoreError("the disk is full"))
    file.write_text('[site]\ntitle = "Two"\n')
    assert not await told.reload.once()
    assert told.calls == ["Two", ["the disk is full"]]
    assert told.reload.config.site().title == "One"


async def test_a_file_that_vanished_or_cannot_be_read_changes_nothing(file: Path) -> None:
    told = Recorder(load(file))
    file.unlink()
    assert not await told.reload.once()
    file.mkdir()
    assert not await told.reload.once()
    assert len(told.calls) == 2
    assert all("config.toml" in str(problems) for problems in told.calls)


async def test_what_lists_name_is_taken_over_until_that_works(file: Path) -> None:
    told = Recorder(load(file), StoreError("the disk is full"))
    told.named_otherwise = True
    running = asyncio.create_task(told.reload.run())
    for _ in range(3):
        told.reload.want()
        while told.calls.count("accepted") + told.calls.count("One") < 2:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        calls, told.calls = told.calls, []
        if not told.named_otherwise:
            break
        assert calls == ["accepted", "One"]
    assert calls == ["accepted", "One"]
    told.reload.want()
    await asyncio.sleep(0.1)
    assert told.calls == ["accepted"]
    running.cancel()


async def test_a_store_that_takes_nothing_keeps_no_configuration_half_in_force(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.configure(CLIPS + ALL)
    app = App(load(folder.root / "config.toml", {}))

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    async with app.house("daemon") as house:
        daemon = Daemon(app.config, await house.wire(app.config), house.wire)
        monkeypatch.setattr("aggregator.daemon.daemon.sources.awake", full)
        before = daemon._engine
        await daemon._take(load(folder.root / "config.toml", {}))
        assert daemon._engine is not before
        assert not daemon._paused
        assert daemon._folders is not None
        daemon._folders.cancel()


async def test_the_same_configuration_is_accepted_and_nothing_is_taken(file: Path) -> None:
    told = Recorder(load(file))
    file.write_text('# nothing new\n[site]\ntitle = "One"\n')
    assert not await told.reload.once()
    assert told.calls == ["accepted"]
