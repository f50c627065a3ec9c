"""Event logs of benchmarks: one in memory, whose reads cost nothing, and one in a Parquet file."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from headwater.windows import Bounds


class ArrowLog:
    """One table, whatever the source and the interval."""

    def __init__(self, events: pa.Table) -> None:
        self._events = events

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> pa.Table:  # noqa: ARG002 (see above)
        """See `EventLog.read`."""
        return self._events.select(list(columns))

    def batches(self, source: str, columns: Sequence[str], interval: Bounds) -> Iterable[pa.RecordBatch]:
        """See `EventLog.batches`."""
        yield from self.read(source, columns, interval).to_batches()

    def count(self, source: str, interval: Bounds) -> int:  # noqa: ARG002 (see above)
        """See `EventLog.count`."""
        return int(self._events.num_rows)


class ParquetLog:
    """One file, read anew each time, whatever the source and the interval."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> pa.Table:  # noqa: ARG002 (see above)
        """See `EventLog.read`."""
        return pq.read_table(self._file, columns=list(columns))

    def batches(self, source: str, columns: Sequence[str], interval: Bounds) -> Iterable[pa.RecordBatch]:
        """See `EventLog.batches`."""
        yield from self.read(source, columns, interval).to_batches()

    def count(self, source: str, interval: Bounds) -> int:  # noqa: ARG002 (see above)
        """See `EventLog.count`."""
        return int(pq.read_metadata(self._file).num_rows)
