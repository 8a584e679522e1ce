"""Files and folders: only below the roots, only regular ones, unread when unchanged."""

import asyncio
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.errors import FetchError, TooLarge
from aggregator.fetch.disk import matches, path_of
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.limits import Limits
from aggregator.model import Document, Request


async def read(root: Path, request: Request, **limits: object) -> list[Document | FetchError]:
    async with Fetcher(user_agent="t/1", roots=[root], limits=Limits(**limits)) as fetcher:
        return [answer async for answer in fetcher.fetch(request)]


def folder(path: Path, *patterns: str, **more: object) -> Request:
    return Request(url=path.as_uri(), patterns=patterns, **more)


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


async def test_a_folder_gives_its_matching_files_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "a.MD", "c.txt", "sub/deep/d.md", "sub/e.md", "ä b.md", "x.py")
    answers = await read(tmp_path, folder(tmp_path, "**/*.md", "*.txt"))
    assert [answer.body.decode() for answer in answers] == ["a.MD", "b.md", "c.txt", "sub/deep/d.md", "sub/e.md", "ä b.md"]
    assert answers[0].url == (tmp_path / "a.MD").as_uri()
    assert answers[-1].url.endswith("/%C3%A4%20b.md")
    assert {answer.status for answer in answers} == {200}


async def test_a_folder_without_patterns_gives_all_but_hidden_and_unfinished_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.md",
        ".hidden",
        ".git/config",
        "a.md~",
        "#a.md#",
        ".#a.md",
        "a.md.swp",
        "~$a.docx",
        "a.crdownload",
        "b.part",
        "c.tmp",
    )
    assert [answer.body.decode() for answer in await read(tmp_path, folder(tmp_path))] == ["a.md"]


