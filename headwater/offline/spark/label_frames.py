"""Label rows as a data frame: what they must have, and the features computed from them."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyspark.sql import DataFrame, types

from headwater import names
from headwater.errors import InputError
from headwater.offline import label_rows
from headwater.offline.on_demand import append_on_demand
from headwater.offline.spark.slot_columns import SPARK_TYPES
from headwater.offline.types import INSTANT
from headwater.registry import Registry, ServiceSpec

_ARROW = {
    types.StringType: pa.string(),
    types.ByteType: pa.int8(),
    types.ShortType: pa.int16(),
    types.IntegerType: pa.int32(),
    types.LongType: pa.int64(),
    types.FloatType: pa.float32(),
    types.DoubleType: pa.float64(),
    types.BooleanType: pa.bool_(),
    types.TimestampType: INSTANT,
    types.TimestampNTZType: pa.timestamp("us"),
    types.NullType: pa.null(),
}


def check_labels(labels: DataFrame, registry: Registry, service: ServiceSpec, timestamp_column: str) -> None:
    """Check every column a service needs, and the instants.

    Raises:
        InputError: One is missing, of the wrong type, named as a feature, or an instant is null.
    """
    # Types Spark has and we do not are binary here: they fit no column of ours.
    fields = [
        pa.field(field.name, _ARROW.get(type(field.dataType), pa.binary())) for field in labels.schema.fields
    ]
    empty = pa.schema(fields).empty_table()
    label_rows.instants_of(empty, timestamp_column)
    label_rows.check_labels(empty, registry, service)
    nulls = labels.where(labels[timestamp_column].isNull()).count()
    if nulls:
        raise InputError(f"labels, column {timestamp_column!r}: {nulls} nulls, expected none; drop the rows")


def with_on_demand(table: DataFrame, registry: Registry, service: ServiceSpec) -> DataFrame:
    """Add the outputs of a service's on-demand views, batch by batch."""
    views = registry.on_demand_of(service)
    if not views:
        return table
    schema = types.StructType(list(table.schema.fields))
    for view in views:
        for output, kind in view.outputs.items():
            schema.add(names.qualified_feature(view.name, output), SPARK_TYPES[kind])

    def computed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from append_on_demand(pa.Table.from_batches([batch]), registry, service).to_batches()

    return table.mapInArrow(computed, schema)
