"""Partial states: merged in any grouping and order they come to the same."""

from functools import reduce
from math import isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater import hyperloglog
from headwater.aggregates import AGGREGATES, merge, state_kind, state_name

_VALUES = st.lists(
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(0, 5), st.uuids().map(str)),
    min_size=1,
    max_size=20,
)
_N = {"last_n": 3}


@given(_VALUES, st.randoms(use_true_random=False))
@pytest.mark.parametrize("function", sorted(AGGREGATES))
def test_any_grouping_and_order_gives_the_same_value(
    function: str, values: list[tuple[int, int, str]], chance: Any
) -> None:
    kind = state_name(function, "int64", _N.get(function))
    states = [state_kind(kind).lift(*value) for value in values]
    in_order = reduce(lambda a, b: merge(kind, a, b), states, None)
    while len(states) > 1:
        chance.shuffle(states)
        states.append(merge(kind, states.pop(), states.pop()))
    finish = AGGREGATES[function].finish
    left, right = finish(in_order), finish(states[0])
    if isinstance(left, float) and function != "mean":
        assert isclose(left, right, rel_tol=1e-9, abs_tol=1e-9 * 2.0**126)
    else:
        assert left == right


@pytest.mark.parametrize("values", [[2**63 - 1, 1, -1], [-(2**63), -5, 5]])
def test_integer_sums_are_exact_whatever_lies_between(values: list[int]) -> None:
    states = [state_kind("whole_sum").lift(value, 0, "") for value in values]
    assert AGGREGATES["sum"].finish(reduce(lambda a, b: merge("whole_sum", a, b), states)) == sum(values)


def test_an_integer_sum_that_no_column_can_hold_is_null() -> None:
    states = [state_kind("whole_sum").lift(2**63 - 1, 0, "")] * 2
    merged = merge("whole_sum", *states)
    assert AGGREGATES["sum"].finish(merged) is None
    assert AGGREGATES["mean"].finish(merged) == 2.0**63


@pytest.mark.parametrize("distinct", [0, 1, 50, 255, 257, 5_000, 200_000])
def test_distinct_counts_are_within_four_standard_errors(distinct: int) -> None:
    empty: hyperloglog.Sketch = {}
    sketch = reduce(hyperloglog.merge, map(hyperloglog.sketch_of, range(distinct)), empty)
    assert abs(hyperloglog.estimate(sketch) - distinct) <= 4 * 0.0325 * distinct
