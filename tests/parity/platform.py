"""The stream in this process, with what befalls a real one: batches by shard, failures, repetitions."""

import random
from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.errors import UnavailableError
from headwater.instants import to_text
from headwater.online.reader import FeatureReader
from headwater.online.stores import Loaded, OnlineStore, Stored, Write
from headwater.registry import Registry
from headwater.stream.processor import StreamProcessor
from headwater.stream.records import StreamRecord
from tests.parity.histories import History, Question


class _Unreliable:
    """A store that does some of the writes it is asked for, and then cannot be reached."""

    name = "unreliable"

    def __init__(self, store: OnlineStore, chance: random.Random) -> None:
        self._store = store
        self._chance = chance

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        """Read, always."""
        return self._store.read(keys)

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        """Load, always."""
        return self._store.load(keys, deadline_s)

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """Write all, or some and fail."""
        if writes and self._chance.random() < 0.2:
            self._store.write(writes[: self._chance.randrange(len(writes) + 1)])
            raise UnavailableError("the connection broke in the middle")
        return self._store.write(writes)

    def close(self) -> None:
        """Nothing is open."""


class _Nowhere:
    """Takes everything and keeps nothing."""

    def put(self, _items: Sequence[Any]) -> None:
        """Take."""


class Platform:
    """Stream processor and reader over one store.

    Args:
        history: What arrives.
        store: Where it goes.
        environment: First part of every key.
        chance: Decides on batches, failures and repetitions.
    """

    def __init__(self, history: History, store: OnlineStore, environment: str, chance: random.Random) -> None:
        self.history = history
        self._store = store
        self._environment = environment
        self._chance = chance
        self._shards: dict[str, list[StreamRecord]] = {}
        for event in history.events:
            self._shards.setdefault(event.shard, []).append(_record(event))
        self._read = dict.fromkeys(self._shards, 0)
        self._reached_us = -(2**63)
        self._wire(history.registry)

    def _wire(self, registry: Registry) -> None:
        self._processor = StreamProcessor(
            registry,
            EnvelopeDecoder(registry),
            [_Unreliable(self._store, self._chance)],
            _Nowhere(),
            _Nowhere(),
            self._environment,
            clock_us=lambda: self._reached_us,
        )
        self._reader = FeatureReader(self._store, registry, self._environment)

    def with_registry(self, registry: Registry) -> "Platform":
        """The same stream and store, with functions that were deployed with another registry."""
        self.history = self.history._replace(registry=registry)
        self._wire(registry)
        return self

    @property
    def arrived(self) -> list[LoggedEvent]:
        """Events that have been streamed."""
        return [event for event in self.history.events if event.arrival_us <= self._reached_us]

    def stream_until(self, t_us: int) -> None:
        """Deliver, shard by shard, what arrived by an instant."""
        self._reached_us = max(self._reached_us, t_us)
        while pending := [shard for shard in self._shards if self._pending(shard)]:
            shard = self._chance.choice(pending)
            start = self._read[shard]
            if start and self._chance.random() < 0.2:
                start = self._chance.randrange(start)
            stop = min(start + self._chance.randint(1, 8), self._read[shard] + self._pending(shard))
            batch = self._shards[shard][start:stop]
            report = self._processor.process(batch)
            if report.dead:
                raise AssertionError(f"{report.dead} records of a good history went to the dead letters")
            if not report.failed:
                self._read[shard] = max(self._read[shard], stop)

    def _pending(self, shard: str) -> int:
        left = self._shards[shard][self._read[shard] :]
        return sum(record.arrival_us <= self._reached_us for record in left)

    def recover(self, events: Sequence[LoggedEvent], number: int) -> None:
        """Apply events of another region's stream, in some batches, again after each failure and at times for no reason."""
        size = self._chance.randint(1, 8)
        batches = [events[start : start + size] for start in range(0, len(events), size)]
        while True:
            try:
                for batch in batches:
                    self._processor.recover(batch, number)
            except UnavailableError:
                continue
            if self._chance.random() < 0.8:
                return

    def give_again(self, rounds: Sequence[Sequence[LoggedEvent]]) -> None:
        """Give pages what they lack of what was streamed and recovered, from the last event back to the first."""
        own = [self._event(record) for shard in self._shards for record in self._shards[shard]]
        numbered: list[tuple[int | None, Sequence[LoggedEvent]]] = [
            (None, [event for event in own if event.arrival_us <= self._reached_us]),
            *enumerate(rounds, 1),
        ]
        for number, events in numbered:
            backwards = sorted(events, key=lambda event: (event.shard, event.sequence), reverse=True)
            size = self._chance.randint(1, 8)
            start = 0
            while start < len(backwards):
                try:
                    self._processor.give_again(backwards[start : start + size], number)
                except UnavailableError:
                    start = 0
                    continue
                start += size

    def _event(self, record: StreamRecord) -> LoggedEvent:
        return EnvelopeDecoder(self.history.registry).decode(
            record.data, shard=record.shard, sequence=record.sequence, arrival_us=record.arrival_us
        )

    def ask(self, question: Question) -> list[Any] | None:
        """The vector served; None if the store is past what it can tell apart, and says so."""
        answer = self._reader.read("service", [question.entity], question.t_us, [question.current])
        if "ahead" in answer.statuses[0]:
            return None
        return answer.values[0]


def _record(event: LoggedEvent) -> StreamRecord:
    data = dict(event.data)
    if data["due"] is not None:
        data["due"] = to_text(data["due"])
    envelope = {
        "source": event.source,
        "event_id": event.event_id,
        "event_time": to_text(event.event_time_us),
        "data": data,
    }
    return StreamRecord(
        event.shard, event.sequence, str(event.sequence), event.arrival_us, msgspec.json.encode(envelope)
    )
