"""The event stream of one region in Kinesis, as a producer with an outbox needs it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from headwater import names
from headwater.errors import UnavailableError, UnknownOutcomeError
from headwater.instants import to_us
from headwater.stream.outbox import Outgoing
from headwater.stream.producer import Place
from headwater.stream.records import StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

_RECORDS_PER_READ = 1_000


class KinesisRegion:
    """A stream; see `producer.RegionStream`.

    Args:
        client: boto3 client that asks once: asked again, it could put events twice.
        stream: Name of the stream.
    """

    def __init__(self, client: "KinesisClient", stream: str) -> None:
        self._client = client
        self._stream = stream
        self._region = client.meta.region_name

    def put(self, events: Sequence[Outgoing]) -> list[Place | None]:
        """See `producer.RegionStream.put`."""
        # botocore is heavy: imported by whoever made the client, and here only once it is used.
        from botocore.exceptions import (  # noqa: PLC0415
            BotoCoreError,
            ClientError,
            ConnectTimeoutError,
            EndpointConnectionError,
        )

        try:
            answer = self._client.put_records(
                StreamName=self._stream,
                Records=[{"Data": event.data, "PartitionKey": event.partition_key} for event in events],
            )
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            raise UnavailableError(f"stream {self._said()}: {error}; put the events again") from error
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < _SERVER_ERROR:
                raise UnavailableError(f"stream {self._said()}: {error}; put the events again") from error
            raise UnknownOutcomeError(self._doubt(len(events), error)) from error
        except BotoCoreError as error:
            raise UnknownOutcomeError(self._doubt(len(events), error)) from error
        return [
            None
            if result.get("ErrorCode")
            else Place(names.stream_shard(self._region, result["ShardId"]), result["SequenceNumber"])
            for result in answer["Records"]
        ]

    def records(self) -> Iterator[StreamRecord]:
        """Everything that the stream retains, shard by shard."""
        for shard in self._client.list_shards(StreamName=self._stream)["Shards"]:
            iterator = self._client.get_shard_iterator(
                StreamName=self._stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while iterator:
                answer = self._client.get_records(ShardIterator=iterator, Limit=_RECORDS_PER_READ)
                for record in answer["Records"]:
                    yield StreamRecord(
                        names.stream_shard(self._region, shard["ShardId"]),
                        int(record["SequenceNumber"]),
                        record["SequenceNumber"],
                        to_us(record["ApproximateArrivalTimestamp"]),
                        record["Data"],
                        record["PartitionKey"],
                    )
                if not answer["Records"] and not answer.get("MillisBehindLatest"):
                    break
                iterator = answer.get("NextShardIterator") or ""

    def retention_s(self) -> float:
        """How long the stream keeps a record."""
        summary = self._client.describe_stream_summary(StreamName=self._stream)["StreamDescriptionSummary"]
        return summary["RetentionPeriodHours"] * 3600.0

    def _said(self) -> str:
        return f"{self._stream!r} of {self._region}"

    def _doubt(self, count: int, error: Exception) -> str:
        return f"stream {self._said()}: {count} events may be on it or not: {error}; read it before putting them again"


_SERVER_ERROR = 500
