"""What an online store does, whichever one it is: keep opaque bytes under keys, with revisions.

Every write moves the key's revision by one, so that a writer can say which revision it read and
lose the race to whoever wrote in between. Stores know nothing of pages, views or features.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from headwater.errors import StoreError
from headwater.page_size import MAX_VALUE_BYTES


class Stored(NamedTuple):
    """A value and its revision, at least 1."""

    revision: int
    value: bytes


class Write(NamedTuple):
    """One write.

    Attributes:
        key: Online key.
        value: At most `MAX_VALUE_BYTES`.
        expected: Revision the writer read; 0: the key must be absent.
        ttl_s: Seconds from now until the value is absent; None: never.
    """

    key: str
    value: bytes
    expected: int
    ttl_s: int | None


class Loaded(NamedTuple):
    """Values of a lookup.

    Attributes:
        values: In the order asked; None where there is nothing, or where nothing could be read.
        unread: Positions that could not be read.
    """

    values: list[bytes | None]
    unread: frozenset[int] = frozenset()


class ReadableStore(Protocol):
    """What a lookup needs of a store."""

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        """Return the values alone, which is all that a lookup needs; of a store that is down in part, what is left.

        Args:
            keys: Keys.
            deadline_s: Instant of the monotonic clock after which nothing is waited for; None: the store's own
                timeouts.

        Raises:
            UnavailableError: Nothing at all could be read in time.
        """


class OnlineStore(ReadableStore, Protocol):
    """Keeps bytes under keys. Implementations are safe to share between threads."""

    @property
    def name(self) -> str:
        """What to call the store in messages and metrics."""

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        """Return what is stored, in the order asked; None where there is nothing.

        Raises:
            UnavailableError: A key could not be read in time.
        """

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """Write, each write on its own.

        Returns:
            Per write, True if it was done, False if its expected revision was not the stored one.

        Raises:
            StoreError: A value is too long, or a key stands in it twice; nothing was written.
            UnknownOutcomeError: Some may have been written. They may be repeated after reading again: the
                revision tells.
        """

    def close(self) -> None:
        """Let go of connections."""


def check_writes(store: str, writes: Sequence[Write]) -> None:
    """Refuse writes that no store could do.

    Raises:
        StoreError: A value is too long, or a key stands in ``writes`` twice.
    """
    for write in writes:
        if len(write.value) > MAX_VALUE_BYTES:
            raise StoreError(
                f"{store}, key {write.key!r}: value of {len(write.value)} bytes, at most {MAX_VALUE_BYTES} fit; "
                "use wider tiles or fewer features in the view"
            )
    if len({write.key for write in writes}) < len(writes):
        [(key, _)] = Counter(write.key for write in writes).most_common(1)
        raise StoreError(f"{store}, key {key!r}: written twice in one call; merge the writes")
