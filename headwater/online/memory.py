"""An online store in this process: for tests, and for trying definitions without a server."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from headwater.online.stores import Loaded, Stored, Write, check_writes


class _Entry(NamedTuple):
    stored: Stored
    expires_s: float | None


class MemoryStore:
    """Keeps values in a dictionary.

    Args:
        clock: Seconds, growing; expiry goes by it.
    """

    name = "memory"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        """See `OnlineStore.read`."""
        with self._lock:
            return [self._get(key) for key in keys]

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:  # noqa: ARG002 (nothing to wait for)
        """See `ReadableStore.load`."""
        return Loaded([stored and stored.value for stored in self.read(keys)])

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """See `OnlineStore.write`."""
        check_writes(self.name, writes)
        with self._lock:
            return [self._put(write) for write in writes]

    def close(self) -> None:
        """See `OnlineStore.close`."""

    def _get(self, key: str) -> Stored | None:
        entry = self._entries.get(key)
        if entry is None or (entry.expires_s is not None and entry.expires_s <= self._clock()):
            return None
        return entry.stored

    def _put(self, write: Write) -> bool:
        stored = self._get(write.key)
        revision = stored.revision if stored else 0
        if write.expected != revision:
            return False
        expires_s = None if write.ttl_s is None else self._clock() + write.ttl_s
        self._entries[write.key] = _Entry(Stored(revision + 1, write.value), expires_s)
        return True
