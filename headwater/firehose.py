"""Lines of JSON into a Firehose delivery stream, many to a record: each record is billed as at least 5 KB."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headwater.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient

_RECORD_BYTES = 1_000_000
_RECORDS = 4
_ATTEMPTS = 4


class FirehoseLines:
    """A delivery stream that takes lines.

    Args:
        client: boto3 client.
        delivery_stream: Its name.
    """

    def __init__(self, client: "FirehoseClient", delivery_stream: str) -> None:
        self._client = client
        self._stream = delivery_stream

    def put(self, lines: Sequence[bytes]) -> None:
        """Put lines, each with its newline; none is cut.

        Raises:
            UnavailableError: Some were refused again and again; which others were kept is not told.
        """
        records = _packed(lines)
        for start in range(0, len(records), _RECORDS):
            self._put_batch(records[start : start + _RECORDS])

    def _put_batch(self, records: list[bytes]) -> None:
        for _ in range(_ATTEMPTS):
            answer = self._client.put_record_batch(
                DeliveryStreamName=self._stream, Records=[{"Data": record} for record in records]
            )
            if not answer["FailedPutCount"]:
                return
            records = [
                record
                for record, result in zip(records, answer["RequestResponses"], strict=True)
                if result.get("ErrorCode")
            ]
        raise UnavailableError(
            f"delivery stream {self._stream!r}: {len(records)} records refused {_ATTEMPTS} times; put the lines again"
        )


def _packed(lines: Sequence[bytes]) -> list[bytes]:
    """Join lines into as few records as fit."""
    records: list[list[bytes]] = []
    size = _RECORD_BYTES
    for line in lines:
        if size + len(line) > _RECORD_BYTES:
            records.append([])
            size = 0
        records[-1].append(line)
        size += len(line)
    return [b"".join(record) for record in records]
