"""Aggregates as partial states: what a tile keeps of its events, and how a feature is made of it.

A state is made from one value with ``lift``, combined with ``merge`` (associative and
commutative, so tiles can be merged in any grouping and events applied in any order), and turned
into a feature's value with ``finish``. ``None`` is the state of no events. Several aggregates
share one state: a mean and a sum of the same column are kept once.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

State = Any
"""Plain data that MessagePack can carry: numbers, strings, lists of them, or None for no events."""


class StateKind(NamedTuple):
    """One kind of partial state.

    Attributes:
        lift: ``(value, event_time_us, event_id) -> state`` of that single, non-null value.
        combine: ``(state, state) -> state``; neither is None.
    """

    lift: Callable[[Any, int, str], State]
    combine: Callable[[State, State], State]


class Aggregate(NamedTuple):
    """One aggregate that a definition can name.

    Attributes:
        state: Name of the `StateKind` it is finished from.
        finish: ``state -> value``; the state may be None.
        column_types: Column types it accepts; ``None`` in it: it can count events without a column.
        value_type: Type of the feature; None means the column's own.
    """

    state: str
    finish: Callable[[State], Any]
    column_types: frozenset[str | None]
    value_type: str | None


def _count(_value: Any, _event_time_us: int, _event_id: str) -> State:
    return 1


def _sum(value: Any, _event_time_us: int, _event_id: str) -> State:
    return [1, value]


def _value(value: Any, _event_time_us: int, _event_id: str) -> State:
    return value


def _stamped(value: Any, event_time_us: int, event_id: str) -> State:
    return [event_time_us, event_id, value]


def _add(left: State, right: State) -> State:
    return left + right


def _add_sums(left: State, right: State) -> State:
    return [left[0] + right[0], left[1] + right[1]]


def _later(left: State, right: State) -> State:
    return left if (left[0], left[1]) >= (right[0], right[1]) else right


STATES: dict[str, StateKind] = {
    "count": StateKind(_count, _add),
    "sum": StateKind(_sum, _add_sums),
    "min": StateKind(_value, min),
    "max": StateKind(_value, max),
    "last": StateKind(_stamped, _later),
}


def merge(kind: str, left: State, right: State) -> State:
    """Combine two states of one kind, either of which may be empty.

    >>> merge("sum", [2, 7.0], [1, 3.0]), merge("max", None, 4)
    ([3, 10.0], 4)
    """
    if left is None:
        return right
    if right is None:
        return left
    return STATES[kind].combine(left, right)


def _finish_count(state: State) -> int:
    return 0 if state is None else int(state)


def _finish_sum(state: State) -> Any:
    return None if state is None else state[1]


def _finish_mean(state: State) -> float | None:
    return None if state is None else state[1] / state[0]


def _finish_value(state: State) -> Any:
    return state


def _finish_last(state: State) -> Any:
    return None if state is None else state[2]


_NUMBERS: frozenset[str | None] = frozenset({"int64", "float64"})
_ORDERED = _NUMBERS | {"timestamp"}
_ANY = _ORDERED | {"string", "bool"}

AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate("count", _finish_count, _ANY | {None}, "int64"),
    "sum": Aggregate("sum", _finish_sum, _NUMBERS, None),
    "mean": Aggregate("sum", _finish_mean, _NUMBERS, "float64"),
    "min": Aggregate("min", _finish_value, _ORDERED, None),
    "max": Aggregate("max", _finish_value, _ORDERED, None),
    "last": Aggregate("last", _finish_last, _ANY, None),
}
