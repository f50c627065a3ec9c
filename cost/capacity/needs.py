"""What a way of serving lookups needs at a rate: processes, environments, nodes, connections, read units.

All of it is arithmetic on what was measured (`cost.capacity.measured`) and assumed; nothing here asks AWS.
"""

import math
from typing import Literal, NamedTuple

from cost.capacity import limits
from cost.capacity.assumptions import Assumptions
from cost.capacity.measured import Measured, Program, Shape
from cost.capacity.queueing import servers_for

Store = Literal["nodes", "serverless", "table"]

PATHS: tuple[Program, ...] = ("function", "library", "container")
STORES: tuple[Store, ...] = ("nodes", "serverless", "table")

FULL_CPU_MB = 1769
"""Memory at which a function has a whole processor."""
_LEAST_TASKS = 2
_READ_UNIT_BYTES = 4096
_GIB = 2**30


class Compute(NamedTuple):
    """What answers.

    Attributes:
        processes: Python processes, each with a processor; of the library, in the callers.
        environments: Of the function, at once.
        seconds: That one lookup keeps an environment, or a process' thread, busy.
        tasks: Containers.
        connections: To every node of the cache.
    """

    processes: int = 0
    environments: int = 0
    seconds: float = 0.0
    tasks: int = 0
    connections: int = 0


class Reads(NamedTuple):
    """What is read.

    Attributes:
        rate: Lookups a second that get as far as the store.
        shards: Of the cache.
        nodes: Of the cache.
        clusters: That so many nodes take, each as large as AWS lets one be. The library reads one: beyond it,
            callers would have to share entities out between several.
        commands: Nodes that one lookup asks, on average.
        node_us: Processor time of a node a command.
        ecpus: ElastiCache Processing Units a second.
        units: Read units of DynamoDB a second.
        hottest_units: Those of the busiest entity.
        partitions: Of the table, for that many units and bytes.
    """

    rate: float
    shards: int = 0
    nodes: int = 0
    clusters: int = 0
    commands: float = 0.0
    node_us: float = 0.0
    ecpus: float = 0.0
    units: float = 0.0
    hottest_units: float = 0.0
    partitions: int = 0


class Plan(NamedTuple):
    """One way at one rate.

    Attributes:
        path: What answers.
        store: What is read.
        rate: Lookups a second.
        compute: What answers, in numbers.
        reads: What is read, in numbers.
        served_records: Rows a second to the log of what was served.
        stream_shards: Of the event stream.
    """

    path: Program
    store: Store
    rate: float
    compute: Compute
    reads: Reads
    served_records: float
    stream_shards: int


def plan(path: Program, store: Store, rate: float, measured: Measured, given: Assumptions) -> Plan:
    """Size a way of serving for a rate.

    Args:
        path: What answers.
        store: What is read.
        rate: Lookups a second.
        measured: What one lookup takes.
        given: What is assumed.
    """
    shape = measured.shape(given.shape)
    size = {"nodes": _nodes, "serverless": _serverless, "table": _table}[store]
    reads = size(rate * (1 - given.cached), measured, given)
    shards = max(
        math.ceil(given.events_per_s / limits.find("kinesis.shard_records").value),
        math.ceil(given.events_per_s * given.event_bytes / limits.find("kinesis.shard_bytes").value),
    )
    compute = (
        _function(rate, shape, reads, given) if path == "function" else _processes(path, rate, shape, given)
    )
    return Plan(path, store, rate, compute, reads, rate * given.served_sample, shards)


def commands(items: int, shards: int) -> float:
    """Shards that hold some of a lookup's items, on average: keys are spread by their hash.

    >>> [round(commands(4, shards), 2) for shards in (1, 4, 10_000)]
    [1.0, 2.73, 4.0]
    """
    return min(shards * (1 - (1 - 1 / shards) ** items), float(items))


def _function(rate: float, shape: Shape, reads: Reads, given: Assumptions) -> Compute:
    slower = max(FULL_CPU_MB / given.function_memory_mb, 1.0)
    seconds = shape.function.cpu_us.mean / 1e6 * slower + given.to_store_ms / 1e3 + reads.node_us / 1e6
    at_once = servers_for(rate * seconds, given.refused)
    admitted = math.ceil(rate / limits.find("lambda.requests_per_environment").value)
    environments = max(at_once, admitted)
    return Compute(environments=environments, seconds=seconds, connections=environments)


def _processes(path: Program, rate: float, shape: Shape, given: Assumptions) -> Compute:
    seconds = shape.busy(path).mean / 1e6
    processes = max(math.ceil(rate * seconds / given.process_load), 1)
    tasks = 0
    if path == "container":
        tasks = max(math.ceil(processes / given.task_vcpus), _LEAST_TASKS)
        processes = tasks * given.task_vcpus
    return Compute(processes=processes, seconds=seconds, tasks=tasks, connections=processes * given.threads)


def _nodes(rate: float, measured: Measured, given: Assumptions) -> Reads:
    shape = measured.shape(given.shape)
    node = limits.node_type(given.node_type)
    free = 1 - limits.find("elasticache.reserved_memory").value / 100
    readers = 1 + given.replicas
    by_memory = math.ceil(given.stored_gb * 1e9 / (node.memory_gib * _GIB * free))
    by_network = rate * shape.bytes * 8 / 1e9 / (node.baseline_gbps * given.node_load) / readers
    least = max(by_memory, math.ceil(by_network), 1)
    shards, found = 0, least
    # With more shards a lookup asks more of them, which may take more shards still: until it does not.
    while found > shards:
        shards = found
        asked = commands(len(shape.item_bytes), shards)
        lookup_us = shape.store_cpu_us + (asked - 1) * _command_us(measured)
        found = max(math.ceil(rate * lookup_us / 1e6 / given.node_load / readers), least)
    nodes = shards * readers
    clusters = math.ceil(nodes / limits.find("elasticache.nodes_per_cluster_most").value)
    return Reads(rate, shards, nodes, clusters, commands=asked, node_us=lookup_us / asked)


def _command_us(measured: Measured) -> float:
    """What one more command costs a node: at most what the cheapest lookup of all does, one command itself."""
    return min(shape.store_cpu_us for shape in measured.shapes.values())


def _serverless(rate: float, measured: Measured, given: Assumptions) -> Reads:
    shape = measured.shape(given.shape)
    # One for each kilobyte of each command, and at least one a command; every item is a command of its own at worst.
    each = sum(max(size / 1024, 1.0) for size in shape.item_bytes)
    return Reads(rate, ecpus=rate * each, commands=float(len(shape.item_bytes)))


def _table(rate: float, measured: Measured, given: Assumptions) -> Reads:
    items = measured.shape(given.shape).item_bytes
    each = sum(math.ceil(size / _READ_UNIT_BYTES) for size in items) / 2  # eventually consistent
    requests = math.ceil(len(items) / limits.find("dynamodb.batch_keys").value)
    units = rate * each
    partitions = math.ceil(units / limits.find("dynamodb.partition_reads").value)
    return Reads(
        rate,
        units=units,
        hottest_units=units * given.hottest,
        partitions=max(partitions, 1),
        commands=float(requests),
    )
