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
    if not out.absolute().parent.is_dir():
        raise InputError(f"out {out}: no folder {out.absolute().parent}; make it, or write elsewhere")
    table = training_set(
        read_rows("labels", labels),
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


def read_rows(what: str, file: Path) -> pa.Table:
    """Read a Parquet file that somebody has named.

    Args:
        what: What it is for, for messages.
        file: The file.

    Raises:
        InputError: It is not there, or is something else.
    """
    if not file.is_file():
        raise InputError(f"{what} {file}: no such file; give a Parquet file")
    try:
        return pq.read_table(file)
    except pa.ArrowInvalid as error:
        raise InputError(f"{what} {file}: {error}; give a Parquet file") from error
