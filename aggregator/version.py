"""The version, read from the installed package: pyproject.toml is the one place where it is written."""

from functools import cache
from importlib.metadata import version as installed


@cache
def version() -> str:
    """Such as `0.1.0`. Looked up once: it takes a search of all that is installed."""
    return installed("aggregator")