async def test_an_unchanged_file_comes_as_304_unread_and_a_changed_one_whole(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md")
    first = await read(tmp_path, folder(tmp_path))
    known = {answer.url: answer.etag for answer in first}
    (tmp_path / "b.md").write_text("B.md")
    second = await read(tmp_path, folder(tmp_path, known_files=known))
    assert [(answer.status, answer.body) for answer in second] == [(304, b""), (200, b"B.md")]
    assert second[0].etag == first[0].etag
    assert second[1].etag != first[1].etag


async def test_a_file_that_was_replaced_by_one_of_the_same_size_and_time_is_read(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    (before,) = await read(tmp_path, folder(tmp_path))
    times = (tmp_path / "a.md").stat()
    (tmp_path / "new").write_text("A.md")
    os.utime(tmp_path / "new", ns=(times.st_atime_ns, times.st_mtime_ns))
    (tmp_path / "new").replace(tmp_path / "a.md")
    (after,) = await read(tmp_path, folder(tmp_path, known_files={before.url: before.etag}))
    assert after.body == b"A.md"


async def test_a_single_file_is_read_and_known_by_its_etag(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    request = Request(url=(tmp_path / "a.md").as_uri())
    (first,) = await read(tmp_path, request)
    assert first.body == b"a.md"
    (second,) = await read(tmp_path, Request(url=request.url, etag=first.etag))
    assert second.not_modified
    (third,) = await read(tmp_path / "a.md", request)  # the root may be the file itself
    assert third.body == b"a.md"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "file://localhost/etc/passwd", "file:///", "FILE:///etc"])
async def test_what_lies_outside_the_roots_is_refused(url: str, tmp_path: Path) -> None:
    (error,) = await read(tmp_path, Request(url=url))
    assert error.reason == "outside"


async def test_dots_do_not_lead_out_and_a_name_that_starts_alike_is_not_below(tmp_path: Path) -> None:
    write(tmp_path, "in/a.md", "inside/secret", "secret")
    for path in ("in/../secret", "inside/secret", "in/%2e%2e/secret"):
        (error,) = await read(tmp_path / "in", Request(url=f"{tmp_path.as_uri()}/{path}"))
        assert error.reason == "outside"


@pytest.mark.parametrize("url", ["file://host/etc/passwd", "file:relative", "file:///a%00b", "file:"])
async def test_an_address_of_no_file_of_ours_is_a_bad_url(url: str, tmp_path: Path) -> None:
    (error,) = await read(tmp_path, Request(url=url))
    assert error.reason == "bad-url"


async def test_a_symlink_that_leads_out_is_one_error_and_one_that_stays_is_followed(tmp_path: Path) -> None:
    write(tmp_path, "root/a.md", "outside/secret.md")
    root = tmp_path / "root"
    (root / "b.md").symlink_to(tmp_path / "outside/secret.md")
    (root / "c.md").symlink_to(root / "a.md")
    (root / "d.md").symlink_to(root / "nowhere")
    (root / "e.md").symlink_to(root / "e.md")
    (root / "folder").symlink_to(tmp_path / "outside")
    answers = await read(root, folder(root))
    assert [getattr(answer, "reason", None) or answer.body for answer in answers] == [
        b"root/a.md",
        "outside",
        b"root/a.md",
        "unreadable",
        "unreadable",
    ]
    assert "b.md" in str(answers[1])


async def test_a_root_that_is_a_symlink_itself_is_the_users_choice(tmp_path: Path) -> None:
    write(tmp_path, "real/a.md")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    (answer,) = await read(link, folder(link))
    assert answer.body == b"real/a.md"
    assert answer.url == (link / "a.md").as_uri()


async def test_what_is_no_regular_file_is_an_error_and_never_waited_for(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    os.mkfifo(tmp_path / "fifo.md")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket.md"))
    started = time.monotonic()
    answers = await read(tmp_path, folder(tmp_path))
    listener.close()
    assert time.monotonic() - started < 1
    assert [getattr(answer, "reason", None) or answer.body for answer in answers] == [b"a.md", "not-a-file", "unreadable"]
    (error,) = await read(Path("/dev"), Request(url="file:///dev/zero"))
    assert error.reason == "not-a-file"


async def test_a_missing_or_unreadable_folder_is_one_error(tmp_path: Path) -> None:
    (error,) = await read(tmp_path, folder(tmp_path / "none"))
    assert error.reason == "unreadable"
    assert str(tmp_path / "none") in str(error)


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of ours, read by a user who is not root."""
    path = Path(tempfile.mkdtemp()).resolve()
    path.chmod(0o755)
    yield path
    if os.getuid() == 0:
        os.seteuid(0)
    shutil.rmtree(path)


async def test_what_this_user_may_not_read_is_named_and_the_rest_comes(unprivileged: Path) -> None:
    write(unprivileged, "a.md", "b.md", "closed/c.md", "d.md")
    (unprivileged / "b.md").chmod(0)
    (unprivileged / "closed").chmod(0)
    if os.getuid() == 0:
        os.seteuid(65534)
    answers = await read(unprivileged, folder(unprivileged))
    (closed,) = await read(unprivileged, folder(unprivileged / "closed"))
    (inside,) = await read(unprivileged, folder(unprivileged / "closed" / "c.md"))
    if os.getuid() == 0:
        os.seteuid(0)
    (unprivileged / "closed").chmod(0o700)
    assert [getattr(answer, "reason", None) or answer.body for answer in answers] == [
        b"a.md",
        "unreadable",
        "unreadable",
        b"d.md",
    ]
    assert "b.md cannot be read: permission denied; let this user read it" in str(answers[1])
    assert closed.reason == "unreadable"
    assert inside.reason == "unreadable"


async def test_a_file_above_the_limit_is_an_error_and_so_is_one_that_lies_about_its_size(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"x" * 101)
    (tmp_path / "b.md").write_bytes(b"x" * 100)
    answers = await read(tmp_path, folder(tmp_path), decoded=100)
    assert isinstance(answers[0], TooLarge)
    assert len(answers[1].body) == 100
    (error,) = await read(Path("/proc"), Request(url="file:///proc/self/smaps"), decoded=100)  # stat says 0 bytes
    assert isinstance(error, TooLarge)


async def test_a_folder_of_too_many_files_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, *(f"{number}.md" for number in range(11)))
    (error,) = await read(tmp_path, folder(tmp_path), files=10)
    assert isinstance(error, TooLarge)


async def test_many_files_come_in_batches_and_reading_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    write(tmp_path, *(f"{number:04}.md" for number in range(300)))
    longest, last = 0.0, time.monotonic()

    async def beat() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.001)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()

    beating = asyncio.create_task(beat())
    answers = await read(tmp_path, folder(tmp_path))
    beating.cancel()
    assert [answer.body.decode() for answer in answers] == [f"{number:04}.md" for number in range(300)]
    assert longest < 0.5


async def test_a_name_that_is_not_utf8_is_read(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.md")
    path.write_bytes(b"latin")
    (answer,) = await read(tmp_path, folder(tmp_path, "*.md"))
    assert answer.body == b"latin"
    assert answer.url.endswith("/caf%E9.md")
    assert path_of(answer.url) == path


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("a.md", "*.md", True),
        ("s/a.md", "*.md", False),
        ("s/a.md", "**/*.md", True),
        ("a.md", "**/*.md", True),
        ("s/t/a.md", "s/**/a.md", True),
        ("s/t/a.md", "s/*/a.md", True),
        ("s/t/u/a.md", "s/*/a.md", False),
        ("a.md", "a.md/b", False),
        ("s/a.md", "**", True),
        ("a1.md", "a[0-9].md", True),
    ],
)
def test_globs_match_component_by_component(path: str, pattern: str, expected: bool) -> None:
    assert matches(path.split("/"), pattern.split("/")) is expected
