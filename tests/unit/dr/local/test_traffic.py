"""Producers of the drill settle what a call that was cut off has left in doubt, also where the region serves on."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dr.local import traffic
from dr.local.traffic import Plan, Till
from headwater import registry
from headwater.errors import UnknownOutcomeError
from headwater.online.memory import MemoryStore
from headwater.stream import pointer
from headwater.stream.outbox import Outgoing
from headwater.stream.pointer import Pointer
from headwater.stream.producer import Place
from headwater.stream.records import StreamRecord

ROOT = Path(__file__).parents[4]
HOME = "us-east-1"


class _Stream:
    """Has taken the first events of a call when it is cut off; takes whole calls afterwards."""

    def __init__(self, taken: int) -> None:
        self.taken: list[bytes] = []
        self._first = taken
        self._calls = 0

    def put(self, events: Sequence[Outgoing]) -> list[Place | None]:
        """Put events."""
        self._calls += 1
        if self._calls == 1:
            self.taken += [event.data for event in events[: self._first]]
            raise UnknownOutcomeError("cut off")
        self.taken += [event.data for event in events]
        return [Place(f"{HOME}/0", str(number)) for number in range(len(events))]

    def records(self) -> Iterator[StreamRecord]:
        """What is on it."""
        return (
            StreamRecord(f"{HOME}/0", number, str(number), 0, data) for number, data in enumerate(self.taken)
        )


def _till(folder: Path, stream: _Stream) -> tuple[Till, Any]:
    table = MemoryStore()
    assert pointer.move(table, "local", Pointer(1, HOME, True, 0))
    site: Any = SimpleNamespace(
        name=HOME, stream=stream, table=table, outputs=SimpleNamespace(environment="local")
    )
    plan = Plan(
        outputs="", folder=str(folder), registry="", producers=["till-1"], per_second=1, lookups_per_second=1
    )
    definitions = registry.load(ROOT / "features" / "registry.json")
    return Till("till-1", plan, {HOME: site}, definitions), site


def test_what_is_on_the_stream_is_acknowledged_and_the_rest_is_put_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = _Stream(taken=1)
    till, site = _till(tmp_path, stream)
    assert till._producer.put([Outgoing("JFK", b"one"), Outgoing("JFK", b"two")]).in_doubt == 2
    till._look_again(site)
    assert len(till.outbox.listed("sent", HOME)) == 2, "it may be done still"
    monkeypatch.setattr(traffic, "_ANSWERED_US", -1_000_000)
    till._look_again(site)
    till._producer.flush()
    assert stream.taken == [b"one", b"two"]
    assert len(till.outbox.listed("acknowledged", HOME)) == 2
