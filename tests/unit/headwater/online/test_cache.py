"""Tests of `headwater.online.cache`: how old, how many, and how often read."""

import threading
import time
from collections.abc import Sequence

import pytest

from headwater.errors import UnavailableError
from headwater.online.cache import CacheCounts, CachedReads
from headwater.online.stores import Loaded


class Source:
    """A store that says how often it was asked, and can be slow or down."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.version = b"1"
        self.gate = threading.Event()
        self.gate.set()
        self.down: set[str] = set()

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:  # noqa: ARG002 (the gate decides)
        """Answer when the gate is open."""
        self.asked.append(list(keys))
        self.gate.wait(5)
        if set(keys) <= self.down:
            raise UnavailableError("down")
        unread = frozenset(place for place, key in enumerate(keys) if key in self.down)
        return Loaded([None if key in self.down else key.encode() + self.version for key in keys], unread)


class Clock:
    """A clock that moves when it is told to."""

    now_s = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


@pytest.fixture
def source() -> Source:
    """A store."""
    return Source()


def test_a_value_is_kept_until_its_time_is_over(source: Source) -> None:
    clock = Clock()
    cache = CachedReads(source, entries=10, ttl_s=2.0, clock=clock)
    assert cache.load(["a", "b", "a"]).values == [b"a1", b"b1", b"a1"]
    source.version = b"2"
    clock.now_s = 1.999
    assert cache.load(["a"]).values == [b"a1"]
    clock.now_s = 2.0
    assert cache.load(["a"]).values == [b"a2"]
    assert source.asked == [["a", "b"], ["a"]]
    assert cache.counts == CacheCounts(hits=1, misses=3, shared=1)


def test_a_value_is_as_old_as_its_read_was_begun(source: Source) -> None:
    clock = Clock()
    cache = CachedReads(source, entries=10, ttl_s=2.0, clock=clock)
    source.gate.clear()
    reader = threading.Thread(target=cache.load, args=(["a"],))
    reader.start()
    while not source.asked:
        time.sleep(0.001)
    clock.now_s = 1.5
    source.gate.set()
    reader.join()
    clock.now_s = 2.0
    cache.load(["a"])
    assert len(source.asked) == 2


def test_those_not_used_for_longest_go_first(source: Source) -> None:
    cache = CachedReads(source, entries=2, ttl_s=100)
    for keys in (["a"], ["b"], ["a"], ["c"], ["a"], ["b"]):
        cache.load(keys)
    assert source.asked == [["a"], ["b"], ["c"], ["b"]]


def test_a_hot_key_is_read_once_for_all_who_wait(source: Source) -> None:
    cache = CachedReads(source, entries=10, ttl_s=100)
    source.gate.clear()
    answers: list[Loaded] = []
    readers = [threading.Thread(target=lambda: answers.append(cache.load(["hot"]))) for _ in range(20)]
    for reader in readers:
        reader.start()
    while cache.counts.shared < 19:
        time.sleep(0.001)
    source.gate.set()
    for reader in readers:
        reader.join()
    assert [answer.values for answer in answers] == [[b"hot1"]] * 20
    assert source.asked == [["hot"]]


def test_who_waits_for_another_waits_no_longer_than_its_own_deadline(source: Source) -> None:
    cache = CachedReads(source, entries=10, ttl_s=100)
    source.gate.clear()
    reader = threading.Thread(target=cache.load, args=(["hot"],))
    reader.start()
    while not source.asked:
        time.sleep(0.001)
    with pytest.raises(UnavailableError, match="not read in time"):
        cache.load(["hot"], time.monotonic() + 0.02)
    source.gate.set()
    reader.join()


def test_what_could_not_be_read_is_not_kept(source: Source) -> None:
    cache = CachedReads(source, entries=10, ttl_s=100)
    source.down = {"b"}
    assert cache.load(["a", "b"]) == Loaded([b"a1", None], frozenset({1}))
    source.down = {"a", "b"}
    assert cache.load(["a", "b"]) == Loaded([b"a1", None], frozenset({1}))
    with pytest.raises(UnavailableError):
        cache.load(["b"])
    source.down = set()
    assert cache.load(["a", "b"]) == Loaded([b"a1", b"b1"])
