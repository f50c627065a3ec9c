"""Records as a Lambda event source mapping delivers them: from Kinesis, Amazon MSK or one's own Kafka."""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

from headwater.errors import InputError

_KAFKA = ("aws:kafka", "SelfManagedKafka")


class StreamRecord(NamedTuple):
    """One record of the stream.

    Attributes:
        shard: Shard, or topic and partition, it was read from; a record's position is unique within it and
            only grows.
        sequence: That position.
        token: The position as the event source mapping wants a failure reported.
        arrival_us: When the stream received it, in microseconds since the epoch. From a Kafka topic with
            ``CreateTime`` timestamps it is when the producer says it made the record: set the topic to
            ``LogAppendTime``.
        data: Its bytes.
        partition_key: What Kinesis chose the shard by; empty from Kafka.
    """

    shard: str
    sequence: int
    token: str | dict[str, Any]
    arrival_us: int
    data: bytes
    partition_key: str = ""


def records_of(event: Mapping[str, Any]) -> list[StreamRecord]:
    """Read the records of a batch, whichever stream delivered it.

    Raises:
        InputError: It is no batch of a stream.
    """
    source = event.get("eventSource")
    if source in _KAFKA:
        return [_from_kafka(record) for partition in event["records"].values() for record in partition]
    records = event.get("Records", [])
    sources = {record.get("eventSource", "aws:kinesis") for record in records}
    if source is None and sources == {"aws:kinesis"}:
        return [_from_kinesis(record) for record in records]
    raise InputError(
        f"stream event: found event source {source or ', '.join(sorted(sources)) or 'none'}, expected aws:kinesis, "
        f"{' or '.join(_KAFKA)}; map the function to such a stream"
    )


def _from_kinesis(record: Mapping[str, Any]) -> StreamRecord:
    kinesis = record["kinesis"]
    token = kinesis["sequenceNumber"]
    return StreamRecord(
        shard=record["eventID"].partition(":")[0],
        sequence=int(token),
        token=token,
        arrival_us=round(kinesis["approximateArrivalTimestamp"] * 1_000_000),
        data=base64.b64decode(kinesis["data"]),
        partition_key=kinesis["partitionKey"],
    )


def _from_kafka(record: Mapping[str, Any]) -> StreamRecord:
    shard = f"{record['topic']}-{record['partition']}"
    return StreamRecord(
        shard=shard,
        sequence=record["offset"],
        token={"partition": shard, "offset": record["offset"]},
        arrival_us=record["timestamp"] * 1000,
        # A record without a value (a tombstone) is no envelope: it goes to the dead letters.
        data=base64.b64decode(record.get("value") or ""),
    )
