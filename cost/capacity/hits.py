"""Which of AWS's limits a rising rate meets, and when."""

from collections.abc import Callable
from typing import NamedTuple

from cost.capacity.assumptions import Assumptions
from cost.capacity.limits import Limit, find
from cost.capacity.measured import Measured, Program
from cost.capacity.needs import Plan, Store, plan

HIGHEST = 1e8
"""Lookups a second up to which a limit is looked for."""
_STEPS = 40


class Meter(NamedTuple):
    """How much of a limit a plan uses.

    Attributes:
        key: Of the limit.
        path: Way of serving that meets it; None: any.
        store: Store that meets it; None: any.
        used: In the limit's unit.
        only: When it counts, where it does not always.
    """

    key: str
    path: Program | None
    store: Store | None
    used: Callable[[Plan, Assumptions], float]
    only: str = ""


class Hit(NamedTuple):
    """Where a limit is met.

    Attributes:
        limit: The limit.
        path: Way of serving.
        store: What it reads.
        rate: Highest rate within the limit; None: none is met below `HIGHEST`.
        only: When it counts, where it does not always.
    """

    limit: Limit
    path: Program
    store: Store
    rate: float | None
    only: str


METERS = (
    Meter("lambda.concurrency", "function", None, lambda plan, _: plan.compute.environments),
    Meter(
        "lambda.scaling",
        "function",
        None,
        lambda plan, given: plan.compute.environments / 2 / given.surge_s,
        only="when traffic doubles within surge_s",
    ),
    Meter(
        "apigateway.requests",
        "function",
        None,
        lambda plan, _: plan.rate,
        only="when it is asked through the HTTP API",
    ),
    Meter("fargate.vcpus", "container", None, lambda plan, _: plan.compute.processes),
    Meter("ecs.tasks_per_service", "container", None, lambda plan, _: plan.compute.tasks),
    Meter(
        "fargate.launches",
        "container",
        None,
        lambda plan, given: plan.compute.tasks / 2 / given.surge_s,
        only="when traffic doubles within surge_s",
    ),
    Meter("elasticache.connections", None, "nodes", lambda plan, _: plan.compute.connections),
    Meter("elasticache.nodes_per_cluster", None, "nodes", lambda plan, _: plan.reads.nodes),
    Meter("elasticache.nodes_per_region", None, "nodes", lambda plan, _: plan.reads.nodes),
    Meter("elasticache.nodes_per_cluster_most", None, "nodes", lambda plan, _: plan.reads.nodes),
    Meter(
        "elasticache.serverless_requests",
        None,
        "serverless",
        lambda plan, _: plan.reads.rate * plan.reads.commands,
    ),
    Meter("dynamodb.warm_reads", None, "table", lambda plan, _: plan.reads.units),
    Meter("dynamodb.table_reads", None, "table", lambda plan, _: plan.reads.units),
    Meter("dynamodb.partition_reads", None, "table", lambda plan, _: plan.reads.hottest_units),
    Meter("firehose.records", None, None, lambda plan, _: plan.served_records),
)
"""What is compared with which limit. Limits that are not here size something instead: `cost.capacity.needs`."""


def met_by(found: Plan, given: Assumptions) -> list[Limit]:
    """Limits that a plan is beyond; those that count only sometimes are left out."""
    return [
        find(meter.key)
        for meter in METERS
        if _applies(meter, found.path, found.store)
        and not meter.only
        and meter.used(found, given) > find(meter.key).value
    ]


def fits(found: Plan, given: Assumptions) -> bool:
    """Whether a plan is within every limit that AWS does not raise."""
    return all(limit.adjustable for limit in met_by(found, given))


def hits(path: Program, store: Store, measured: Measured, given: Assumptions) -> list[Hit]:
    """Where a way of serving meets each limit, the lowest rate first."""
    found = [
        Hit(find(meter.key), path, store, _highest(meter, path, store, measured, given), meter.only)
        for meter in METERS
        if _applies(meter, path, store)
    ]
    return sorted(found, key=lambda hit: HIGHEST if hit.rate is None else hit.rate)


def _applies(meter: Meter, path: Program, store: Store) -> bool:
    return meter.path in {None, path} and meter.store in {None, store}


def _highest(
    meter: Meter, path: Program, store: Store, measured: Measured, given: Assumptions
) -> float | None:
    """Highest rate within a limit, by halving: what is used never falls as the rate rises."""
    limit = find(meter.key).value

    def within(rate: float) -> bool:
        return meter.used(plan(path, store, rate, measured, given), given) <= limit

    low, high = 1.0, HIGHEST
    if within(high):
        return None
    for _ in range(_STEPS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if within(middle) else (low, middle)
    return low
