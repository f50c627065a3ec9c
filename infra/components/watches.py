"""What is watched, signal by signal: the metrics of every part and when they wake somebody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from headwater import names

SIGNALS = ("freshness", "latency", "errors", "loss", "saturation")
"""In the order an operator asks: how old, how slow, how wrong, what is gone, how full."""

_NODES_AT_ONCE = 10
"""An alarm's expression takes ten metrics."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What there is to watch.

    Attributes:
        environment: Dimension of the metrics of our functions.
        stream_function: Name of the stream function.
        lookup_function: Name of the lookup function.
        event_stream: Name of the event stream.
        online_table: Name of the online table.
        dead_letter_queue: Name of the dead-letter queue.
        cache_nodes: Nodes of the cache; empty: it is serverless.
        serverless_cache: Name of the serverless cache; None: it has nodes.
        lookup_warm: Whether environments of the lookup function are kept warm.
        lookup_p99_ms: Lookup latency above which somebody is told.
        lag_ms: Age of the oldest event not served yet above which somebody is told.
    """

    environment: str
    stream_function: str
    lookup_function: str
    event_stream: str
    online_table: str
    dead_letter_queue: str
    cache_nodes: Sequence[str]
    serverless_cache: str | None
    lookup_warm: bool
    lookup_p99_ms: int
    lag_ms: int


class Metric(NamedTuple):
    """One metric, as CloudWatch names it."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    statistic: str


class Watch(NamedTuple):
    """Something that is watched.

    Attributes:
        signal: One of `SIGNALS`.
        role: Last part of the alarm's name.
        what: One line for whoever is woken.
        metrics: Shown together; the alarm looks at the highest of them.
        threshold: The alarm rises above it; None: it is shown only.
    """

    signal: str
    role: str
    what: str
    metrics: tuple[Metric, ...]
    threshold: float | None


def watches(on: Watched) -> list[Watch]:
    """Everything that is watched, in the order of `SIGNALS`."""
    found = [*_freshness(on), *_latency(on), *_errors(on), *_loss(on), *_saturation(on)]
    return sorted(found, key=lambda watch: SIGNALS.index(watch.signal))


def cache_nodes(group: str, shards: int, replicas: int) -> list[str]:
    """Names that ElastiCache gives the nodes of a replication group; metrics are kept by node.

    >>> cache_nodes("cache", 0, 1), cache_nodes("cache", 1, 1)
    (['cache-001', 'cache-002'], ['cache-0001-001', 'cache-0001-002'])
    """
    nodes = [f"{node + 1:03}" for node in range(1 + replicas)]
    if not shards:
        return [f"{group}-{node}" for node in nodes]
    return [f"{group}-{shard + 1:04}-{node}" for shard in range(shards) for node in nodes]


def _freshness(on: Watched) -> Iterator[Watch]:
    ours = {"environment": on.environment}
    applied = Metric(names.METRIC_NAMESPACE, names.LAG_METRIC, ours, "Maximum")
    # The function says nothing while it does not run; then the events that wait grow old on the stream.
    waiting = Metric(
        "AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", {"StreamName": on.event_stream}, "Maximum"
    )
    yield Watch("freshness", "stream-lag", "Events wait on the stream (ms)", (waiting,), on.lag_ms)
    yield Watch("freshness", "freshness", "Features are old when applied (ms)", (applied,), on.lag_ms)


def _latency(on: Watched) -> Iterator[Watch]:
    stream, lookup = _function(on.stream_function), _function(on.lookup_function)
    yield Watch(
        "latency",
        "lookup-latency",
        "Lookups are slow (ms)",
        (Metric("AWS/Lambda", "Duration", lookup, "p99"),),
        on.lookup_p99_ms,
    )
    yield Watch(
        "latency",
        "stream-duration",
        "A batch of the stream (ms)",
        (Metric("AWS/Lambda", "Duration", stream, "p99"),),
        None,
    )
    table = {"TableName": on.online_table, "Operation": "BatchGetItem"}
    yield Watch(
        "latency",
        "table-latency",
        "The online table answers (ms)",
        (Metric("AWS/DynamoDB", "SuccessfulRequestLatency", table, "p99"),),
        None,
    )


