"""Several stores that hold the same values, asked one after the other."""

from collections.abc import Sequence

from headwater.errors import UnavailableError
from headwater.online.stores import Loaded, ReadableStore


class TieredReads:
    """Reads from the first store that answers; what it could not read, from the next.

    Every store is complete, so that a value that is absent from one is looked for nowhere else.

    Args:
        stores: At least one, in order of preference.
    """

    def __init__(self, stores: Sequence[ReadableStore]) -> None:
        self._stores = stores

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        """See `ReadableStore.load`."""
        values: list[bytes | None] = [None] * len(keys)
        waiting: Sequence[int] = range(len(keys))
        failure: UnavailableError | None = None
        for store in self._stores:
            try:
                found = store.load([keys[place] for place in waiting], deadline_s)
            except UnavailableError as error:
                failure = error
                continue
            for place, value in zip(waiting, found.values, strict=True):
                values[place] = value
            waiting = [waiting[at] for at in sorted(found.unread)]
            if not waiting:
                break
        if failure is not None and len(waiting) == len(keys):
            raise failure
        return Loaded(values, frozenset(waiting))
