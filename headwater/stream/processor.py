"""Applies a batch of stream records: archive, online stores, watermark; what fails is reported.

The order matters. Events are archived before they are applied, so whatever a reader can see is in
the log. The watermark moves last, so whatever it covers has been applied. Every step may happen
again for the same record: the archive is cleaned of repetitions on ingestion, and pages remember
what they hold.
"""

from collections.abc import Sequence
from typing import NamedTuple

from headwater.errors import PoisonRecordError, StoreError
from headwater.online import watermark
from headwater.online.changes import LoggedEvent, PageRef, changes_of, entity_of
from headwater.online.pages import Change
from headwater.online.stores import OnlineStore
from headwater.online.writer import PageWriter
from headwater.registry import Registry
from headwater.stream.envelope import EnvelopeDecoder
from headwater.stream.records import StreamRecord
from headwater.stream.sinks import Archive, DeadLetter, DeadLetters


class BatchReport(NamedTuple):
    """What became of a batch.

    Attributes:
        records: How many were delivered.
        applied: Page changes that were new, over all stores.
        duplicate: Page changes that a store already held.
        late: Events that some view of theirs has left behind; kept in the log only.
        dead: Records sent to the dead letters.
        failed: Token of the first record of each shard to be delivered again.
        error: Why, if any failed.
    """

    records: int
    applied: int
    duplicate: int
    late: int
    dead: int
    failed: list[str]
    error: str | None


class StreamProcessor:
    """Applies batches of records to the online stores.

    Args:
        registry: Definitions.
        decoder: Reads envelopes.
        stores: Online stores; each gets every change.
        archive: For the event log.
        dead_letters: For what can never be applied.
        environment: First part of every online key.
    """

    def __init__(
        self,
        registry: Registry,
        decoder: EnvelopeDecoder,
        stores: Sequence[OnlineStore],
        archive: Archive,
        dead_letters: DeadLetters,
        environment: str,
    ) -> None:
        self._registry = registry
        self._decoder = decoder
        self._stores = stores
        self._writers = [PageWriter(store, registry, environment) for store in stores]
        self._archive = archive
        self._dead_letters = dead_letters
        self._environment = environment

    def process(self, records: Sequence[StreamRecord]) -> BatchReport:
        """Apply a batch.

        A store, archive or queue that does not do its work fails the batch from its first record
        on in each shard; what was done of it by then is recognised when it comes again.
        """
        events, letters = self._decode(records)
        changes, late = self._changes(events)
        wanted = sum(map(len, changes.values())) * len(self._stores)
        applied = 0
        try:
            if letters:
                self._dead_letters.put(letters)
            if events:
                self._archive.put(events)
                now_us = max(event.arrival_us for event in events)
                for writer in self._writers:
                    applied += writer.write(changes, now_us)
                self._advance(records, now_us)
        except StoreError as error:
            return BatchReport(
                len(records), applied, 0, late, len(letters), _first_of_each(records), str(error)
            )
        return BatchReport(len(records), applied, wanted - applied, late, len(letters), [], None)

    def _decode(self, records: Sequence[StreamRecord]) -> tuple[list[LoggedEvent], list[DeadLetter]]:
        events: list[LoggedEvent] = []
        letters: list[DeadLetter] = []
        for record in records:
            try:
                events.append(
                    self._decoder.decode(
                        record.data,
                        shard=record.shard,
                        sequence=record.sequence,
                        arrival_us=record.arrival_us,
                    )
                )
            except PoisonRecordError as error:
                letters.append(DeadLetter(record, str(error)))
        return events, letters

    def _changes(self, events: Sequence[LoggedEvent]) -> tuple[dict[PageRef, list[Change]], int]:
        changes: dict[PageRef, list[Change]] = {}
        late = 0
        for event in events:
            for view in self._registry.views_on(event.source):
                found = changes_of(view, event, event.arrival_us)
                late += not found and entity_of(view, event.data, by_column=True) is not None
                for ref, change in found:
                    changes.setdefault(ref, []).append(change)
        return changes, late

    def _advance(self, records: Sequence[StreamRecord], now_us: int) -> None:
        positions: dict[str, int] = {}
        for record in records:
            positions[record.shard] = max(record.sequence, positions.get(record.shard, -1))
        for store in self._stores:
            watermark.advance(store, self._environment, now_us, positions)


def _first_of_each(records: Sequence[StreamRecord]) -> list[str]:
    first: dict[str, StreamRecord] = {}
    for record in records:
        if record.shard not in first or record.sequence < first[record.shard].sequence:
            first[record.shard] = record
    return [record.token for record in first.values()]
