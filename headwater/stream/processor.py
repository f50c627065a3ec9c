"""Applies a batch of stream records: archive, online stores, watermark; what fails is reported.

The order matters. Events are archived before they are applied, so whatever a reader can see is in
the log. The watermark moves last, so whatever it covers has been applied. Every step may happen
again for the same record: the archive is cleaned of repetitions on ingestion, and pages remember
what they hold. A record that was put on the stream twice is two records to both of them, so copies
are left out before.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from headwater import names
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.errors import PoisonRecordError, StoreError, SupersededError
from headwater.online import fills, pages, rows, watermark
from headwater.online.changes import Collected, Tiler, tilers
from headwater.online.fills import Fill, TileSetName
from headwater.online.stores import OnlineStore
from headwater.online.writer import ALONE, PageWriter, Turn
from headwater.registry import Registry
from headwater.stream import collector, copies, pointer
from headwater.stream.records import StreamRecord
from headwater.stream.sinks import Archive, DeadLetter, DeadLetters


class BatchReport(NamedTuple):
    """What became of a batch.

    Attributes:
        records: How many were delivered.
        applied: Page changes that were new, over all stores.
        duplicate: Page changes that a store already held.
        late: Events, by tile set, that arrived after their tile of the finest width had ended.
        dropped: Events, by tile set, too late for any window; they are in the log only.
        dead: Records sent to the dead letters.
        lag_ms: From the oldest record's arrival on the stream to the end of the batch.
        failed: The first record of each shard to be delivered again.
        error: Why, if any failed.
        repeated: Copies of replayed records of which another copy counts.
    """

    records: int
    applied: int
    duplicate: int
    late: int
    dropped: int
    dead: int
    lag_ms: float | None
    failed: list[StreamRecord]
    error: str | None
    repeated: int = 0


class Recovered(NamedTuple):
    """What became of events of a lost region.

    Attributes:
        applied: Page changes that were new, over all stores.
        known: Page changes that a store already held.
    """

    applied: int
    known: int


class _Applied(NamedTuple):
    applied: int
    wanted: int
    late: int
    dropped: int


class StreamProcessor:
    """Applies batches of records to the online stores.

    Args:
        registry: Definitions; the tile sets of the next registry are filled as well.
        decoder: Reads envelopes.
        stores: Online stores; each gets every change.
        archive: For the event log.
        dead_letters: For what can never be applied.
        environment: First part of every online key.
        clock_us: Tells the time, in microseconds since the epoch.
    """

    def __init__(
        self,
        registry: Registry,
        decoder: EnvelopeDecoder,
        stores: Sequence[OnlineStore],
        archive: Archive,
        dead_letters: DeadLetters,
        environment: str,
        clock_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._tilers = tilers(registry)
        self._registry = registry
        self._decoder = decoder
        self._stores = stores
        self._writers = [PageWriter(store, environment) for store in stores]
        self._fills: list[Mapping[TileSetName, Fill]] = []
        self._archive = archive
        self._dead_letters = dead_letters
        self._environment = environment
        self._clock_us = clock_us

    def process(self, records: Sequence[StreamRecord]) -> BatchReport:
        """Apply a batch.

        A store, archive or queue that does not do its work fails the batch from its first record
        on in each shard; what was done of it by then is recognised when it comes again.
        """
        with collector.paused():
            return self._process(records)

    def recover(self, events: Sequence[LoggedEvent], number: int) -> Recovered:
        """Apply events that the stream of a lost region had acknowledged.

        The stores are copies of that region's, each page as old as its copy happened to be: what a page has of the
        events already is left out.

        Args:
            events: With their shards, positions and arrivals of the lost region; those of a shard in the order of
                their positions, from call to call, too.
            number: Of the round they were found in, from 1. An event belongs to one round.

        Raises:
            StoreError: A store or the archive did not do its work; the round may be given again.
        """
        with collector.paused():
            self._archive.put(events)
            done = self._apply(_in_lane(events, number), Turn(self._epoch()))
            return Recovered(done.applied, done.wanted - done.applied)

    def give_again(self, events: Sequence[LoggedEvent], number: int | None = None) -> Recovered:
        """Apply what pages lack of events that were applied in this region since it goes on in a lost one's stead.

        The lost region may have written behind it, and where its write was the last one, the page is that region's:
        without what had been applied here, and with what was applied on top of it since (`pages.since`).

        Args:
            events: Put on this region's stream since the pointer named it, or of a round of recovery; from the last one
                of each shard back to the first, from call to call, too. The lost region must write no more.
            number: Of the round; None: they are of this region's own stream.

        Raises:
            StoreError: A store did not do its work; all may be given again, from the last one on.
        """
        with collector.paused():
            mine = events if number is None else _in_lane(events, number)
            done = self._apply(mine, Turn(self._epoch(), lacking=True))
            return Recovered(done.applied, done.wanted - done.applied)

    def passed(self, records: Sequence[StreamRecord], end: int) -> int:
        """Count the changes of records that a page may lack for ever, because it has heard later of their shard.

        A page cannot tell whether it was given these records before it went past them. One that has heard no later
        than the end of their batch has them: it takes what a batch has for it whole.

        Args:
            records: Of one shard, after they were processed.
            end: Position of the last record of their batch.
        """
        events, _ = self._decode(records)
        self._learn_fills()
        return sum(
            self._passed(store, fill[tiler.name], tiler, events, end)
            for source, own in self._tilers.items()
            for tiler in own
            for store, fill in zip(self._stores, self._fills, strict=True)
            if any(event.source == source for event in events)
        )

    def _passed(
        self, store: OnlineStore, fill: Fill, tiler: Tiler, events: Sequence[LoggedEvent], end: int
    ) -> int:
        mine = [
            event
            for event in events
            if event.source == tiler.view.source and event.arrival_us > fill.cutover_us
        ]
        deltas = tiler.collect(mine).deltas
        keys = [ref.key(self._environment) for ref in deltas]
        decode = rows.decode if tiler.tile_set.is_row else pages.decode
        count = 0
        for key, stored, own in zip(keys, store.read(keys), deltas.values(), strict=True):
            applied = decode(key, stored.value).applied if stored else {}
            changes = [change for delta in own for change in delta.changes]
            if int.from_bytes(applied.get(changes[0].shard, b""), "big") > end:
                count += len(changes)
        return count

    def _process(self, records: Sequence[StreamRecord]) -> BatchReport:
        events, letters = self._decode(records)
        done = _Applied(0, 0, 0, 0)
        counted: list[LoggedEvent] = []
        failed: list[StreamRecord] = []
        reason: str | None = None
        try:
            turn = self._turn(records)
            if letters:
                self._dead_letters.put(letters)
            counted = copies.leave_out(events, self._stores, self._environment)
            if counted:
                self._archive.put(counted)
                done = self._apply(counted, turn)
            if events:
                self._advance(records, max(event.arrival_us for event in events))
        except StoreError as error:
            failed, reason = _first_of_each(records), str(error)
        oldest_us = min([record.arrival_us for record in records], default=None)
        return BatchReport(
            records=len(records),
            applied=done.applied,
            duplicate=done.wanted - done.applied,
            late=done.late,
            dropped=done.dropped,
            dead=len(letters),
            lag_ms=None if oldest_us is None else (self._clock_us() - oldest_us) / 1000,
            failed=failed,
            error=reason,
            repeated=0 if failed else len(events) - len(counted),
        )

    def _decode(self, records: Sequence[StreamRecord]) -> tuple[list[LoggedEvent], list[DeadLetter]]:
        events: dict[tuple[str, int], LoggedEvent] = {}
        letters: list[DeadLetter] = []
        for record in records:
            try:
                events[record.shard, record.sequence] = self._decoder.decode(
                    record.data, shard=record.shard, sequence=record.sequence, arrival_us=record.arrival_us
                )
            except PoisonRecordError as error:
                letters.append(DeadLetter(record, str(error)))
        return list(events.values()), letters

    def _epoch(self) -> int:
        standing = pointer.standing(self._stores, self._environment)
        return standing.epoch if standing else 0

    def _turn(self, records: Sequence[StreamRecord]) -> Turn:
        """Whose turn it is, asked once the records are at hand: they were put when it was so already.

        Raises:
            SupersededError: Another region's.
        """
        standing = pointer.standing(self._stores, self._environment)
        if standing is None:
            return ALONE
        regions = {names.shard_region(record.shard) for record in records} - {"", standing.region}
        if regions:
            raise SupersededError(
                f"stream of {min(regions)!r}: the pointer names {standing.region!r} since epoch {standing.epoch}; the "
                "records wait until it names this region again, or are recovered there"
            )
        return Turn(standing.epoch)

    def _apply(self, events: Sequence[LoggedEvent], turn: Turn) -> _Applied:
        self._learn_fills()
        now_us = max(event.arrival_us for event in events)
        by_source: dict[str, list[LoggedEvent]] = {}
        for event in events:
            by_source.setdefault(event.source, []).append(event)
        total = _Applied(0, 0, 0, 0)
        for source, own in by_source.items():
            for tiler in self._tilers.get(source, ()):
                done = self._apply_tile_set(tiler, own, now_us, turn)
                total = _Applied(*map(sum, zip(total, done, strict=True)))
        return total

    def _apply_tile_set(
        self, tiler: Tiler, events: Sequence[LoggedEvent], now_us: int, turn: Turn
    ) -> _Applied:
        collected: dict[int, Collected] = {}
        applied = wanted = 0
        for writer, fill in zip(self._writers, self._fills, strict=True):
            cutover_us = fill[tiler.name].cutover_us
            if cutover_us not in collected:
                mine = [event for event in events if event.arrival_us > cutover_us]
                collected[cutover_us] = tiler.collect(mine)
            deltas = collected[cutover_us].deltas
            wanted += sum(len(delta.changes) for page in deltas.values() for delta in page)
            applied += writer.write(tiler.tile_set, deltas, now_us, turn)
        return _Applied(
            applied,
            wanted,
            max(each.late for each in collected.values()),
            max(each.dropped for each in collected.values()),
        )

    def _learn_fills(self) -> None:
        """Learn once what is the stream's to apply: a record of a fill never changes sides."""
        if self._fills:
            return
        filled = [tiler.name for own in self._tilers.values() for tiler in own]
        now_us = self._clock_us()
        self._fills = [
            fills.claim_live(store, self._environment, self._registry, filled, now_us)
            for store in self._stores
        ]

    def _advance(self, records: Sequence[StreamRecord], now_us: int) -> None:
        positions: dict[str, int] = {}
        for record in records:
            positions[record.shard] = max(record.sequence, positions.get(record.shard, -1))
        for store in self._stores:
            watermark.advance(store, self._environment, now_us, positions)


def _in_lane(events: Sequence[LoggedEvent], number: int) -> list[LoggedEvent]:
    return [event._replace(shard=pages.lane(event.shard, number)) for event in events]


def _first_of_each(records: Sequence[StreamRecord]) -> list[StreamRecord]:
    first: dict[str, StreamRecord] = {}
    for record in records:
        if record.shard not in first or record.sequence < first[record.shard].sequence:
            first[record.shard] = record
    return list(first.values())
