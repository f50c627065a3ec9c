"""The judge of a drill: a store beside the oracle, and beside what was acknowledged at the cut."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dr import measure
from headwater import registry
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.instants import to_text
from headwater.online.memory import MemoryStore
from headwater.registry import Registry
from headwater.stream.outbox import Outbox, Outgoing
from headwater.stream.processor import StreamProcessor
from headwater.stream.records import StreamRecord

ENVIRONMENT, SERVICE = "test", "flight_delay"
REGION: Any = SimpleNamespace(outputs=SimpleNamespace(environment=ENVIRONMENT))
NOW_US = time.time_ns() // 1000 - 60_000_000


@pytest.fixture(scope="module")
def definitions() -> Registry:
    return registry.load(Path(__file__).parents[3] / "features" / "registry.json")


class _Nowhere:
    """Takes everything."""

    def put(self, _items: Sequence[Any]) -> None:
        """Take."""


class _Store:
    """A store, and the function that writes it."""

    def __init__(self, definitions: Registry) -> None:
        self.store = MemoryStore()
        self._decoder = EnvelopeDecoder(definitions)
        self._processor = StreamProcessor(
            definitions, self._decoder, [self.store], _Nowhere(), _Nowhere(), ENVIRONMENT
        )

    def take(self, *numbers: int, shard: str = "home/0") -> None:
        """Apply events."""
        assert not self._processor.process([_record(number, shard) for number in numbers]).failed

    def events(self, *numbers: int) -> list[LoggedEvent]:
        """Events as they were acknowledged."""
        records = [_record(number, "home/0") for number in numbers]
        return [
            self._decoder.decode(
                each.data, shard=each.shard, sequence=each.sequence, arrival_us=each.arrival_us
            )
            for each in records
        ]


def _envelope(number: int) -> bytes:
    data = {
        "origin": "JFK",
        "carrier": "AA",
        "tailnum": f"N{number % 2}",
        "dep_delay": 10.0 + number,
        "cancelled": False,
    }
    envelope = {"source": "departures", "event_id": str(number), "event_time": to_text(NOW_US), "data": data}
    return json.dumps(envelope).encode()


def _record(number: int, shard: str) -> StreamRecord:
    return StreamRecord(shard, number, str(number), NOW_US + number, _envelope(number))


@pytest.fixture
def kept(definitions: Registry) -> _Store:
    return _Store(definitions)


def _compared(kept: _Store, definitions: Registry, *acknowledged: int) -> measure.Compared:
    return measure.compare(REGION, kept.store, kept.events(*acknowledged), definitions, SERVICE)


def test_a_store_that_has_every_event_once_equals_the_oracle(kept: _Store, definitions: Registry) -> None:
    kept.take(1, 2, 3)
    found = _compared(kept, definitions, 1, 2, 3)
    assert found.values > 0
    assert (found.lost, found.doubled, found.wrong) == (0, 0, 0)


def test_events_that_a_store_lacks_are_lost(kept: _Store, definitions: Registry) -> None:
    kept.take(1)
    found = _compared(kept, definitions, 1, 2, 3)
    assert (found.lost, found.doubled) == (2, 0)
    assert found.wrong > 0


def test_an_event_that_was_applied_from_two_shards_is_counted_twice(
    kept: _Store, definitions: Registry
) -> None:
    kept.take(1, 2)
    kept.take(2, shard="away/0")
    found = _compared(kept, definitions, 1, 2)
    assert (found.lost, found.doubled) == (0, 1)
    assert found.wrong > 0


def test_one_lost_and_one_doubled_do_not_make_up_for_one_another(kept: _Store, definitions: Registry) -> None:
    kept.take(1, 2)
    kept.take(2, shard="away/0")
    found = _compared(kept, definitions, 1, 2, 3)
    # In the airport's view they do, in the aircraft's they are apart.
    assert (found.lost, found.doubled) == (1, 1)


def test_the_gap_is_what_pages_have_not_heard_of_and_since_when(kept: _Store, definitions: Registry) -> None:
    kept.take(1, 2)
    cut_s = (NOW_US + 3_000_000) / 1e6
    gap = measure.gap(kept.store, ENVIRONMENT, kept.events(1, 2, 3, 4), definitions, cut_s)
    assert gap.missing == {"3", "4"}
    assert gap.seconds == pytest.approx(3.0, abs=0.001)


def test_a_store_that_has_all_has_no_gap(kept: _Store, definitions: Registry) -> None:
    kept.take(1, 2)
    gap = measure.gap(kept.store, ENVIRONMENT, kept.events(1, 2), definitions, NOW_US / 1e6 + 3)
    assert gap == measure.Gap(frozenset(), 0.0)


def test_what_was_acknowledged_is_read_of_all_outboxes_and_what_was_not_is_counted(
    tmp_path: Path, definitions: Registry
) -> None:
    files = [tmp_path / "one.db", tmp_path / "two.db"]
    for place, file in enumerate(files):
        outbox = Outbox(file)
        outbox.add([Outgoing("JFK", _envelope(10 * place + number)) for number in range(1, 4)])
        outbox.send([1, 2], "home", NOW_US)
        outbox.acknowledge([(1, "home/0", str(10 * place + 1))], NOW_US)
        outbox.close()
    found = measure.acknowledged(files, ["home", "away"], definitions)
    assert sorted((event.event_id, event.sequence) for event in found) == [("1", 1), ("11", 11)]
    assert measure.unacknowledged(files, ["home", "away"]) == 4
