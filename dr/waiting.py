"""Waits for what comes by itself."""

import time
from collections.abc import Callable

from dr.errors import FailoverError
from headwater.errors import UnavailableError


def wait(what: str, done: Callable[[], bool], patience_s: float, poll_s: float) -> None:
    """Wait for something; a store that does not answer meanwhile is asked again.

    Raises:
        FailoverError: It does not come.
    """
    deadline = time.monotonic() + patience_s
    while True:
        reason = ""
        try:
            if done():
                return
        except UnavailableError as error:
            reason = f" ({error})"
        if time.monotonic() > deadline:
            raise FailoverError(f"{what}: not within {patience_s:g} s{reason}; see to it, then go on")
        time.sleep(poll_s)
