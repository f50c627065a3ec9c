"""Delivers a batch to the stream function again, as the event source mapping delivered it.

Shard, sequence numbers and arrivals are the original ones, so whatever holds the records already recognises them.
Put on the stream instead, they would be other records, and count twice wherever a part of the batch had been
applied. A page that has gone past the batch leaves them out, whether it has them or not: those are counted.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from headwater.errors import UnavailableError
from headwater.stream.packing import parts
from headwater.stream.processor import BatchReport
from headwater.stream.records import StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_BATCH_END = "redelivery_until"
_IN_DOUBT = "in_doubt"
_CALL_BYTES = 5_000_000
"""Of one call: Lambda takes 6 MB."""

_CALL_RECORDS = 10_000
_RECORD_BYTES = 400
"""What a record takes in a call beside its data."""


def answer(event: Mapping[str, Any], report: BatchReport, passed: Callable[[int], int]) -> dict[str, Any]:
    """What the stream function answers: which records failed, and to a redelivery how many changes are in doubt.

    Args:
        event: What it was called with.
        report: What became of the records.
        passed: Counts the changes of pages that have heard of later positions than the given one.
    """
    failed = {"batchItemFailures": [{"itemIdentifier": record.token} for record in report.failed]}
    if _BATCH_END not in event or report.failed:
        return failed
    # What was new to every page has been applied: there is no page to ask.
    return {**failed, _IN_DOUBT: passed(int(event[_BATCH_END])) if report.duplicate else 0}


def deliver(client: "LambdaClient", function: str, records: Sequence[StreamRecord], batch_end: str) -> int:
    """Deliver records of one shard, in their order.

    Args:
        client: boto3 client that waits for the function and does not call it twice.
        function: Name of the stream function.
        records: What is left of a batch.
        batch_end: Sequence number of the batch's last record.

    Returns:
        How many changes pages may lack all the same.

    Raises:
        UnavailableError: The function failed on some; all may be delivered again.
    """
    in_doubt = 0
    for part in parts(records, _size, most_bytes=_CALL_BYTES, most_items=_CALL_RECORDS):
        response = client.invoke(FunctionName=function, Payload=msgspec.json.encode(_event(part, batch_end)))
        given = msgspec.json.decode(response["Payload"].read())
        if response.get("FunctionError") or _IN_DOUBT not in given:
            raise UnavailableError(
                f"function {function!r}: failed on {len(part)} records that were delivered again; its log says why; mend "
                "that, and run the command again"
            )
        in_doubt += given[_IN_DOUBT]
    return in_doubt


def _size(record: StreamRecord) -> int:
    return len(record.data) * 4 // 3 + _RECORD_BYTES


def _event(records: Sequence[StreamRecord], batch_end: str) -> dict[str, Any]:
    return {
        _BATCH_END: batch_end,
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "eventID": f"{record.shard}:{record.token}",
                "kinesis": {
                    "sequenceNumber": record.token,
                    "partitionKey": record.partition_key,
                    "approximateArrivalTimestamp": record.arrival_us / 1_000_000,
                    "data": base64.b64encode(record.data).decode(),
                },
            }
            for record in records
        ],
    }
