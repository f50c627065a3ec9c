"""Advice on the stream, the bucket, the jobs and the network."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cost.advice.cases import Case
from cost.advice.proposals import Beside, Proposal
from cost.estimate.lines import Estimate
from cost.estimate.terms import HOURS
from cost.graphs import Declared
from cost.prices.tiers import charge, to_cents
from headwater import names

TRAINING_DAYS = 90
OLD_VERSION_DAYS = 7
STREAM_HOURS = 24
_ROOM = 1.25
"""Shards that are bought for each that the highest peak needs."""
_SHARD_RECORDS, _SHARD_BYTES = 1_000, 1_000_000


def proposals(case: Case, estimate: Estimate) -> Iterator[Proposal]:
    """What could be done otherwise."""
    yield from _stream(case)
    yield from _bucket(case)
    yield from _jobs(case)
    yield from _network(case, estimate)


def _stream(case: Case) -> Iterator[Proposal]:
    stream = case.first("Stream")
    if stream is None:
        return
    if stream.facts["mode"] == "ON_DEMAND":
        # The estimate counts twice the peak for a stream on demand; what is bought is the highest peak and some room.
        high = case._replace(usage=case.usage.at("high")).situation
        shards = max(math.ceil(high.peak_shards / 2 * _ROOM), 1)
        yield Proposal(
            "stream.provisioned",
            f"Buy {shards} shards instead of a stream on demand",
            f"eventShards: {shards}",
            "More than the shards take is refused until there are more of them; nobody adds any by himself.",
            case.with_facts("Stream", {"mode": "PROVISIONED", "shardCount": shards}),
        )
    else:
        yield Proposal(
            "stream.on_demand",
            "Pay the stream by what passes instead of by shards",
            "eventShards: 0",
            "Each gigabyte costs more than it does in full shards: with more traffic shards are the cheaper ones.",
            case.with_facts("Stream", {"mode": "ON_DEMAND"}),
        )
    if stream.facts.get("retentionPeriod", STREAM_HOURS) > STREAM_HOURS:
        yield Proposal(
            "stream.retention",
            f"Keep events on the stream for {STREAM_HOURS} instead of {stream.facts['retentionPeriod']} hours",
            f"eventRetentionHours: {STREAM_HOURS}",
            "An outage of the stream function that is found after a weekend has lost events to the online stores: they "
            "are backfilled from the event log.",
            case.with_facts("Stream", {"retentionPeriod": STREAM_HOURS}),
        )
    if stream.facts["shard_metrics"]:
        yield Proposal(
            "stream.metrics",
            "Do without metrics of each shard",
            "eventShardMetrics: false",
            "A hot shard no longer shows in metrics: it is searched for by hand.",
            case.with_facts("Stream", {"shard_metrics": 0}),
        )


def _bucket(case: Case) -> Iterator[Proposal]:
    lifecycle = case.first("BucketLifecycleConfiguration")
    if lifecycle is None:
        return
    expiring: dict[str, Any] = lifecycle.facts["expiring"]
    if names.training_prefix() not in expiring:
        yield Proposal(
            "bucket.training_sets",
            f"Let training sets expire after {TRAINING_DAYS} days",
            f"trainingKeepDays: {TRAINING_DAYS}",
            "A model older than that is trained again from a set that is built again: from the event log, to the same "
            "rows as long as that is kept.",
            case.with_facts(
                "BucketLifecycleConfiguration",
                {"expiring": {**expiring, names.training_prefix(): TRAINING_DAYS}},
            ),
        )
    days = lifecycle.facts["old_versions_days"]
    if days > OLD_VERSION_DAYS:
        yield Proposal(
            "bucket.old_versions",
            f"Keep old versions of objects for {OLD_VERSION_DAYS} instead of {days} days",
            f"snapshotKeepDays: at most {OLD_VERSION_DAYS}; the rule is in infra/components/offline_lifecycle.py",
            "What was overwritten or deleted by mistake can be had back for as long only.",
            case.with_facts("BucketLifecycleConfiguration", {"old_versions_days": OLD_VERSION_DAYS}),
        )


def _jobs(case: Case) -> Iterator[Proposal]:
    standard = [each for each in case.graph.of("Job") if each.facts.get("executionClass") != "FLEX"]
    if standard:
        yield Proposal(
            "jobs.flex",
            "Run every job on spare capacity (Flex)",
            "execution class of the jobs in infra/components/job_specs.py",
            "Jobs begin later when there is no spare capacity, and may be interrupted and begin again: online values "
            "from tables are then older, and a backfill takes longer.",
            case.with_facts("Job", {"executionClass": "FLEX"}),
        )


def _network(case: Case, estimate: Estimate) -> Iterator[Proposal]:
    endpoints = [
        each
        for each in case.graph.of("VpcEndpoint")
        if each.facts["kind"] == "Interface" and each.region == case.graph.region
    ]
    if not endpoints:
        return
    zones = max(each.facts["zones"] for each in endpoints)
    gateways = [
        Declared(
            type="aws:ec2/natGateway:NatGateway",
            name=f"nat-advised-{zone}",
            component=endpoints[0].component,
            region=case.graph.region,
            facts={},
        )
        for zone in range(zones)
    ]

    def change(each: Declared) -> Declared | None:
        return None if each in endpoints else each

    yield Proposal(
        "network.nat",
        f"Use a NAT gateway in each of {zones} zones instead of {len(endpoints)} interface endpoints",
        "No key does it: infra/components/network.py has no way out on purpose",
        "Functions and jobs can then reach the whole internet, and data can leave through it: endpoint policies no "
        "longer stand in between.",
        case.with_resources(change, *gateways),
        [_through_gateways(case, estimate)],
    )
    if zones > 1:
        fewer = {each.name: {**each.facts, "zones": 1} for each in endpoints}

        def in_one_zone(each: Declared) -> Declared | None:
            if each.name not in fewer:
                return each
            return Declared(
                type=each.type,
                name=each.name,
                component=each.component,
                region=each.region,
                facts=fewer[each.name],
            )

        yield Proposal(
            "network.one_zone",
            f"Have interface endpoints in one of {zones} zones",
            "No key does it: subnets of the endpoints in infra/components/network.py",
            "When that zone is lost, functions and jobs in the others lose the services too; requests from the "
            "others cross zones, at 0.01 USD a GB, which is not counted here.",
            case.with_resources(in_one_zone),
        )


def _through_gateways(case: Case, estimate: Estimate) -> Beside:
    """What passes interface endpoints would pass gateways."""
    price = case.prices.find("vpc.nat_gateway_data", case.graph.region, "GB")
    passing = sum(
        (line.quantity for line in estimate.lines if line.price == "vpc.interface_endpoint_data"), Decimal(0)
    )
    return Beside(
        to_cents(charge(price, passing).usd),
        f"{passing:,.3f} GB that pass endpoints now × {price.tiers[0].usd} USD; what passes unseen by an estimate is "
        f"not counted ({HOURS} h a month)",
        f"{price.key}: {price.tiers[0].source}",
        price.confidence,
    )
