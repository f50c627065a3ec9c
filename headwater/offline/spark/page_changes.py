"""Changes of pages from events: what `Tiler.collect` does, where there is more than a machine holds.

What one tile takes is merged into one state per slot before it leaves Spark, so that a hot entity
is no more to write than any other. Only the moments that a page keeps apart, and the events whose ids
it keeps, stay apart. The states are those of `headwater.aggregates`, lists as structs.
"""

from collections.abc import Callable
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import Window as SparkWindow
from pyspark.sql import functions as sf

from headwater import windows
from headwater.aggregates import LOW_BITS, LOW_MASK
from headwater.offline.spark.slot_columns import plain, register_and_rank, slot_value
from headwater.offline.spark.view_frames import floor_div, tile_of
from headwater.online.writer import GRACE_US, settle_until_us
from headwater.registry import SlotSpec, SourceSpec, TileSetSpec, ViewSpec

WIDTH, PAGE, TILE, SEQUENCE, MOMENT, ID, TIME, EVENTS = (
    "__width",
    "__page",
    "__tile",
    "__sequence",
    "__moment",
    "__id",
    "__time",
    "__events",
)
_AT, _VALUE, _NUMBER, _ITEM, _REGISTER, _RANK, _EVENT_ID = (
    "__at",
    "__value",
    "__number",
    "__item",
    "__register",
    "__rank",
    "__event_id",
)


def key_columns(view: ViewSpec) -> list[str]:
    """Names of the columns with the entity's keys."""
    return [f"__k{number}" for number in range(len(view.keys))]


def state_column(slot: int) -> str:
    """Name of the column with a slot's state."""
    return f"__s{slot}"


def page_changes(
    view: ViewSpec,
    tile_set: TileSetSpec,
    source: SourceSpec,
    events: DataFrame,
    now_us: int,
    sequence: Column,
) -> DataFrame:
    """The changes that events make to the pages of a tile set.

    Args:
        view: The view.
        tile_set: One of its tile sets.
        source: Its source.
        events: ``event_time``, ``event_id`` and the view's columns.
        now_us: No reader asks for an earlier instant.
        sequence: Of each event, from the columns of ``events``: a page takes what it has not reached yet.

    Returns:
        One row a change: the keys, `WIDTH`, `PAGE`, `TILE`, `SEQUENCE`, `MOMENT` (null: settled), `ID` (null:
        nobody asks for it), `TIME` of the latest event, how many `EVENTS`, and the state of each slot.
    """
    rows = _placed(view, tile_set, source, events, now_us, sequence)
    by = [*key_columns(view), WIDTH, PAGE, TILE, SEQUENCE, MOMENT, ID]
    small = {
        state_column(number): _STATES[slot.state](sf.col(_value(number)))
        for number, slot in enumerate(tile_set.slots)
        if slot.state in _STATES
    }
    merged = rows.groupBy(*by).agg(
        sf.max(TIME).alias(TIME),
        sf.count(sf.lit(1)).alias(EVENTS),
        *[state.alias(name) for name, state in small.items()],
    )
    large = [
        _items(slot, number, rows, by)
        for number, slot in enumerate(tile_set.slots)
        if slot.state not in _STATES
    ]
    if not large:
        return merged
    # Each part alone has its columns.
    together = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), large, merged)
    states = [state_column(number) for number in range(len(tile_set.slots))]
    return together.groupBy(*by).agg(
        *[sf.first(name, ignorenulls=True).alias(name) for name in (TIME, EVENTS, *states)]
    )


def _placed(
    view: ViewSpec,
    tile_set: TileSetSpec,
    source: SourceSpec,
    events: DataFrame,
    now_us: int,
    sequence: Column,
) -> DataFrame:
    """One row an event and width: where it goes, and its values."""
    data = {column: plain(sf.col(f"`{column}`"), source.columns[column]) for column in view.columns}
    keys = [data[key.column].alias(name) for key, name in zip(view.keys, key_columns(view), strict=True)]
    values = [
        slot_value(slot, data, source.columns).alias(_value(number))
        for number, slot in enumerate(tile_set.slots)
    ]
    time = sf.unix_micros("event_time")
    selected = events.select(
        *keys, time.alias(TIME), sf.col("event_id").alias(_EVENT_ID), sequence.alias(SEQUENCE), *values
    ).where(sf.col(TIME) > now_us - max(tile_set.reaches_us))
    for name in key_columns(view):
        selected = selected.where(sf.col(name).isNotNull())
    places = [
        sf.when(_end(width) > now_us - reach, _place(view, tile_set, width, now_us))
        for width, reach in zip(tile_set.widths_us, tile_set.reaches_us, strict=True)
    ]
    there = sf.filter(sf.array(*places), lambda place: place.isNotNull())
    kept = [TIME, _EVENT_ID, SEQUENCE, *[_value(number) for number in range(len(values))]]
    placed = selected.select(*key_columns(view), *kept, sf.explode(there).alias(_AT))
    return placed.select(*key_columns(view), *kept, f"{_AT}.*")


