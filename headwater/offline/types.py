"""Our types in Arrow, values in and out of it, and the columns of the event log."""

from typing import Any

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


def arrow_type(kind: str) -> pa.DataType:
    """Arrow's type for one of ours.

    >>> str(arrow_type("list[int64]"))
    'list<item: int64>'
    """
    if kind.startswith("list["):
        return pa.list_(ARROW_TYPES[kind.removeprefix("list[").removesuffix("]")])
    return ARROW_TYPES[kind]


def plain_values(column: Any) -> list[Any]:
    """Values as states and expressions take them: instants as microseconds, None for null."""
    return list(
        column.cast(pa.int64()).to_pylist() if pa.types.is_timestamp(column.type) else column.to_pylist()
    )


def to_numpy(column: Any) -> Any:
    """A column without nulls as one NumPy array."""
    return column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)


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
