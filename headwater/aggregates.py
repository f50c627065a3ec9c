"""Aggregates as partial states: what a tile keeps of its events, and how a feature is made of it.

A state is made from one value with ``lift``, combined with ``merge`` (associative and
commutative, so tiles can be merged in any grouping and events applied in any order), and turned
into a feature's value with ``finish``. ``None`` is the state of no events. Several aggregates
share one state: a mean and a sum of the same column are kept once.
"""

from collections.abc import Callable, Sequence
from functools import cache
from heapq import merge as merge_sorted
from itertools import islice
from math import sqrt
from typing import Any, NamedTuple

from headwater import hyperloglog
from headwater.expressions import in_range

State = Any
"""Plain data that MessagePack can carry: numbers, strings, bytes, lists of them, or None for no events."""

MAX_LAST_N = 100


class StateKind(NamedTuple):
    """One kind of partial state.

    Attributes:
        lift: ``(value, event_time_us, event_id) -> state`` of that single, non-null value.
        combine: ``(state, state) -> state``; neither is None, neither is changed.
        combine_all: The same for two or more at once, where that is quicker.
    """

    lift: Callable[[Any, int, str], State]
    combine: Callable[[State, State], State]
    combine_all: Callable[[Sequence[State]], State] | None = None


class Aggregate(NamedTuple):
    """One aggregate that a definition can name.

    Attributes:
        states: Column type (None: events without a column) to the name of the state it is finished from.
        finish: ``state -> value``; the state may be None.
        value_type: Type of the feature; None means the column's own.
    """

    states: dict[str | None, str]
    finish: Callable[[State], Any]
    value_type: str | None


def _count(_value: Any, _event_time_us: int, _event_id: str) -> State:
    return 1


def _sum(value: Any, _event_time_us: int, _event_id: str) -> State:
    return [1, value]


LOW_BITS = 32
LOW_MASK = (1 << LOW_BITS) - 1
"""A sum of integers is kept in two halves: of the low bits, and of the rest."""


def _whole_sum(value: Any, _event_time_us: int, _event_id: str) -> State:
    # In two halves, so that no sum of 64-bit integers outgrows the 64 bits of the encoding.
    return [1, value >> LOW_BITS, value & LOW_MASK]


def _moments(value: Any, _event_time_us: int, _event_id: str) -> State:
    return [1, float(value), 0.0]


def _value(value: Any, _event_time_us: int, _event_id: str) -> State:
    return value


def _stamped(value: Any, event_time_us: int, event_id: str) -> State:
    return [event_time_us, event_id, value]


def _stamped_list(value: Any, event_time_us: int, event_id: str) -> State:
    return [[event_time_us, event_id, value]]


def _sketch(value: Any, _event_time_us: int, _event_id: str) -> State:
    return hyperloglog.sketch_of(value)


def _add(left: State, right: State) -> State:
    return left + right


def _add_each(left: State, right: State) -> State:
    return [a + b for a, b in zip(left, right, strict=True)]


def _add_all(states: Sequence[State]) -> State:
    return [sum(parts) for parts in zip(*states, strict=True)]


def _merge_moments(left: State, right: State) -> State:
    """Chan, Golub and LeVeque (1979): counts, means and sums of squared deviations of two sets."""
    n = left[0] + right[0]
    delta = right[1] - left[1]
    mean = left[1] + delta * right[0] / n
    return [n, mean, left[2] + right[2] + delta * delta * left[0] * right[0] / n]


def _later(left: State, right: State) -> State:
    return left if (left[0], left[1]) >= (right[0], right[1]) else right


def _earlier(left: State, right: State) -> State:
    return left if (left[0], left[1]) <= (right[0], right[1]) else right


def _place(stamped: State) -> tuple[int, str]:
    return stamped[0], stamped[1]


def _latest(n: int) -> Callable[[State, State], State]:
    def combine(left: State, right: State) -> State:
        return list(islice(merge_sorted(left, right, key=_place, reverse=True), n))

    return combine


