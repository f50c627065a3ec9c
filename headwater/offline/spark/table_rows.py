"""Rows of a table of facts as events, by Spark: the same events that `headwater.offline.table_rows` makes."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.types import TimestampNTZType

from headwater.errors import InputError
from headwater.instants import from_us
from headwater.offline.spark.log_tables import columns_of
from headwater.offline.spark.slot_columns import plain
from headwater.offline.table_rows import TABLE_SHARD
from headwater.registry import SourceSpec


def events_of(source: SourceSpec, rows: DataFrame, arrival_us: int) -> DataFrame:
    """Rows as events; see `headwater.offline.table_rows.events_of`.

    Raises:
        InputError: A column is missing or of another type.
    """
    wanted = {"event_time": "timestamp", **source.columns}
    types = columns_of(source)
    typed = rows.select(*[_column(source, rows, name, types[name]) for name in wanted])
    pieces = [_text(sf.col(f"`{name}`"), kind) for name, kind in wanted.items()]
    identity = sf.md5(sf.concat(*pieces))
    envelope = {
        "arrival": sf.lit(from_us(arrival_us)),
        "event_id": sf.concat(sf.lit(f"{arrival_us:016d}-"), identity),
        "shard": sf.lit(TABLE_SHARD),
        "sequence": identity,
    }
    return typed.select(*[envelope.get(name, sf.col(f"`{name}`")).alias(name) for name in types])


def _column(source: SourceSpec, rows: DataFrame, name: str, kind: str) -> Column:
    where = f"table of source {source.name!r}"
    found = {field.name: field.dataType for field in rows.schema.fields}
    if name not in found:
        raise InputError(f"{where}: no column {name!r} among {', '.join(found)}; add it")
    if not _fits(found[name].simpleString(), kind) or isinstance(found[name], TimestampNTZType):
        raise InputError(
            f"{where}, column {name!r}: found {found[name].simpleString()}, expected {kind}; cast it"
        )
    return sf.col(f"`{name}`").cast(kind).alias(name)


def _fits(found: str, kind: str) -> bool:
    """Whether a type holds nothing that the other could not."""
    wider = {"bigint": {"tinyint", "smallint", "int"}, "double": {"float", "tinyint", "smallint", "int"}}
    return found == kind or found in wider.get(kind, set())


def _text(column: Column, kind: str) -> Column:
    value = sf.xxhash64(column) if kind == "float64" else plain(column, kind)
    text = value.cast("string")
    return sf.when(column.isNull(), "-").otherwise(
        sf.concat(sf.length(text).cast("string"), sf.lit(":"), text)
    )
