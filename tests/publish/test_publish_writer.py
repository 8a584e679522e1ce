"""Replacing files: whole, only when they differ, and never to the loss of what was there."""

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.errors import PublishError
from aggregator.publish.writer import Writer


def test_equal_bytes_touch_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "feeds")
    assert writer.replace("a.atom", b"one") is True
    os.utime(tmp_path / "feeds" / "a.atom", ns=(1, 1))
    assert writer.replace("a.atom", b"one") is False
    assert (tmp_path / "feeds" / "a.atom").stat().st_mtime_ns == 1
    assert writer.replace("a.atom", b"two") is True
    assert (tmp_path / "feeds" / "a.atom").read_bytes() == b"two"


def test_a_file_can_be_read_by_other_users_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        Writer(tmp_path).replace("a.atom", b"one")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.atom").stat().st_mode) == 0o644


def test_a_reader_of_the_old_file_keeps_reading_the_old_bytes(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.replace("a.atom", b"old")
    with (tmp_path / "a.atom").open("rb") as reader:
        writer.replace("a.atom", b"a new and longer one")
        assert reader.read() == b"old"


def test_removing_tells_whether_there_was_something(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.replace("a.atom", b"")
    assert (writer.remove("a.atom"), writer.remove("a.atom"), writer.remove("a.atom/b")) == (True, False, False)


@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "", "a//b", ".hidden", "a/.b", "a\0b", "a\\b", "a/"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    writer = Writer(tmp_path / "feeds")
    for refused in (lambda: writer.replace(name, b""), lambda: writer.remove(name)):
        with pytest.raises(PublishError, match="not a name"):
            refused()
    assert sorted(tmp_path.rglob("*")) == []


def test_a_directory_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_text("x")
    with pytest.raises(PublishError, match="feeds cannot be used to publish into: File exists"):
        Writer(tmp_path / "feeds").ready()


KILLED = """
import os, signal, sys
from pathlib import Path
from aggregator.publish.writer import Writer
writer = Writer(Path(sys.argv[1]))
writer.ready()
writer.replace("a/1.atom", b"old")
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
writer.replace("a/1.atom", b"new and longer")
"""


def test_what_a_killed_process_left_over_goes_when_the_next_one_is_ready(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.rglob(".*")] != []
    Writer(tmp_path).ready()
    assert {path.name: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == {"a": False, "1.atom": b"old"}


def test_left_overs_are_looked_for_once_and_in_no_other_folder(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.ready()
    (tmp_path / "a").mkdir()
    strangers = [tmp_path / ".publishing-now", tmp_path / "a" / ".publishing-there"]
    for stranger in strangers:
        stranger.touch()
    writer.ready()
    assert all(stranger.exists() for stranger in strangers)
    Writer(tmp_path).ready()
    assert [stranger.exists() for stranger in strangers] == [False, True]


def test_a_change_anywhere_in_a_large_file_is_seen(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    body = bytearray(200_000)
    writer.replace("a.atom", bytes(body))
    for place in (0, 65_535, 65_536, 199_999):
        body[place] = 1
        assert writer.replace("a.atom", bytes(body)) is True
        assert writer.replace("a.atom", bytes(body)) is False


def test_a_folder_in_the_place_of_a_file_is_one_sentence_and_no_temporary_stays(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    (tmp_path / "a.atom" / "sub").mkdir(parents=True)
    with pytest.raises(PublishError, match=r"a\.atom cannot be replaced: Is a directory"):
        writer.replace("a.atom", b"x")
    with pytest.raises(PublishError, match=r"a\.atom cannot be removed"):
        writer.remove("a.atom")
    assert [path.name for path in tmp_path.iterdir()] == ["a.atom"]


def test_a_full_disk_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    # A limit on file size gives the same failure in the middle of a write as a full disk does, without being root.
    writer = Writer(tmp_path)
    writer.replace("a.atom", b"old")
    code = f"""
import resource, signal
from pathlib import Path
from aggregator.errors import PublishError
from aggregator.publish.writer import Writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    Writer(Path({str(tmp_path)!r})).replace("a.atom", b"x" * 5000)
except PublishError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f"a.atom cannot be replaced: {os.strerror(errno.EFBIG)}; what was published there stays" in told
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.atom": b"old"}
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission_is_one_sentence(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "feeds")
    (tmp_path / "feeds").chmod(0o500)
    try:
        with pytest.raises(PublishError, match="Permission denied"):
            writer.replace("a.atom", b"x")
    finally:
        (tmp_path / "feeds").chmod(0o700)


def test_a_directory_that_went_away_is_made_again(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "feeds")
    writer.ready()
    (tmp_path / "feeds").rmdir()
    assert writer.replace("a.atom", b"x") is True
