"""Lists of the latest values and sketches of distinct ones: what a window's items are, and what they come to.

Of each whole tile only the items that can matter are paired with asks: the latest few, or one rank a register.
"""

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import Window as SparkWindow
from pyspark.sql import functions as sf

from headwater import hyperloglog
from headwater.offline.spark import pairs
from headwater.offline.spark.slot_columns import register_and_rank
from headwater.offline.spark.view_frames import ID, TIME, Reading, ViewFrames

_RESULT = "v"
_SIGMA_TERMS = 20
"""With no more than 1,023 of 1,024 registers empty the next term is below the smallest float."""

_ITEM, _REGISTER, _RANK, _NUMBER = "__item", "__register", "__rank", "__number"


class _Items(NamedTuple):
    """A kind of items.

    Attributes:
        columns: Of an item by name, made from an event.
        shrink: Items by some columns to those of them that can matter.
        finish: The same, to the value.
    """

    columns: dict[str, Column]
    shrink: Callable[[DataFrame, list[str]], DataFrame]
    finish: Callable[[DataFrame, list[str]], DataFrame]


def result_column(reading: Reading) -> str:
    """Name of the column with a reading's value."""
    return reading.column(_RESULT)


def values(frames: ViewFrames, reading: Reading, *, as_known: bool) -> DataFrame:
    """The value of a list or a sketch: one row an ask that has any items."""
    items = _KINDS[reading.kind](reading)
    window, value = reading.window, sf.col(reading.value)
    made = [column.alias(name) for name, column in items.columns.items()]
    prompt = pairs.prompt_events(frames, window, as_known=as_known).where(value.isNotNull())
    tiles = items.shrink(prompt.select(*frames.keys, pairs.TILE, *made), [*frames.keys, pairs.TILE])
    found = [pairs.whole_tiles(frames, window, tiles).select(*frames.ask, *items.columns)]
    events = []
    if as_known:
        events.append(pairs.late_pairs(frames, window))
    if not window.delay_us:
        events.append(pairs.head_pairs(frames, window, as_known=as_known))
        if frames.view.include_current:
            events.append(pairs.unseen_own_events(frames, window, as_known=as_known))
    found += [each.where(value.isNotNull()).select(*frames.ask, *made) for each in events]
    everything = reduce(DataFrame.unionByName, found)
    return items.finish(items.shrink(everything, frames.ask), frames.ask).withColumnRenamed(
        _RESULT, result_column(reading)
    )


def _last_n(reading: Reading) -> _Items:
    n = int(reading.slot.state.partition(":")[2])

    def shrink(items: DataFrame, by: list[str]) -> DataFrame:
        latest = SparkWindow.partitionBy(*by).orderBy(sf.col(_ITEM).desc())
        return (
            items.withColumn(_NUMBER, sf.row_number().over(latest)).where(sf.col(_NUMBER) <= n).drop(_NUMBER)
        )

    def finish(items: DataFrame, by: list[str]) -> DataFrame:
        ordered = sf.sort_array(sf.collect_list(_ITEM), asc=False)
        return items.groupBy(*by).agg(sf.transform(ordered, lambda item: item["value"]).alias(_RESULT))

    item = sf.struct(sf.col(TIME).alias("time"), sf.col(ID).alias("id"), sf.col(reading.value).alias("value"))
    return _Items({_ITEM: item}, shrink, finish)


def _distinct(reading: Reading) -> _Items:
    register, rank = register_and_rank(sf.col(reading.value))
    columns = {_REGISTER: register, _RANK: rank}

    def shrink(items: DataFrame, by: list[str]) -> DataFrame:
        return items.groupBy(*by, _REGISTER).agg(sf.max(_RANK).alias(_RANK))

    def finish(items: DataFrame, by: list[str]) -> DataFrame:
        ranks = sf.sum(sf.pow(sf.lit(2.0), -sf.col(_RANK)))
        counted = items.groupBy(*by).agg(
            ranks.alias(_RANK), (hyperloglog.REGISTERS - sf.count(_RANK)).alias(_NUMBER)
        )
        return counted.select(*by, _estimate(sf.col(_RANK), sf.col(_NUMBER)).alias(_RESULT))

    return _Items(columns, shrink, finish)


def _estimate(middle: Column, empty: Column) -> Column:
    """`hyperloglog.estimate`, with its loops written out.

    The loop over ranks is a sum of powers of two. A hash whose every bit but the register's is zero, one in 2^54,
    counts as if one more bit had been.

    Args:
        middle: Sum of 2^-rank over the registers that are not zero.
        empty: How many registers are zero.
    """
    size = hyperloglog.REGISTERS
    share = empty / size
    sigma = share
    for doubling in range(_SIGMA_TERMS):
        sigma = sigma + sf.pow(share, sf.lit(2.0 ** (doubling + 1))) * 2.0**doubling
    return sf.rint(hyperloglog.ALPHA * size * size / (middle + size * sigma)).cast("long")


_KINDS: dict[str, Callable[[Reading], _Items]] = {"last_n": _last_n, "distinct": _distinct}
