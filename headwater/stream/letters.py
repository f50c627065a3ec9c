"""What lies in the dead-letter queue: records that could not be applied, and batches that were given up.

The stream function writes the first (`EventLetter`), with the record itself. Lambda writes the second
(`FailedBatch`), where a batch failed for longer than the event source mapping allows: it only says where the
records stand on the stream.
"""

import re
from contextlib import suppress
from typing import Any

import msgspec

from headwater.errors import InputError

_REASON = re.compile(r"record \d+ of shard \S+: (?P<cause>.*); correct the producer", re.DOTALL)
_QUOTED = re.compile(r"(?<=^Invalid value ).*(?= - at )", re.DOTALL)


class EventLetter(msgspec.Struct, frozen=True):
    """A record that could not be applied, and why.

    Attributes:
        reason: What the stream function said.
        shard: Where it was read.
        sequence: Its place there, as the event source mapping names it: text from Kinesis.
        data: The record; empty where it is longer than a message of the queue.
        partition_key: What Kinesis chose its shard by; empty where that is not known.
    """

    reason: str
    shard: str
    sequence: str | dict[str, Any]
    data: bytes
    partition_key: str = ""

    @property
    def place(self) -> str:
        """Shard and sequence number: what copies of the record are copies of."""
        return f"{self.shard}:{self.sequence}"


class BatchRange(msgspec.Struct, frozen=True, rename="camel"):
    """Where the records of a batch stand.

    Attributes:
        shard_id: Their shard.
        start_sequence_number: The first one's.
        end_sequence_number: The last one's.
        batch_size: How many they are.
    """

    shard_id: str
    start_sequence_number: str
    end_sequence_number: str
    batch_size: int


class FailedBatch(msgspec.Struct, frozen=True):
    """A batch that the event source mapping gave up."""

    range: BatchRange = msgspec.field(name="KinesisBatchInfo")

    @property
    def place(self) -> str:
        """Shard and sequence numbers."""
        found = self.range
        return f"{found.shard_id}:{found.start_sequence_number}-{found.end_sequence_number}"


Letter = EventLetter | FailedBatch


def read(body: str) -> Letter:
    """Read the body of a message.

    Raises:
        InputError: It is neither of the two.
    """
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(body, type=EventLetter)
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(body, type=FailedBatch)
    raise InputError(
        "message in the dead-letter queue: found something else, expected a letter of the stream function or of its "
        "event source mapping; look at it in the queue, and delete it there"
    )


def cause(reason: str) -> str:
    """What a reason says of the record's form, without its place and without what the record holds.

    >>> cause("record 7 of shard s: Expected `float`, got `str` - at `$.data.amount`; correct the producer")
    'Expected `float`, got `str` - at `$.data.amount`'
    >>> cause("record 7 of shard s: Invalid value 'secret' - at `$.source`; correct the producer")
    'Invalid value (not shown) - at `$.source`'
    """
    found = _REASON.fullmatch(reason)
    return _QUOTED.sub("(not shown)", found["cause"]) if found else "a reason in another form (not shown)"


def event_id(data: bytes) -> str | None:
    """The event id of a record, if it has one that can be told and shown."""
    try:
        found = msgspec.json.decode(data, type=_Identified).event_id
    except msgspec.MsgspecError:
        return None
    return found if found.isprintable() else None


class _Identified(msgspec.Struct):
    event_id: str
