"""What the tests of health share: a project under a clock that they move, and a publisher that does what they say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from health_project import HealthProject, Publisher
from pytest_httpserver import HTTPServer


@pytest.fixture
def project(tmp_path: Path) -> Iterator[HealthProject]:
    project = HealthProject(tmp_path)
    yield project
    project.close()


@pytest.fixture
def site(httpserver: HTTPServer) -> Publisher:
    return Publisher(httpserver)
