"""Delivers a batch to the stream function again, as the event source mapping delivered it.

Shard, sequence numbers and arrivals are the original ones, so whatever holds the records already recognises them.
Put on the stream instead, they would be other records, and count twice wherever a part of the batch had been
applied.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from headwater.errors import UnavailableError
from headwater.stream.processor import BatchReport
from headwater.stream.records import StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_MARK = "redelivery"
_CALL_BYTES = 5_000_000
"""Of one call: Lambda takes 6 MB."""

_RECORD_BYTES = 400
"""What a record takes in a call beside its data."""


class Redelivered(msgspec.Struct, frozen=True):
    """What became of records that were delivered again, as `BatchReport` counts it."""

    applied: int = 0
    duplicate: int = 0
    dead: int = 0

    def __add__(self, other: "Redelivered") -> "Redelivered":
        """Both together."""
        return Redelivered(
            self.applied + other.applied, self.duplicate + other.duplicate, self.dead + other.dead
        )


def answer(event: Mapping[str, Any], report: BatchReport) -> dict[str, Any]:
    """What the stream function answers: which records failed, and to a redelivery what became of the others."""
    failed = {"batchItemFailures": [{"itemIdentifier": record.token} for record in report.failed]}
    if not event.get(_MARK):
        return failed
    return {**failed, _MARK: {"applied": report.applied, "duplicate": report.duplicate, "dead": report.dead}}


def deliver(client: "LambdaClient", function: str, records: Sequence[StreamRecord]) -> Redelivered:
    """Deliver records of one shard, in their order.

    Raises:
        UnavailableError: The function failed on some; all may be delivered again.
    """
    total = Redelivered()
    for part in _parts(records):
        response = client.invoke(FunctionName=function, Payload=msgspec.json.encode(_event(part)))
        given = msgspec.json.decode(response["Payload"].read())
        if response.get("FunctionError") or given["batchItemFailures"] or _MARK not in given:
            raise UnavailableError(
                f"function {function!r}: failed on {len(part)} records that were delivered again; its log says why; mend "
                "that, and run the command again"
            )
        total += msgspec.convert(given[_MARK], Redelivered)
    return total


def _parts(records: Sequence[StreamRecord]) -> Iterator[list[StreamRecord]]:
    part: list[StreamRecord] = []
    size = 0
    for record in records:
        taken = len(record.data) * 4 // 3 + _RECORD_BYTES
        if part and size + taken > _CALL_BYTES:
            yield part
            part, size = [], 0
        part.append(record)
        size += taken
    if part:
        yield part


def _event(records: Sequence[StreamRecord]) -> dict[str, Any]:
    return {
        _MARK: True,
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "eventID": f"{record.shard}:{record.sequence}",
                "kinesis": {
                    "sequenceNumber": str(record.sequence),
                    "partitionKey": record.partition_key,
                    "approximateArrivalTimestamp": record.arrival_us / 1_000_000,
                    "data": base64.b64encode(record.data).decode(),
                },
            }
            for record in records
        ],
    }
