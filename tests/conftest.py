"""Fixtures that every folder of tests may use."""

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
