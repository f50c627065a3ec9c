"""What of a lost region's events is found, and what of the survivor's own is given again."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dr import recovery
from headwater import names, registry
from headwater.envelope import EnvelopeDecoder
from headwater.instants import to_text
from headwater.registry import Registry
from headwater.stream.records import StreamRecord
from headwater.stream.sinks import archive_line

NOW_US = time.time_ns() // 1000


@pytest.fixture(scope="module")
def definitions() -> Registry:
    return registry.load(Path(__file__).parents[3] / "features" / "registry.json")


def _record(region: str, number: int) -> StreamRecord:
    data = {"origin": "JFK", "carrier": "AA", "tailnum": "N1", "dep_delay": 1.0, "cancelled": False}
    envelope = {
        "source": "departures",
        "event_id": f"{region}-{number}",
        "event_time": to_text(NOW_US),
        "data": data,
    }
    return StreamRecord(f"{region}/0", number, str(number), NOW_US, json.dumps(envelope).encode())


class _Region:
    """A region of which the stream has some records, and the bucket's archive others."""

    def __init__(self, name: str, definitions: Registry, streamed: list[StreamRecord]) -> None:
        self.name = name
        self.archive: list[StreamRecord] = []
        self._definitions = definitions
        self.stream = SimpleNamespace(records=lambda: iter(streamed))
        self.bucket = self

    def owns(self, shard: str) -> bool:
        """Whether a shard is its own."""
        return shard.startswith(f"{self.name}/")

    def versions(self, prefix: str, since_s: float) -> Iterator[bytes]:
        """What the archive has."""
        assert prefix == names.landing_prefix()
        assert since_s < time.time()
        decoder = EnvelopeDecoder(self._definitions)
        for each in self.archive:
            event = decoder.decode(
                each.data, shard=each.shard, sequence=each.sequence, arrival_us=each.arrival_us
            )
            yield archive_line(event, ())


def _found(events: Any) -> list[tuple[str, int]]:
    return sorted((event.shard, event.sequence) for event in events)


def test_of_the_survivors_stream_all_behind_the_positions_at_the_move_is_given_again(
    definitions: Registry,
) -> None:
    """Also what the stream has no more, and the archive has; not what it had applied before, nor the other's."""
    west = _Region("west", definitions, [_record("west", number) for number in (5, 6)])
    west.archive = [_record("west", number) for number in (2, 3, 4, 5)] + [_record("east", 9)]
    found = recovery.since_the_move(west, definitions, {"west/0": "3"})  # type: ignore[arg-type]
    assert _found(found) == [("west/0", 4), ("west/0", 5), ("west/0", 6)]


def test_a_record_that_is_no_event_does_not_stop_the_recovery(definitions: Registry) -> None:
    """Its own region has put it to the dead letters."""
    poison = StreamRecord("east/0", 2, "2", NOW_US, b"{")
    east = _Region("east", definitions, [_record("east", 1), poison, _record("east", 3)])
    assert _found(recovery.on_stream(east, definitions)) == [("east/0", 1), ("east/0", 3)]  # type: ignore[arg-type]


def test_of_the_copied_archive_only_the_lost_regions_events_are_recovered(definitions: Registry) -> None:
    east, west = (_Region(name, definitions, []) for name in ("east", "west"))
    west.archive = [_record("east", 1), _record("west", 2)]
    assert _found(recovery.archived(east, west, definitions)) == [("east/0", 1)]  # type: ignore[arg-type]
