"""What a person decides about stories: an item out of its story, or into another one. Its copies go with it.

    split(memory, apart, pk), join(memory, apart, pk, story) → Change, carried out in the memory and in `apart`

`apart` holds the pairs that are never to be joined again, from both sides.
"""

from collections.abc import Mapping, Sequence

from aggregator.stories.memory import Item, Memory
from aggregator.stories.telling import Change

Apart = dict[int, set[int]]


def set_apart(apart: Apart, pair: tuple[int, int]) -> None:
    """Note that two items are kept apart."""
    first, second = pair
    apart.setdefault(first, set()).add(second)
    apart.setdefault(second, set()).add(first)


def split(memory: Memory, apart: Apart, pk: int) -> Change:
    """Take an item out of its story, for ever. The others go on under the next oldest of them."""
    item = memory.items.get(pk)
    leaving = {pk} | _copies(memory, pk)
    others = [] if item is None else [other for other in memory.of(item.story) if other.pk not in leaving]
    if item is None or not others:
        return Change()
    pairs = frozenset((min(one, other.pk), max(one, other.pk)) for one in leaving for other in others)
    for pair in pairs:
        set_apart(apart, pair)
    moved = dict.fromkeys(leaving, pk)
    if item.story in leaving:
        moved |= dict.fromkeys((other.pk for other in others), _eldest(others))
    return Change(moved=moved, copies=_move(memory, moved), apart=pairs)


def join(memory: Memory, apart: Apart, pk: int, story: int) -> Change:
    """Put an item into a story, whatever the rules say; undoes a split of the two."""
    item = memory.items.get(pk)
    if item is None or story not in memory.members or item.story == story:
        return Change()
    leaving = {pk} | _copies(memory, pk)
    members = set(memory.members[story])
    together = frozenset((min(one, other), max(one, other)) for one in leaving for other in apart.get(one, set()) & members)
    for first, second in together:
        apart[first].discard(second)
        apart[second].discard(first)
    moved = dict.fromkeys(leaving, story)
    others = [other for other in memory.of(item.story) if other.pk not in leaving]
    if item.story in leaving and others:
        moved |= dict.fromkeys((other.pk for other in others), _eldest(others))
    return Change(moved=moved, copies=_move(memory, moved), together=together)


def _copies(memory: Memory, pk: int) -> set[int]:
    item = memory.items.get(pk)
    return set() if item is None else {other.pk for other in memory.of(item.story) if other.copy_of == pk}


def _move(memory: Memory, moved: Mapping[int, int]) -> Mapping[int, int | None]:
    """Returns which items are copies of nothing any more: what they were copies of is in another story."""
    for pk, story in moved.items():
        memory.move(pk, story, memory.items[pk].copy_of)
    copies: dict[int, int | None] = {}
    for pk in moved:
        original = memory.items[pk].copy_of
        if original is not None and original in memory.items and memory.items[original].story != memory.items[pk].story:
            memory.move(pk, memory.items[pk].story, None)
            copies[pk] = None
    return copies


def _eldest(items: Sequence[Item]) -> int:
    return min(items, key=lambda item: (item.dated, item.pk)).pk
