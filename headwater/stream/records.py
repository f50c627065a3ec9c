"""Records as a Lambda event source mapping delivers them."""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple


class StreamRecord(NamedTuple):
    """One record of the stream.

    Attributes:
        shard: Shard it was read from; a record's position is unique within it and only grows.
        sequence: That position.
        token: The position as the event source mapping wants a failure reported.
        arrival_us: When the stream received it, in microseconds since the epoch.
        data: Its bytes.
    """

    shard: str
    sequence: int
    token: str
    arrival_us: int
    data: bytes


def from_kinesis(event: Mapping[str, Any]) -> list[StreamRecord]:
    """Read the records of a Kinesis event, in its order."""
    return [_record(record) for record in event["Records"]]


def _record(record: Mapping[str, Any]) -> StreamRecord:
    kinesis = record["kinesis"]
    token = kinesis["sequenceNumber"]
    return StreamRecord(
        shard=record["eventID"].partition(":")[0],
        sequence=int(token),
        token=token,
        arrival_us=round(kinesis["approximateArrivalTimestamp"] * 1_000_000),
        data=base64.b64decode(kinesis["data"]),
    )
