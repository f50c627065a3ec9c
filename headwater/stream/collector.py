"""Keeps Python's cycle collector out of a batch."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Pause the cycle collector.

    A batch makes millions of small tuples and lists and no cycle among them; a collector that walks them
    again and again takes a third of the time. A batch is bounded, and so is what piles up.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
