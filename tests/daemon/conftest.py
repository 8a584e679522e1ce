"""A folder with a configuration, whose daemon does not outlive its test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path)
    yield folder
    if folder.process is not None:
        folder.process.kill()
        folder.process.wait()
    folder.log.close()
