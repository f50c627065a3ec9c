"""What a plan needs, by hand."""

import pytest

from cost.capacity.assumptions import Assumptions
from cost.capacity.measured import Measured
from cost.capacity.needs import commands, plan
from cost.errors import CapacityError


def test_processes_of_the_library_are_as_full_as_they_may_be(measured: Measured, given: Assumptions) -> None:
    """100 µs at half of a processor's time: 5,000 lookups a second and process."""
    assert plan("library", "table", 50_000, measured, given).compute.processes == 10


def test_containers_are_two_at_least(measured: Measured, given: Assumptions) -> None:
    assert plan("container", "table", 1, measured, given).compute.tasks == 2


def test_every_thread_of_a_process_may_hold_a_connection_to_each_node(
    measured: Measured, given: Assumptions
) -> None:
    assert plan("library", "nodes", 50_000, measured, given).compute.connections == 10 * 4


def test_longer_lookups_than_a_tenth_of_a_second_take_more_environments_than_requests_do(
    measured: Measured,
) -> None:
    """100 a second of 200 ms are 20 at once on average; few may find none free."""
    slow = Assumptions(shape="one", to_store_ms=199.8)
    assert 20 < plan("function", "table", 100, measured, slow).compute.environments < 60


def test_a_lookup_asks_more_nodes_when_there_are_more_shards(measured: Measured, given: Assumptions) -> None:
    four = Assumptions(**{name: getattr(given, name) for name in given.__struct_fields__} | {"shape": "four"})
    few, many = (plan("library", "nodes", rate, measured, four).reads for rate in (100, 1_000_000))
    assert few.commands == 1
    assert 3.5 < many.commands < 4


def test_nodes_bear_the_commands_that_more_shards_cost(measured: Measured) -> None:
    """30 µs for four items at one node; at many, three commands more of 20 µs each: 90 µs in all."""
    four = Assumptions(shape="four", node_load=0.5, replicas=0, stored_gb=1.0, node_type="r7g.16xlarge")
    found = plan("library", "nodes", 1_000_000, measured, four).reads
    assert found.nodes == pytest.approx(1_000_000 * 90e-6 / 0.5, rel=0.01)


def test_network_of_a_node_sizes_shards_where_processors_do_not(measured: Measured) -> None:
    """20,000 bytes a lookup, 100,000 a second: 16 Gbit/s, over half of 0.937 each."""
    four = Assumptions(shape="four", node_load=0.5, replicas=0, stored_gb=1.0)
    assert plan("library", "nodes", 100_000, measured, four).reads.shards == 35


def test_what_a_process_keeps_itself_is_not_asked_of_the_store(measured: Measured) -> None:
    half = Assumptions(shape="one", cached=0.5)
    assert plan("library", "table", 8_000, measured, half).reads.units == 2_000


def test_table_is_split_by_what_is_read(measured: Measured, given: Assumptions) -> None:
    assert plan("library", "table", 60_000, measured, given).reads.partitions == 10


def test_serverless_counts_a_kilobyte_a_unit_and_one_a_command_at_least(
    measured: Measured, given: Assumptions
) -> None:
    assert plan("library", "serverless", 10, measured, given).reads.ecpus == 10


def test_several_clusters_are_counted(measured: Measured, given: Assumptions) -> None:
    assert plan("library", "nodes", 30_000_000, measured, given).reads.clusters == 3


@pytest.mark.parametrize("items", [1, 3, 10])
def test_keys_never_ask_more_nodes_than_there_are_keys(items: int) -> None:
    assert max(commands(items, shards) for shards in range(1, 2_000)) <= items


@pytest.mark.parametrize(
    ("name", "value"),
    [("node_load", 1.0), ("process_load", 0.0), ("cached", 1.5), ("threads", 0), ("refused", 0.0)],
)
def test_assumption_that_makes_no_plan_is_an_error_that_names_it(name: str, value: float) -> None:
    with pytest.raises(CapacityError, match=name):
        Assumptions(**{name: value})  # type: ignore[arg-type]


def test_shape_that_was_not_measured_is_an_error_that_lists_those_that_were(measured: Measured) -> None:
    with pytest.raises(CapacityError, match=r"shape 'two'.*one, four"):
        plan("library", "table", 1, measured, Assumptions(shape="two"))
