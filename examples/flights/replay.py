"""Puts events on the stream in order of arrival, stopping at instants to look around."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from examples.flights.data import FlightEvents, envelopes
from headwater import names
from headwater.environment import Environment
from headwater.errors import LocalCloudError
from headwater.online import watermark
from headwater.online.stores import OnlineStore

_RECORDS_AT_ONCE = 500
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.005


class Checkpoint(NamedTuple):
    """An instant at which vectors are asked for, and the events that had arrived since the one before."""

    t_us: int
    envelopes: list[dict[str, Any]]


def checkpoint_instants(departures: pa.Table, count: int, seed: int = 7) -> list[int]:
    """Choose instants at which a flight left, at random but the same each time, in order."""
    left = departures.filter(pc.invert(departures["cancelled"]))
    instants = np.unique(left["event_time"].cast(pa.int64()).to_numpy())
    chosen = np.random.default_rng(seed).choice(instants, size=min(count, len(instants)), replace=False)
    return [int(t_us) for t_us in np.sort(chosen)]


def checkpoints(events: FlightEvents, instants_us: Sequence[int]) -> Iterator[Checkpoint]:
    """Cut events into what arrived up to and at each instant; what arrives after the last comes with it.

    The last checkpoint is one more, without anything to ask: its instant is that of the last arrival.
    """
    merged: list[tuple[int, dict[str, Any]]] = []
    for source, table in events.by_source().items():
        arrivals = table["arrival"].cast(pa.int64()).to_pylist()
        merged += zip(arrivals, envelopes(table, source), strict=True)
    merged.sort(key=lambda item: item[0])
    position = 0
    for t_us in [*instants_us, merged[-1][0] if merged else 0]:
        start = position
        while position < len(merged) and merged[position][0] <= t_us:
            position += 1
        yield Checkpoint(t_us, [envelope for _, envelope in merged[start:position]])


class Producer:
    """Puts envelopes on the event stream and waits until they have been applied.

    Args:
        outputs: The environment.
        store: An online store of it, to see how far the stream has come.
    """

    def __init__(self, outputs: Environment, store: OnlineStore) -> None:
        self._outputs = outputs
        self._kinesis = outputs.client("kinesis")
        self._store = store
        self._reached: dict[str, int] = {}

    def put(self, items: Sequence[dict[str, Any]]) -> None:
        """Put envelopes, in their order.

        Raises:
            LocalCloudError: The stream refused some.
        """
        for start in range(0, len(items), _RECORDS_AT_ONCE):
            batch = items[start : start + _RECORDS_AT_ONCE]
            answer = self._kinesis.put_records(
                StreamName=self._outputs.event_stream_name,
                Records=[
                    {"Data": msgspec.json.encode(item), "PartitionKey": item["event_id"]} for item in batch
                ],
            )
            if answer["FailedRecordCount"]:
                raise LocalCloudError(
                    f"event stream {self._outputs.event_stream_name!r}: {answer['FailedRecordCount']} of {len(batch)} "
                    "records refused; look at the emulator's log in .headwater/logs"
                )
            for record in answer["Records"]:
                shard = names.stream_shard(self._outputs.region, record["ShardId"])
                sequence = int(record["SequenceNumber"])
                self._reached[shard] = max(sequence, self._reached.get(shard, -1))

    def wait(self) -> None:
        """Wait until everything put has been applied to the online stores.

        Raises:
            LocalCloudError: It took too long.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._is_applied():
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"stream function {self._outputs.stream_function_name!r}: events put {_PATIENCE_SECONDS:.0f} s ago "
                    "are not applied; look at the emulator's log in .headwater/logs"
                )
            time.sleep(_POLL_SECONDS)

    def _is_applied(self) -> bool:
        mark = watermark.read(self._store, self._outputs.environment)
        positions = mark.positions if mark else {}
        return all(int(positions.get(shard, "-1")) >= sequence for shard, sequence in self._reached.items())
