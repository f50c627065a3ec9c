"""Health checks of the drill: how many answers decide, and where lookups are sent."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dr.local.health import THRESHOLD, Health
from headwater.errors import UnavailableError
from headwater.online.memory import MemoryStore
from headwater.online.stores import Loaded
from headwater.stream import pointer
from headwater.stream.pointer import Pointer

EAST, WEST = "us-east-1", "us-west-2"
_INTERVAL_S = 0.01


class _Store(MemoryStore):
    """Fails as often as it is told; -1: for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0
        self.asked = 0

    def load(self, keys: Any, deadline_s: float | None = None) -> Loaded:
        """See `OnlineStore.load`."""
        self.asked += 1
        if self.failures:
            self.failures -= 1
            raise UnavailableError("no answer")
        return super().load(keys, deadline_s)


class _World:
    """Two regions that are checked."""

    def __init__(self, folder: Path) -> None:
        self.stores = {name: _Store() for name in (EAST, WEST)}
        self.sites: dict[str, Any] = {
            name: SimpleNamespace(
                name=name, stores=[store], table=store, outputs=SimpleNamespace(environment="test")
            )
            for name, store in self.stores.items()
        }
        self.route = folder / "route"
        self.health = Health(self.sites, self.route, _INTERVAL_S)

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for something."""
        deadline = time.monotonic() + 20
        while not done():
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(_INTERVAL_S / 2)

    def asked_again(self, name: str, times: int) -> None:
        """Wait until a region was asked some more times."""
        asked = self.stores[name].asked
        self.until(lambda: self.stores[name].asked >= asked + times)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[_World]:
    made = _World(tmp_path)
    made.health.start()
    yield made
    made.health.close()


def test_fewer_failures_in_a_row_than_decide_change_nothing(world: _World) -> None:
    for _ in range(3):
        world.stores[EAST].failures = THRESHOLD - 1
        world.asked_again(EAST, THRESHOLD + 1)
    assert world.health.well[EAST]
    assert world.route.read_text() == EAST


def test_lookups_go_to_the_other_region_and_come_back_when_the_first_answers(world: _World) -> None:
    world.stores[EAST].failures = -1
    assert world.health.wait(EAST, well=False, patience_s=20)
    world.until(lambda: world.route.read_text() == WEST)
    world.stores[EAST].failures = 0
    assert world.health.wait(EAST, well=True, patience_s=20)
    world.until(lambda: world.route.read_text() == EAST)


def test_while_both_are_unwell_lookups_stay(world: _World) -> None:
    for store in world.stores.values():
        store.failures = -1
    for name in (EAST, WEST):
        assert world.health.wait(name, well=False, patience_s=20)
    world.asked_again(EAST, 2)
    assert world.route.read_text() == EAST


def test_lookups_follow_the_pointer_of_a_region_that_is_well(world: _World) -> None:
    assert pointer.move(world.stores[WEST], "test", Pointer(2, WEST, True, 0))
    world.until(lambda: world.route.read_text() == WEST)


def test_a_region_that_never_changes_is_not_waited_for_without_end(world: _World) -> None:
    assert not world.health.wait(EAST, well=False, patience_s=0.05)
