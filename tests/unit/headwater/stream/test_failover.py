"""Producers, a region that is lost and another that takes over: every event counts once, whatever fails when."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.errors import InputError, UnavailableError, UnknownOutcomeError
from headwater.instants import to_text
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.online.stores import Stored, Write
from headwater.stream import pointer, recovery
from headwater.stream.outbox import Outbox, Outgoing
from headwater.stream.pointer import Pointer
from headwater.stream.processor import StreamProcessor
from headwater.stream.producer import EventProducer, Place
from headwater.stream.records import StreamRecord
from headwater.stream.sinks import archive_line
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
                    features=[
                        Aggregation(column=None, function="count", window="1h"),
                        Aggregation(column="amount", function="sum", window="1h"),
                    ],
                )
            ],
        )
    ]
)
SHOPS = ("a", "b")


class Nowhere:
    """Takes everything."""

    def put(self, _items: Sequence[Any]) -> None:
        """Take."""


class Archived:
    """Keeps the lines of the archive."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def put(self, events: Sequence[LoggedEvent]) -> None:
        """Keep."""
        self.lines += [archive_line(event, ()) for event in events]


class Held(MemoryStore):
    """Remembers all that each key has held."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, list[bytes]] = {}

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """Write, and remember."""
        done = super().write(writes)
        for write, written in zip(writes, done, strict=True):
            if written:
                self.held.setdefault(write.key, []).append(write.value)
        return done


class Region:
    """A region: stream of two shards, function, store, archive."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.chance = chance
        self.is_lost = False
        self.store = Held()
        self.archive = Archived()
        self.records: list[StreamRecord] = []
        self.processor = StreamProcessor(
            REGISTRY,
            EnvelopeDecoder(REGISTRY),
            [self.store],
            self.archive,
            Nowhere(),
            ENVIRONMENT,
            clock_us=lambda: NOW_US,
        )
        self._read = 0

    def put(self, events: Sequence[Outgoing]) -> list[Place | None]:
        """Put events, or some of them, or fail in one of the ways there are."""
        luck = self.chance.random()
        if self.is_lost or luck < 0.1:
            raise UnavailableError(f"{self.name} refuses connections")
        taken = len(events) if luck > 0.2 else self.chance.randint(0, len(events))
        places: list[Place | None] = [self._take(event) for event in events[:taken]]
        if luck < 0.15:
            raise UnknownOutcomeError(f"{self.name} did not answer")
        return places + [None] * (len(events) - taken)

    def run(self, until: int | None = None) -> None:
        """Let the function take what is on the stream."""
        end = len(self.records) if until is None else max(until, self._read)
        for shard in ("0", "1"):
            batch = [each for each in self.records[self._read : end] if each.shard.endswith(shard)]
            assert not self.processor.process(batch).failed
        self._read = end

    def counted(self) -> dict[str, list[Any]]:
        """Count and sum of each shop."""
        reader = FeatureReader(self.store, REGISTRY, ENVIRONMENT)
        answer = reader.read("model", [{"shop": shop} for shop in SHOPS], NOW_US + 60_000_000, [None, None])
        return dict(zip(SHOPS, answer.values, strict=True))

    def _take(self, event: Outgoing) -> Place:
        shard = f"{self.name}/{self.chance.choice('01')}"
        number = len(self.records) + 1
        self.records.append(StreamRecord(shard, number, str(number), NOW_US + number, event.data))
        return Place(shard, str(number))


def _event(number: int, shop: str) -> Outgoing:
    envelope = {
        "source": "sales",
        "event_id": str(number),
        "event_time": to_text(NOW_US),
        "data": {"shop": shop, "amount": 1 << number},
    }
    return Outgoing(shop, json.dumps(envelope).encode())


def _replicate(home: Region, away: Region, chance: random.Random) -> None:
    for key, values in home.store.held.items():
        for revision, value in enumerate(values[: chance.randint(0, len(values))]):
            assert away.store.write([Write(key, value, revision, None)]) == [True]


def _rounds(bucket: Bucket) -> recovery.Rounds:
    return recovery.Rounds(bucket, "failover", EnvelopeDecoder(REGISTRY, "record"), {"sales": []})


