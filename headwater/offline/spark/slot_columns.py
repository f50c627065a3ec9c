"""What a slot takes from each event, as Spark columns. Instants are microseconds."""

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as sf

from headwater import hyperloglog
from headwater.offline.spark import expressions
from headwater.registry import SlotSpec

SPARK_TYPES = {
    "string": "string",
    "int64": "bigint",
    "float64": "double",
    "bool": "boolean",
    "timestamp": "timestamp",
}


def plain(column: Column, kind: str) -> Column:
    """A column of one of our types as states take it: instants as microseconds."""
    return sf.unix_micros(column) if kind == "timestamp" else column


def slot_value(slot: SlotSpec, data: Mapping[str, Column], types: Mapping[str, str]) -> Column:
    """The value that an event has for a slot; null where it does not count.

    Args:
        slot: The slot.
        data: Source columns by name, as `plain` makes them.
        types: Their types.
    """
    if slot.expression is not None:
        value = expressions.evaluate(slot.expression, data, types)
    else:
        value = sf.lit(True) if slot.column is None else data[slot.column]
    # The condition counts only where it is true, not where it is null.
    return sf.when(expressions.evaluate(slot.where, data, types), value) if slot.where else value


def register_and_rank(value: Column) -> tuple[Column, Column]:
    """See `hyperloglog.register_of`.

    A hash whose every bit but the register's is zero, one in 2^54, counts as if one more bit had been.
    """
    digest = sf.md5(value.cast("string"))
    # Of the first 64 bits of the hash: the first 10 name the register, the zeros that lead the rest the rank.
    first, second = (sf.conv(sf.substring(digest, start, 8), 16, 10).cast("long") for start in (1, 9))
    rest_bits = 32 - hyperloglog.PRECISION
    high = first.bitwiseAND((1 << rest_bits) - 1)
    leading = sf.when(high > 0, rest_bits - _bit_length(high)).otherwise(rest_bits + 32 - _bit_length(second))
    return sf.shiftright(first, rest_bits).cast("int"), (leading + 1).cast("int")


def _bit_length(value: Column) -> Column:
    """Bits of a whole number of at most 32 bits, 0 for 0."""
    return sf.when(value > 0, sf.length(sf.bin(value))).otherwise(0)
