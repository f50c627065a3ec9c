"""Values kept in this process for a moment: hot keys without a round trip, and one read for many callers.

A value is at most as old as its time to live, so lookups through a cache may lag the stream by that
much; without one they do not. Keys hold the version of their tiles: a new version is another key.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple

from headwater.errors import UnavailableError
from headwater.online.stores import Loaded, ReadableStore


class CacheCounts(NamedTuple):
    """What became of the keys asked for.

    Attributes:
        hits: Answered from the cache.
        misses: Read from the store.
        shared: Answered by a read that another caller had under way.
    """

    hits: int
    misses: int
    shared: int


class CachedReads:
    """Keeps the values last used in front of a store.

    Args:
        store: Where values are.
        entries: Most values kept; those not used for longest go first.
        ttl_s: How old a value may become.
        clock: Seconds, growing.
    """

    def __init__(
        self,
        store: ReadableStore,
        *,
        entries: int,
        ttl_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._entries = entries
        self._ttl_s = ttl_s
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, bytes | None]] = OrderedDict()
        self._under_way: dict[str, Future[bytes | None]] = {}
        self._lock = threading.Lock()
        self.counts = CacheCounts(0, 0, 0)

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        """See `ReadableStore.load`."""
        values: list[bytes | None] = [None] * len(keys)
        mine: dict[str, Future[bytes | None]] = {}
        others: dict[int, Future[bytes | None]] = {}
        with self._lock:
            # What is read from now on is at least as fresh as this.
            asked_s = self._clock()
            for place, key in enumerate(keys):
                kept = self._kept.get(key)
                if kept is not None and kept[0] > asked_s:
                    self._kept.move_to_end(key)
                    values[place] = kept[1]
                elif key in self._under_way:
                    others[place] = self._under_way[key]
                else:
                    mine[key] = others[place] = self._under_way[key] = Future()
            self.counts = CacheCounts(
                self.counts.hits + len(keys) - len(others),
                self.counts.misses + len(mine),
                self.counts.shared + len(others) - len(mine),
            )
        if mine:
            self._read(mine, asked_s, deadline_s)
        unread = set()
        for place, future in others.items():
            left_s = None if deadline_s is None else max(deadline_s - time.monotonic(), 0)
            try:
                values[place] = future.result(left_s)
            except (UnavailableError, TimeoutError):
                unread.add(place)
        if unread and len(unread) == len(keys):
            raise UnavailableError(f"{len(keys)} keys not read in time; try again")
        return Loaded(values, frozenset(unread))

    def _read(self, mine: dict[str, Future[bytes | None]], asked_s: float, deadline_s: float | None) -> None:
        """Read keys for whoever waits for them; what goes wrong is theirs to know as well."""
        keys = list(mine)
        try:
            found = self._store.load(keys, deadline_s)
        except BaseException as error:
            self._settle(mine)
            for future in mine.values():
                future.set_exception(error)
            if not isinstance(error, UnavailableError):
                raise
            return
        with self._lock:
            for place, key in enumerate(keys):
                del self._under_way[key]
                if place not in found.unread:
                    self._kept[key] = (asked_s + self._ttl_s, found.values[place])
                    self._kept.move_to_end(key)
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)
        for place, key in enumerate(keys):
            if place in found.unread:
                mine[key].set_exception(UnavailableError(f"key {key!r} not read in time; try again"))
            else:
                mine[key].set_result(found.values[place])

    def _settle(self, mine: dict[str, Future[bytes | None]]) -> None:
        with self._lock:
            for key in mine:
                del self._under_way[key]
