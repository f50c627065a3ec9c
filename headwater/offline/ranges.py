"""Aggregates over ranges of sorted arrays: the arithmetic under the point-in-time engine.

A range is cut into blocks of sizes 1, 64, 4,096 and so on, at most 126 of each, so that a long window
costs little more than a short one. Blocks are reduced as tiles are merged: never by a difference
of running totals, which loses the small window behind the large total.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
Values = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

PAIRS_AT_ONCE = 4_000_000
"""Bounds the memory of pairwise work: about 100 MB."""

_RADIX_BITS = 6
_SHORT = 100
"""Ranges of this mean length are reduced as they are."""

_UFUNCS: dict[str, Any] = {"sum": np.add, "min": np.minimum, "max": np.maximum}


class Part(NamedTuple):
    """For each label, a range of a list of positions.

    Attributes:
        positions: Positions in the sorted events, ascending within each range; None: every position.
        first: Shape (m,).
        end: Shape (m,); a range is empty where it is not after ``first``.
    """

    positions: Positions | None
    first: Positions
    end: Positions

    @property
    def lengths(self) -> Positions:
        """How many positions each label has."""
        found: Positions = np.maximum(self.end - self.first, 0)
        return found

    def of(self, values: Values) -> Values:
        """Values in the order of this part's positions."""
        return values if self.positions is None else values[self.positions]

    def at(self, place: Positions) -> Positions:
        """Positions that stand at some places of the list."""
        return place if self.positions is None else self.positions[place]


def reduce_ranges(kind: str, values: Values, first: Positions, end: Positions) -> Values:
    """Reduce ``values[first[i]:end[i]]`` for each i by ``sum``, ``min`` or ``max``.

    Args:
        kind: Which.
        values: Shape (n,).
        first: Shape (m,); quickest in ascending order.
        end: Shape (m,); a range is empty where it is not after ``first``.

    Returns:
        Shape (m,); zero for empty ranges.

    >>> reduce_ranges("max", np.array([3, 1, 2]), np.array([1, 0, 2]), np.array([3, 1, 2])).tolist()
    [2, 3, 0]
    """
    ufunc, identity = _UFUNCS[kind], _identity(kind, values.dtype)
    low, high = first, np.maximum(end, first)
    result: Values = np.full(len(first), identity, dtype=values.dtype)
    if not len(first) or float((high - low).mean()) <= _SHORT:
        result = _reduce_each(ufunc, values, low, high, identity)
        low = high
    while (high > low).any():
        # Up to where the next larger blocks begin, and from where they end.
        inner_low = np.minimum(((low - 1) >> _RADIX_BITS) + 1 << _RADIX_BITS, high)
        inner_high = np.maximum(high >> _RADIX_BITS << _RADIX_BITS, inner_low)
        for start, stop in ((low, inner_low), (inner_high, high)):
            result = ufunc(result, _reduce_each(ufunc, values, start, stop, identity))
        # An empty inside may end anywhere; it stays empty.
        low, high = inner_low >> _RADIX_BITS, np.where(inner_high > inner_low, inner_high, 0) >> _RADIX_BITS
        whole = len(values) >> _RADIX_BITS
        values = ufunc.reduce(values[: whole << _RADIX_BITS].reshape(whole, 1 << _RADIX_BITS), axis=1)
    result[end <= first] = 0
    return result


def _identity(kind: str, dtype: Any) -> Any:
    if kind == "sum":
        return dtype.type(0)
    limits = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return limits.max if kind == "min" else limits.min


