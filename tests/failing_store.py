"""An online store that is down whenever a test wants it to be."""

from collections.abc import Sequence

from headwater.errors import UnavailableError
from headwater.online.memory import MemoryStore
from headwater.online.stores import Stored, Write


class Failing(MemoryStore):
    """A store that fails on demand."""

    fails = False

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        """Fail or read."""
        if self.fails:
            raise UnavailableError("store is down")
        return super().read(keys)

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """Fail or write."""
        if self.fails:
            raise UnavailableError("store is down")
        return super().write(writes)
