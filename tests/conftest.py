"""Fixtures that every folder of tests may use."""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the program.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The test material beside the checkout: corpus, hostile documents, schemas. Skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared test material is not at {SHARED}")
    return SHARED


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Take away what processes that tests kill leave of their coverage, before all of it is put together.

    Combined, a damaged file can spoil all others: of 40 damaged at random 18 did.
    """
    result = yield
    if not hasattr(session.config, "workerinput"):
        for file in session.config.rootpath.glob(".coverage.*"):
            if not _is_whole(file):
                file.unlink()
    return result


def _is_whole(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file)) as db:
            sound = db.execute("pragma integrity_check").fetchone() == ("ok",)
            return sound and db.execute("select 1 from coverage_schema").fetchone() is not None
    except sqlite3.Error:
        return False
