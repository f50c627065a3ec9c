"""Puts events on the stream of the region that the pointer names, and loses none when that changes.

An event is on the producer's disk first (`outbox`), then on a stream. What a stream has acknowledged stays on the disk
for as long as another region may not have it, together with its place on the stream: it is recovered with the place
it had, so that a copy which arrived after all is recognised. What may or may not be on a lost region's stream is put
on no other one, because it would count twice if it is; it waits until somebody has looked (`EventProducer.resolve`).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from headwater.errors import InputError, UnavailableError, UnknownOutcomeError
from headwater.stream.outbox import Kept, Outbox, Outgoing
from headwater.stream.pointer import Pointer
from headwater.stream.records import StreamRecord

_RECORDS = 500
_BYTES = 4_500_000
"""Of one call: Kinesis takes 500 records and 5 MB."""

_RECORD_BYTES = 1_048_576
"""Of one record, with its partition key."""


class Place(NamedTuple):
    """Where a stream has put an event."""

    shard: str
    sequence: str


class RegionStream(Protocol):
    """The event stream of one region."""

    def put(self, events: Sequence[Outgoing]) -> list[Place | None]:
        """Put events, once.

        Returns:
            For each, where it is; None if the stream refused it.

        Raises:
            UnavailableError: None of them is on the stream.
            UnknownOutcomeError: Some may be.
        """


class Flushed(NamedTuple):
    """What became of the events that waited.

    Attributes:
        acknowledged: Those that a stream has.
        in_doubt: Those that a stream may have.
        held_back: Why the rest still waits; empty: there is no rest.
    """

    acknowledged: int
    in_doubt: int
    held_back: str


class EventProducer:
    """Puts events where the pointer says.

    Args:
        streams: By region.
        pointer: Reads the pointer.
        outbox: The producer's own.
        poll_s: How old what is known of the pointer may be.
        clock_us: Tells the time, in microseconds since the epoch.
    """

    def __init__(
        self,
        streams: Mapping[str, RegionStream],
        pointer: Callable[[], Pointer | None],
        outbox: Outbox,
        *,
        poll_s: float = 1.0,
        clock_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._streams = streams
        self._pointer = pointer
        self._outbox = outbox
        self._poll_us = round(poll_s * 1_000_000)
        self._clock_us = clock_us
        self._known: Pointer | None = None
        self._known_us = -self._poll_us

    def put(self, events: Sequence[Outgoing]) -> Flushed:
        """Keep events and put all that wait; what cannot be put now is put by a later call.

        Raises:
            InputError: A stream would never take one of them, so that all behind it would wait for ever; none is kept.
        """
        for place, event in enumerate(events):
            size = len(event.data) + len(event.partition_key.encode())
            if size > _RECORD_BYTES or not event.partition_key:
                raise InputError(
                    f"event {place} of {len(events)}: found {size} bytes and the partition key {event.partition_key[:40]!r}, "
                    f"expected at most {_RECORD_BYTES} bytes and a key; leave that one out and put the others again"
                )
        self._outbox.add(events)
        return self.flush()

    def flush(self) -> Flushed:
        """Put the events that wait, in their order."""
        acknowledged = 0
        while waiting := _one_call(self._outbox.listed("waiting", at_most=_RECORDS)):
            pointer = self._current()
            if pointer is None:
                return Flushed(acknowledged, 0, "no region answers, or none was ever pointed to")
            if not pointer.open:
                return Flushed(acknowledged, 0, f"a switch to or from {pointer.region} is under way")
            numbers = [kept.number for kept in waiting]
            self._outbox.send(numbers, pointer.region, self._clock_us())
            try:
                places = self._streams[pointer.region].put([kept.outgoing for kept in waiting])
            except UnavailableError as error:
                self._outbox.release(numbers)
                self._forget_pointer()
                return Flushed(acknowledged, 0, str(error))
            except UnknownOutcomeError as error:
                self._forget_pointer()
                return Flushed(acknowledged, len(numbers), str(error))
            done = [
                (number, *place) for number, place in zip(numbers, places, strict=True) if place is not None
            ]
            self._outbox.acknowledge(done, self._clock_us())
            acknowledged += len(done)
            if len(done) < len(numbers):
                self._outbox.release(sorted(set(numbers) - {number for number, *_ in done}))
                return Flushed(
                    acknowledged, 0, f"stream of {pointer.region}: refused {len(numbers) - len(done)} events"
                )
        return Flushed(acknowledged, 0, "")

    def resolve(self, region: str, records: Iterable[StreamRecord]) -> tuple[int, int]:
        """Settle what may be on a region's stream, now that the stream was read.

        Args:
            region: Whose stream.
            records: All that is on it from the first event in doubt on; nothing, if the stream is gone for good.

        Returns:
            How many were on it, and how many were not and wait again.
        """
        doubtful = {kept.outgoing.data: kept for kept in self._outbox.listed("sent", region)}
        found = [
            (doubtful.pop(record.data).number, record.shard, str(record.sequence))
            for record in records
            if record.data in doubtful
        ]
        self._outbox.acknowledge(found, self._clock_us())
        self._outbox.release(sorted(kept.number for kept in doubtful.values()))
        return len(found), len(doubtful)

    def _current(self) -> Pointer | None:
        now_us = self._clock_us()
        if self._known is None or now_us - self._known_us >= self._poll_us:
            try:
                self._known, self._known_us = self._pointer(), now_us
            except UnavailableError:
                return None
        return self._known

    def _forget_pointer(self) -> None:
        self._known = None


def _one_call(waiting: Sequence[Kept]) -> list[Kept]:
    return list(_fitting(waiting))


def _fitting(waiting: Sequence[Kept]) -> Iterator[Kept]:
    size = 0
    for kept in waiting:
        size += len(kept.outgoing.data) + len(kept.outgoing.partition_key.encode())
        if size > _BYTES:
            return
        yield kept