def _found(lines: Sequence[bytes]) -> list[LoggedEvent]:
    return list(recovery.read_archive(b"".join(lines), EnvelopeDecoder(REGISTRY, "record")))


@settings(max_examples=25)  # each writes to disk hundreds of times
@given(chance=st.builds(random.Random, st.integers(0, 2**32)))
def test_every_event_counts_once_after_a_region_was_lost_and_found(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    home, away = Region("home", chance), Region("away", chance)
    stores = {"home": home.store, "away": away.store}
    assert pointer.move(home.store, ENVIRONMENT, Pointer(1, "home", True, NOW_US))
    outboxes = [Outbox(tmp_path_factory.mktemp("outbox") / "events.db") for _ in range(2)]
    producers = [
        EventProducer(
            {"home": home, "away": away},
            lambda: pointer.read(stores, ENVIRONMENT),
            outbox,
            poll_s=0,
            clock_us=lambda: NOW_US,
        )
        for outbox in outboxes
    ]
    shops = [chance.choice(SHOPS) for _ in range(chance.randint(1, 30))]
    cut = chance.randint(0, len(shops))

    for number, shop in enumerate(shops[:cut]):
        chance.choice(producers).put([_event(number, shop)])
        if chance.random() < 0.3:
            home.run(chance.randint(0, len(home.records)))

    home.is_lost = True
    _replicate(home, away, chance)
    copied = chance.sample(home.archive.lines, chance.randint(0, len(home.archive.lines)))
    bucket = Bucket()
    assert pointer.move(away.store, ENVIRONMENT, Pointer(2, "away", True, NOW_US))

    heard = chance.sample(outboxes, chance.randint(0, 2))
    for number, shop in enumerate(shops[cut:], cut):
        chance.choice(producers).put([_event(number, shop)])
        if chance.random() < 0.2:
            away.run()
        if chance.random() < 0.2:
            _recover(away, bucket, copied, heard)
    _recover(away, bucket, copied, outboxes)

    # The lost region is back: what producers could not know is read from its stream.
    for producer, outbox in zip(producers, outboxes, strict=True):
        producer.resolve("home", home.records)
        assert outbox.listed("sent", "home") == []
    _recover(away, bucket, copied, outboxes)
    for producer, outbox in zip(producers, outboxes, strict=True):
        while outbox.listed("waiting") or outbox.listed("sent", "away"):
            producer.flush()
            producer.resolve("away", away.records)
        outbox.close()
    away.run()

    expected = {
        shop: [
            shops.count(shop),
            sum(1 << number for number, one in enumerate(shops) if one == shop) or None,
        ]
        for shop in SHOPS
    }
    assert away.counted() == expected


def _recover(away: Region, bucket: Bucket, copied: Sequence[bytes], outboxes: Sequence[Outbox]) -> None:
    rounds = _rounds(bucket)
    shipped = [recovery.shipment(outbox.listed("acknowledged", "home")) for outbox in outboxes]
    decoder = EnvelopeDecoder(REGISTRY)
    events = [event for each in shipped for event in recovery.read_shipment(each, decoder).events]
    rounds.add([*events, *_found(copied)])
    recovery.apply(away.processor, rounds)


def test_a_producer_holds_events_back_while_a_switch_is_under_way(tmp_path: Path) -> None:
    region = Region("home", random.Random(1))  # noqa: S311 (not for secrets)
    outbox = Outbox(tmp_path / "events.db")
    producer = EventProducer({"home": region}, lambda: Pointer(2, "home", False, 0), outbox)
    flushed = producer.put([_event(0, "a")])
    assert (flushed.acknowledged, len(region.records), len(outbox.listed("waiting"))) == (0, 0, 1)
    assert "home" in flushed.held_back


class _Taking:
    """A stream that notes what it is given; the first calls of it fail."""

    def __init__(self, failures: int = 0) -> None:
        self.calls: list[list[Outgoing]] = []
        self._failures = failures

    def put(self, events: Sequence[Outgoing]) -> list[Place | None]:
        """Take all."""
        if self._failures:
            self._failures -= 1
            raise UnavailableError("no answer")
        self.calls.append(list(events))
        return [Place("home/0", str(number)) for number in range(len(events))]


def test_a_producer_that_met_a_lost_region_asks_for_the_pointer_at_once(tmp_path: Path) -> None:
    """However young what it knows of it is."""
    named = iter(["home", "away"])
    home, away = _Taking(failures=1), _Taking()
    producer = EventProducer(
        {"home": home, "away": away},
        lambda: Pointer(1, next(named), True, 0),
        Outbox(tmp_path / "events.db"),
        poll_s=3600,
    )
    assert producer.put([_event(0, "a")]).held_back == "no answer"
    assert producer.flush().acknowledged == 1
    assert len(away.calls) == 1


def test_one_call_takes_no_more_bytes_than_a_stream_does(tmp_path: Path) -> None:
    home = _Taking()
    producer = EventProducer(
        {"home": home}, lambda: Pointer(1, "home", True, 0), Outbox(tmp_path / "events.db")
    )
    events = [Outgoing("key", bytes(1_000_000)) for _ in range(6)]
    assert producer.put(events).acknowledged == 6
    assert [len(call) for call in home.calls] == [4, 2]


@pytest.mark.parametrize(
    "event", [Outgoing("a", bytes(1_048_576)), Outgoing("", b"{}")], ids=["too large", "no key"]
)
def test_an_event_that_no_stream_takes_does_not_stop_those_behind_it(event: Outgoing, tmp_path: Path) -> None:
    home, outbox = _Taking(), Outbox(tmp_path / "events.db")
    producer = EventProducer({"home": home}, lambda: Pointer(1, "home", True, 0), outbox)
    with pytest.raises(
        InputError, match=r"event 1 of 2: .*expected at most 1048576 bytes and a key; leave that one"
    ):
        producer.put([_event(0, "a"), event])
    assert outbox.listed("waiting") == []
    assert producer.put([_event(0, "a")]).acknowledged == 1


def test_the_outbox_outlives_its_process_and_forgets_only_what_was_acknowledged(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "events.db")
    outbox.add([_event(number, "a") for number in range(3)])
    outbox.send([1, 2], "home", 5)
    outbox.acknowledge([(1, "home/0", "17")], 7)
    outbox.close()
    again = Outbox(tmp_path / "events.db")
    [acknowledged] = again.listed("acknowledged", "home")
    assert (acknowledged.shard, acknowledged.sequence, acknowledged.outgoing) == (
        "home/0",
        "17",
        _event(0, "a"),
    )
    assert again.forget(before_us=8) == 1
    assert [each.number for each in again.listed("sent", "home")] == [2]
    assert [each.number for each in again.listed("waiting")] == [3]


def test_the_pointer_of_the_highest_epoch_counts_and_none_is_moved_back() -> None:
    home, away = MemoryStore(), MemoryStore()
    stores = {"home": home, "away": away}
    assert pointer.read(stores, ENVIRONMENT) is None
    first, second = Pointer(1, "home", True, 0), Pointer(2, "away", True, 1)
    assert pointer.move(home, ENVIRONMENT, first)
    assert pointer.move(away, ENVIRONMENT, second)
    assert pointer.move(away, ENVIRONMENT, second), "moving again to the same place is no move"
    assert not pointer.move(away, ENVIRONMENT, Pointer(2, "home", True, 1))
    assert pointer.read(stores, ENVIRONMENT) == second


def test_a_region_that_does_not_answer_has_no_say_in_where_the_pointer_is() -> None:
    class Lost(MemoryStore):
        def read(self, keys: Sequence[str]) -> list[Stored | None]:  # noqa: ARG002 (nothing answers)
            raise UnavailableError("lost")

    away = MemoryStore()
    pointer.move(away, ENVIRONMENT, Pointer(2, "away", True, 0))
    found = pointer.read({"home": Lost(), "away": away}, ENVIRONMENT)
    assert found is not None
    assert found.region == "away"
    with pytest.raises(UnavailableError, match="no region answers"):
        pointer.read({"home": Lost()}, ENVIRONMENT)


def test_what_the_outbox_was_told_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    """An acknowledged event has to outlive the machine's power: 2 is SQLite's FULL."""
    outbox = Outbox(tmp_path / "events.db")
    assert outbox._connection.execute("PRAGMA synchronous").fetchone() == (2,)
