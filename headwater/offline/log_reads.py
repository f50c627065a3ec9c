"""What reads of the event log need, whoever keeps it. No catalog is loaded here: jobs on Glue have none of pyiceberg's."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import pyarrow as pa

from headwater.windows import Bounds


class EventLog(Protocol):
    """What reads of the event log need."""

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> pa.Table:
        """Return some columns of the events with ``after_us < event_time <= until_us``, in any order."""

    def batches(self, source: str, columns: Sequence[str], interval: Bounds) -> Iterable[pa.RecordBatch]:
        """Like `read`, a piece at a time."""

    def count(self, source: str, interval: Bounds) -> int:
        """At least as many events as `read` would return."""
