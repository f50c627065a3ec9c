"""Two regions that may both write a page: who refuses to, and what a page that was written over gets back."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.instants import to_text
from headwater.online.changes import all_tilers
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.online.stores import Write
from headwater.stream import pointer, recovery
from headwater.stream.pointer import Pointer
from headwater.stream.processor import BatchReport, StreamProcessor
from headwater.stream.records import StreamRecord
from headwater.stream.recovery import Rounds
from tests.buckets import Bucket

ENVIRONMENT = "test"
NOW_US = 1_700_000_000_000_000
REGISTRY = compile_services(
    [
        FeatureService(
            name="model",
            views=[
                FeatureView(
                    name="shop_sales",
                    entity=Entity(name="shop", keys={"shop": "string"}),
                    source=EventSource(name="sales", columns={"shop": "string", "amount": "int64"}),
                    features=[Aggregation(column="amount", function="sum", window="1h")],
                )
            ],
        )
    ]
)
FIRST, SECOND = Pointer(1, "east", True, 0), Pointer(2, "west", True, 1)


class Nowhere:
    """Takes everything."""

    def put(self, _items: Sequence[Any]) -> None:
        """Take."""


class Region:
    """A store and the function that writes to it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.store = MemoryStore()
        self.processor = StreamProcessor(
            REGISTRY, EnvelopeDecoder(REGISTRY), [self.store], Nowhere(), Nowhere(), ENVIRONMENT
        )
        assert pointer.move(self.store, ENVIRONMENT, FIRST)

    def take(self, *numbers: int) -> BatchReport:
        """Apply events of the region's own stream."""
        return self.processor.process([self._record(number) for number in numbers])

    def events(self, *numbers: int) -> list[LoggedEvent]:
        """Events of the region's own stream."""
        decoder = EnvelopeDecoder(REGISTRY)
        records = [self._record(number) for number in numbers]
        return [
            decoder.decode(each.data, shard=each.shard, sequence=each.sequence, arrival_us=each.arrival_us)
            for each in records
        ]

    def pages(self) -> dict[str, bytes]:
        """What it holds of events."""
        tiler = next(iter(all_tilers(REGISTRY)))
        keys = [ref.key(ENVIRONMENT) for ref in tiler.collect(self.events(1)).deltas]
        return {
            key: stored.value
            for key, stored in zip(keys, self.store.read(keys), strict=True)
            if stored is not None
        }

    def wins_over(self, other: "Region") -> None:
        """Let this region's pages be those that were written last."""
        for key, value in self.pages().items():
            [there] = other.store.read([key])
            assert other.store.write([Write(key, value, there.revision if there else 0, None)]) == [True]

    def total(self) -> int:
        """Sum of the numbers that are counted."""
        answer = FeatureReader(self.store, REGISTRY, ENVIRONMENT).read(
            "model", [{"shop": "a"}], NOW_US + 60_000_000
        )
        return int(answer.values[0][0])

    def _record(self, number: int) -> StreamRecord:
        envelope = {
            "source": "sales",
            "event_id": f"{self.name}-{number}",
            "event_time": to_text(NOW_US),
            "data": {"shop": "a", "amount": number},
        }
        data = json.dumps(envelope).encode()
        return StreamRecord(f"{self.name}/0", number, str(number), NOW_US + number, data)


def _moved(region: Region) -> Region:
    assert pointer.move(region.store, ENVIRONMENT, SECOND)
    return region


def test_a_region_that_was_left_writes_on_no_page_of_the_one_that_goes_on() -> None:
    """The page came before the pointer did: copies have no order."""
    east, west = Region("east"), _moved(Region("west"))
    west.take(1)
    west.wins_over(east)
    report = east.take(2)
    assert report.failed
    assert "epoch 2 of the pointer, and this writer knows 1" in str(report.error)
    assert east.pages() == west.pages()


def test_a_region_that_hears_of_the_pointer_applies_nothing_of_its_stream() -> None:
    east = _moved(Region("east"))
    report = east.take(1)
    assert [each.sequence for each in report.failed] == [1]
    assert "the pointer names 'west' since epoch 2" in str(report.error)
    assert not east.pages()


def test_what_was_written_over_is_given_again_under_what_was_written_on_top() -> None:
    east, west = Region("east"), Region("west")
    east.take(1)
    _moved(west)
    west.take(2, 4)
    east.wins_over(west)
    west.take(8)
    assert west.total() == 9
    west.processor.give_again(west.events(2, 4, 8))
    assert west.total() == 15


def test_what_is_given_again_in_parts_counts_once_from_the_last_part_on() -> None:
    east, west = Region("east"), _moved(Region("west"))
    east.take(1)
    west.take(2, 4, 8)
    east.wins_over(west)
    for _ in range(2):
        for part in ((8,), (4, 2)):
            west.processor.give_again(west.events(*part))
    assert west.total() == 15


def test_a_round_that_was_written_over_is_given_again_but_for_what_came_with_the_page() -> None:
    east, west = Region("east"), _moved(Region("west"))
    west.processor.recover(east.events(1, 2, 4), 1)
    east.take(1, 2)
    east.wins_over(west)
    assert west.processor.give_again(east.events(1, 2, 4), 1).applied > 0
    assert west.total() == 7


def test_pages_that_nobody_has_written_over_get_nothing_again() -> None:
    east, west = Region("east"), _moved(Region("west"))
    west.processor.recover(east.events(1, 2), 1)
    west.take(4, 8)
    before = west.pages()
    assert west.processor.give_again(west.events(4, 8)).applied == 0
    assert west.processor.give_again(east.events(1, 2), 1).applied == 0
    assert west.pages() == before


def test_all_that_was_written_over_is_given_again_batch_by_batch_from_the_last_one_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page takes nothing before the first position that it has: the first batch would hide the others."""
    monkeypatch.setattr(recovery, "_EVENTS_AT_ONCE", 2)
    bucket, decoder = Bucket(), EnvelopeDecoder(REGISTRY, "record")
    rounds = Rounds(bucket, "epoch-2", decoder, {"sales": []})
    east, west = Region("east"), _moved(Region("west"))
    rounds.add(east.events(1, 2, 4))
    recovery.apply(west.processor, rounds)
    west.take(8, 16, 32)
    east.take(1)
    east.wins_over(west)
    west.take(64)
    for _ in range(2):
        recovery.give_again(west.processor, rounds, west.events(8, 16, 32, 64))
    assert west.total() == 127


def test_what_an_earlier_failover_has_recovered_is_in_no_round_of_the_next() -> None:
    bucket, decoder = Bucket(), EnvelopeDecoder(REGISTRY, "record")
    east = Region("east")
    first, second = (Rounds(bucket, name, decoder, {"sales": []}) for name in ("epoch-2", "epoch-4"))
    assert first.add(east.events(1, 2)) == 2
    assert second.add(east.events(1, 2, 3)) == 1
    assert [[event.sequence for event in each] for each in second.read()] == [[3]]
