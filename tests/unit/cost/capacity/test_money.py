"""What a plan costs, each line reckoned by hand from the prices of the snapshot in us-east-1."""

import pytest

from cost.capacity.assumptions import Assumptions
from cost.capacity.curve import Planner
from cost.capacity.measured import Program
from cost.capacity.money import billed_milliseconds, monthly, per_million, total
from cost.capacity.needs import PATHS, STORES, Store, plan

MONTH_S = 730 * 3600


def _lines(planner: Planner, path: Program, store: Store, rate: float) -> dict[str, float]:
    found = plan(path, store, rate, planner.measured, planner.given)
    return {cost.what: cost.usd for cost in monthly(found, planner.measured, planner.given, planner.prices)}


def test_requests_of_the_function_are_20_cents_a_million(planner: Planner) -> None:
    """aws.amazon.com/lambda/pricing: 1,000/s × 2,628,000 s at 0.20 a million: 525.60."""
    assert _lines(planner, "function", "table", 1_000)["requests"] == pytest.approx(525.60)


def test_duration_of_the_function_is_rounded_up_to_milliseconds(planner: Planner) -> None:
    """200 µs and 300 µs of the way are billed as one: 2.628e9 × 0.001 s × 1769/1024 GB × 0.0000133334."""
    found = _lines(planner, "function", "table", 1_000)["duration"]
    assert found == pytest.approx(2.628e9 * 0.001 * 1769 / 1024 * 0.0000133334)


def test_longer_than_a_millisecond_is_billed_as_two(planner: Planner) -> None:
    shape = planner.measured.shape("one")
    assert billed_milliseconds(shape, Assumptions(shape="one", to_store_ms=0.9), 0.0) == 2.0


def test_half_of_the_memory_takes_twice_the_time(planner: Planner) -> None:
    """200 µs of a processor are 1,600 of an eighth of one."""
    shape = planner.measured.shape("one")
    small = Assumptions(shape="one", to_store_ms=0.0, function_memory_mb=1769 // 8)
    assert billed_milliseconds(shape, small, 0.0) == 2.0


def test_lines_of_the_function_are_ingested_at_50_cents_a_gigabyte(planner: Planner) -> None:
    """74 bytes of ours, and none of Lambda's own."""
    found = _lines(planner, "function", "table", 1_000)["logs"]
    assert found == pytest.approx(2.628e9 * 74 / 2**30 * 0.50)


def test_processors_of_the_callers_are_counted_as_fargates(planner: Planner) -> None:
    """10,000/s at 5,000 a process are two processors: 2 × 730 × 0.04048."""
    found = _lines(planner, "library", "table", 10_000)["processors in the callers"]
    assert found == pytest.approx(2 * 730 * 0.04048)


def test_containers_pay_for_their_memory_too(planner: Planner) -> None:
    """10,000/s at 1,250 a process are eight processors, in two containers of 8 GB: 16 × 730 × 0.004445."""
    assert _lines(planner, "container", "table", 10_000)["memory of containers"] == pytest.approx(
        16 * 730 * 0.004445
    )


def test_load_balancer_counts_bytes_where_they_are_more_than_connections(planner: Planner) -> None:
    """1,000/s are 1.25 units of connections and 2,000 bytes × 3,600,000 / 2^30 = 6.7 of bytes."""
    found = _lines(planner, "container", "table", 1_000)["load balancer's units"]
    assert found == pytest.approx(1_000 * 2_000 * 3_600 / 2**30 * 730 * 0.006)


def test_eventually_consistent_reads_are_half_a_unit(planner: Planner) -> None:
    """aws.amazon.com/dynamodb/pricing/on-demand: 2.628e9 × 0.5 at 0.125 a million: 164.25."""
    assert _lines(planner, "library", "table", 1_000)["table reads"] == pytest.approx(164.25)


def test_nodes_are_paid_by_the_hour(planner: Planner) -> None:
    """One shard with one replica: 2 × 730 × 0.1752."""
    assert _lines(planner, "library", "nodes", 1_000)["cache nodes"] == pytest.approx(255.792)


def test_serverless_reads_and_storage(planner: Planner) -> None:
    """2.628e9 ECPU at 0.0023 a million; 1 GB × 730 h at 0.084."""
    lines = _lines(planner, "library", "serverless", 1_000)
    assert lines["cache reads"] + lines["cache storage"] == pytest.approx(6.0444 + 61.32)


def test_answers_that_cross_zones_are_paid_for(planner: Planner) -> None:
    found = _lines(planner, "library", "nodes", 1_000)["between zones"]
    assert found == pytest.approx(1_000 * 1_000 * 0.67 * MONTH_S / 2**30 * 0.01)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("store", STORES)
def test_a_higher_rate_never_costs_less(planner: Planner, path: Program, store: Store) -> None:
    found = [sum(_lines(planner, path, store, 10**power).values()) for power in range(2, 8)]
    assert found == sorted(found)


def test_every_line_names_its_price_and_how_it_is_known(planner: Planner) -> None:
    found = plan("container", "nodes", 1_000, planner.measured, planner.given)
    costs = monthly(found, planner.measured, planner.given, planner.prices)
    assert all(cost.source and cost.formula and cost.confidence for cost in costs)
    assert total(costs) == pytest.approx(sum(cost.usd for cost in costs))


def test_dollars_a_million_are_those_of_a_month_by_its_lookups() -> None:
    assert per_million(5_256, 1_000) == pytest.approx(2.0)
