"""The commands as a user calls them: exit codes, standard output and standard error of real runs over a tiny configuration."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from called import enter, run
from loopback import free_port

from aggregator.cli.main import COMMANDS, cli, explain
from aggregator.config.loading import load
from aggregator.errors import AggregatorError, ConfigError, StoreBusy

ROOT = Path(__file__).parent.parent.parent
DEAD = '[[source]]\nid = "dead"\nurl = "http://127.0.0.1:1/feed"\nallow_private = ["127.0.0.0/8"]\n'
CLIPS = '[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n'
TOPIC = '[[topic]]\nslug = "all"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one clipping and a configuration that reads it; also the current folder."""
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "one.md").write_text(
        "---\ntitle: One\nurl: https://x.example/1\ndate: 2026-01-02\n---\n\nText of one.\n"
    )
    enter(tmp_path, monkeypatch, CLIPS + TOPIC)
    return tmp_path


def test_once_publishes_and_says_so_and_a_second_time_writes_nothing(home: Path) -> None:
    first = run("once")
    assert first.exit_code == 0, first.output
    assert first.stdout.splitlines()[1].split()[:5] == ["clips", "ok", "1", "0", "0"]
    assert "1 source polled, 0 failed: 1 new item, 0 updated; 3 files written" in first.stdout
    assert first.stderr == ""
    assert (home / "feeds" / "all.atom").is_file()
    assert "0 files written" in run("once", "--force").stdout


def test_once_json_is_one_document(home: Path) -> None:
    document = json.loads(run("once", "--json").stdout)
    assert [source["id"] for source in document["sources"]] == ["clips"]
    assert [topic["slug"] for topic in document["topics"]] == ["all"]


def test_a_failing_source_is_named_with_its_reason_and_only_strict_fails(home: Path) -> None:
    (home / "config.toml").write_text(CLIPS + DEAD + TOPIC)
    result = run("once")
    assert result.exit_code == 0
    assert any(line.startswith("dead failed (") for line in result.stdout.splitlines())
    assert result.stdout.splitlines()[1].split()[:3] == ["clips", "ok", "1"]
    assert run("once", "--strict", "--force").exit_code == 3


def test_poll_polls_one_source(home: Path) -> None:
    (home / "config.toml").write_text(CLIPS + DEAD + TOPIC)
    result = run("poll", "clips")
    assert result.exit_code == 0, result.output
    assert "1 source polled, 0 failed: 1 new item" in result.stdout
    assert json.loads(run("poll", "clips", "--force", "--json").stdout)["sources"][0]["id"] == "clips"


@pytest.mark.parametrize(
    ("config", "hint"), [(CLIPS, 'did you mean "clips"?'), (DEAD, "there are: dead"), ("", "there are none yet")]
)
def test_poll_of_an_unknown_source_is_a_usage_error(home: Path, config: str, hint: str) -> None:
    (home / "config.toml").write_text(config)
    result = run("poll", "clip")
    assert result.exit_code == 2
    assert f'"clip" is not the id of a source in config.toml; {hint}' in result.stderr


def test_check_asks_without_storing(home: Path) -> None:
    (home / "config.toml").write_text(CLIPS + DEAD + TOPIC)
    result = run("check")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("config.toml is right: 2 sources, 1 topic.\n")
    assert "2 sources asked, 1 failed. Nothing was stored or published." in result.stdout
    assert not (home / "feeds").exists()
    assert not (home / "aggregator.db").exists()
    document = json.loads(run("check", "--json").stdout)
    assert document["problems"] == []
    assert [source["id"] for source in document["sources"]] == ["clips", "dead"]


@pytest.mark.parametrize("words", [["once"], ["poll", "x"], ["run"], ["check"], ["status"]])
def test_every_command_shows_all_mistakes_of_the_configuration_and_exits_2(home: Path, words: list[str]) -> None:
    (home / "other.toml").write_text("[serve]\nport = 'x'\n[site]\nlanguage = 1")
    result = run(*words, "--config", "other.toml")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        'other.toml:2: serve.port: must be a whole number (got "x")',
        "other.toml:4: site.language: must be text in quotes (got 1)",
    ]


def test_check_json_lists_the_mistakes(home: Path) -> None:
    (home / "config.toml").write_text("[serve]\nport = 'x'")
    result = run("check", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "problems": ['config.toml:2: serve.port: must be a whole number (got "x")'],
        "sources": [],
    }


def test_the_environment_names_the_configuration_and_overrides_it(home: Path) -> None:
    (home / "else.toml").write_text("")
    assert "config.toml is right: 1 source" in run("check").stdout
    assert "else.toml is right: 0 sources" in run("check", AGGREGATOR_CONFIG="else.toml").stdout
    assert "serve.port: must be a whole number" in run("check", AGGREGATOR_SERVE__PORT="x").stderr


def test_status_shows_sources_topics_and_the_store(home: Path) -> None:
    run("once")
    result = run("status")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1].split()[:3] == ["clips", "folder", "1"]
    assert f"Store: {home / 'aggregator.db'}, 1 item" in result.stdout
    document = json.loads(run("status", "--json").stdout)
    assert set(document) == {"sources", "topics", "store", "troubles", "resolved"}


