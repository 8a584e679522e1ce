"""The daemon as a process of its own: it serves, polls, does what commands ask, and ends cleanly."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
from daemon_folder import AGGREGATOR, ALL, CLIPS, Folder, get
from loopback import eventually


def test_the_daemon_polls_serves_and_watches_its_folders(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    status, headers, body = get(folder.url + "all.atom")
    assert status == 200
    assert get(folder.url + "all.atom", If_None_Match=headers["etag"])[0] == 304
    assert b"The first clip" in body
    folder.clip("second")
    eventually(lambda: folder.titles() == ["The second clip", "The first clip"])
    assert b"All" in get(folder.url)[2]
    assert folder.stop() == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_daemon_ends_within_ten_seconds_with_exit_code_0(folder: Folder, how: int) -> None:
    folder.start()
    started = time.monotonic()
    assert folder.stop(how) == 0
    assert time.monotonic() - started < 10


def test_commands_let_the_running_daemon_do_the_work(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    folder.clip("third")
    done = folder.command("once", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sources"][0]["id"] == "clips"
    assert "The third clip" in folder.titles()
    assert folder.command("poll", "clips").returncode == 0
    assert folder.command("poll", "nosuch").returncode != 0
    status = json.loads(folder.command("status", "--json").stdout)
    assert folder.process is not None
    assert status["store"]["owner"] == folder.process.pid
    folder.stop()


def test_a_takedown_is_served_at_once_by_the_running_daemon(folder: Folder) -> None:
    folder.clip("third")
    folder.start()
    eventually(lambda: len(folder.titles()) == 2)
    done = folder.command("takedown", "clips", "--yes", "--comment", "They asked")
    assert done.returncode == 0, done.stderr
    assert "clips is taken down: 2 items emptied, 2 entries removed." in done.stdout
    assert folder.titles() == []
    assert get(folder.url + "all.atom")[2].count(b"<at:comment>They asked</at:comment>") == 2
    folder.clip("fourth")
    assert '"result": "disabled"' in folder.command("once", "--json").stdout
    assert folder.titles() == []
    assert folder.command("takedown", "--undo", "clips").returncode == 0
    eventually(lambda: len(folder.titles()) == 3)
    folder.stop()


def test_a_second_daemon_exits_1_and_names_the_first(folder: Folder) -> None:
    folder.start()
    second = folder.command("run")
    assert folder.process is not None
    assert second.returncode == 1
    assert str(folder.process.pid) in second.stderr
    folder.stop()


def test_a_killed_daemon_starts_again_and_publishes_what_the_store_holds(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    before = (folder.root / "feeds" / "all.atom").read_bytes()
    folder.stop(signal.SIGKILL)
    shutil.rmtree(folder.root / "feeds")
    folder.start()
    eventually(lambda: get(folder.url + "all.atom")[2] == before)
    folder.stop()


def test_a_taken_port_is_a_sentence_and_exit_code_1(folder: Folder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", folder.port))
        taken.listen()
        done = folder.command("run")
    assert done.returncode == 1
    assert str(folder.port) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_daemon_that_dies_while_a_command_waits_is_noticed(folder: Folder) -> None:
    folder.start()
    assert folder.process is not None
    os.kill(folder.process.pid, signal.SIGSTOP)
    waiting = subprocess.Popen([*AGGREGATOR, "once"], cwd=folder.root, stderr=subprocess.PIPE, text=True)
    eventually(lambda: folder.rows("select count(*) from request") == [(1,)], 30)
    folder.stop(signal.SIGKILL)
    _, errors = waiting.communicate(timeout=30)
    assert waiting.returncode == 1
    assert "daemon ended" in errors


def test_a_store_that_is_damaged_while_the_daemon_runs_ends_it_and_the_next_start_mends_it(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    eventually(lambda: any((folder.root / "aggregator.db.snapshots").glob("*.db")))
    store = folder.root / "aggregator.db"
    with sqlite3.connect(store) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    db.close()
    with store.open("r+b") as file:
        file.seek(4096)  # all but the first page, which holds the schema
        file.write(b"\xa5" * (store.stat().st_size - 4096))
    folder.clip("second")
    assert folder.process is not None
    assert folder.process.wait(30) == 1
    assert folder.logged("the store cannot be used any more")
    assert b"malformed" in folder.said().splitlines()[-1]
    folder.start()
    eventually(lambda: folder.titles() == ["The second clip", "The first clip"])
    assert folder.stop() == 0


def test_a_start_that_cannot_publish_serves_what_was_published_and_tries_again(folder: Folder) -> None:
    folder.start()
    eventually(lambda: folder.titles() == ["The first clip"])
    assert folder.stop() == 0
    taken = folder.root / "feeds" / "index.html"
    taken.unlink()
    (taken / "by").mkdir(parents=True)  # no file can take a folder's place, whoever asks
    folder.configure(CLIPS + ALL + 'title = "Anew"\n')
    folder.start()
    assert "index.html cannot be replaced" in folder.logged("publish failed")[0]["error"]
    assert b"The first clip" in get(folder.url + "all.rss")[2]
    (taken / "by").rmdir()
    taken.rmdir()
    eventually(lambda: b"Anew" in get(folder.url)[2], 90)
    assert folder.stop() == 0


def test_a_start_that_cannot_publish_anything_fails(folder: Folder) -> None:
    (folder.root / "feeds").write_text("a file")
    ended = folder.command("run")
    assert ended.returncode == 1
    assert "feeds" in ended.stderr
