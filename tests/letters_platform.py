"""A stream, its dead-letter queue and two stores, for tests of what becomes of dead letters."""

import io
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from headwater import names
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.instants import from_us, to_us
from headwater.online.dynamodb import DynamoDBStore
from headwater.online.reader import FeatureReader
from headwater.online.stores import OnlineStore
from headwater.registry import Registry
from headwater.stream import redelivery
from headwater.stream.kinesis import KinesisStream
from headwater.stream.letter_queue import LetterQueue
from headwater.stream.processor import BatchReport, StreamProcessor
from headwater.stream.records import StreamRecord, records_of
from headwater.stream.replay import Replay, ReplayReport
from headwater.stream.sinks import QueueDeadLetters
from tests import servers
from tests.failing_store import Failing


def _registry(kind: str) -> Registry:
    sales = EventSource(name="sales", columns={"shop": "string", "amount": kind})
    view = FeatureView(
        name="shop_sales",
        entity=Entity(name="shop", keys={"shop": "string"}),
        source=sales,
        features=[
            Aggregation(column=None, function="count", window="1d"),
            Aggregation(column="amount", function="sum", window="1d"),
        ],
    )
    return compile_services([FeatureService(name="model", views=[view])])


BEFORE, MENDED = _registry("int64"), _registry("float64")


class Log:
    """Keeps events as the event log does: shard and sequence are a row's identity."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], LoggedEvent] = {}

    def put(self, events: Sequence[LoggedEvent]) -> None:
        """Keep events."""
        self.rows |= {(event.shard, event.sequence): event for event in events}


class Platform:
    """A stream, a queue and two stores, with the stream function's work in between."""

    def __init__(self, endpoint_url: str) -> None:
        name = f"letters-{uuid.uuid4().hex}"
        self.kinesis = servers.client("kinesis", endpoint_url)
        self.sqs = servers.client("sqs", endpoint_url)
        dynamodb = servers.client("dynamodb", endpoint_url)
        self.kinesis.create_stream(StreamName=name, ShardCount=1)
        self.kinesis.get_waiter("stream_exists").wait(
            StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        servers.create_online_table(dynamodb, name)
        self.name, self.queue_url = name, self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.log = Log()
        self.failing = Failing()
        self.stores: list[OnlineStore] = [DynamoDBStore(dynamodb, name, consistent=True), self.failing]
        self.deploy(BEFORE)
        self._iterator = self.kinesis.get_shard_iterator(
            StreamName=name, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]

    def deploy(self, registry: Registry) -> None:
        """Run the function with other definitions from now on."""
        self.registry = registry
        letters = QueueDeadLetters(self.sqs, self.queue_url)
        self.processor = StreamProcessor(
            registry, EnvelopeDecoder(registry), self.stores, self.log, letters, "test"
        )

    def produce(self, *amounts: Any, padding: str = "") -> None:
        """Put an event each on the stream, with a column that nobody knows."""
        for amount in amounts:
            envelope = {
                "source": "sales",
                "event_id": f"sale-{amount}",
                "event_time": datetime.now(UTC).isoformat(),
                "data": {"shop": "x", "amount": amount, "padding": padding},
            }
            self.kinesis.put_record(
                StreamName=self.name, Data=json.dumps(envelope).encode(), PartitionKey=f"key-{amount}"
            )

    def read(self) -> list[StreamRecord]:
        """What is new on the stream."""
        answer = self.kinesis.get_records(ShardIterator=self._iterator)
        self._iterator = answer["NextShardIterator"]
        return [
            StreamRecord(
                "us-east-1/shardId-000000000000",
                int(each["SequenceNumber"]),
                each["SequenceNumber"],
                to_us(each["ApproximateArrivalTimestamp"]),
                each["Data"],
                each["PartitionKey"],
            )
            for each in answer["Records"]
        ]

    def flow(self) -> BatchReport:
        """Apply what is new on the stream."""
        return self.processor.process(self.read())

    def replay(
        self, registry: Registry = MENDED, *, stream: KinesisStream | None = None, **how: Any
    ) -> ReplayReport:
        """Run the command's work, and let go of what it leaves."""
        queue = LetterQueue(self.sqs, self.queue_url, wait_s=0)
        client: Any = self
        function = partial(redelivery.deliver, client, "stream") if how.pop("batches", False) else None
        stream = stream or KinesisStream(self.kinesis, self.name)
        replay = Replay(queue, stream, EnvelopeDecoder(registry), function, **how)
        try:
            return replay.run()
        finally:
            queue.release()

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """Do what the function does with an event, in place of Lambda."""
        assert FunctionName == "stream"
        event = json.loads(Payload)
        records = records_of(event)
        report = self.processor.process(records)
        answer = redelivery.answer(event, report, lambda end: self.processor.passed(records, end))
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def give_up(self, records: Sequence[StreamRecord], *, size: int | None = None) -> None:
        """Leave the letter that an event source mapping leaves of a batch."""
        batch = {
            "shardId": names.shard_id(records[0].shard),
            "startSequenceNumber": records[0].token,
            "endSequenceNumber": records[-1].token,
            "approximateArrivalOfFirstRecord": from_us(records[0].arrival_us).isoformat(),
            "approximateArrivalOfLastRecord": from_us(records[-1].arrival_us).isoformat(),
            "batchSize": size or len(records),
            "streamArn": f"arn:aws:kinesis:us-east-1:000000000000:stream/{self.name}",
        }
        body = {
            "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 4},
            "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
            "version": "1.0",
            "KinesisBatchInfo": batch,
        }
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(body))

    def letters(self) -> list[dict[str, Any]]:
        """Everything that can be seen in the queue, as it stays."""
        found = []
        for _ in range(20):
            answer = self.sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=60
            )
            found += answer.get("Messages", [])
            if not answer.get("Messages"):
                break
        for each in found:
            self.sqs.change_message_visibility(
                QueueUrl=self.queue_url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0
            )
        return [json.loads(each["Body"]) for each in found]

    def values(self) -> list[list[Any]]:
        """Count and sum that each store serves."""
        now_us = to_us(datetime.now(UTC)) + 1
        readers = [FeatureReader(store, self.registry, "test") for store in self.stores]
        return [list(reader.read("model", [{"shop": "x"}], now_us).values[0]) for reader in readers]
