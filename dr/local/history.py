"""Events of the days before a drill, for a backfill: a log that both regions reach."""

import random
import time
from collections.abc import Iterable, Sequence

import pyarrow as pa

from dr.local.traffic import AIRPORTS, CARRIERS
from headwater.envelope import LoggedEvent
from headwater.instants import from_us
from headwater.windows import HOUR_US, Bounds

_SOURCE = "departures"
_EVENTS = 600
_HOURS = 40


def made(seed: int = 5) -> list[LoggedEvent]:
    """Departures of the last hours, the same but for when they are."""
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    now_us = time.time_ns() // 1000
    return [
        LoggedEvent(
            source=_SOURCE,
            event_id=f"history-{number}",
            event_time_us=(at_us := now_us - chance.randrange(HOUR_US // 60, _HOURS * HOUR_US)),
            arrival_us=at_us,
            shard="history",
            sequence=number,
            data={
                "origin": chance.choice(AIRPORTS),
                "carrier": chance.choice(CARRIERS),
                "tailnum": f"N{chance.randrange(8)}",
                "dest": None,
                "flight_number": number,
                "dep_delay": float(chance.randrange(60)),
                "cancelled": False,
                "distance": None,
            },
        )
        for number in range(_EVENTS)
    ]


class History:
    """The log; see `headwater.offline.log_reads.EventLog`.

    Args:
        events: Of one source.
    """

    def __init__(self, events: Sequence[LoggedEvent]) -> None:
        self._events = events

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> pa.Table:
        """See `EventLog.read`."""
        rows = [
            {
                "event_id": event.event_id,
                "event_time": from_us(event.event_time_us),
                "arrival": from_us(event.arrival_us),
                **event.data,
            }
            for event in self._events
            if event.source == source and interval.after_us < event.event_time_us <= interval.until_us
        ]
        return pa.Table.from_pylist(
            [{column: row[column] for column in columns} for row in rows],
            pa.schema([(column, _TYPES[column]) for column in columns]),
        )

    def batches(self, source: str, columns: Sequence[str], interval: Bounds) -> Iterable[pa.RecordBatch]:
        """See `EventLog.batches`."""
        found: list[pa.RecordBatch] = self.read(source, columns, interval).to_batches()
        return found

    def count(self, source: str, interval: Bounds) -> int:
        """See `EventLog.count`."""
        return len(self.read(source, ["event_id"], interval))


_TYPES = {
    "event_id": pa.string(),
    "event_time": pa.timestamp("us", "UTC"),
    "arrival": pa.timestamp("us", "UTC"),
    "origin": pa.string(),
    "carrier": pa.string(),
    "tailnum": pa.string(),
    "dest": pa.string(),
    "flight_number": pa.int64(),
    "dep_delay": pa.float64(),
    "arr_delay": pa.float64(),
    "late": pa.int64(),
    "cancelled": pa.bool_(),
    "distance": pa.float64(),
    "temp": pa.float64(),
    "wind_speed": pa.float64(),
    "precip": pa.float64(),
    "visib": pa.float64(),
}
