"""Where the stream puts events beside the online stores: the archive, and the dead letters."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec
from msgspec import structs

from headwater.envelope import LoggedEvent
from headwater.errors import UnavailableError
from headwater.firehose import FirehoseLines
from headwater.instants import from_us
from headwater.stream.letters import EventLetter
from headwater.stream.packing import parts
from headwater.stream.records import StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_sqs import SQSClient

_LETTERS = 10
_LETTER_BYTES = 262_144
"""Of one message, and of all messages of one call."""

_REASON_CHARACTERS = 2_000


class DeadLetter(NamedTuple):
    """A record that can never be applied, and why."""

    record: StreamRecord
    reason: str


class Archive(Protocol):
    """Keeps events for the event log, at least once."""

    def put(self, events: Sequence[LoggedEvent]) -> None:
        """Keep events.

        Raises:
            UnavailableError: Some may not have been kept; put all of them again.
        """


class DeadLetters(Protocol):
    """Keeps records that can never be applied, for a person to look at."""

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep letters.

        Raises:
            UnavailableError: Some may not have been kept; put all of them again.
        """


def archive_line(event: LoggedEvent, timestamps: Sequence[str]) -> bytes:
    """One event as the archive keeps it: a line of JSON.

    Args:
        event: The event.
        timestamps: Its columns that hold instants.
    """
    data = dict(event.data)
    for column in timestamps:
        if data[column] is not None:
            data[column] = from_us(data[column])
    line: dict[str, Any] = {
        "source": event.source,
        "event_id": event.event_id,
        "event_time": from_us(event.event_time_us),
        "arrival": from_us(event.arrival_us),
        "shard": event.shard,
        "sequence": str(event.sequence),
        "data": data,
    }
    return msgspec.json.encode(line) + b"\n"


class FirehoseArchive:
    """Archive behind a Firehose delivery stream.

    Args:
        client: boto3 client.
        delivery_stream: Its name.
        timestamps: Columns that hold instants, by source.
    """

    def __init__(
        self, client: "FirehoseClient", delivery_stream: str, timestamps: Mapping[str, Sequence[str]]
    ) -> None:
        self._lines = FirehoseLines(client, delivery_stream)
        self._timestamps = timestamps

    def put(self, events: Sequence[LoggedEvent]) -> None:
        """See `Archive.put`."""
        self._lines.put([archive_line(event, self._timestamps[event.source]) for event in events])


class QueueDeadLetters:
    """Dead letters in an SQS queue: reason, place in the stream and the record itself."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Send letters in batches of the queue's size."""
        bodies = [_letter(letter) for letter in letters]
        for batch in parts(bodies, len, most_bytes=_LETTER_BYTES, most_items=_LETTERS):
            answer = self._client.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(position), "MessageBody": body.decode()} for position, body in enumerate(batch)
                ],
            )
            if answer.get("Failed"):
                raise UnavailableError(
                    f"dead-letter queue {self._queue_url!r}: {len(answer['Failed'])} letters refused; "
                    "deliver the batch again"
                )


def _letter(letter: DeadLetter) -> bytes:
    record = letter.record
    content = EventLetter(
        letter.reason[:_REASON_CHARACTERS],
        record.shard,
        record.token,
        data=record.data,
        partition_key=record.partition_key,
    )
    body = msgspec.json.encode(content)
    # What no message can hold must not block its shard: the letter says where the record stands on the stream.
    return body if len(body) <= _LETTER_BYTES else msgspec.json.encode(structs.replace(content, data=b""))
