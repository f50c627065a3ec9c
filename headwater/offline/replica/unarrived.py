"""Rows that a region committed and that never arrived in the other, which has gone on without them."""

from collections.abc import Iterator

import pyarrow as pa
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import FileScanTask, Table

_ROWS_AT_ONCE = 1_000_000


def rows_since(table: Table, fork: int | None) -> Iterator[pa.Table]:
    """Rows of the files that a table has and one of its snapshots had not.

    Files that were joined since are among them, with rows that the snapshot had too: whoever takes the rows
    recognises them.

    Args:
        table: The table.
        fork: Id of the snapshot; None or one that was expired: all rows.

    Yields:
        Rows with all columns, some files at a time.
    """
    known = set()
    if fork is not None and table.metadata.snapshot_by_id(fork) is not None:
        known = {task.file.file_path for task in table.scan(snapshot_id=fork).plan_files()}
    scan = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue())
    waiting: list[FileScanTask] = []
    for task in table.scan().plan_files():
        if task.file.file_path in known:
            continue
        waiting.append(task)
        if sum(each.file.record_count for each in waiting) >= _ROWS_AT_ONCE:
            yield scan.to_table(waiting)
            waiting = []
    if waiting:
        yield scan.to_table(waiting)
