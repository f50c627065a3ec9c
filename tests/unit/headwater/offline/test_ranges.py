"""Ranges of any length against the obvious loop, in any order, empty ones among them."""

from typing import Any

import numpy as np
import pytest

from headwater.offline.ranges import moments_of_ranges, reduce_ranges, whole_sums

_RANDOM = np.random.default_rng(5)
_SIZES = (1, 5, 64, 100, 4_097, 9_000)


def _ranges(size: int, count: int = 200) -> tuple[Any, Any]:
    return _RANDOM.integers(0, size + 1, count), _RANDOM.integers(0, size + 1, count)


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize(("kind", "reduce"), [("sum", np.sum), ("min", np.min), ("max", np.max)])
def test_a_reduction_is_that_of_the_loop(kind: str, reduce: Any, size: int, *, ordered: bool) -> None:
    values = _RANDOM.integers(-1000, 1000, size)
    first, end = _ranges(size)
    if ordered:
        first = np.sort(first)
    expected = [reduce(values[a:b]) if b > a else 0 for a, b in zip(first, end, strict=True)]
    assert reduce_ranges(kind, values, first, end).tolist() == expected


@pytest.mark.parametrize("size", _SIZES)
def test_a_small_window_behind_a_large_total_keeps_its_digits(size: int) -> None:
    values = np.where(np.arange(size) % 7 == 0, 1e150, 1e-3)
    first = np.arange(size)
    end = np.minimum(first + 3, size)
    expected = [values[a:b].sum() for a, b in zip(first, end, strict=True)]
    assert np.allclose(reduce_ranges("sum", values, first, end), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("size", _SIZES)
def test_whole_sums_and_moments_are_those_of_the_loop(size: int) -> None:
    values = _RANDOM.integers(-1000, 1000, size)
    first, end = _ranges(size)
    windows = [values[a:b] for a, b in zip(first, end, strict=True)]
    assert whole_sums(values, first, end).tolist() == [int(window.sum()) for window in windows]
    moments = moments_of_ranges(values, first, end)
    assert moments.n.tolist() == [len(window) for window in windows]
    variances = [window.var() if len(window) else 0 for window in windows]
    assert np.allclose(moments.m2 / np.maximum(moments.n, 1), variances)


def test_no_ranges_and_no_values() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert reduce_ranges("sum", np.ones(3), nothing, nothing).tolist() == []
    zeros = np.zeros(2, dtype=np.int64)
    assert reduce_ranges("max", np.zeros(0), zeros, zeros).tolist() == [0, 0]
