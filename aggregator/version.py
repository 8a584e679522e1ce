"""The version, read from the installed package: pyproject.toml is the one place where it is written."""

from importlib.metadata import version as installed


def version() -> str:
    """Such as `0.1.0`."""
    return installed("aggregator")
