"""Reads that go to the next store when one cannot be reached."""

from collections.abc import Sequence

from headwater.errors import UnavailableError
from headwater.online.stores import ReadableStore, Stored


class FallbackReads:
    """Several stores that hold the same values, read in order of preference.

    Args:
        stores: At least one; the next is asked only when the one before is unavailable.
    """

    def __init__(self, stores: Sequence[ReadableStore]) -> None:
        self._stores = stores

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        """Read from the first store that answers.

        Raises:
            UnavailableError: None did; the last one's reason.
        """
        for store in self._stores[:-1]:
            try:
                return store.read(keys)
            except UnavailableError:
                continue
        return self._stores[-1].read(keys)
