"""Features from ranges: for each kind of aggregate, how parts of a window become its value.

A window's events come in parts (those that everybody sees, those matched one by one, the event
that asks), and each part is a range of positions for every label.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa

from headwater import hyperloglog
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
from headwater.offline.types import arrow_type, plain_values, to_numpy
from headwater.registry import FeatureSpec

_LOW_BITS = 32


def finish(feature: FeatureSpec, state: str, column: Any, parts: Sequence[Part]) -> pa.Array:
    """Values of a feature.

    Args:
        feature: Which.
        state: Name of the state it is finished from.
        column: The slot's values by position; None: over events.
        parts: Ranges of positions that count, none twice.

    Returns:
        Arrow array of one value per label.
    """
    count = sum((part.lengths for part in parts), start=np.zeros(len(parts[0].first), dtype=np.int64))
    kind = arrow_type(feature.type)
    if feature.aggregate == "count":
        return pa.array(count, pa.int64())
    if feature.aggregate == "last_n":
        return _last_n(column, parts, int(state.partition(":")[2]))
    values = _FINISH[state](feature, column, parts, count)
    if isinstance(values, pa.Array):
        return values.cast(kind)
    return pa.array(values, mask=count == 0).cast(kind)


def _numbers(column: Any) -> Values:
    """A column to reduce: instants as microseconds, zero where null."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    found: Values = to_numpy(column.fill_null(0) if column.null_count else column)
    return found


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


def _sum(feature: FeatureSpec, column: Any, parts: Sequence[Part], count: Positions) -> Values:
    total = _combined("sum", _numbers(column), parts)
    return total / np.maximum(count, 1) if feature.aggregate == "mean" else total


def _whole_sum(feature: FeatureSpec, column: Any, parts: Sequence[Part], count: Positions) -> Any:
    values = _numbers(column)
    halves = (values >> _LOW_BITS, values & ((1 << _LOW_BITS) - 1))
    high, low = (
        sum(
            (whole_sums(part.of(half), part.first, part.end) for part in parts),
            start=np.zeros(len(count), dtype=np.int64),
        )
        for half in halves
    )
    if feature.aggregate == "mean":
        return (high.astype(np.float64) * (1 << _LOW_BITS) + low) / np.maximum(count, 1)
    carried = high + (low >> _LOW_BITS)
    fits = (carried >= MIN_INT >> _LOW_BITS) & (carried <= MAX_INT >> _LOW_BITS)
    total = (np.where(fits, carried, 0) << _LOW_BITS) + (low & ((1 << _LOW_BITS) - 1))
    return pa.array(total, mask=(count == 0) | ~fits)


def _smallest(_feature: FeatureSpec, column: Any, parts: Sequence[Part], _count: Positions) -> Values:
    return _combined("min", _numbers(column), parts)


def _largest(_feature: FeatureSpec, column: Any, parts: Sequence[Part], _count: Positions) -> Values:
    return _combined("max", _numbers(column), parts)


def _moments(feature: FeatureSpec, column: Any, parts: Sequence[Part], _count: Positions) -> Values:
    values = _numbers(column).astype(np.float64)
    found: list[Moments] = [moments_of_ranges(part.of(values), part.first, part.end) for part in parts]
    merged = reduce(merge_moments, found)
    variance = merged.m2 / np.maximum(merged.n, 1)
    return np.sqrt(variance) if feature.aggregate == "stddev" else variance


def _first(_feature: FeatureSpec, column: Any, parts: Sequence[Part], count: Positions) -> pa.Array:
    return _at(column, _extreme(parts, np.minimum, lambda part: part.first, len(column)), count)


def _last(_feature: FeatureSpec, column: Any, parts: Sequence[Part], count: Positions) -> pa.Array:
    return _at(column, _extreme(parts, np.maximum, lambda part: part.end - 1, -1), count)


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


def _at(column: Any, positions: Positions, count: Positions) -> pa.Array:
    return column.take(pa.array(positions, mask=count == 0))


def _last_n(column: Any, parts: Sequence[Part], n: int) -> pa.Array:
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
    values = column.take(pa.array(position[rank < n]))
    offsets = np.concatenate([[0], np.cumsum(kept)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(kept == 0))


def _distinct(_feature: FeatureSpec, column: Any, parts: Sequence[Part], count: Positions) -> Values:
    """Registers of the values in each range: pairs of label and position, some labels at a time."""
    encoded = column.dictionary_encode()
    texts = plain_values(encoded.dictionary)
    hashed = np.array([hyperloglog.register_of(str(text)) for text in texts] or [(0, 0)], dtype=np.int64)
    code = to_numpy(encoded.indices.fill_null(0)).astype(np.int64)
    register, rank = hashed[code, 0], hashed[code, 1]
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


_FINISH: dict[str, Callable[[FeatureSpec, Any, Sequence[Part], Positions], Any]] = {
    "sum": _sum,
    "whole_sum": _whole_sum,
    "min": _smallest,
    "max": _largest,
    "moments": _moments,
    "first": _first,
    "last": _last,
    "distinct": _distinct,
}
