"""Aggregates over ranges of sorted arrays: the arithmetic under the point-in-time engine."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
Values = npt.NDArray[Any]

PAIRS_AT_ONCE = 4_000_000
"""Bounds the memory of pairwise work: about 100 MB."""

UFUNCS: dict[str, Any] = {"sum": np.add, "min": np.minimum, "max": np.maximum, "last": np.maximum}
"""``last`` is the largest position: positions are in order of event time and id."""


def reduce_ranges(kind: str, values: Values, first: Positions, end: Positions) -> Values:
    """Reduce ``values[first[i]:end[i]]`` for each i.

    Args:
        kind: Of `UFUNCS`.
        values: Shape (n,).
        first: Shape (m,).
        end: Shape (m,); a range is empty where it is not after ``first``.

    Returns:
        Shape (m,); zero for empty ranges.

    >>> reduce_ranges("max", np.array([3, 1, 2]), np.array([1, 0, 2]), np.array([3, 1, 2])).tolist()
    [2, 3, 0]
    """
    result = np.zeros(len(first), dtype=values.dtype)
    # In order of their start, so that what reduceat computes between two ranges adds up to one pass.
    order = np.argsort(first, kind="stable")
    order = order[end[order] > first[order]]
    if len(order):
        edges = np.column_stack([first[order], end[order]]).ravel()
        # One more value, for ranges that go up to the end.
        result[order] = UFUNCS[kind].reduceat(np.append(values, values[-1:]), edges)[::2]
    return result


def combine(kind: str, left: Values, left_count: Positions, right: Values, right_count: Positions) -> Values:
    """Combine two partial results of the same labels; a count of 0 marks an empty one."""
    both = UFUNCS[kind](left, right)
    return np.where(left_count == 0, right, np.where(right_count == 0, left, both))


def matching_pairs(
    first: Positions, end: Positions, matches: Callable[[Positions, Positions], npt.NDArray[np.bool_]]
) -> tuple[Positions, Positions, Positions]:
    """Positions in each range that match, written one range after the other.

    Args:
        first: Shape (m,).
        end: Shape (m,).
        matches: Given equally long arrays of range numbers and positions, says which to keep.

    Returns:
        The positions kept, and where those of each range start and end among them, shape (m,) each.
    """
    lengths = np.maximum(end - first, 0)
    kept: list[Positions] = []
    counts = np.zeros(len(first), dtype=np.int64)
    reached = np.cumsum(lengths)
    start = 0
    while start < len(first):
        before = reached[start - 1] if start else 0
        stop = max(int(np.searchsorted(reached, before + PAIRS_AT_ONCE, side="right")), start + 1)
        ranges = np.repeat(np.arange(start, stop), lengths[start:stop])
        offsets = np.arange(len(ranges)) - np.repeat(
            reached[start:stop] - lengths[start:stop] - before, lengths[start:stop]
        )
        positions = first[ranges] + offsets
        chosen = matches(ranges, positions)
        kept.append(positions[chosen])
        counts += np.bincount(ranges[chosen], minlength=len(first))
        start = stop
    ends = np.cumsum(counts)
    return np.concatenate(kept) if kept else np.zeros(0, dtype=np.int64), ends - counts, ends
