"""Label rows in and out: Arrow tables, and the data frames that speak Arrow's C interface."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from headwater.errors import InputError
from headwater.offline.types import arrow_type


def to_arrow(labels: Any) -> pa.Table:
    """Label rows as an Arrow table.

    Args:
        labels: A `pyarrow.Table`, a pandas or a Polars data frame.

    Raises:
        InputError: It is something else.
    """
    if isinstance(labels, pa.Table):
        return labels
    if _library(labels) == "pandas":
        return pa.Table.from_pandas(labels)
    if hasattr(labels, "__arrow_c_stream__"):
        return pa.table(labels)
    raise InputError(
        f"labels: found {type(labels).__name__}, expected an Arrow table or a pandas or Polars data frame; convert it"
    )


def like(labels: Any, table: pa.Table) -> Any:
    """The table as the same kind of thing as ``labels``; a pandas index is kept."""
    if isinstance(labels, pa.Table):
        return table
    if _library(labels) == "pandas":
        return table.to_pandas()
    return type(labels)(table)


def _library(frame: Any) -> str:
    # By name, so that neither library has to be there.
    return type(frame).__module__.partition(".")[0]


def vectors_table(features: Sequence[str], types: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Vectors of a lookup as a table.

    Args:
        features: Names of k features.
        types: Type of each.
        rows: n rows of k plain values.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(features)
    arrays = [
        pa.array(column, arrow_type(kind.replace("timestamp", "int64"))).cast(arrow_type(kind))
        for column, kind in zip(columns, types, strict=True)
    ]
    return pa.table(dict(zip(features, arrays, strict=True)))
