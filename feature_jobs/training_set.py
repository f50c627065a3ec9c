"""Builds a training set from a file of label rows."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from headwater.errors import InputError
from headwater.offline.log_reads import EventLog
from headwater.offline.point_in_time import Mode, Progress, training_set
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
    memory_bytes: int | None = None,
    progress: Progress = lambda _view, _done, _total: None,
) -> tuple[int, int]:
    """Add a service's features to the rows of a Parquet file and write another.

    Returns:
        Rows and columns written.

    Raises:
        InputError: A file cannot be read or written, or its rows lack an instant or a key.
        RequestError: The service is unknown.
    """
    if not labels.is_file():
        raise InputError(f"labels {labels}: no such file; give a Parquet file of label rows")
    if not out.absolute().parent.is_dir():
        raise InputError(f"out {out}: no folder {out.absolute().parent}; make it, or write elsewhere")
    try:
        rows = pq.read_table(labels)
    except pa.ArrowInvalid as error:
        raise InputError(f"labels {labels}: {error}; give a Parquet file of label rows") from error
    table = training_set(
        rows,
        registry,
        service,
        log,
        timestamp_column=timestamp_column,
        mode=mode,
        memory_bytes=memory_bytes,
        progress=progress,
    )
    pq.write_table(table, out)
    return table.num_rows, table.num_columns
