"""Partial states as Spark columns: each a few numbers or one struct, merged by aggregate functions.

The functions serve a group and a running window alike. Nulls are no events: every one of them skips nulls.
"""

from collections.abc import Callable
from typing import NamedTuple

from pyspark.sql import Column
from pyspark.sql import functions as sf

from headwater.expressions import MAX_INT, MIN_INT

_WHOLE = "decimal(38,0)"
"""Holds sums of 10^19 integers of 64 bits."""


class Stamped(NamedTuple):
    """A value, and when it happened.

    Attributes:
        value: Null where the event does not count.
        time_us: Event time.
        event_id: Breaks ties.
    """

    value: Column
    time_us: Column
    event_id: Column


class Field(NamedTuple):
    """One column of a state: of a single value, and of several states."""

    lift: Callable[[Stamped], Column]
    merge: Callable[[Column], Column]


class StateColumns(NamedTuple):
    """A kind of partial state.

    Attributes:
        fields: By name.
        finish: Feature's aggregate and the fields' columns to its value.
    """

    fields: dict[str, Field]
    finish: Callable[[str, dict[str, Column]], Column]


def _when_counted(make: Callable[[Column], Column]) -> Callable[[Stamped], Column]:
    return lambda stamped: sf.when(stamped.value.isNotNull(), make(stamped.value))


def _stamp(stamped: Stamped) -> Column:
    parts = (stamped.time_us.alias("time"), stamped.event_id.alias("id"), stamped.value.alias("value"))
    return sf.when(stamped.value.isNotNull(), sf.struct(*parts))


def _finish_sum(aggregate: str, fields: dict[str, Column]) -> Column:
    return fields["s"] / fields["n"] if aggregate == "mean" else fields["s"]


def _finish_whole(aggregate: str, fields: dict[str, Column]) -> Column:
    total = fields["s"]
    if aggregate == "mean":
        return total.cast("double") / fields["n"]
    return sf.when((total >= MIN_INT) & (total <= MAX_INT), total.cast("long"))


def _finish_moments(aggregate: str, fields: dict[str, Column]) -> Column:
    n, total, squares = fields["n"], fields["s"], fields["q"]
    # What is left of two squares may be a little below zero; of no events it is null.
    variance = sf.when(n > 0, sf.greatest(squares / n - (total / n) * (total / n), sf.lit(0.0)))
    return sf.sqrt(variance) if aggregate == "stddev" else variance


_COUNT = Field(_when_counted(lambda _value: sf.lit(1).cast("long")), sf.sum)
_SUM = Field(_when_counted(lambda value: value.cast("double")), sf.sum)
_SQUARES = Field(_when_counted(lambda value: value.cast("double") * value.cast("double")), sf.sum)
_WHOLE_SUM = Field(_when_counted(lambda value: value.cast(_WHOLE)), sf.sum)


def _extreme(merge: Callable[[Column], Column]) -> StateColumns:
    lift = _when_counted(lambda value: value)
    return StateColumns({"v": Field(lift, merge)}, lambda _aggregate, fields: fields["v"])


def _ordered(merge: Callable[[Column], Column]) -> StateColumns:
    return StateColumns({"v": Field(_stamp, merge)}, lambda _aggregate, fields: fields["v"]["value"])


STATES: dict[str, StateColumns] = {
    "count": StateColumns(
        {"n": _COUNT}, lambda _aggregate, fields: sf.coalesce(fields["n"], sf.lit(0).cast("long"))
    ),
    "sum": StateColumns({"n": _COUNT, "s": _SUM}, _finish_sum),
    "whole_sum": StateColumns({"n": _COUNT, "s": _WHOLE_SUM}, _finish_whole),
    "min": _extreme(sf.min),
    "max": _extreme(sf.max),
    "moments": StateColumns({"n": _COUNT, "s": _SUM, "q": _SQUARES}, _finish_moments),
    "first": _ordered(sf.min),
    "last": _ordered(sf.max),
}
"""Kinds whose states stay small. Sketches and lists are `items`."""

IN_PLACE = frozenset(STATES) - {"first", "last"}
"""Kinds whose states Spark groups by hash. Those with a stamp it would sort, event by event."""
