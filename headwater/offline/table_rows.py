"""Rows of a table of facts as events of its `TableSource`, known again by what they say.

A row has no place on a stream. It is identified by its content: read again, it is the same event. Its id begins
with its arrival, so that of two versions that began to hold at one instant the one that came later counts.
"""

from collections.abc import Iterator
from hashlib import md5
from struct import Struct
from typing import Any

import pyarrow as pa
import xxhash

from headwater.errors import InputError
from headwater.instants import from_us
from headwater.offline.types import ARROW_TYPES, INSTANT, log_schema, plain_values
from headwater.registry import SourceSpec

TABLE_SHARD = "~table"
"""Name of the shard that rows of tables come from; no stream has it."""

_DOUBLE = Struct("<d")
_SPARK_SEED = 42
_SIGN_BIT, _WORD = 1 << 63, 1 << 64


def events_of(source: SourceSpec, rows: pa.Table, arrival_us: int) -> pa.Table:
    """Rows as events.

    Args:
        source: A table source.
        rows: ``event_time``, when each version began to hold, and the source's columns; others are left out.
        arrival_us: When they became known here.

    Returns:
        The columns of the source's log.

    Raises:
        InputError: A column is missing or of another type.
    """
    columns = {"event_time": _column(source, rows, "event_time", INSTANT)}
    columns |= {name: _column(source, rows, name, ARROW_TYPES[kind]) for name, kind in source.columns.items()}
    identities = list(_identities(source, columns))
    count = rows.num_rows
    envelope = {
        "arrival": pa.array([from_us(arrival_us)] * count, INSTANT),
        "event_id": pa.array([f"{arrival_us:016d}-{identity}" for identity in identities], pa.string()),
        "shard": pa.array([TABLE_SHARD] * count, pa.string()),
        "sequence": pa.array(identities, pa.string()),
    }
    schema = log_schema(source)
    return pa.table({name: (columns | envelope)[name] for name in schema.names})


def _column(source: SourceSpec, rows: pa.Table, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    where = f"table of source {source.name!r}"
    if name not in rows.column_names:
        raise InputError(f"{where}: no column {name!r} among {', '.join(rows.column_names)}; add it")
    found = rows[name]
    naive = pa.types.is_timestamp(found.type) and found.type.tz is None
    try:
        return found.cast(kind) if not naive else found.cast(pa.binary())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"{where}, column {name!r}: found {found.type}, expected {kind}; cast it") from error


def _identities(source: SourceSpec, columns: dict[str, pa.ChunkedArray]) -> Iterator[str]:
    kinds = {"event_time": "timestamp", **source.columns}
    texts = [
        [_text(value, kinds[name]) for value in plain_values(column)] for name, column in columns.items()
    ]
    for row in zip(*texts, strict=True):
        yield md5("".join(row).encode(), usedforsecurity=False).hexdigest()


def _text(value: Any, kind: str) -> str:
    """A value as every engine writes it; with its length, so that no two rows come to one text."""
    if value is None:
        return "-"
    if kind == "float64":
        text = str(_hash(value))
    elif kind == "bool":
        text = "true" if value else "false"
    else:
        text = str(value)
    return f"{len(text)}:{text}"


def _hash(value: float) -> int:
    """Spark's ``xxhash64`` of a double: engines write numbers as text in different ways."""
    hashed = xxhash.xxh64_intdigest(_DOUBLE.pack(value + 0.0), _SPARK_SEED)
    return hashed - _WORD if hashed & _SIGN_BIT else hashed
