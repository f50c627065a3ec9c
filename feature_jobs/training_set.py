"""Builds a training set from a file of label rows."""

from pathlib import Path

import pyarrow.parquet as pq

from headwater.errors import InputError
from headwater.offline.event_log import EventLog
from headwater.offline.point_in_time import Mode, training_set
from headwater.registry import Registry


def build(
    registry: Registry,
    log: EventLog,
    service: str,
    labels: Path,
    out: Path,
    *,
    timestamp_column: str,
    mode: Mode,
) -> tuple[int, int]:
    """Add a service's features to the rows of a Parquet file and write another.

    Returns:
        Rows and columns written.

    Raises:
        InputError: There is no such file, or its rows lack an instant or a key.
        RequestError: The service is unknown.
    """
    if not labels.is_file():
        raise InputError(f"labels {labels}: no such file; give a Parquet file of label rows")
    table = training_set(
        pq.read_table(labels), registry, service, log, timestamp_column=timestamp_column, mode=mode
    )
    pq.write_table(table, out)
    return table.num_rows, table.num_columns
