"""What becomes of a batch of records, good, bad and repeated."""

import gc
import json
from collections.abc import Sequence
from typing import Any

import pytest

from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.errors import UnavailableError
from headwater.instants import from_us
from headwater.online import watermark
from headwater.online.reader import FeatureReader
from headwater.stream.processor import StreamProcessor
from headwater.stream.records import StreamRecord
from headwater.stream.sinks import DeadLetter
from tests.failing_store import Failing

NOW_US = 1_700_000_000_000_000
SECOND_US = 1_000_000
REGISTRY = compile_services(
    [
        FeatureService(
            name="model",
            views=[
                FeatureView(
                    name="shop_sales",
                    entity=Entity(name="shop", keys={"shop": "string"}),
                    source=EventSource(
                        name="sales",
                        columns={"shop": "string", "amount": "float64", "items": "int64", "due": "timestamp"},
                    ),
                    features=[
                        Aggregation(column=None, function="count", window="1h"),
                        Aggregation(column="amount", function="sum", window="1h"),
                    ],
                )
            ],
        )
    ]
)


class Kept:
    """An archive or queue that keeps what it is given, or refuses."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.refuses = False

    def put(self, items: Sequence[LoggedEvent] | Sequence[DeadLetter]) -> None:
        """Keep or refuse."""
        if self.refuses:
            raise UnavailableError("refused")
        self.items += items


class Platform:
    """A processor with everything around it in this process."""

    def __init__(self) -> None:
        self.archive, self.letters = Kept(), Kept()
        self.stores = [Failing(), Failing()]
        self.processor = StreamProcessor(
            REGISTRY, EnvelopeDecoder(REGISTRY, "stream"), self.stores, self.archive, self.letters, "test"
        )

    def counts(self) -> list[int]:
        """The count each store serves."""
        readers = [FeatureReader(store, REGISTRY, "test") for store in self.stores]
        return [reader.read("model", [{"shop": "x"}], NOW_US + SECOND_US).values[0][0] for reader in readers]


@pytest.fixture
def platform() -> Platform:
    """An empty platform."""
    return Platform()


def _record(
    sequence: int, *, shard: str = "s1", time_us: int = NOW_US - SECOND_US, **data: Any
) -> StreamRecord:
    envelope = {
        "source": "sales",
        "event_id": f"{shard}-{sequence}",
        "event_time": from_us(time_us).isoformat(),
        "data": {"shop": "x", "amount": 2.0, **data},
    }
    return _raw(sequence, json.dumps(envelope).encode(), shard=shard)


def _raw(sequence: int, data: bytes, *, shard: str = "s1") -> StreamRecord:
    return StreamRecord(shard, sequence, str(sequence), NOW_US, data)


def test_a_batch_reaches_every_store_and_the_archive(platform: Platform) -> None:
    report = platform.processor.process([_record(1), _record(2)])
    assert (report.records, report.applied, report.duplicate, report.failed) == (2, 4, 0, [])
    assert platform.counts() == [2, 2]
    assert [event.sequence for event in platform.archive.items] == [1, 2]


def test_a_batch_delivered_again_changes_nothing(platform: Platform) -> None:
    batch = [_record(1), _record(2)]
    platform.processor.process(batch)
    report = platform.processor.process(batch)
    assert (report.applied, report.duplicate) == (0, 4)
    assert platform.counts() == [2, 2]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not json", "malformed"),
        (b'{"source": "nobody", "event_id": "1"}', "nobody"),
        (
            b'{"source": "sales", "event_id": "", "event_time": "2023-11-14T00:00:00Z", "data": {}}',
            "length >= 1",
        ),
        (
            b'{"source": "sales", "event_id": "1", "event_time": "2023-11-14T00:00:00", "data": {}}',
            "timezone",
        ),
        (b'{"source": "sales", "event_id": "1", "event_time": "2023-11-14T00:00:00Z"}', "data"),
        (
            b'{"source":"sales","event_id":"1","event_time":"2023-11-14T00:00:00Z","data":{"amount":"2"}}',
            "amount",
        ),
        (
            b'{"source":"sales","event_id":"1","event_time":"2023-11-14T00:00:00Z","data":{"amount":NaN}}',
            "malformed",
        ),
        (
            b'{"source":"sales","event_id":"1","event_time":"2023-11-14T00:00:00Z","data":{"amount":1e999}}',
            "amount",
        ),
        (
            b'{"source":"sales","event_id":"1","event_time":"2023-11-14T00:00:00Z","data":{"items":1.5}}',
            "items",
        ),
        (
            b'{"source":"sales","event_id":"1","event_time":"2023-11-14T00:00:00Z","data":{"items":9223372036854775808}}',
            "items",
        ),
    ],
)
def test_a_record_that_can_never_be_applied_does_not_block_the_others(
    platform: Platform, data: bytes, reason: str
) -> None:
    report = platform.processor.process([_record(1), _raw(2, data), _record(3)])
    assert (report.dead, report.failed) == (1, [])
    assert platform.counts() == [2, 2]
    [letter] = platform.letters.items
    assert letter.record.data == data
    assert reason in letter.reason or "out of range" in letter.reason or "nan" in letter.reason.lower()


def test_an_event_that_no_window_will_see_is_archived_only(platform: Platform) -> None:
    report = platform.processor.process([_record(1, time_us=NOW_US - 7200 * SECOND_US)])
    assert (report.dropped, report.late, report.applied) == (1, 0, 0)
    assert len(platform.archive.items) == 1


def test_an_event_without_an_entity_is_not_late(platform: Platform) -> None:
    report = platform.processor.process([_record(1, shop=None)])
    assert (report.dropped, report.late, report.applied) == (0, 0, 0)


@pytest.mark.parametrize("part", ["archive", "letters"])
def test_a_sink_that_refuses_fails_the_batch_from_its_first_records(platform: Platform, part: str) -> None:
    """The lowest position of each shard is reported; nothing was applied by then."""
    getattr(platform, part).refuses = True
    batch = [_record(5, shard="a"), _record(3, shard="b"), _raw(6, b"bad", shard="a")]
    report = platform.processor.process(batch)
    assert sorted(record.sequence for record in report.failed) == [3, 5]
    assert platform.counts() == [0, 0]


def test_a_store_that_fails_in_the_middle_is_caught_up_on_redelivery(platform: Platform) -> None:
    """The first store has the batch, the second not; delivered again, both have it once."""
    platform.stores[1].fails = True
    batch = [_record(1), _record(2)]
    report = platform.processor.process(batch)
    assert (report.failed, report.error) == (batch[:1], "store is down")
    platform.stores[1].fails = False
    assert platform.processor.process(batch).failed == []
    assert platform.counts() == [2, 2]


def test_the_watermark_says_what_has_been_applied(platform: Platform) -> None:
    platform.processor.process([_record(2, shard="a"), _record(9, shard="b")])
    platform.processor.process([_record(1, shard="a")])
    mark = watermark.read(platform.stores[0], "test")
    assert mark == watermark.Watermark(NOW_US, {"a": "2", "b": "9"})


def test_replays_may_bring_their_own_arrival() -> None:
    data = (
        b'{"source":"sales","event_id":"1","event_time":"2020-01-01T00:00:00Z","arrival":"2020-01-01T00:00:05Z",'
        b'"data":{"due":"2020-02-01T00:00:00+01:00"}}'
    )
    replayed = EnvelopeDecoder(REGISTRY, "record").decode(data, shard="s", sequence=1, arrival_us=NOW_US)
    live = EnvelopeDecoder(REGISTRY, "stream").decode(data, shard="s", sequence=1, arrival_us=NOW_US)
    assert from_us(replayed.arrival_us).isoformat() == "2020-01-01T00:00:05+00:00"
    assert live.arrival_us == NOW_US
    assert from_us(live.data["due"]).isoformat() == "2020-01-31T23:00:00+00:00"


@pytest.mark.parametrize(
    ("field", "value"), [("shop", "é" * 257), ("event_id", "x" * 65)], ids=["string", "event id"]
)
def test_what_would_not_fit_a_page_is_a_dead_letter(platform: Platform, field: str, value: str) -> None:
    envelope = json.loads(_record(1).data)
    (envelope if field == "event_id" else envelope["data"])[field] = value
    report = platform.processor.process([_raw(1, json.dumps(envelope).encode()), _record(2)])
    assert (report.dead, report.failed) == (1, [])
    assert f"{field} has {len(value.encode())} bytes" in platform.letters.items[0].reason
    assert platform.counts() == [1, 1]


def _copy(sequence: int, of: str, *, shard: str = "s1") -> StreamRecord:
    envelope = json.loads(_record(1).data) | {"replay_of": of}
    return _raw(sequence, json.dumps(envelope).encode(), shard=shard)


def test_copies_of_one_record_count_once_wherever_and_whenever_they_come(platform: Platform) -> None:
    """In one batch, in another, on another shard, and delivered again."""
    first = platform.processor.process([_copy(5, "s0:1"), _copy(6, "s0:1")])
    other = platform.processor.process([_copy(9, "s0:1", shard="s2")])
    again = platform.processor.process([_copy(5, "s0:1"), _copy(6, "s0:1")])
    assert [report.repeated for report in (first, other, again)] == [1, 1, 1]
    assert (first.applied, other.applied, again.duplicate) == (2, 0, 2)
    assert platform.counts() == [1, 1]
    assert {(event.shard, event.sequence) for event in platform.archive.items} == {("s1", 5)}


def test_copies_of_two_records_both_count(platform: Platform) -> None:
    assert platform.processor.process([_copy(5, "s0:1"), _copy(6, "s0:2")]).repeated == 0
    assert platform.counts() == [2, 2]


def test_a_copy_that_claimed_its_record_and_then_failed_counts_when_it_comes_again(
    platform: Platform,
) -> None:
    """Another copy that is processed meanwhile leaves it the record."""
    platform.archive.refuses = True
    assert platform.processor.process([_copy(5, "s0:1")]).failed
    platform.archive.refuses = False
    assert platform.processor.process([_copy(9, "s0:1", shard="s2")]).repeated == 1
    assert platform.counts() == [0, 0]
    assert platform.processor.process([_copy(5, "s0:1")]).applied == 2
    assert platform.counts() == [1, 1]


def test_a_batch_leaves_the_cycle_collector_as_it_found_it(platform: Platform) -> None:
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            platform.processor.process([])
            assert gc.isenabled() is enabled
        finally:
            gc.enable()
