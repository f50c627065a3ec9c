"""Simulated latencies: against known queues, and that they move as they should."""

import numpy as np
import pytest

from cost.capacity.assumptions import Assumptions
from cost.capacity.curve import Planner
from cost.capacity.latency import of_load, of_one_process, simulate
from cost.capacity.measured import Load, Measured, Waits, load
from cost.capacity.needs import plan


def test_process_that_always_takes_the_same_is_m_d_1(measured: Measured) -> None:
    """100 µs at a load of 0.8: 0.8 / 0.4 × 100 / 2 µs of waiting."""
    rate, found = of_one_process(measured.shape("one"), 0.8, count=1_000_000)
    assert rate == 8_000
    assert found.mean_s == pytest.approx(100e-6 + 0.8 / (2 * 0.2) * 100e-6, rel=0.05)


def test_load_that_comes_at_equal_distances_waits_for_nothing(measured: Measured) -> None:
    """100 µs of the processor and 100 µs beside it, of the store."""
    none = Waits(0, 0, 0)
    found = of_load(Load(0.0, 5_000, 5_000, 0, 0, 0, 0, none), measured.shape("one"))
    assert found.p999_s == pytest.approx(200e-6)


def test_hardly_any_load_is_the_sum_of_its_parts(planner: Planner) -> None:
    """100 µs of the process, 300 of the way, 20 of the node on average."""
    found = simulate(
        plan("library", "nodes", 1.0, planner.measured, planner.given), planner.measured, planner.given
    )
    assert found is not None
    assert found.mean_s == pytest.approx(420e-6, rel=0.02)


@pytest.mark.parametrize("name", ["node_load", "process_load"])
def test_fuller_nodes_and_processes_wait_longer(measured: Measured, name: str) -> None:
    def p99(load: float) -> float:
        given = Assumptions(**{"shape": "one", name: load})  # type: ignore[arg-type]
        found = simulate(plan("library", "nodes", 500_000, measured, given), measured, given)
        return found.p99_s if found else 0.0

    assert p99(0.3) < p99(0.6) < p99(0.9)


def test_asking_several_nodes_is_as_slow_as_the_slowest(measured: Measured) -> None:
    given = {name: Assumptions(shape=name, node_type="r7g.16xlarge") for name in ("one", "four")}
    one, four = (
        simulate(plan("library", "nodes", 1_000_000, measured, each), measured, each)
        for each in given.values()
    )
    assert one is not None
    assert four is not None
    assert four.p50_s > one.p50_s + 10e-6


def test_what_a_process_keeps_itself_is_answered_at_once(measured: Measured) -> None:
    kept = Assumptions(shape="one", cached=0.9)
    found = simulate(plan("library", "nodes", 100.0, measured, kept), measured, kept)
    assert found is not None
    assert found.p50_s < 150e-6


@pytest.mark.parametrize("store", ["table", "serverless"])
def test_store_whose_times_were_not_measured_has_no_latency(planner: Planner, store: str) -> None:
    found = plan("library", store, 1_000, planner.measured, planner.given)  # type: ignore[arg-type]
    assert simulate(found, planner.measured, planner.given) is None


def test_the_same_seed_gives_the_same_latency(planner: Planner) -> None:
    found = plan("library", "nodes", 50_000, planner.measured, planner.given)
    first, second = (simulate(found, planner.measured, planner.given, seed=5) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("shape", ["rows", "windows"])
@pytest.mark.parametrize("program", ["library", "function", "container"])
def test_times_drawn_have_the_mean_that_was_measured(shape: str, program: str) -> None:
    """Of the file in the repository: its quantiles say the same as its mean."""
    cpu = load().shape(shape).by(program).cpu_us  # type: ignore[arg-type]
    drawn = cpu.sample(1_000_000, np.random.default_rng(1))
    assert drawn.mean() * 1e6 == pytest.approx(cpu.mean, rel=0.05)
