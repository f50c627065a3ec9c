"""Locks between processes of this machine; one that dies lets go of its own."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headwater.errors import HeadwaterError


@contextmanager
def held(file: Path, taken: HeadwaterError) -> Iterator[None]:
    """Hold a file's lock for as long as the context is open.

    Args:
        file: Made if it is not there, and its folder; what is in it stays.
        taken: Raised if somebody holds the lock.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise taken from None
        yield
