"""Features from ranges: for each kind of aggregate, how parts of a window become its value.

A window's events come in parts (those that everybody sees, those matched one by one, the event
that asks), and each part is a range of positions for every label.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from headwater import hyperloglog
from headwater.aggregates import LOW_BITS, LOW_MASK
from headwater.expressions import MAX_INT, MIN_INT
from headwater.offline.ranges import (
    PAIRS_AT_ONCE,
    Moments,
    Part,
    Positions,
    Values,
    merge_moments,
    moments_of_ranges,
    reduce_ranges,
    whole_sums,
)
from headwater.offline.sorted_events import SlotColumn
from headwater.offline.types import arrow_type
from headwater.registry import FeatureSpec


class Reduced(NamedTuple):
    """A slot over a window: how many values each label has, and what they come to, by the kind of state."""

    n: Positions
    total: Any


def reduce_parts(state: str, column: SlotColumn, parts: Sequence[Part]) -> Reduced:
    """Reduce a slot over the parts of a window.

    Args:
        state: Name of the slot's state.
        column: The slot's values.
        parts: Ranges of positions that count, none twice.
    """
    count = sum((part.lengths for part in parts), start=np.zeros(len(parts[0].first), dtype=np.int64))
    kind, _, n = state.partition(":")
    if kind == "count":
        return Reduced(count, None)
    return Reduced(count, _last_n(column, parts, int(n)) if n else _REDUCE[kind](column, parts))


def finish(feature: FeatureSpec, state: str, reduced: Reduced) -> pa.Array:
    """Values of a feature, from what its slot comes to: one per label."""
    count, total = reduced
    if feature.aggregate == "count":
        return pa.array(count, pa.int64())
    kind = arrow_type(feature.type)
    if isinstance(total, pa.Array):
        return total.cast(kind)
    if state == "whole_sum":
        return _finish_whole(feature, count, *total)
    if state == "sum" and feature.aggregate == "mean":
        total = total / np.maximum(count, 1)
    elif state == "moments":
        variance = total.m2 / np.maximum(total.n, 1)
        total = np.sqrt(variance) if feature.aggregate == "stddev" else variance
    return pa.array(total, mask=count == 0).cast(kind)


def _combined(kind: str, values: Values, parts: Sequence[Part]) -> Values:
    """Reduce every part, and the parts of each label with one another."""
    ufunc: Callable[[Values, Values], Values] = {"sum": np.add, "min": np.minimum, "max": np.maximum}[kind]
    result = reduce_ranges(kind, parts[0].of(values), parts[0].first, parts[0].end)
    filled = parts[0].lengths > 0
    for part in parts[1:]:
        more = reduce_ranges(kind, part.of(values), part.first, part.end)
        some = part.lengths > 0
        result = np.where(filled & some, ufunc(result, more), np.where(some, more, result))
        filled |= some
    return result


def _sum(column: SlotColumn, parts: Sequence[Part]) -> Values:
    return _combined("sum", column.numbers, parts)


def _whole_sum(column: SlotColumn, parts: Sequence[Part]) -> tuple[Positions, Positions]:
    """Sums of the upper and of the lower halves of integers: neither can overflow."""
    values = column.numbers
    zeros = np.zeros(len(parts[0].first), dtype=np.int64)
    high, low = (
        sum((whole_sums(part.of(half), part.first, part.end) for part in parts), start=zeros)
        for half in (values >> LOW_BITS, values & LOW_MASK)
    )
    return high, low


def _finish_whole(feature: FeatureSpec, count: Positions, high: Positions, low: Positions) -> pa.Array:
    if feature.aggregate == "mean":
        mean = (high.astype(np.float64) * (1 << LOW_BITS) + low) / np.maximum(count, 1)
        return pa.array(mean, mask=count == 0)
    carried = high + (low >> LOW_BITS)
    fits = (carried >= MIN_INT >> LOW_BITS) & (carried <= MAX_INT >> LOW_BITS)
    total = (np.where(fits, carried, 0) << LOW_BITS) + (low & LOW_MASK)
    return pa.array(total, mask=(count == 0) | ~fits)


def _smallest(column: SlotColumn, parts: Sequence[Part]) -> Values:
    return _combined("min", column.numbers, parts)


def _largest(column: SlotColumn, parts: Sequence[Part]) -> Values:
    return _combined("max", column.numbers, parts)


def _moments(column: SlotColumn, parts: Sequence[Part]) -> Moments:
    values = column.numbers.astype(np.float64)
    return reduce(merge_moments, [moments_of_ranges(part.of(values), part.first, part.end) for part in parts])


def _first(column: SlotColumn, parts: Sequence[Part]) -> pa.Array:
    none = np.iinfo(np.int64).max
    found = _extreme(parts, np.minimum, lambda part: part.first, none)
    return column.take(found, mask=found == none)


def _last(column: SlotColumn, parts: Sequence[Part]) -> pa.Array:
    found = _extreme(parts, np.maximum, lambda part: part.end - 1, -1)
    return column.take(found, mask=found < 0)


def _extreme(
    parts: Sequence[Part],
    better: Callable[[Positions, Positions], Positions],
    place: Callable[[Part], Positions],
    none: int,
) -> Positions:
    """First or last position of each label: within a part they ascend."""
    result = np.full(len(parts[0].first), none)
    for part in parts:
        some = part.lengths > 0
        result[some] = better(result[some], part.at(place(part)[some]))
    return result


def _last_n(column: SlotColumn, parts: Sequence[Part], n: int) -> pa.Array:
    labels, positions = [], []
    for part in parts:
        latest = np.minimum(part.lengths, n)
        label = np.repeat(np.arange(len(latest)), latest)
        back = np.arange(len(label)) - np.repeat(np.cumsum(latest) - latest, latest)
        labels.append(label)
        positions.append(part.at(part.end[label] - 1 - back))
    label, position = np.concatenate(labels), np.concatenate(positions)
    order = np.lexsort((-position, label))
    label, position = label[order], position[order]
    counts = np.bincount(label, minlength=len(parts[0].first))
    rank = np.arange(len(label)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = np.minimum(counts, n)
    values = column.take(position[rank < n])
    offsets = np.concatenate([[0], np.cumsum(kept)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(kept == 0))


def _distinct(column: SlotColumn, parts: Sequence[Part]) -> Values:
    """Registers of the values in each range: pairs of label and position, some labels at a time."""
    code, values = column.encoded()
    hashed = np.array([hyperloglog.register_of(str(value)) for value in values] or [(0, 0)], dtype=np.int64)
    register, rank = hashed[code, 0], hashed[code, 1]
    count = sum((part.lengths for part in parts), start=np.zeros(len(parts[0].first), dtype=np.int64))
    result = np.zeros(len(count), dtype=np.int64)
    reached = np.cumsum(count)
    start = 0
    while start < len(count):
        before = int(reached[start - 1]) if start else 0
        stop = max(int(np.searchsorted(reached, before + PAIRS_AT_ONCE, side="right")), start + 1)
        result[start:stop] = _estimates(register, rank, parts, slice(start, stop))
        start = stop
    return result


def _estimates(register: Positions, rank: Positions, parts: Sequence[Part], labels: slice) -> Positions:
    size = labels.stop - labels.start
    keys = []
    for part in parts:
        first, lengths = part.first[labels], part.lengths[labels]
        label = np.repeat(np.arange(size), lengths)
        offset = np.arange(len(label)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        position = part.at(first[label] + offset)
        keys.append((label * hyperloglog.REGISTERS + register[position]) * 64 + rank[position])
    pairs = np.unique(np.concatenate(keys))
    # Of each label and register the largest rank: the last of its pairs.
    largest = np.append(pairs[1:] // 64 != pairs[:-1] // 64, True) if len(pairs) else np.zeros(0, dtype=bool)
    kept = pairs[largest]
    label, ranks = kept // 64 // hyperloglog.REGISTERS, kept % 64
    histogram = np.zeros((size, hyperloglog.MAX_RANK + 1), dtype=np.int64)
    np.add.at(histogram, (label, ranks), 1)
    histogram[:, 0] = hyperloglog.REGISTERS - histogram[:, 1:].sum(axis=1)
    distinct, inverse = np.unique(histogram, axis=0, return_inverse=True)
    estimates = np.array([hyperloglog.estimate_ranks(counts) for counts in distinct.tolist()])
    return estimates[inverse.ravel()]


_REDUCE: dict[str, Callable[[SlotColumn, Sequence[Part]], Any]] = {
    "sum": _sum,
    "whole_sum": _whole_sum,
    "min": _smallest,
    "max": _largest,
    "moments": _moments,
    "first": _first,
    "last": _last,
    "distinct": _distinct,
}
