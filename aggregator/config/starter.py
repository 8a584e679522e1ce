"""The configuration to start from: what `aggregator init` writes, and what an import fills."""

from pathlib import Path

STARTER = Path(__file__).with_name("starter.toml")
