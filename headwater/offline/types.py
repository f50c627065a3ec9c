"""Our column types in Arrow, and the columns of the event log."""

import pyarrow as pa

from headwater.registry import SourceSpec

INSTANT = pa.timestamp("us", tz="UTC")

ARROW_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": INSTANT,
}


def log_schema(source: SourceSpec) -> pa.Schema:
    """Columns of a source's event log: what every event has, then the source's own."""
    return pa.schema(
        [
            pa.field("event_time", INSTANT, nullable=False),
            pa.field("arrival", INSTANT, nullable=False),
            pa.field("event_id", pa.string(), nullable=False),
            pa.field("shard", pa.string(), nullable=False),
            pa.field("sequence", pa.string(), nullable=False),
            *[pa.field(column, ARROW_TYPES[kind]) for column, kind in source.columns.items()],
        ]
    )
