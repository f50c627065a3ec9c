"""Lookups over two regions: which one is asked, and how long a silent one is waited for."""

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from headwater.errors import UnavailableError
from headwater.online.regional import RegionalReads
from headwater.online.stores import Loaded

_HEDGE_S = 0.02


class Region:
    """A region's stores: answers at once, refuses, or says nothing until it is let go."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = 0
        self.refuses = False
        self.unread: frozenset[int] = frozenset()
        self.speaks = threading.Event()
        self.speaks.set()

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:  # noqa: ARG002
        """Answer with the region's name."""
        self.asked += 1
        self.speaks.wait(5)
        if self.refuses:
            raise UnavailableError(f"{self.name} refuses")
        return Loaded(
            [None if place in self.unread else self.name.encode() for place in range(len(keys))], self.unread
        )


class Regions:
    """Two of them."""

    def __init__(self) -> None:
        self.east, self.west = Region("east"), Region("west")
        self.preferred = "east"
        stores = {"east": self.east, "west": self.west}
        self.reads = RegionalReads(stores, lambda: self.preferred, hedge_s=_HEDGE_S, rest_s=60)

    def load(self, deadline_s: float | None = None) -> list[bytes | None]:
        """Look two keys up."""
        return self.reads.load(["a", "b"], deadline_s).values


@pytest.fixture
def regions() -> Iterator[Regions]:
    made = Regions()
    yield made
    made.east.speaks.set()
    made.west.speaks.set()
    made.reads.close()


def test_the_preferred_region_alone_is_asked_while_it_answers(regions: Regions) -> None:
    assert regions.load() == [b"east"] * 2
    regions.preferred = "west"
    assert regions.load() == [b"west"] * 2
    assert (regions.east.asked, regions.west.asked) == (1, 1)


def test_a_region_that_refuses_is_waited_for_no_moment(regions: Regions) -> None:
    regions.reads = RegionalReads({"east": regions.east, "west": regions.west}, lambda: "east", hedge_s=5)
    regions.east.refuses = True
    started_s = time.monotonic()
    assert regions.load() == [b"west"] * 2
    assert time.monotonic() - started_s < 4


def test_a_silent_region_is_waited_for_until_the_other_is_asked_as_well(regions: Regions) -> None:
    regions.east.speaks.clear()
    started_s = time.monotonic()
    assert regions.load() == [b"west"] * 2
    assert _HEDGE_S <= time.monotonic() - started_s < 4


def test_a_region_that_was_silent_several_times_is_asked_last(regions: Regions) -> None:
    regions.east.speaks.clear()
    for _ in range(10):
        assert regions.load() == [b"west"] * 2
    assert regions.east.asked == 3


def test_a_region_that_rested_is_asked_first_again(regions: Regions) -> None:
    regions.reads = RegionalReads(
        {"east": regions.east, "west": regions.west}, lambda: "east", hedge_s=_HEDGE_S, rest_s=0.1
    )
    regions.east.speaks.clear()
    for _ in range(4):
        regions.load()
    regions.east.speaks.set()
    time.sleep(0.15)
    assert [regions.load() for _ in range(2)] == [[b"east"] * 2] * 2


def test_what_one_region_could_not_read_comes_from_the_other(regions: Regions) -> None:
    regions.east.unread, regions.west.unread = frozenset({0}), frozenset({1})
    assert regions.load() == [b"west", b"east"]


def test_a_deadline_holds_although_no_region_answers(regions: Regions) -> None:
    regions.east.speaks.clear()
    regions.west.speaks.clear()
    started_s = time.monotonic()
    with pytest.raises(UnavailableError, match="east, west: none has given 2 keys in time"):
        regions.load(time.monotonic() + 0.1)
    assert time.monotonic() - started_s < 4


def test_of_regions_that_all_refuse_the_last_reason_is_told(regions: Regions) -> None:
    regions.east.refuses = regions.west.refuses = True
    with pytest.raises(UnavailableError, match="west refuses"):
        regions.load()
