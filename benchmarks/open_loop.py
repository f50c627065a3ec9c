"""Offers load at a constant rate, whatever becomes of it: an open loop.

A loop that waits for each answer before it asks again asks less while the other side is slow, and so
leaves out of its figures just the moments that matter. Here every request has an instant at which it is
due, and its latency is counted from there: waiting for a free thread is part of it.

It knows nothing of Headwater, so that a peer in another environment can be driven the same way.
"""

import itertools
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

THREADS = 4
"""Requests under way at once, of each side that is compared."""

_TRIES = 100
"""The least of so many is what counting takes."""

GRACE_S = 2.0
"""How long after the last request was due those that wait may still begin."""


class Offered(NamedTuple):
    """What came of a load.

    Attributes:
        rate: Requests due per second.
        latencies_us: By request, from when it was due. Of those that never began: how long they had waited.
        never_began: How many those are: the load is more than can be borne.
        seconds: From the first due instant to the last answer.
        failures: Messages of the requests that failed.
    """

    rate: float
    latencies_us: list[float]
    never_began: int
    seconds: float
    failures: list[str]


def counting(us: float, clock: Callable[[], float] = time.perf_counter) -> Callable[[int], int]:
    """A call that does nothing but count, and takes a processor so long each time, if it is left to it.

    Offered as a load is, it shows what the machine itself does to latencies: whatever it takes longer is no fault of
    what else is offered there.

    Args:
        us: Processor time, in microseconds.
        clock: Tells seconds; how far one counts in a second is found by it.
    """
    tried = 2_000
    started = [clock() for _ in range(_TRIES + 1) if _count(tried)]
    least_s = min(after - before for before, after in itertools.pairwise(started))
    steps = max(round(tried * us / 1e6 / least_s), 1)
    return lambda _number: _count(steps)


def _count(steps: int) -> int:
    found = 1
    for _ in range(steps):
        found += 1
    return found


def offer(call: Callable[[int], object], *, rate: float, seconds: float, threads: int) -> Offered:
    """Offer a load.

    Args:
        call: Makes one request, given its number; used by several threads.
        rate: Requests due per second.
        seconds: How long requests are due.
        threads: How many requests can be under way at once.
    """
    total = max(round(rate * seconds), 1)
    done_s: list[float | None] = [None] * total
    failures: list[str] = []
    numbers = itertools.count()
    clock = time.perf_counter
    started = clock() + 0.01
    last = started + seconds + GRACE_S

    def work() -> None:
        for number in numbers:
            if number >= total:
                return
            wait = started + number / rate - clock()
            if wait > 0:
                time.sleep(wait)
            elif clock() > last:
                return
            try:
                call(number)
            except Exception as error:  # noqa: BLE001 (a failed request is a result, whatever it failed with)
                failures.append(f"{type(error).__name__}: {error}")
            done_s[number] = clock()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ended = clock()
    latencies = [((done or ended) - started - number / rate) * 1e6 for number, done in enumerate(done_s)]
    return Offered(rate, latencies, done_s.count(None), ended - started, failures)
