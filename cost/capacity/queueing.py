"""Queues: how long a request waits for a server, simulated, and how often it finds none, in closed form.

Requests come at random (Poisson), are served in the order they came, and take a time from any
distribution. The recursions below are exact for that (Lindley 1952; Kiefer and Wolfowitz 1955 for
several servers), so that no engine of discrete events is needed; M/M/1, M/D/1 and M/M/c, whose answers
are known, are what the tests hold them to.
"""

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]

WARM_UP = 0.1
"""Part of a run that is not counted: it starts with an empty queue."""


class Latency(NamedTuple):
    """Percentiles of a time, in seconds."""

    mean_s: float
    p50_s: float
    p99_s: float
    p999_s: float

    @classmethod
    def of(cls, times_s: Seconds) -> "Latency":
        """Of what was simulated."""
        p50, p99, p999 = np.quantile(times_s, (0.5, 0.99, 0.999))
        return cls(float(times_s.mean()), float(p50), float(p99), float(p999))


def poisson(rate: float, count: int, random: np.random.Generator) -> Seconds:
    """Instants of requests that come at random.

    Args:
        rate: Requests a second.
        count: How many.
        random: Source of chance.
    """
    return np.cumsum(random.exponential(1 / rate, count))


def waits(arrivals_s: Seconds, services_s: Seconds, servers: int = 1) -> Seconds:
    """How long each request waits before it is served.

    Args:
        arrivals_s: When it comes, ascending.
        services_s: How long it takes, once begun.
        servers: How many can be served at once.

    >>> waits(np.array([0.0, 1.0, 2.0]), np.array([3.0, 1.0, 1.0])).tolist()
    [0.0, 2.0, 2.0]
    >>> waits(np.array([0.0, 1.0, 2.0]), np.array([3.0, 1.0, 1.0]), servers=2).tolist()
    [0.0, 0.0, 0.0]
    """
    return _waits_of_one(arrivals_s, services_s) if servers == 1 else _waits(arrivals_s, services_s, servers)


def _waits_of_one(arrivals_s: Seconds, services_s: Seconds) -> Seconds:
    # Lindley: wait[n+1] = max(0, wait[n] + service[n] - gap[n]): a sum, less the least that it has been.
    steps = services_s[:-1] - np.diff(arrivals_s)
    sums = np.concatenate(([0.0], np.cumsum(steps)))
    return sums - np.minimum.accumulate(sums)


def _waits(arrivals_s: Seconds, services_s: Seconds, servers: int) -> Seconds:
    free_s = [0.0] * servers  # when each server is free next: a heap
    found = np.empty(len(arrivals_s))
    for number, (arrival, service) in enumerate(zip(arrivals_s.tolist(), services_s.tolist(), strict=True)):
        begin = max(arrival, free_s[0])
        heapq.heapreplace(free_s, begin + service)
        found[number] = begin - arrival
    return found


def settled(times_s: Seconds) -> Seconds:
    """What is left of a run without its warm-up."""
    return times_s[round(len(times_s) * WARM_UP) :]


def refused(load: float, servers: int) -> float:
    """Part of the requests that find every server taken and are sent away (Erlang's B).

    It holds for any distribution of the time they take.

    Args:
        load: Mean number under way if none were refused: rate times time.
        servers: How many there are.

    >>> round(refused(1, 1), 3), round(refused(2, 4), 4)
    (0.5, 0.0952)
    """
    found = 1.0
    for number in range(1, servers + 1):
        found = load * found / (number + load * found)
    return found


def servers_for(load: float, refused_at_most: float) -> int:
    """Fewest servers that refuse no more than a part of the requests.

    Args:
        load: Mean number under way.
        refused_at_most: Part of the requests.

    >>> servers_for(2, 0.1), servers_for(2, 0.09)
    (4, 5)
    """
    found, number = 1.0, 0
    while found > refused_at_most:
        number += 1
        found = load * found / (number + load * found)
    return number
