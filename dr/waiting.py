"""Waits for what comes by itself."""

import time
from collections.abc import Callable

from dr.errors import FailoverError


def wait(what: str, done: Callable[[], bool], patience_s: float, poll_s: float) -> None:
    """Wait for something.

    Raises:
        FailoverError: It does not come.
    """
    deadline = time.monotonic() + patience_s
    while not done():
        if time.monotonic() > deadline:
            raise FailoverError(f"{what}: not within {patience_s:g} s; see to it, then go on")
        time.sleep(poll_s)
