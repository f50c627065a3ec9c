"""A small environment whose estimate can be reckoned by hand: one source, one view, one service."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from cost.advice.cases import Case
from cost.capacity import measured as capacity
from cost.graphs import SCHEMA, Declared, Graph
from cost.measured import Measured
from cost.prices.snapshot import FOLDER, Prices, load
from cost.usage import assumptions
from headwater.compiler import compile_services
from headwater.definitions import Entity, EventSource, FeatureService, FeatureView, aggregations
from headwater.registry import Registry

USAGE = """
account: {free_tier: 0 percent}
sources:
  payments:
    {events: 1_000 events/s, peak: 2 times, shape: day, text: 8 bytes, late: 1 percent, kept: 12 months}
entities:
  user: {active: 100_000 entities}
services:
  scores:
    lookups: 500 to 1_500 lookups/s
    peak: 2 times
    shape: flat
    batch: 1 rows/lookup
    found: 100 percent
    log_kept: 12 months
jobs:
  ingest: {runs: 100 runs/month, time: 6 minutes/run}
  compact: {runs: 0 runs/month, time: 6 minutes/run}
  materialize: {runs: 0 runs/month, time: 6 minutes/run}
  backfill: {runs: 0 runs/month, time: 6 minutes/run}
  replicate: {runs: 0 runs/month, time: 6 minutes/run}
  training_set: {runs: 10 runs/month, time: 6 minutes/run}
training: {scanned: 100 GB/month, size: 10 GB/set, kept: 12 months}
network: {cross_zone: 50 percent, outside: 0 percent}
people: {logs_read: 0 GB/month, deployments: 0 deployments/month}
"""
LOGS = {"retentionInDays": 365}


def definitions() -> Registry:
    """Windows of an hour and a week: tiles of five minutes and of an hour."""
    view = FeatureView(
        name="payments_of_user",
        entity=Entity(name="user", keys={"user": "string"}),
        source=EventSource(name="payments", columns={"user": "string", "amount": "float64"}),
        features=aggregations("amount", ["sum", "count"], over=("1h", "7d")),
    )
    return compile_services([FeatureService(name="scores", views=[view])])


def declared(kind: str, component: str, **facts: Any) -> Declared:
    """A resource in us-east-1."""
    name = f"{component}-{kind.rpartition(':')[2].lower()}"
    return Declared(type=f"aws:{kind}", name=name, component=component, region="us-east-1", facts=facts)


def resources() -> Iterator[Declared]:
    """A platform on x86, with everything that there is advice about."""
    yield declared(
        "dynamodb/table:Table", "online", billingMode="PAY_PER_REQUEST", replicas=[], restorable=False
    )
    yield declared(
        "elasticache/replicationGroup:ReplicationGroup",
        "cache",
        engine="valkey",
        nodeType="cache.r7g.large",
        numNodeGroups=3,
        replicasPerNodeGroup=2,
        snapshotRetentionLimit=0,
    )
    yield declared("kinesis/stream:Stream", "events", mode="ON_DEMAND", retentionPeriod=168, shard_metrics=2)
    yield declared(
        "lambda/eventSourceMapping:EventSourceMapping",
        "stream",
        batchSize=1000,
        maximumBatchingWindowInSeconds=0,
        parallelizationFactor=1,
    )
    for name in ("stream", "lookup"):
        yield declared(
            "lambda/function:Function",
            name,
            architectures=["x86_64"],
            memorySize=1769,
            traced=False,
            HEADWATER_STORES="redis,dynamodb",
            HEADWATER_SERVED_SAMPLE="0.02",
        )
        yield declared("cloudwatch/logGroup:LogGroup", name, name=name, **LOGS)
    for prefix in ("landing/", "served-landing/"):
        each = declared(
            "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            "offline",
            prefix=prefix,
            seconds=60,
            megabytes=64,
            converts=False,
            destination="extended_s3",
        )
        yield Declared(
            type=each.type, name=prefix, component=each.component, region=each.region, facts=each.facts
        )
    yield declared("s3/bucket:Bucket", "offline")
    yield declared("s3/bucketVersioning:BucketVersioning", "offline", enabled=True)
    yield declared(
        "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "offline",
        expiring={"landing/": 14},
        old_versions_days=30,
    )
    yield declared(
        "glue/job:Job",
        "jobs",
        executionClass="STANDARD",
        name="headwater-made-us-east-1-ingest",
        numberOfWorkers=10,
        workerType="G.1X",
    )
    for service in ("kms", "logs"):
        yield Declared(
            type="aws:ec2/vpcEndpoint:VpcEndpoint",
            name=service,
            component="network",
            region="us-east-1",
            facts={"kind": "Interface", "service": service, "zones": 3},
        )


def lookups() -> capacity.Measured:
    """A lookup takes the library 100 µs and a node 20."""
    always = capacity.Distribution(100.0, [(0.0, 100.0), (1.0, 100.0)])
    timed = capacity.Timed(always, always)
    shape = capacity.Shape(10, 1_000, [1_000], 2_000, 20.0, 1.0, timed, timed, timed)
    return capacity.Measured(capacity.SCHEMA, "2026-01-02", "a machine", 1_000, {"windows": shape}, [])


@pytest.fixture(scope="session")
def case() -> Case:
    """The environment."""
    registry = definitions()
    graph = Graph(
        schema=SCHEMA,
        environment="made",
        region="us-east-1",
        fingerprint="",
        resources=list(resources()),
    )
    prices = Prices(load(FOLDER / "2026-11-23.json"), date(2026, 11, 24))
    measured = Measured(
        measured=date(2026, 1, 2),
        machine="a machine",
        registry="made up",
        lookup_ms=1.5,
        lookup_row_ms=0.5,
        lookup_log_bytes=100.0,
        stream_batch_ms=2.0,
        stream_event_ms=0.5,
        stream_log_bytes=500.0,
        log_bytes_per_line_byte=0.5,
        commit_writes=4.0,
    )
    assumed = assumptions.decode(USAGE.encode(), "made.yaml", registry)
    return Case(graph, assumed, registry, prices, measured, lookups())