def test_a_store_that_is_no_database_is_a_sentence_and_exit_code_1(home: Path) -> None:
    (home / "aggregator.db").write_bytes(b"this is no database\n" * 1000)
    result = run("once")
    assert result.exit_code == 1
    assert result.stderr.startswith("aggregator: ")
    assert str(home / "aggregator.db") in result.stderr
    assert "Traceback" not in result.output


# ── init ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_init_writes_a_configuration_that_runs_and_names_the_next_commands(home: Path) -> None:
    result = run("init", "planet")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("Wrote planet/config.toml.")
    assert "aggregator check --config planet/config.toml" in result.stdout
    assert "aggregator once --config planet/config.toml" in result.stdout
    assert [topic.slug for topic in load(home / "planet" / "config.toml", {}).topics()] == ["everything"]
    once = run("once", "--config", "planet/config.toml")
    assert once.exit_code == 0, once.output
    assert once.stdout.splitlines()[-1] == "No sources yet: add a [[source]] to the configuration."


def test_the_commented_source_of_init_is_right_once_its_number_signs_are_gone(home: Path) -> None:
    run("init", "planet")
    path = home / "planet" / "config.toml"
    lines = path.read_text("utf-8").splitlines()
    start = lines.index("# [[source]]")
    lines[start : start + 4] = [line.removeprefix("# ") for line in lines[start : start + 4]]
    path.write_text("\n".join(lines), "utf-8")
    (source,) = load(path, {}).sources()
    assert (source.id, source.interval) == ("example", 3600)


def test_init_never_overwrites_unless_forced(home: Path) -> None:
    before = (home / "config.toml").read_text()
    result = run("init")
    assert result.exit_code == 2
    assert "config.toml is there already and was left as it is; --force overwrites it" in result.stderr
    assert (home / "config.toml").read_text() == before
    assert "aggregator check             #" in run("init", "--force").stdout
    assert (home / "config.toml").read_text("utf-8").startswith("# What aggregator reads")
    assert run("init", "--config", "b c.toml").stdout.count("--config 'b c.toml'") == 3


def test_init_into_a_place_that_cannot_be_written_is_a_sentence(home: Path) -> None:
    result = run("init", "clips/one.md/sub")
    assert result.exit_code == 1
    assert result.stderr.startswith("aggregator: ")
    assert "one.md" in result.stderr


# ── the group ───────────────────────────────────────────────────────────────────────────────────────────────


def leaves() -> Iterator[tuple[str, click.Command]]:
    """Every command that can be called: of a group, those in it."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        inner = command.commands.items() if isinstance(command, click.Group) else ()
        yield from ((f"{name} {word}", one) for word, one in inner) if inner else [(name, command)]


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    context = click.Context(cli)
    for name, line in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert (command.help or "").splitlines()[0] == line
    for name, command in leaves():
        assert re.search(r"^\s*Examples?:$", command.help or "", re.MULTILINE), name
        assert f"aggregator {name}" in (command.help or "")
    assert cli.get_command(context, "absent") is None


def test_every_command_and_option_is_documented() -> None:
    sections = (ROOT / "docs" / "commands.md").read_text("utf-8").split("\n## ")
    shared = sections[0]
    for parameter in cli.params:
        assert any(f"`{name}" in shared or f" {name}" in shared for name in parameter.opts), parameter.name
    documented = {section.split()[0]: section for section in sections[1:]}
    assert documented.keys() == COMMANDS.keys()
    for name, command in leaves():
        for parameter in command.params:
            spelled = parameter.opts[-1] if isinstance(parameter, click.Option) else parameter.human_readable_name.upper()
            assert spelled.strip("[]") in documented[name.split()[0]], f"{name} {spelled}"
            if isinstance(parameter, click.Option):
                assert parameter.help


def test_an_unknown_command_suggests_a_known_one() -> None:
    result = run("onse")
    assert result.exit_code == 2
    assert "did you mean 'once'?" in result.stderr
    result = run("\x1b[31m")
    assert "'\\\\x1b[31m'; there are: " + ", ".join(COMMANDS) in result.stderr


def test_errors_become_sentences_with_their_exit_code() -> None:
    assert explain(ConfigError(["a:1: b", "a:2: c"])) == ("a:1: b\na:2: c", 2)
    assert explain(StoreBusy("process 7 owns the store", 7)) == ("aggregator: process 7 owns the store", 1)
    assert explain(ExceptionGroup("x", [ExceptionGroup("y", [AggregatorError("a\x1bb")])])) == ("aggregator: a\\x1bb", 1)
    message, code = explain(OSError(28, "No space left on device", "/srv/a"))
    assert (message, code) == ("aggregator: [Errno 28] No space left on device: '/srv/a'", 1)
    message, code = explain(ValueError("odd"))
    assert code == 1
    assert message.startswith("aggregator: a fault in the program: ValueError: odd")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What `aggregator init` raises: put an error in."""
    errors: list[BaseException] = []

    @click.command()
    def command() -> None:
        raise errors[0]

    monkeypatch.setattr("aggregator.cli.init.command", command)
    return errors


