"""Reads that go to the next store when one cannot be reached."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from headwater.errors import UnavailableError
from headwater.online.stores import ReadableStore, Stored

Found = TypeVar("Found")


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
        return self._first(lambda store: store.read(keys))

    def load(self, keys: Sequence[str]) -> list[bytes | None]:
        """Like `read`, the values alone."""
        return self._first(lambda store: store.load(keys))

    def _first(self, ask: Callable[[ReadableStore], list[Found]]) -> list[Found]:
        for store in self._stores[:-1]:
            try:
                return ask(store)
            except UnavailableError:
                continue
        return ask(self._stores[-1])
