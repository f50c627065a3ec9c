"""Events that a lost region had acknowledged, found elsewhere and applied in rounds.

They are found where they were archived, as far as the archive was copied, and on the disks of producers. Not all of it
is there at once: a producer may be heard of hours later. What is found is written down as a round before any of it is
applied, and never changed; what comes to light later and is in no round yet is the next one. All rounds can be
applied as often as one likes (`StreamProcessor.recover`).
"""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from headwater import names
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.errors import ConflictError, PoisonRecordError
from headwater.stream.outbox import Kept
from headwater.stream.processor import Recovered, StreamProcessor
from headwater.stream.sinks import archive_line

_EVENTS_AT_ONCE = 1_000
_ROUNDS = "rounds/"
_ATTEMPTS = 5


class Objects(Protocol):
    """Objects of a bucket."""

    def keys(self, prefix: str) -> list[str]:
        """Keys below a prefix, sorted."""

    def content(self, key: str) -> bytes:
        """What an object holds."""

    def create(self, key: str, content: bytes) -> bool:
        """Write an object; False if there is one of that key, which stays as it is."""


class Found(NamedTuple):
    """Events that were found.

    Attributes:
        events: With the places they had.
        unreadable: Records that are no events: their own region put them to its dead letters.
    """

    events: list[LoggedEvent]
    unreadable: int


class _Place(msgspec.Struct):
    shard: str
    sequence: str


class _Shipped(msgspec.Struct):
    """One acknowledged event of a producer; its record in base64."""

    shard: str
    sequence: str
    at_us: int
    record: str


def shipment(kept: Iterable[Kept]) -> bytes:
    """Acknowledged events of an outbox, one a line, for whoever recovers them."""
    lines = [
        msgspec.json.encode(
            _Shipped(each.shard, each.sequence, each.at_us, base64.b64encode(each.outgoing.data).decode())
        )
        for each in kept
    ]
    return b"".join(line + b"\n" for line in lines)


def read_shipment(content: bytes, decoder: EnvelopeDecoder) -> Found:
    """Read what `shipment` wrote.

    An event's arrival is when its producer was told, which is a moment after the stream received it: nothing else is
    known of it where its archived copy is lost.
    """
    events: list[LoggedEvent] = []
    unreadable = 0
    for line in content.splitlines():
        shipped = msgspec.json.decode(line, type=_Shipped)
        try:
            events.append(
                decoder.decode(
                    base64.b64decode(shipped.record),
                    shard=shipped.shard,
                    sequence=int(shipped.sequence),
                    arrival_us=shipped.at_us,
                )
            )
        except PoisonRecordError:
            unreadable += 1
    return Found(events, unreadable)


def read_archive(content: bytes, by_record: EnvelopeDecoder) -> Iterator[LoggedEvent]:
    """Read lines of the archive.

    Args:
        content: The lines.
        by_record: Takes arrivals from the lines.
    """
    for line in content.splitlines():
        place = msgspec.json.decode(line, type=_Place)
        yield by_record.decode(line, shard=place.shard, sequence=int(place.sequence), arrival_us=0)


class Rounds:
    """The rounds of one failover.

    Args:
        objects: Of the surviving region's bucket.
        failover: Name of the failover.
        by_record: Decoder that takes arrivals from lines.
        timestamps: Columns that hold instants, by source.
    """

    def __init__(
        self,
        objects: Objects,
        failover: str,
        by_record: EnvelopeDecoder,
        timestamps: Mapping[str, Sequence[str]],
    ) -> None:
        self._objects = objects
        self._prefix = f"{names.recovery_prefix(failover)}{_ROUNDS}"
        self._decoder = by_record
        self._timestamps = timestamps

    def read(self) -> list[list[LoggedEvent]]:
        """Events of every round, in the order of rounds, shards and positions."""
        return [self._read(key) for key in self._objects.keys(self._prefix)]

    def _read(self, key: str) -> list[LoggedEvent]:
        return list(read_archive(self._objects.content(key), self._decoder))

    def add(self, found: Iterable[LoggedEvent]) -> int:
        """Write down as the next round what is in none yet; return how many events that are.

        What an earlier failover has recovered is in none of this one's: its pages have it in lanes of that one.

        Raises:
            ConflictError: Others kept adding rounds at the same time; what they missed may be added again.
        """
        by_place = {_place(event): event for event in found}
        recovered = {
            _place(event)
            for key in self._objects.keys(names.recoveries_prefix())
            if _ROUNDS in key and not key.startswith(self._prefix)
            for event in self._read(key)
        }
        for _ in range(_ATTEMPTS):
            rounds = self.read()
            known = recovered.union(*(map(_place, events) for events in rounds))
            new = [by_place[place] for place in sorted(by_place.keys() - known)]
            if not new:
                return 0
            lines = [archive_line(event, self._timestamps[event.source]) for event in new]
            if self._objects.create(f"{self._prefix}{len(rounds) + 1:06}.jsonl", b"".join(lines)):
                return len(new)
        raise ConflictError(
            f"{self._prefix}: others added rounds {_ATTEMPTS} times meanwhile; run the recovery again"
        )


def apply(processor: StreamProcessor, rounds: Rounds) -> Recovered:
    """Apply every round, in batches.

    Raises:
        StoreError: A store or the archive did not do its work; all may be applied again.
    """
    return _sum(
        processor.recover(batch, number)
        for number, events in enumerate(rounds.read(), 1)
        for batch in _batches(events)
    )


def give_again(processor: StreamProcessor, rounds: Rounds, own: Iterable[LoggedEvent]) -> Recovered:
    """Give pages what they lack of every round and of the region's own events, from the last one back to the first.

    Args:
        processor: Of the region that goes on.
        rounds: Of the failover.
        own: What was put on its stream since the pointer named it.

    Raises:
        StoreError: A store did not do its work; all may be given again.
    """
    numbered: list[tuple[int | None, Iterable[LoggedEvent]]] = [(None, own), *enumerate(rounds.read(), 1)]
    return _sum(
        processor.give_again(batch, number)
        for number, events in numbered
        for batch in _batches(sorted(events, key=_place, reverse=True))
    )


def _batches(events: Sequence[LoggedEvent]) -> Iterator[Sequence[LoggedEvent]]:
    return (events[start : start + _EVENTS_AT_ONCE] for start in range(0, len(events), _EVENTS_AT_ONCE))


def _sum(parts: Iterable[Recovered]) -> Recovered:
    applied = known = 0
    for part in parts:
        applied, known = applied + part.applied, known + part.known
    return Recovered(applied, known)


def _place(event: LoggedEvent) -> tuple[str, int]:
    return event.shard, event.sequence
