"""An event log in memory: reading it costs nothing, on any side."""

from collections.abc import Iterable, Sequence

import pyarrow as pa

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
