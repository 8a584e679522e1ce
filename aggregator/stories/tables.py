"""Key → items, small: most keys lead to one item, whose number stands for itself; the others to a sorted array."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Held: TypeAlias = "int | array[int]"


class Table:
    """Sorted numbers by key. What it holds depends on what was added, not on the order."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}

    def add(self, keys: Iterable[int], number: int) -> None:
        """Note a number (32 bits) under keys that do not hold it yet."""
        table = self._held
        for key in keys:
            held = table.get(key)
            if held is None:
                table[key] = number
            elif isinstance(held, int):
                table[key] = array("I", (held, number) if held < number else (number, held))
            elif number > held[-1]:
                held.append(number)
            else:
                held.insert(bisect_left(held, number), number)

    def discard(self, keys: Iterable[int], number: int) -> None:
        """Take a number out from under keys that hold it."""
        table = self._held
        for key in keys:
            held = table[key]
            if isinstance(held, int):
                del table[key]
            else:
                del held[bisect_left(held, number)]
                if len(held) == 1:
                    table[key] = held[0]

    def get(self, key: int) -> Sequence[int]:
        """The numbers of a key, ascending."""
        held = self._held.get(key)
        return () if held is None else (held,) if isinstance(held, int) else held

    def count(self, keys: Iterable[int]) -> list[int]:
        """How many numbers each key holds."""
        return [0 if held is None else 1 if isinstance(held, int) else len(held) for held in map(self._held.get, keys)]

    def newest(self, keys: Iterable[int], each: int, enough: int) -> list[int]:
        """The greatest numbers of the keys, at most so many of `each`, key by key until there are more than `enough`."""
        found: list[int] = []
        for held in map(self._held.get, keys):
            if held is None:
                continue
            if isinstance(held, int):
                found.append(held)
            else:
                found += held[-each:]
            if len(found) > enough:
                break
        return found