def _errors(on: Watched) -> Iterator[Watch]:
    for role, function, what in (
        ("stream", on.stream_function, "The stream function"),
        ("lookup", on.lookup_function, "The lookup function"),
    ):
        for kind, how in (("errors", "fails"), ("throttles", "is held back")):
            metric = Metric("AWS/Lambda", kind.capitalize(), _function(function), "Sum")
            yield Watch("errors", f"{role}-{kind}", f"{what} {how}", (metric,), 0)
    failures = Metric(names.log_metric_namespace(on.environment), names.LOOKUP_FAILURES_METRIC, {}, "Sum")
    yield Watch("errors", "lookup-failures", "Lookups are answered with a failure of ours", (failures,), 0)


def _loss(on: Watched) -> Iterator[Watch]:
    letters = Metric(
        "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": on.dead_letter_queue}, "Maximum"
    )
    yield Watch("loss", "dead-letters", "Records that can never be applied", (letters,), 0)
    lost = Metric(names.log_metric_namespace(on.environment), names.SERVED_LOST_METRIC, {}, "Maximum")
    yield Watch("loss", "served-lost", "A lookup environment has lost lines of the serving log", (lost,), 0)
    dropped = Metric(names.METRIC_NAMESPACE, names.DROPPED_METRIC, {"environment": on.environment}, "Sum")
    yield Watch("loss", "dropped", "Events too late for any window, in the log only", (dropped,), None)


def _saturation(on: Watched) -> Iterator[Watch]:
    stream = {"StreamName": on.event_stream}
    refused = Metric("AWS/Kinesis", "WriteProvisionedThroughputExceeded", stream, "Sum")
    yield Watch("saturation", "stream-full", "The event stream refuses writes", (refused,), 0)
    table = {"TableName": on.online_table}
    for kind in ("Read", "Write"):
        held = Metric("AWS/DynamoDB", f"{kind}ThrottleEvents", table, "Sum")
        role = f"table-{kind.lower()}-throttles"
        yield Watch("saturation", role, f"The online table holds {kind.lower()}s back", (held,), 0)
    # On demand there is no provisioned number to compare with: what throttles is the alarm's to tell.
    used = tuple(
        Metric("AWS/DynamoDB", f"Consumed{kind}CapacityUnits", table, "Sum") for kind in ("Read", "Write")
    )
    yield Watch("saturation", "table-use", "Units of the online table, a minute", used, None)
    running = tuple(
        Metric("AWS/Lambda", "ConcurrentExecutions", _function(name), "Maximum")
        for name in (on.stream_function, on.lookup_function)
    )
    yield Watch("saturation", "concurrency", "Functions at the same time", running, None)
    if on.lookup_warm:
        yield Watch("saturation", "lookup-warm", "Nearly all warm lookups are busy", (_warm_use(on),), 0.95)
    yield from _cache(on)


def _warm_use(on: Watched) -> Metric:
    alias = {"FunctionName": on.lookup_function, "Resource": f"{on.lookup_function}:live"}
    return Metric("AWS/Lambda", "ProvisionedConcurrencyUtilization", alias, "Maximum")


def _cache(on: Watched) -> Iterator[Watch]:
    if on.serverless_cache:
        held_back = Metric("AWS/ElastiCache", "ThrottledCmds", {"clusterId": on.serverless_cache}, "Sum")
        yield Watch("saturation", "cache-throttled", "The cache holds commands back", (held_back,), 0)
    yield from _cache_nodes(on)


def _cache_nodes(on: Watched) -> Iterator[Watch]:
    """A quarter of the memory is for copies and failover; a node takes 65,000 connections."""
    limits = (
        ("memory", "DatabaseMemoryUsagePercentage", "The cache is full: it refuses writes (%)", 75),
        ("processor", "EngineCPUUtilization", "The cache is busy (%)", 80),
        ("connections", "CurrConnections", "The cache runs out of connections", 52_000),
    )
    for start in range(0, len(on.cache_nodes), _NODES_AT_ONCE):
        nodes = on.cache_nodes[start : start + _NODES_AT_ONCE]
        part = f"-{start // _NODES_AT_ONCE + 1}" if len(on.cache_nodes) > _NODES_AT_ONCE else ""
        for role, name, what, limit in limits:
            metrics = tuple(
                Metric("AWS/ElastiCache", name, {"CacheClusterId": node}, "Maximum") for node in nodes
            )
            yield Watch("saturation", f"cache-{role}{part}", what, metrics, limit)


def _function(name: str) -> dict[str, str]:
    return {"FunctionName": name}
