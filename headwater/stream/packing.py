"""Puts what goes to a service into calls that the service takes."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def parts(
    items: Iterable[Item], size_of: Callable[[Item], int], *, most_bytes: int, most_items: int
) -> Iterator[list[Item]]:
    """Divide items, in their order, into parts that fit; what is too large by itself is a part of its own.

    >>> list(parts(["aa", "b", "cccc", "d"], len, most_bytes=3, most_items=2))
    [['aa', 'b'], ['cccc'], ['d']]
    """
    part: list[Item] = []
    size = 0
    for item in items:
        taken = size_of(item)
        if part and (size + taken > most_bytes or len(part) == most_items):
            yield part
            part, size = [], 0
        part.append(item)
        size += taken
    if part:
        yield part
