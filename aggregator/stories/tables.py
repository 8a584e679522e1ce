"""Key → items, small: most keys lead to one item, which a tuple holds in half the memory of a list."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence


class Table:
    """Sorted numbers by key. `seen` may be read from outside; what it holds depends on what was added, not on the order."""

    def __init__(self) -> None:
        self.seen: dict[int, Sequence[int]] = {}

    def add(self, key: int, number: int) -> None:
        """Note a number (32 bits) that the key does not hold yet."""
        held = self.seen.get(key)
        if held is None:
            self.seen[key] = (number,)
        elif isinstance(held, array):
            held.insert(len(held) if number > held[-1] else bisect_left(held, number), number)
        else:
            self.seen[key] = array("I", sorted((*held, number)))

    def add_all(self, keys: Iterable[int], number: int) -> None:
        """Note a number under many keys, each once."""
        table = self.seen
        for key in keys:
            held = table.get(key)
            if held is None:
                table[key] = (number,)
            elif type(held) is array and number > held[-1]:
                held.append(number)
            else:
                self.add(key, number)

    def discard(self, key: int, number: int) -> None:
        """Take out a number that the key holds."""
        held = self.seen[key]
        if len(held) == 1:
            del self.seen[key]
        elif isinstance(held, array):
            del held[bisect_left(held, number)]

    def get(self, key: int) -> Sequence[int]:
        """The numbers of a key, ascending."""
        return self.seen.get(key, ())