def _reduce_each(ufunc: Any, values: Values, first: Positions, end: Positions, identity: Any) -> Values:
    """Reduce ranges as they are; ``identity`` for empty ones."""
    if not len(first) or not len(values):
        return np.full(len(first), identity, dtype=values.dtype)
    # One more value, for ranges that go up to the end. In order of their start, what reduceat computes
    # between two ranges adds up to one pass.
    padded = np.append(values, values[-1:])
    edges = np.empty(2 * len(first), dtype=np.int64)
    if (first[1:] >= first[:-1]).all():
        edges[::2], edges[1::2] = first, end
        result: Values = ufunc.reduceat(padded, edges)[::2]
    else:
        order = np.argsort(first, kind="stable")
        edges[::2], edges[1::2] = first[order], end[order]
        result = np.empty(len(first), dtype=values.dtype)
        result[order] = ufunc.reduceat(padded, edges)[::2]
    result[end <= first] = identity
    return result


def whole_sums(values: Values, first: Positions, end: Positions) -> Values:
    """Sum integers over ranges: differences of running totals, which are exact for them, shape (m,)."""
    total = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(values, dtype=np.int64)])
    return np.where(end > first, total[end] - total[first], 0)


class Moments(NamedTuple):
    """Counts, means and sums of squared deviations, shape (m,) each."""

    n: Values
    mean: Values
    m2: Values


def merge_moments(left: Moments, right: Moments) -> Moments:
    """Chan, Golub and LeVeque (1979), as `headwater.aggregates` merges two states; either may be empty."""
    n = left.n + right.n
    delta = right.mean - left.mean
    divisor = np.maximum(n, 1)
    mean = left.mean + delta * right.n / divisor
    m2 = left.m2 + right.m2 + delta * delta * left.n * right.n / divisor
    return Moments(
        n,
        np.where(left.n == 0, right.mean, np.where(right.n == 0, left.mean, mean)),
        np.where(left.n == 0, right.m2, np.where(right.n == 0, left.m2, m2)),
    )


def moments_of_ranges(values: Values, first: Positions, end: Positions) -> Moments:
    """Moments of ``values[first[i]:end[i]]`` for each i, merged from blocks of 1, 2, 4 and so on."""
    zeros = np.zeros(len(first))
    result = Moments(zeros, zeros, zeros)
    blocks = Moments(np.ones(len(values)), values.astype(np.float64), np.zeros(len(values)))
    low, high = first.copy(), np.maximum(end, first)
    while (high > low).any():
        odd = (low < high) & (low % 2 == 1)
        result = _merge_some(result, blocks, odd, low)
        low = low + odd
        odd = (low < high) & (high % 2 == 1)
        result = _merge_some(result, blocks, odd, high - 1)
        high = high - odd
        low, high = low // 2, high // 2
        pairs = len(blocks.n) // 2
        left = Moments(*(array[: 2 * pairs : 2] for array in blocks))
        right = Moments(*(array[1 : 2 * pairs : 2] for array in blocks))
        blocks = merge_moments(left, right)
    return result


def _merge_some(result: Moments, blocks: Moments, chosen: Mask, place: Positions) -> Moments:
    if not chosen.any():
        return result
    at = place[chosen]
    merged = merge_moments(
        Moments(*(array[chosen] for array in result)), Moments(*(array[at] for array in blocks))
    )
    updated = Moments(*(array.copy() for array in result))
    for array, part in zip(updated, merged, strict=True):
        array[chosen] = part
    return updated


def matching_pairs(
    first: Positions, end: Positions, matches: Callable[[Positions, Positions], Mask]
) -> tuple[Positions, Positions, Positions]:
    """Places in each range that match, written one range after the other.

    Args:
        first: Shape (m,).
        end: Shape (m,).
        matches: Given equally long arrays of range numbers and places, says which to keep.

    Returns:
        The places kept, and where those of each range start and end among them, shape (m,) each.
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
        places = first[ranges] + offsets
        chosen = matches(ranges, places)
        kept.append(places[chosen])
        counts += np.bincount(ranges[chosen], minlength=len(first))
        start = stop
    ends = np.cumsum(counts)
    return np.concatenate(kept) if kept else np.zeros(0, dtype=np.int64), ends - counts, ends
