"""Each limit of AWS: that it is met where arithmetic by hand says, and that what it sizes is sized by it."""

from typing import NamedTuple

import pytest

from cost.capacity.assumptions import Assumptions
from cost.capacity.hits import HIGHEST, METERS, Hit, fits, hits, met_by
from cost.capacity.limits import find, node_type, table
from cost.capacity.measured import Measured, Program
from cost.capacity.needs import Store, plan
from cost.errors import CapacityError


class Met(NamedTuple):
    """A limit, the way that meets it, and the rate by hand."""

    path: Program
    store: Store
    rate: float


BY_HAND = {
    # 10 lookups a second each, until 1,000 environments.
    "lambda.concurrency": Met("function", "table", 10 * 1_000),
    "apigateway.requests": Met("function", "table", 10_000),
    # Half of a tenth of the rate within 60 s, at 100 a second.
    "lambda.scaling": Met("function", "table", 100 * 60 * 2 * 10),
    # An environment holds one connection to each node.
    "elasticache.connections": Met("function", "nodes", 65_000 * 10),
    # A lookup takes a node 20 µs; half of its time: 25,000 lookups a second and node. 90 nodes with one replica.
    "elasticache.nodes_per_cluster": Met("library", "nodes", 25_000 * 90),
    "elasticache.nodes_per_region": Met("library", "nodes", 25_000 * 300),
    "elasticache.nodes_per_cluster_most": Met("library", "nodes", 25_000 * 500),
    "elasticache.serverless_requests": Met("library", "serverless", 5_000_000),
    # A read of up to 4 KB, eventually consistent: half a unit.
    "dynamodb.warm_reads": Met("library", "table", 12_000 * 2),
    "dynamodb.table_reads": Met("library", "table", 40_000 * 2),
    # A thousandth of the reads go to one entity.
    "dynamodb.partition_reads": Met("library", "table", 3_000 * 2 * 1_000),
    # 400 µs at half of a processor's time: 1,250 lookups a second and processor; containers have four.
    "fargate.vcpus": Met("container", "table", 4_000 * 1_250),
    "ecs.tasks_per_service": Met("container", "table", 5_000 * 4 * 1_250),
    # Half of the containers within 60 s, at 20 a second.
    "fargate.launches": Met("container", "table", 20 * 60 * 2 * 4 * 1_250),
    # One lookup in a hundred is logged.
    "firehose.records": Met("library", "table", 500_000 * 100),
}
SIZES = {
    "dynamodb.batch_keys",
    "dynamodb.partition_writes",
    "elasticache.reserved_memory",
    "kinesis.shard_bytes",
    "kinesis.shard_records",
    "lambda.requests_per_environment",
}
"""Limits that size something; the tests below name them."""


def _hit(key: str, measured: Measured, given: Assumptions) -> Hit:
    met = BY_HAND[key]
    return next(hit for hit in hits(met.path, met.store, measured, given) if hit.limit.key == key)


@pytest.mark.parametrize("key", BY_HAND)
def test_limit_is_met_where_arithmetic_says(key: str, measured: Measured, given: Assumptions) -> None:
    assert _hit(key, measured, given).rate == pytest.approx(BY_HAND[key].rate, rel=0.001)


def test_every_limit_is_reckoned_by_hand_or_sizes_something() -> None:
    assert {limit.key for limit in table().limits} == BY_HAND.keys() | SIZES


def test_every_limit_that_can_be_met_has_a_meter() -> None:
    assert {meter.key for meter in METERS} == BY_HAND.keys()


@pytest.mark.parametrize("limit", table().limits, ids=lambda limit: limit.key)
def test_limit_says_where_it_was_read_and_what_to_do(limit: object) -> None:
    assert all(getattr(limit, name) for name in ("source", "as_of", "of", "unit", "then"))


def test_limit_that_is_never_met_has_no_rate(measured: Measured, given: Assumptions) -> None:
    nobody_logs = Assumptions(shape=given.shape, served_sample=0.0)
    found = {hit.limit.key: hit.rate for hit in hits("library", "table", measured, nobody_logs)}
    assert found["firehose.records"] is None
    assert HIGHEST == 1e8


def test_requests_of_an_environment_size_concurrency(measured: Measured, given: Assumptions) -> None:
    """2,000 lookups of half a millisecond keep one environment busy, and take 200 all the same."""
    assert plan("function", "table", 2_000, measured, given).compute.environments == 200


def test_records_of_a_shard_size_the_stream(measured: Measured, given: Assumptions) -> None:
    assert plan("library", "table", 1, measured, given).stream_shards == 2


def test_bytes_of_a_shard_size_the_stream(measured: Measured) -> None:
    heavy = Assumptions(shape="one", events_per_s=2_000, event_bytes=2_500)
    assert plan("library", "table", 1, measured, heavy).stream_shards == 5


def test_reserved_memory_sizes_shards(measured: Measured) -> None:
    """13.07 GiB of a node less a quarter are 10.5 GB: 100 GB take ten shards."""
    full = Assumptions(shape="one", stored_gb=100)
    assert plan("library", "nodes", 1, measured, full).reads.shards == 10


def test_keys_of_a_batch_size_requests(measured: Measured, given: Assumptions) -> None:
    assert plan("library", "table", 1, measured, given).reads.commands == 1
    assert find("dynamodb.batch_keys").value == 100


def test_limit_that_aws_raises_does_not_keep_a_plan_from_fitting(
    measured: Measured, given: Assumptions
) -> None:
    found = plan("function", "serverless", 100_000, measured, given)
    assert [limit.key for limit in met_by(found, given)] == ["lambda.concurrency"]
    assert fits(found, given)


def test_limit_that_aws_does_not_raise_keeps_a_plan_from_fitting(
    measured: Measured, given: Assumptions
) -> None:
    assert not fits(plan("function", "nodes", 700_000, measured, given), given)


def test_unknown_limit_is_an_error_that_names_it() -> None:
    with pytest.raises(CapacityError, match=r"limit 'no.such'"):
        find("no.such")


def test_unknown_size_of_node_is_an_error_that_lists_those_there_are() -> None:
    with pytest.raises(CapacityError, match=r"node 'x9.huge'.*r7g.large"):
        node_type("x9.huge")
