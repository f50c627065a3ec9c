"""What a plan costs a month at a constant rate, line by line.

Free tiers are left out: at these rates they are nothing. Fleets and nodes have to bear the peak while
requests are paid by their number: with a day's ups and downs the former cost more than here.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from cost.capacity.assumptions import Assumptions
from cost.capacity.measured import Measured, Shape
from cost.capacity.needs import FULL_CPU_MB, Plan
from cost.prices.snapshot import Confidence, Prices, weakest
from cost.prices.tiers import charge

HOURS = 730
SECONDS = HOURS * 3600
GB = 2**30

_FLOWS_A_UNIT = 800
"""New connections a second in a unit of a Network Load Balancer."""
_STEPS = 20_000


class Cost(NamedTuple):
    """One line.

    Attributes:
        what: In words.
        usd: A month.
        formula: With its numbers.
        source: Key of the price.
        confidence: Of the price.
    """

    what: str
    usd: float
    formula: str
    source: str
    confidence: Confidence


def monthly(plan: Plan, measured: Measured, given: Assumptions, prices: Prices) -> list[Cost]:
    """What a plan costs a month.

    Raises:
        PriceError: A price is missing, too old or for another unit.
    """
    shape = measured.shape(given.shape)
    bill = _Bill(prices, given.region)
    return [*_compute(plan, shape, given, bill), *_reads(plan, shape, given, bill)]


def total(costs: list[Cost]) -> float:
    """Sum of lines."""
    return sum(cost.usd for cost in costs)


def per_million(usd: float, rate: float) -> float:
    """Dollars a million lookups, from dollars a month.

    >>> per_million(2628, 1000)
    1.0
    """
    return usd / (rate * SECONDS) * 1e6


def believed(costs: list[Cost]) -> Confidence:
    """The weakest of the prices used."""
    return weakest([cost.confidence for cost in costs])


class _Bill:
    """Prices of one region, applied."""

    def __init__(self, prices: Prices, region: str) -> None:
        self._prices, self._region = prices, region

    def line(self, what: str, key: str, unit: str, quantity: float, formula: str) -> Cost:
        price = self._prices.find(key, self._region, unit)
        usd = float(charge(price, Decimal(quantity)).usd)
        return Cost(what, usd, f"{formula} = {quantity:,.0f} {unit}", key, price.confidence)


def _compute(plan: Plan, shape: Shape, given: Assumptions, bill: _Bill) -> Iterator[Cost]:
    if plan.path == "function":
        yield from _function(plan, shape, given, bill)
        return
    whose = "in the callers" if plan.path == "library" else "of containers"
    hours = plan.compute.processes * HOURS
    memory = plan.compute.processes * given.task_memory_gb / given.task_vcpus * HOURS
    counted = f"{plan.compute.processes} processes × {HOURS} h"
    yield bill.line(f"processors {whose}", "fargate.vcpu_x86", "vCPU-hour", hours, counted)
    yield bill.line(f"memory {whose}", "fargate.memory_x86", "GB-hour", memory, f"{counted} × memory each")
    if plan.path == "container":
        yield bill.line("load balancer", "loadbalancer.network", "balancer-hour", HOURS, f"{HOURS} h")
        units = max(plan.rate * shape.http_bytes * 3600 / GB, plan.rate / _FLOWS_A_UNIT)
        yield bill.line(
            "load balancer's units",
            "loadbalancer.network_unit",
            "capacity unit-hour",
            units * HOURS,
            f"the larger of {plan.rate:,.0f}/s × {shape.http_bytes} bytes and {plan.rate:,.0f} new connections/s × {HOURS} h",
        )


def _function(plan: Plan, shape: Shape, given: Assumptions, bill: _Bill) -> Iterator[Cost]:
    requests = plan.rate * SECONDS
    counted = f"{plan.rate:,.0f}/s × {SECONDS} s"
    billed_ms = billed_milliseconds(shape, given, plan.reads.node_us)
    seconds = requests * billed_ms / 1e3 * given.function_memory_mb / 1024
    lines = shape.function.log_bytes
    yield bill.line("requests", "lambda.requests", "request", requests, counted)
    yield bill.line(
        "duration",
        "lambda.duration_arm",
        "GB-second",
        seconds,
        f"{counted} × {billed_ms:.2f} ms × {given.function_memory_mb} MB",
    )
    yield bill.line(
        "logs", "cloudwatch.logs_ingest", "GB", requests * lines / GB, f"{counted} × {lines} bytes of lines"
    )


def billed_milliseconds(shape: Shape, given: Assumptions, node_us: float) -> float:
    """Mean duration that a request is billed for: each is rounded up to a millisecond."""
    probabilities, values = zip(*shape.function.cpu_us.quantiles, strict=True)
    places = (np.arange(_STEPS) + 0.5) / _STEPS
    slower = max(FULL_CPU_MB / given.function_memory_mb, 1.0)
    took_ms = np.interp(places, probabilities, values) / 1e3 * slower + given.to_store_ms + node_us / 1e3
    return float(np.ceil(took_ms).mean())


def _reads(plan: Plan, shape: Shape, given: Assumptions, bill: _Bill) -> Iterator[Cost]:
    read = plan.reads
    stored = given.stored_gb
    if plan.store == "nodes":
        node = given.node_type.removeprefix("cache.")
        yield bill.line(
            "cache nodes",
            f"elasticache.node.valkey.{node}",
            "node-hour",
            read.nodes * HOURS,
            f"{read.nodes} nodes × {HOURS} h",
        )
    elif plan.store == "serverless":
        yield bill.line(
            "cache reads",
            "elasticache.serverless_ecpu.valkey",
            "ECPU",
            read.ecpus * SECONDS,
            f"{read.ecpus:,.0f} ECPU/s × {SECONDS} s",
        )
        yield bill.line(
            "cache storage",
            "elasticache.serverless_storage.valkey",
            "GB-hour",
            stored * HOURS,
            f"{stored:g} GB × {HOURS} h",
        )
    else:
        yield bill.line(
            "table reads",
            "dynamodb.on_demand_read",
            "read unit",
            read.units * SECONDS,
            f"{read.units:,.0f} read units/s × {SECONDS} s",
        )
    if plan.store != "table":
        crossing = read.rate * shape.bytes * given.cross_zone * SECONDS / GB
        yield bill.line(
            "between zones",
            "ec2.cross_zone_transfer",
            "GB",
            crossing,
            f"{read.rate:,.0f}/s × {shape.bytes} bytes × {given.cross_zone:g} × {SECONDS} s",
        )
