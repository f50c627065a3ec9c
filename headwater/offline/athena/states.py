"""Partial states in SQL: of the events of a tile, of a single event, and of several states.

Each state is one or two columns. Text in sqlglot's own dialect, but for the functions of `dialects`. Nulls are
no events: every aggregate skips them.
"""

from collections.abc import Callable
from typing import NamedTuple

from headwater import hyperloglog
from headwater.expressions import MAX_INT, MIN_INT
from headwater.offline.athena.expressions import literal

_WHOLE = "DECIMAL(38, 0)"
"""Holds sums of 10^19 integers of 64 bits."""

_HALF_BITS = 32
_SIGMA_TERMS = 20
"""With no more than 1,023 of 1,024 registers empty the next term is below the smallest float."""


class Stamped(NamedTuple):
    """A value, and when it happened.

    Attributes:
        value: Null where the event does not count.
        kind: Its type, in SQL.
        time_us: Event time.
        event_id: Breaks ties.
    """

    value: str
    kind: str
    time_us: str
    event_id: str

    @property
    def row(self) -> str:
        """All of it, in the order of time; null where there is no value."""
        whole = f"CAST(ROW({self.time_us}, {self.event_id}, {self.value}) AS STRUCT<t BIGINT, id VARCHAR, v {self.kind}>)"
        return f"CASE WHEN {self.value} IS NOT NULL THEN {whole} END"


class Field(NamedTuple):
    """One column of a state.

    Attributes:
        gather: Of a tile's events, aggregated.
        lift: Of a single event.
        merge: Of a column of states, aggregated where a condition holds.
    """

    gather: Callable[[Stamped], str]
    lift: Callable[[Stamped], str]
    merge: Callable[[str, str], str]


class State(NamedTuple):
    """A kind of partial state.

    Attributes:
        fields: By name.
        finish: Feature's aggregate and the fields' columns, by name, to its value.
    """

    fields: dict[str, Field]
    finish: Callable[[str, dict[str, str]], str]


def state(name: str) -> State:
    """The state of a name of `headwater.aggregates`; sketches are `sketch_fields`."""
    kind, _, n = name.partition(":")
    return _last_n(int(n)) if n else _STATES[kind]


def _aggregated(function: str) -> Callable[[str, str], str]:
    return lambda column, condition: f"{function}({column}) FILTER (WHERE {condition})"


def _summed(lift: Callable[[str], str]) -> Field:
    return Field(
        lambda stamped: f"SUM({lift(stamped.value)})",
        lambda stamped: lift(stamped.value),
        _aggregated("SUM"),
    )


def _extreme(function: str) -> State:
    field = Field(
        lambda stamped: f"{function}({stamped.value})",
        lambda stamped: stamped.value,
        _aggregated(function),
    )
    return State({"v": field}, lambda _aggregate, fields: fields["v"])


def _ordered(function: str) -> State:
    field = Field(
        lambda stamped: f"{function}({stamped.row})", lambda stamped: stamped.row, _aggregated(function)
    )
    return State({"v": field}, lambda _aggregate, fields: f"{fields['v']}.v")


def _last_n(n: int) -> State:
    field = Field(
        lambda stamped: f"MAX({stamped.row}, {n}) FILTER (WHERE {stamped.value} IS NOT NULL)",
        lambda stamped: f"CASE WHEN {stamped.value} IS NOT NULL THEN ARRAY({stamped.row}) END",
        lambda column, condition: f"ARRAY_AGG({column}) FILTER (WHERE {condition} AND {column} IS NOT NULL)",
    )
    return State(
        {"v": field},
        lambda _aggregate, fields: f"TRANSFORM(LARGEST_OF({fields['v']}, {n}), item -> item.v)",
    )


def _finish_count(_aggregate: str, fields: dict[str, str]) -> str:
    return f"CAST(COALESCE({fields['n']}, 0) AS BIGINT)"