_STATES: dict[str, StateKind] = {
    "count": StateKind(_count, _add, sum),
    "sum": StateKind(_sum, _add_each, _add_all),
    "whole_sum": StateKind(_whole_sum, _add_each, _add_all),
    "min": StateKind(_value, min, min),
    "max": StateKind(_value, max, max),
    "moments": StateKind(_moments, _merge_moments),
    "first": StateKind(_stamped, _earlier),
    "last": StateKind(_stamped, _later),
    "distinct": StateKind(_sketch, hyperloglog.merge),
}
_LAST_N = "last_n:"


@cache
def state_kind(name: str) -> StateKind:
    """The state kind of a name; ``last_n:5`` keeps five values."""
    if name.startswith(_LAST_N):
        return StateKind(_stamped_list, _latest(int(name.removeprefix(_LAST_N))))
    return _STATES[name]


def merge(kind: str, left: State, right: State) -> State:
    """Combine two states of one kind, either of which may be empty.

    >>> merge("sum", [2, 7.0], [1, 3.0]), merge("max", None, 4)
    ([3, 10.0], 4)
    """
    if left is None:
        return right
    if right is None:
        return left
    return state_kind(kind).combine(left, right)


def _finish_count(state: State) -> int:
    return 0 if state is None else int(state)


def whole_sum(state: State) -> int:
    """The integer that a state of kind ``whole_sum`` stands for."""
    return int((state[1] << LOW_BITS) + state[2])


def _finish_sum(state: State) -> Any:
    if state is None:
        return None
    return state[1] if len(state) == 2 else in_range(whole_sum(state))  # noqa: PLR2004 (a pair: count and float sum)


def _finish_mean(state: State) -> float | None:
    if state is None:
        return None
    total: float = state[1] if len(state) == 2 else whole_sum(state)  # noqa: PLR2004 (the same)
    return total / int(state[0])


def _finish_variance(state: State) -> float | None:
    return None if state is None else state[2] / state[0]


def _finish_stddev(state: State) -> float | None:
    return None if state is None else sqrt(state[2] / state[0])


def _finish_value(state: State) -> Any:
    return state


def _finish_stamped(state: State) -> Any:
    return None if state is None else state[2]


def _finish_last_n(state: State) -> list[Any] | None:
    return None if state is None else [stamped[2] for stamped in state]


def _finish_distinct(state: State) -> int | None:
    return None if state is None else hyperloglog.estimate(state)


_SUMS: dict[str | None, str] = {"int64": "whole_sum", "float64": "sum"}


def _on(state: str, *types: str | None) -> dict[str | None, str]:
    return dict.fromkeys(types, state)


_ANY = ("string", "int64", "float64", "bool", "timestamp")

AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate(_on("count", None, *_ANY), _finish_count, "int64"),
    "sum": Aggregate(_SUMS, _finish_sum, None),
    "mean": Aggregate(_SUMS, _finish_mean, "float64"),
    "min": Aggregate(_on("min", "int64", "float64", "timestamp"), _finish_value, None),
    "max": Aggregate(_on("max", "int64", "float64", "timestamp"), _finish_value, None),
    "variance": Aggregate(_on("moments", "int64", "float64"), _finish_variance, "float64"),
    "stddev": Aggregate(_on("moments", "int64", "float64"), _finish_stddev, "float64"),
    "first": Aggregate(_on("first", *_ANY), _finish_stamped, None),
    "last": Aggregate(_on("last", *_ANY), _finish_stamped, None),
    "last_n": Aggregate(_on("last_n", *_ANY), _finish_last_n, None),
    "approx_count_distinct": Aggregate(_on("distinct", "string", "int64"), _finish_distinct, "int64"),
}


def state_name(function: str, column_type: str | None, n: int | None) -> str:
    """Name of the state an aggregate of a column is finished from.

    >>> state_name("mean", "int64", None), state_name("last_n", "string", 3)
    ('whole_sum', 'last_n:3')
    """
    name = AGGREGATES[function].states[column_type]
    return name if n is None else f"{name}:{n}"


def value_type(function: str, column_type: str | None) -> str:
    """Type of a feature: one of the column types, or ``list[<type>]``."""
    own = AGGREGATES[function].value_type or column_type or "int64"
    return f"list[{own}]" if function == "last_n" else own