def test_a_traceback_is_shown_only_when_asked_for(failing: list[BaseException]) -> None:
    failing.append(AggregatorError("no"))
    assert run("init").stderr == "aggregator: no\n"
    assert isinstance(run("--debug", "init").exception, AggregatorError)
    assert isinstance(run("init", AGGREGATOR_DEBUG="1").exception, AggregatorError)


def test_ctrl_c_is_quiet(failing: list[BaseException]) -> None:
    failing.append(KeyboardInterrupt())
    result = run("init")
    assert (result.exit_code, result.output) == (130, "")


# ── real processes ──────────────────────────────────────────────────────────────────────────────────────────


def process(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *words], capture_output=True, text=True, timeout=60, check=False, **options
    )  # type: ignore[call-overload] # options of run()


def test_help_and_version_import_nothing_of_ours(tmp_path: Path) -> None:
    assert (
        process("--version", cwd=tmp_path).stdout
        == f"aggregator {tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']['version']}\n"
    )
    listed = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "aggregator", "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    imported = {line.rsplit("|", 1)[-1].strip() for line in listed.stderr.splitlines() if line.startswith("import time:")}
    assert not imported & {"pydantic", "rich", "aiohttp", "feedparser", "aggregator.app", "aggregator.config"}
    assert "Commands:" in listed.stdout


def test_a_reader_that_goes_away_ends_the_program_quietly(home: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "aggregator", "check"], stdout=write, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_closed_standard_output_is_no_fault(home: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m aggregator check >&-"], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert b"aggregator: " not in done.stderr


def test_a_terminal_that_is_not_utf_8_shows_escapes(home: Path) -> None:
    (home / "config.toml").write_text("[serve]\nport = '–'")
    done = process("check", env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 2
    assert done.stderr == 'config.toml:2: serve.port: must be a whole number (got "\\u2013")\n'


def test_on_a_terminal_a_progress_bar_comes_and_goes_on_standard_error(home: Path) -> None:
    master, slave = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen([sys.executable, "-m", "aggregator", "once"], stdout=subprocess.PIPE, stderr=slave, env=env)
    os.close(slave)
    shown = b""
    while chunk := _read(master):  # as it comes: who draws waits for a terminal that is full
        shown += chunk
    told, _ = process.communicate(timeout=60)
    os.close(master)
    assert process.returncode == 0
    assert b"1/1" in shown
    assert b"clips" in shown
    assert b"polling" not in told


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says EIO where the other side of a terminal is closed
        return b""


def test_the_daemon_logs_json_lines_and_ends_with_0_on_sigterm(home: Path) -> None:
    env = {**os.environ, "AGGREGATOR_SERVE__PORT": str(free_port())}
    daemon = subprocess.Popen([sys.executable, "-m", "aggregator", "run"], stderr=subprocess.PIPE, env=env, text=True)
    assert daemon.stderr is not None
    first = daemon.stderr.readline()
    daemon.send_signal(signal.SIGTERM)
    _, rest = daemon.communicate(timeout=15)
    assert daemon.returncode == 0, rest
    for line in [first, *rest.splitlines()]:
        assert {"event", "level", "timestamp"} <= set(json.loads(line))


def lines_of(sentence: str) -> str:
    return " ".join(sentence.split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["add"], "Error: missing argument 'URL'"),
        (["--foo"], "Error: no such option"),
        (["add", "x", "--choose", "0"], "Error: invalid value for '--choose': 0 is not in the range x>=1"),
        (["add", "my", "blog"], "Error: got unexpected extra argument (blog)"),
        (["story", "show"], "Error: missing argument 'ITEM'"),
        (["topic", "try", "(", "--days", "x"], "Error: invalid value for '--days'"),
    ],
)
def test_what_is_wrong_with_the_command_line_is_said_as_everything_else(home: Path, words: list[str], says: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert says in lines_of(result.stderr)
    assert "Try 'aggregator" in result.stderr
    assert not result.stderr.rstrip().endswith(".")


def test_every_help_begins_with_a_sentence_that_fits_into_a_list_and_shows_an_example() -> None:
    for name in COMMANDS:
        group = cli.get_command(click.Context(cli), name)
        assert group is not None
        commands = group.commands.values() if isinstance(group, click.Group) else ()
        for command in (group, *commands):
            first, _, rest = (command.help or "").partition("\n\n")
            assert first.endswith("."), name
            assert len(first) <= 70, first
            assert "Example" in rest, name
        assert (group.help or "").partition("\n")[0] == COMMANDS[name]


def test_a_mistake_on_the_command_line_says_who_speaks_and_one_in_the_file_where_it_is(home: Path) -> None:
    run("once")
    assert run("topic", "try", "(").stderr.startswith("aggregator: column 1: this parenthesis is never closed\n    (\n    ^")
    assert run("takedown", "nosuch").stderr.startswith("aggregator: 'nosuch' is neither an address")
    (home / "config.toml").write_text("[sites]\n")
    assert run("once").stderr.startswith("config.toml:1: sites: ")
