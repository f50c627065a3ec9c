"""The stream function of a region of AWS, and the event source mapping that delivers the stream to it.

A mapping goes on where it stopped, and its starting position cannot be changed. So on the way back it is deleted and
made again. `LATEST` would miss what is put while it starts, which can take minutes; it begins at an instant instead, that
is behind the last record and before the first that comes after. An empty stream needs nothing: from its beginning on is
from its end on.
"""

import math
import time
from typing import Any

from dr.errors import FailoverError
from dr.journal import Journal
from dr.regions import Region
from dr.waiting import wait

_PATIENCE_S = 600.0
_KEPT = (
    *(
        "EventSourceArn",
        "BatchSize",
        "MaximumBatchingWindowInSeconds",
        "ParallelizationFactor",
        "FilterCriteria",
    ),
    *("DestinationConfig", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts"),
    *("TumblingWindowInSeconds", "FunctionResponseTypes", "KMSKeyArn", "MetricsConfig"),
)
"""What a mapping is made with, of what Lambda says about one."""


class EventSource:
    """See `streams.Stream`.

    Args:
        region: The region.
        poll_s: Between two looks at a mapping that changes.
    """

    def __init__(self, region: Region, poll_s: float = 2.0) -> None:
        self._region = region
        self._function = region.outputs.stream_function_name
        self._poll_s = poll_s

    def stop(self) -> None:
        """See `streams.Stream.stop`."""
        self._region.client("lambda").put_function_concurrency(
            FunctionName=self._function, ReservedConcurrentExecutions=0
        )

    def wait_until_idle(self) -> None:
        """See `streams.Stream.wait_until_idle`: a call that has begun ends with the function's timeout at the latest."""
        asked = self._region.steady_client("lambda").get_function_configuration(FunctionName=self._function)
        time.sleep(asked["Timeout"])

    def from_end(self, journal: Journal) -> int | None:
        """See `streams.Stream.from_end`."""
        start_s = self._start_s(journal)
        if start_s is None:
            return None
        # Lambda takes no instant that is still to come.
        time.sleep(max(start_s - time.time(), 0))
        found = self._mapping()
        made = None if found is None else found.get("StartingPositionTimestamp")
        if found is not None and (made is None or made.timestamp() != start_s):
            journal.add("", "decided", mapping={name: found[name] for name in _KEPT if name in found})
            self._delete(found)
            found = None
        if found is None:
            self._create(journal, start_s)
        wait(f"mapping of {self._function}", self._is_enabled, _PATIENCE_S, self._poll_s)
        return start_s

    def run(self) -> None:
        """See `streams.Stream.run`."""
        self._region.steady_client("lambda").delete_function_concurrency(FunctionName=self._function)

    def _start_s(self, journal: Journal) -> int | None:
        """The first whole second behind the last record, decided once; None: there is no record."""
        decided = journal.decided("stream_from")
        if decided is None:
            last_us = max((record.arrival_us for record in self._region.stream.records()), default=None)
            decided = {"start_s": None if last_us is None else math.floor(last_us / 1e6) + 1}
            journal.add("", "decided", stream_from=decided)
        start_s: int | None = decided["start_s"]
        return start_s

    def _mapping(self) -> dict[str, Any] | None:
        found: list[dict[str, Any]] = [
            mapping
            for mapping in self._region.steady_client("lambda").list_event_source_mappings(
                FunctionName=self._function
            )["EventSourceMappings"]
            if mapping["EventSourceArn"].rpartition("/")[2] == self._region.outputs.event_stream_name
        ]
        if len(found) > 1:
            raise FailoverError(
                f"stream function {self._function!r}: found {len(found)} mappings of its stream, expected one; delete those "
                "that the program did not make, or events count twice"
            )
        return found[0] if found else None

    def _delete(self, mapping: dict[str, Any]) -> None:
        if mapping["State"] != "Deleting":
            self._region.steady_client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])
        wait(
            f"mapping {mapping['UUID']} being deleted",
            lambda: self._mapping() is None,
            _PATIENCE_S,
            self._poll_s,
        )

    def _create(self, journal: Journal, start_s: int) -> None:
        kept: dict[str, Any] | None = journal.decided("mapping")
        if kept is None:
            raise FailoverError(
                f"stream function {self._function!r}: found no mapping of its stream, expected the program's; deploy "
                f"{self._region.name}, then go on"
            )
        self._region.steady_client("lambda").create_event_source_mapping(
            **kept,
            FunctionName=self._function,
            StartingPosition="AT_TIMESTAMP",
            StartingPositionTimestamp=start_s,
        )

    def _is_enabled(self) -> bool:
        found = self._mapping()
        return found is not None and found["State"] == "Enabled"
