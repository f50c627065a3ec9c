"""The simulated queues against those whose answers are known, and the recursions against each other."""

import math

import numpy as np
import pytest

from cost.capacity.queueing import Latency, poisson, refused, servers_for, settled, waits

COUNT = 1_000_000
"""Requests of a run: means of waits are then within some 3 % at a utilisation of 80 %."""


def _erlang_c(load: float, servers: int) -> float:
    """Part of the requests that wait in M/M/c, from the definition (Erlang 1917)."""
    waiting = load**servers / math.factorial(servers) * servers / (servers - load)
    return waiting / (sum(load**k / math.factorial(k) for k in range(servers)) + waiting)


def _exponential(utilisation: float, servers: int, seed: int) -> np.ndarray:
    """Waits in M/M/c with a mean service time of one second."""
    random = np.random.default_rng(seed)
    arrivals = poisson(utilisation * servers, COUNT, random)
    return settled(waits(arrivals, random.exponential(1.0, COUNT), servers))


@pytest.mark.parametrize("utilisation", [0.3, 0.5, 0.8])
def test_mean_wait_of_one_server_is_that_of_m_m_1(utilisation: float) -> None:
    found = _exponential(utilisation, 1, 1).mean()
    assert found == pytest.approx(utilisation / (1 - utilisation), rel=0.04)


@pytest.mark.parametrize("percentile", [0.9, 0.99, 0.999])
def test_percentiles_of_time_in_m_m_1_are_exponential(percentile: float) -> None:
    """Wait and service together are exponential with the rate 1 - utilisation."""
    random = np.random.default_rng(2)
    services = random.exponential(1.0, 4 * COUNT)
    times = settled(waits(poisson(0.6, 4 * COUNT, random), services) + services)
    assert np.quantile(times, percentile) == pytest.approx(-math.log(1 - percentile) / 0.4, rel=0.05)


@pytest.mark.parametrize("utilisation", [0.3, 0.5, 0.8])
def test_mean_wait_of_equal_services_is_that_of_m_d_1(utilisation: float) -> None:
    random = np.random.default_rng(3)
    found = settled(waits(poisson(utilisation, COUNT, random), np.ones(COUNT))).mean()
    assert found == pytest.approx(utilisation / (2 * (1 - utilisation)), rel=0.04)


@pytest.mark.parametrize(("utilisation", "servers"), [(0.5, 2), (0.8, 4), (0.8, 16)])
def test_mean_wait_of_several_servers_is_that_of_m_m_c(utilisation: float, servers: int) -> None:
    expected = _erlang_c(utilisation * servers, servers) / (servers * (1 - utilisation))
    assert _exponential(utilisation, servers, 4).mean() == pytest.approx(expected, rel=0.05)


def test_part_that_waits_at_several_servers_is_erlangs_c() -> None:
    found = (_exponential(0.8, 4, 5) > 0).mean()
    assert found == pytest.approx(_erlang_c(3.2, 4), rel=0.02)


def test_mean_wait_of_any_distribution_is_pollaczek_and_khinchines() -> None:
    """A mixture, as of lookups that now and then meet a pause: nine of ten take 0.5 s, the tenth 5.5 s."""
    random = np.random.default_rng(6)
    services = np.where(random.random(COUNT) < 0.9, 0.5, 5.5)
    found = settled(waits(poisson(0.6, COUNT, random), services)).mean()
    second_moment = 0.9 * 0.5**2 + 0.1 * 5.5**2
    assert found == pytest.approx(0.6 * second_moment / (2 * 0.4), rel=0.05)


def test_one_server_comes_to_the_same_by_both_recursions() -> None:
    random = np.random.default_rng(7)
    arrivals, services = poisson(0.9, 10_000, random), random.exponential(1.0, 10_000)
    beside_one_that_is_never_free = np.concatenate(([0.0], arrivals))
    taken = np.concatenate(([arrivals[-1] * 100], services))
    two = waits(beside_one_that_is_never_free, taken, servers=2)[1:]
    np.testing.assert_allclose(waits(arrivals, services), two, atol=1e-6)


def test_part_refused_is_that_of_a_simulated_system_without_a_queue() -> None:
    """And it does not depend on the distribution: services here are all equal."""
    random = np.random.default_rng(8)
    ends = np.zeros(10)
    sent_away = 0
    for arrival in poisson(8.0, 200_000, random):
        first = int(ends.argmin())
        if ends[first] > arrival:
            sent_away += 1
        else:
            ends[first] = arrival + 1.0
    assert sent_away / 200_000 == pytest.approx(refused(8.0, 10), rel=0.05)


@pytest.mark.parametrize("load", [0.2, 8.0, 500.0])
def test_fewest_servers_suffice_and_one_less_does_not(load: float) -> None:
    found = servers_for(load, 0.001)
    assert refused(load, found) <= 0.001 < refused(load, found - 1)


def test_the_same_seed_gives_the_same_percentiles() -> None:
    assert Latency.of(_exponential(0.5, 1, 9)) == Latency.of(_exponential(0.5, 1, 9))
