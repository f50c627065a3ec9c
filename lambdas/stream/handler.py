"""Entry point of the stream function: Kinesis batch in, failed items out."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from headwater import registry
from headwater.envelope import EnvelopeDecoder
from headwater.settings import Variables, open_stores
from headwater.stream.processor import StreamProcessor
from headwater.stream.records import from_kinesis
from headwater.stream.sinks import FirehoseArchive, QueueDeadLetters
from lambdas.stream.settings import StreamSettings

_REGISTRY = Path(__file__).parents[2] / "registry.json"


@cache
def processor() -> StreamProcessor:
    """Wire the processor once per execution environment."""
    settings = StreamSettings.read(Variables())
    definitions = registry.load(_REGISTRY)
    timestamps = {
        source.name: [column for column, kind in source.columns.items() if kind == "timestamp"]
        for source in definitions.sources.values()
    }
    return StreamProcessor(
        definitions,
        EnvelopeDecoder(definitions, settings.arrival_from),
        open_stores(
            settings.stores, redis_url=settings.redis_url, table=settings.online_table, consistent=True
        ),
        FirehoseArchive(boto3.client("firehose"), settings.archive_stream, timestamps),
        QueueDeadLetters(boto3.client("sqs"), settings.dead_letter_url),
        settings.environment,
    )


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Process one batch of an event source mapping with ``ReportBatchItemFailures``."""
    report = processor().process(from_kinesis(event))
    print(json.dumps(report._asdict() | {"failed": [record.token for record in report.failed]}))  # noqa: T201 (a function's log is its standard output)
    return {"batchItemFailures": [{"itemIdentifier": record.token} for record in report.failed]}
