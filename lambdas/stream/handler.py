"""Entry point of the stream function: a batch of Kinesis or Kafka records in, failed items out."""

import time
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from headwater import registry
from headwater.envelope import EnvelopeDecoder, sources_of
from headwater.settings import Variables, open_stores
from headwater.stream import redelivery
from headwater.stream.metrics import metrics_line
from headwater.stream.processor import StreamProcessor
from headwater.stream.records import records_of
from headwater.stream.sinks import FirehoseArchive, QueueDeadLetters
from lambdas.stream.settings import StreamSettings

_REGISTRY = Path(__file__).parents[2] / "registry.json"


@cache
def settings() -> StreamSettings:
    """Read the environment once."""
    return StreamSettings.read(Variables())


@cache
def processor() -> StreamProcessor:
    """Wire the processor once per execution environment."""
    given = settings()
    definitions = registry.load(_REGISTRY)
    timestamps = {
        source.name: [column for column, kind in source.columns.items() if kind == "timestamp"]
        for source in sources_of(definitions).values()
    }
    return StreamProcessor(
        definitions,
        EnvelopeDecoder(definitions, given.arrival_from),
        open_stores(given.stores, redis_url=given.redis_url, table=given.online_table, consistent=True),
        FirehoseArchive(boto3.client("firehose"), given.archive_stream, timestamps),
        QueueDeadLetters(boto3.client("sqs"), given.dead_letter_url),
        given.environment,
    )


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Process one batch of an event source mapping with ``ReportBatchItemFailures``."""
    records = records_of(event)
    report = processor().process(records)
    print(metrics_line(report, settings().environment, time.time_ns() // 1_000_000))  # noqa: T201 (a function's log is its standard output)
    return redelivery.answer(event, report, lambda end: processor().passed(records, end))
