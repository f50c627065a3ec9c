"""A Kinesis stream as the replay of dead letters needs it: put records, and read a part of a shard again."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from headwater.instants import to_us
from headwater.stream.letters import BatchRange
from headwater.stream.packing import parts
from headwater.stream.records import StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

_ATTEMPTS = 5
_CALL_BYTES = 4_000_000
_CALL_RECORDS = 500
_FIRST_WAIT_S = 0.2
_READS_PER_SECOND = 5
_RECORDS_PER_READ = 1_000


class Put(NamedTuple):
    """A record to put."""

    partition_key: str
    data: bytes


class KinesisStream:
    """A stream.

    Args:
        client: boto3 client.
        name: Of the stream.
        sleep: Waits, in seconds.
    """

    def __init__(
        self, client: "KinesisClient", name: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def put(self, records: Sequence[Put]) -> list[str | None]:
        """Put records.

        Returns:
            For each, None once the stream has acknowledged it, or the code of the error with which it refused it
            again and again.
        """
        errors: list[str | None] = ["not put"] * len(records)
        left = list(range(len(records)))
        for attempt in range(_ATTEMPTS):
            if not left:
                break
            if attempt:
                self._sleep(_FIRST_WAIT_S * 2**attempt)
            for part in parts(
                left,
                lambda place: len(records[place].data),
                most_bytes=_CALL_BYTES,
                most_items=_CALL_RECORDS,
            ):
                answer = self._client.put_records(
                    StreamName=self._name,
                    Records=[
                        {"Data": records[place].data, "PartitionKey": records[place].partition_key}
                        for place in part
                    ],
                )
                for place, result in zip(part, answer["Records"], strict=True):
                    errors[place] = result.get("ErrorCode")
            left = [place for place in left if errors[place] is not None]
        return errors

    def read(self, wanted: BatchRange) -> list[StreamRecord]:
        """Read the records of a range again: those that the stream still retains."""
        missing = (
            self._client.exceptions.ResourceNotFoundException,
            self._client.exceptions.InvalidArgumentException,
        )
        try:
            iterator = self._client.get_shard_iterator(
                StreamName=self._name,
                ShardId=wanted.shard_id,
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                StartingSequenceNumber=wanted.start_sequence_number,
            )["ShardIterator"]
        except missing:
            # The shard is gone, or its oldest record is later than the first of the range.
            return []
        first, last = int(wanted.start_sequence_number), int(wanted.end_sequence_number)
        found: list[StreamRecord] = []
        while iterator and len(found) < wanted.batch_size:
            answer = self._client.get_records(ShardIterator=iterator, Limit=_RECORDS_PER_READ)
            records = [
                StreamRecord(
                    wanted.shard_id,
                    int(record["SequenceNumber"]),
                    record["SequenceNumber"],
                    to_us(record["ApproximateArrivalTimestamp"]),
                    record["Data"],
                    record["PartitionKey"],
                )
                for record in answer["Records"]
            ]
            found += [record for record in records if first <= record.sequence <= last]
            past = bool(records) and records[-1].sequence >= last
            if past or (not records and not answer.get("MillisBehindLatest")):
                break
            iterator = answer.get("NextShardIterator") or ""
            self._sleep(1 / _READS_PER_SECOND)
        return found
