"""What the daemon logs: lines for people on a terminal, JSON elsewhere, and never what a stranger wants the terminal to do."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from aggregator import logs, printable

HOSTILE = "a\x1b[2Jb\nforged: line\u202e\x9bc"


def broken() -> None:
    raise ValueError(HOSTILE)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_elsewhere_than_on_a_terminal_each_record_is_a_line_of_json() -> None:
    stream = StringIO()
    logs.configure(stream=stream)
    structlog.get_logger().info(
        "polled", source="lwn", new=3, address=HOSTILE, nested={"a\x1b": [HOSTILE, None, 1.5]}, other=ValueError("x\x1b")
    )
    logging.getLogger("uvicorn").warning("odd request %s", HOSTILE)
    structlog.get_logger().debug("not shown")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["event"] == "polled"
    assert (first["level"], first["source"], first["new"]) == ("info", "lwn", 3)
    assert first["timestamp"].endswith("Z")
    assert first["address"] == "a\\x1b[2Jb forged: line\\u202e\\x9bc"
    assert first["nested"] == {"a\\x1b": [first["address"], None, 1.5]}
    assert first["other"] == "x\\x1b"
    assert second["event"] == f"odd request {first['address']}"


def test_a_traceback_is_kept_and_harmless() -> None:
    stream = StringIO()
    logs.configure(stream=stream)
    try:
        broken()
    except ValueError:
        structlog.get_logger().exception("failed")
    record = json.loads(stream.getvalue())
    assert record["exception"].startswith("Traceback (most recent call last):\n")
    assert "\\x1b[2Jb" in record["exception"]
    assert "\x1b" not in record["exception"]


def test_a_terminal_gets_coloured_lines_without_the_escapes_of_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    logs.configure(debug=True, stream=stream)
    structlog.get_logger().debug("polled", title=HOSTILE)
    assert "polled" in stream.getvalue()
    assert "\x1b[" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()
    assert "\nforged" not in stream.getvalue()


def test_no_color_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    logs.configure(stream=stream)
    try:
        broken()
    except ValueError:
        structlog.get_logger().exception("failed", title=HOSTILE)
    assert "\x1b" not in stream.getvalue()
    assert "Traceback" in stream.getvalue()


@given(st.text(st.characters(), max_size=50))
def test_printable_text_is_stable_and_can_be_encoded(text: str) -> None:
    line = printable.line(text)
    assert printable.line(line) == line
    assert "\n" not in line
    assert printable.lines(text).count("\n") == text.count("\n")
    line.encode()


def test_an_invisible_character_beyond_16_bits_is_written_as_json_writes_it() -> None:
    assert printable.json_text('"\U000e0041"') == '"\\udb40\\udc41"'
    assert printable.line("\U000e0041") == "\\U000e0041"


@given(st.text(st.characters(), max_size=50))
def test_json_text_reads_back_as_the_same_value(text: str) -> None:
    document = printable.json_text(json.dumps(text, ensure_ascii=False))
    assert json.loads(document) == text
    assert printable.line(document) == document
