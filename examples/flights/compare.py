"""Compares served vectors with the rows of a training set, value by value."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

RELATIVE_TOLERANCE = 1e-9


class Served(NamedTuple):
    """One vector as it was served.

    Attributes:
        source: Which way it came.
        event_id: Label row it belongs to.
        values: By feature.
        statuses: By feature.
    """

    source: str
    event_id: str
    values: Mapping[str, Any]
    statuses: Mapping[str, str]


class Mismatch(NamedTuple):
    """A value that was served otherwise than it was trained on."""

    source: str
    event_id: str
    feature: str
    trained: Any
    served: Any
    status: str


class Comparison(NamedTuple):
    """Vectors and values compared, and those that differ."""

    vectors: int
    values: int
    mismatches: list[Mismatch]


def compare(
    served: Sequence[Served], trained: Mapping[str, Mapping[str, Any]], features: Sequence[str]
) -> Comparison:
    """Compare every feature of every served vector with its training row.

    Args:
        served: Vectors as served.
        trained: Training rows by event id.
        features: Names to compare.
    """
    mismatches = [
        Mismatch(
            vector.source,
            vector.event_id,
            feature,
            expected,
            vector.values[feature],
            vector.statuses[feature],
        )
        for vector in served
        for feature in features
        if not same(expected := trained[vector.event_id][feature], vector.values[feature])
        or (vector.statuses[feature] == "present") != (expected is not None)
    ]
    return Comparison(len(served), len(served) * len(features), mismatches)


def same(trained: Any, served: Any) -> bool:
    """Whether two values are equal: floats to a relative 1e-9, everything else exactly.

    >>> same(0.1 + 0.2, 0.3), same(None, 0), same(1, 2)
    (True, False, False)
    """
    if isinstance(trained, float) and isinstance(served, int | float):
        return math.isclose(trained, served, rel_tol=RELATIVE_TOLERANCE, abs_tol=RELATIVE_TOLERANCE)
    return bool(trained == served)