def _end(width_us: int) -> Column:
    """End of an event's tile."""
    return (tile_of(sf.col(TIME), width_us) + 1) * width_us


def _place(view: ViewSpec, tile_set: TileSetSpec, width_us: int, now_us: int) -> Column:
    tile = tile_of(sf.col(TIME), width_us)
    settled_us = settle_until_us(tile_set, width_us, now_us)
    apart: Column = sf.lit(None).cast("bigint")
    if settled_us is not None:
        end = sf.col(TIME) if tile_set.is_row else _end(width_us)
        apart = sf.when(end > settled_us, sf.col(TIME))
    asked: Column = sf.lit(None).cast("string")
    if view.include_current and tile_set.head and width_us == tile_set.widths_us[0]:
        asked = sf.when(sf.col(TIME) > now_us - 2 * GRACE_US, sf.col(_EVENT_ID))
    return sf.struct(
        sf.lit(width_us).cast("bigint").alias(WIDTH),
        floor_div(tile, windows.TILES_PER_PAGE).alias(PAGE),
        tile.alias(TILE),
        apart.alias(MOMENT),
        asked.alias(ID),
    )


def _value(slot: int) -> str:
    return f"{_VALUE}{slot}"


def _stamped(value: Column) -> Column:
    parts = (sf.col(TIME).alias("time"), sf.col(_EVENT_ID).alias("id"), value.alias("value"))
    return sf.when(value.isNotNull(), sf.struct(*parts))


def _several(value: Column, *parts: Column) -> Column:
    """A state of a count and more, null of no values."""
    n = sf.count(value)
    return sf.when(n > 0, sf.struct(n.alias("n"), *[part.alias(f"p{at}") for at, part in enumerate(parts)]))


def _moments(value: Column) -> Column:
    real = value.cast("double")
    return _several(value, sf.avg(real), sf.var_pop(real) * sf.count(value))


_STATES: dict[str, Callable[[Column], Column]] = {
    "count": lambda value: sf.when(sf.count(value) > 0, sf.count(value)),
    "sum": lambda value: _several(value, sf.sum(value)),
    "whole_sum": lambda value: _several(
        value, sf.sum(sf.shiftright(value, LOW_BITS)), sf.sum(value.bitwiseAND(LOW_MASK))
    ),
    "min": sf.min,
    "max": sf.max,
    "moments": _moments,
    "first": lambda value: sf.min(_stamped(value)),
    "last": lambda value: sf.max(_stamped(value)),
}
"""States that one grouping makes. Lists and sketches are cut down first, so that no group outgrows memory."""


def _items(slot: SlotSpec, number: int, rows: DataFrame, by: list[str]) -> DataFrame:
    """The state of a list or a sketch: one row a group that has any items."""
    value, name = sf.col(_value(number)), state_column(number)
    counted = rows.where(value.isNotNull())
    kind, _, n = slot.state.partition(":")
    if kind == "last_n":
        latest = SparkWindow.partitionBy(*by).orderBy(sf.col(TIME).desc(), sf.col(_EVENT_ID).desc())
        chosen = counted.withColumn(_NUMBER, sf.row_number().over(latest)).where(sf.col(_NUMBER) <= int(n))
        items = chosen.select(*by, _stamped(value).alias(_ITEM))
        return items.groupBy(*by).agg(sf.sort_array(sf.collect_list(_ITEM), asc=False).alias(name))
    register, rank = register_and_rank(value)
    registers = counted.select(*by, register.alias(_REGISTER), rank.alias(_RANK))
    ranks = registers.groupBy(*by, _REGISTER).agg(sf.max(_RANK).alias(_RANK))
    return ranks.groupBy(*by).agg(sf.collect_list(sf.struct(_REGISTER, _RANK)).alias(name))
