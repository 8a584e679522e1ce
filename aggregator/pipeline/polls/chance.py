"""The one place where polls are left to chance: it spreads load, and decides nothing else."""

import random


def chance() -> float:
    """Any number from 0 to 1, 1 excluded."""
    return random.random()  # noqa: S311 - nobody gains by guessing it