def _finish_sum(aggregate: str, fields: dict[str, str]) -> str:
    return f"{fields['s']} / {fields['n']}" if aggregate == "mean" else fields["s"]


def _finish_whole(aggregate: str, fields: dict[str, str]) -> str:
    total = fields["s"]
    if aggregate == "mean":
        return f"CAST({total} AS DOUBLE) / {fields['n']}"
    limits = f"{literal(MIN_INT)} AND {literal(MAX_INT)}"
    return f"CASE WHEN {total} BETWEEN {limits} THEN CAST({total} AS BIGINT) END"


def _finish_moments(aggregate: str, fields: dict[str, str]) -> str:
    n, total, squares = fields["n"], fields["s"], fields["q"]
    # What is left of two squares may be a little below zero.
    variance = f"GREATEST({squares} / {n} - ({total} / {n}) * ({total} / {n}), 0)"
    value = f"SQRT({variance})" if aggregate == "stddev" else variance
    return f"CASE WHEN {n} > 0 THEN {value} END"


_COUNT = Field(
    lambda stamped: f"COUNT({stamped.value})",
    lambda stamped: f"CASE WHEN {stamped.value} IS NOT NULL THEN 1 ELSE 0 END",
    _aggregated("SUM"),
)
_SUM = _summed(lambda value: f"CAST({value} AS DOUBLE)")
_SQUARES = _summed(lambda value: f"CAST({value} AS DOUBLE) * CAST({value} AS DOUBLE)")
_WHOLE_SUM = _summed(lambda value: f"CAST({value} AS {_WHOLE})")

_STATES = {
    "count": State({"n": _COUNT}, _finish_count),
    "sum": State({"n": _COUNT, "s": _SUM}, _finish_sum),
    "whole_sum": State({"n": _COUNT, "s": _WHOLE_SUM}, _finish_whole),
    "min": _extreme("MIN"),
    "max": _extreme("MAX"),
    "moments": State({"n": _COUNT, "s": _SUM, "q": _SQUARES}, _finish_moments),
    "first": _ordered("MIN"),
    "last": _ordered("MAX"),
}


def register_of(value: str) -> str:
    """A name of the register of a value's text: the first bits of its hash, with zeros behind."""
    first = f"MD5_WORD({value}, 1)"
    return f"{first} - {first} % {_rest_size()}"


def rank_of(value: str) -> str:
    """The rank of a value's text in its register: see `hyperloglog.register_of`."""
    rest, second = f"MD5_WORD({value}, 1) % {_rest_size()}", f"MD5_WORD({value}, 9)"
    bits = _HALF_BITS - hyperloglog.PRECISION
    return (
        f"CASE WHEN {rest} > 0 THEN {bits + 1} - LENGTH(BINARY_DIGITS({rest})) "
        f"WHEN {second} > 0 THEN {bits + _HALF_BITS + 1} - LENGTH(BINARY_DIGITS({second})) "
        f"ELSE {hyperloglog.MAX_RANK} END"
    )


def _rest_size() -> int:
    return 1 << (_HALF_BITS - hyperloglog.PRECISION)


def estimate(rank_sum: str, empty_share: str) -> str:
    """`hyperloglog.estimate`, with its loops written out; null of no register.

    The loop over ranks is a sum of powers of two. A hash whose every bit but the register's is zero, one in 2^54,
    counts as if one more bit had been.

    Args:
        rank_sum: Sum of 2^-rank over the registers that are not zero; null where all are.
        empty_share: Share of the registers that are zero.
    """
    size = hyperloglog.REGISTERS
    terms = " + ".join(
        f"{2**doubling} * POWER({empty_share}, {2 ** (doubling + 1)})" for doubling in range(_SIGMA_TERMS)
    )
    scale = literal(hyperloglog.ALPHA * size * size)
    return f"CAST(ROUND({scale} / ({rank_sum} + {size} * ({empty_share} + {terms}))) AS BIGINT)"
