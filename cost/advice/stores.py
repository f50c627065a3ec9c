"""Advice on the online stores: how the table is paid, and which cache there is."""

import math
from collections.abc import Iterator

import msgspec

from cost.advice.cases import Case
from cost.advice.proposals import Beside, Proposal, always_there
from cost.capacity import limits
from cost.capacity.assumptions import Assumptions
from cost.estimate.cache import cached_bytes
from cost.estimate.lines import Estimate, Line, total
from cost.graphs import Declared
from cost.prices.tiers import to_cents

_TARGETS = (20, 70)
"""Percent of capacity that may be used, the least that auto scaling takes and the most that leaves it time."""
_LEAST, _MOST = 1, 40_000
_CLUSTER_NODES = (1, 2)
"""Shards and nodes a shard of the smallest cluster that survives the loss of a node."""
_GIB = 2**30


def proposals(case: Case) -> Iterator[Proposal]:
    """What could be done otherwise."""
    table = case.first("Table")
    if table is not None:
        yield from _paid_otherwise(case, table)
    cache = case.first("ReplicationGroup")
    if cache is not None and "numNodeGroups" in cache.facts:
        # A serverless cache has no copy in another region that follows it.
        if "globalReplicationGroupId" not in cache.facts and not case.graph.of("GlobalReplicationGroup"):
            yield _serverless(case, cache)
        yield from _smaller(case, cache)
    serverless = case.first("ServerlessCache")
    if serverless is not None:
        yield _nodes(case, serverless)
    if (cache or serverless) is not None and table is not None:
        yield _table_alone(case)


def _paid_otherwise(case: Case, table: Declared) -> Iterator[Proposal]:
    if table.facts.get("billingMode") != "PAY_PER_REQUEST":
        yield Proposal(
            "table.on_demand",
            "Pay the table by request instead of provisioning its capacity",
            "tableReadMaximum: 0, tableWriteMaximum: 0",
            "A month with much more traffic costs as much more.",
            case.with_facts("Table", {"billingMode": "PAY_PER_REQUEST"}),
        )
        return
    target = _target_percent(case)
    by_hand = {"billingMode": "PROVISIONED", "readCapacity": 1, "writeCapacity": 1}
    provisioned = Proposal(
        "table.provisioned",
        f"Provision the table's capacity, following use at {target} %, instead of paying by request",
        f"tableReadMaximum, tableWriteMaximum and their minimums; tableUtilisationPercent: {target}",
        "Capacity follows use by minutes: what rises faster than the room that is left is throttled, and the stream "
        "falls behind until it catches up. Switching back is possible once a day.",
        case.with_facts("Table", by_hand).with_resources(lambda each: each, *_scaling(table, target)),
    )
    yield provisioned
    yield provisioned._replace(
        key="table.provisioned_reserved",
        title=f"{provisioned.title}, and reserve what the quietest hour uses",
        risk=f"{provisioned.risk} What is reserved is paid for a year, used or not.",
        beside=[_reserved(provisioned.case)],
    )


def _target_percent(case: Case) -> int:
    """How full capacity may be on average in an hour, so that the hour's busiest second finds room.

    An hour's mean is known from the shape of the day, its busiest second from the peak.
    """
    situation = case.situation
    busiest_hour = max(situation.mean_hours())
    peak = (
        sum(
            situation.value(f"sources.{name}.events") * situation.value(f"sources.{name}.peak")
            for name in case.usage.sources
        )
        / situation.events_per_s
    )
    least, most = _TARGETS
    return min(max(math.floor(most * busiest_hour / max(peak, busiest_hour)), least), most)


def reservable(found: Estimate) -> list[Line]:
    """Lines of capacity that can be reserved: AWS reserves none of writes that are copied to another region."""
    return [
        line
        for line in found.lines
        if line.price in {"dynamodb.provisioned_read", "dynamodb.provisioned_write"}
    ]


def _reserved(provisioned: Case) -> Beside:
    lines = reservable(provisioned.estimate())
    price = provisioned.prices.find("savings.dynamodb_reserved_1y", provisioned.graph.region, "fraction")
    share, tier = always_there(provisioned.situation.mean_hours()), price.tiers[0]
    return Beside(
        -to_cents(total(lines) * share * tier.usd),
        f"{total(lines):,.2f} USD of capacity × {share} (the quietest hour of a day, to the mean) × {tier.usd} less",
        f"{price.key}: {tier.source}",
        price.confidence,
    )


def _scaling(table: Declared, target: int) -> Iterator[Declared]:
    """What makes the capacity of reads and writes follow use."""
    for kind in ("Read", "Write"):
        name = f"{table.name}-{kind.lower()}-advised"
        bounds = {
            "serviceNamespace": "dynamodb",
            "scalableDimension": f"dynamodb:table:{kind}CapacityUnits",
            "minCapacity": _LEAST,
            "maxCapacity": _MOST,
        }
        policy = {"range": name, "target": target}
        for kind_of, own, facts in (
            ("aws:appautoscaling/target:Target", name, bounds),
            ("aws:appautoscaling/policy:Policy", f"{name}-policy", policy),
        ):
            yield Declared(
                type=kind_of, name=own, component=table.component, region=table.region, facts=dict(facts)
            )


def _serverless(case: Case, cache: Declared) -> Proposal:
    engine = cache.facts.get("engine", "valkey")
    replacement = Declared(
        type="aws:elasticache/serverlessCache:ServerlessCache",
        name=f"{cache.name}-serverless",
        component=cache.component,
        region=cache.region,
        facts={"engine": engine},
    )
    return Proposal(
        "cache.serverless",
        "Use a serverless cache instead of nodes",
        "cacheKind: serverless",
        "Reads are paid by number and size: four times the traffic costs four times as much. It has no Global "
        "Datastore, and takes minutes to double. Its address changes: values are filled again.",
        case.with_resources(
            lambda each: (
                None if each.type.endswith(":ReplicationGroup") and each.region == cache.region else each
            ),
            replacement,
        ),
    )


def _nodes(case: Case, serverless: Declared) -> Proposal:
    shards, each_shard = _CLUSTER_NODES
    room = _bytes_a_node("r7g.large")
    shards = max(shards, math.ceil(float(cached_bytes(case.situation).value) / room))
    facts = {
        "engine": serverless.facts.get("engine", "valkey"),
        "nodeType": "cache.r7g.large",
        "numNodeGroups": shards,
        "replicasPerNodeGroup": each_shard - 1,
    }
    replacement = Declared(
        type="aws:elasticache/replicationGroup:ReplicationGroup",
        name=f"{serverless.name}-nodes",
        component=serverless.component,
        region=serverless.region,
        facts=facts,
    )
    return Proposal(
        "cache.nodes",
        f"Use {shards * each_shard} nodes of cache.r7g.large instead of a serverless cache",
        "cacheKind: nodes, cacheNodeType, cacheShards, cacheReplicas",
        "Nodes do not grow by themselves. The cache's address changes: values are filled again.",
        case.with_resources(
            lambda each: None if each.type.endswith(":ServerlessCache") else each, replacement
        ),
    )


def _bytes_a_node(node: str) -> float:
    free = 1 - limits.find("elasticache.reserved_memory").value / 100
    return limits.node_type(node).memory_gib * _GIB * free


def _smaller(case: Case, cache: Declared) -> Iterator[Proposal]:
    """One shard or one replica less, where what is left has the memory and bears the peak."""
    shards, replicas = int(cache.facts["numNodeGroups"]), int(cache.facts.get("replicasPerNodeGroup", 0))
    if shards > 1 and _bears(case, cache, shards - 1):
        yield Proposal(
            "cache.fewer_shards",
            f"Use {shards - 1} instead of {shards} shards of the cache",
            f"cacheShards: {shards - 1}",
            f"Less room for growth: one shard's primary then has {_load(case, shards - 1):.0%} of what the "
            "capacity plan lets a node bear at the peak. Slots move while lookups go on.",
            case.with_facts("ReplicationGroup", {"numNodeGroups": shards - 1}),
        )
    if replicas > 1:
        yield Proposal(
            "cache.fewer_replicas",
            f"Keep {replicas - 1} instead of {replicas} replicas of each shard",
            f"cacheReplicas: {replicas - 1}",
            "While a node that failed is replaced, its shard has one copy less; lookups then go on from the table "
            "if that one is lost too.",
            case.with_resources(
                lambda each: (
                    msgspec.structs.replace(each, facts={**each.facts, "replicasPerNodeGroup": replicas - 1})
                    if each == cache
                    else each
                )
            ),
        )


def _load(case: Case, shards: int) -> float:
    """Part of what a node may bear that falls on each primary at the peak."""
    given = Assumptions()
    shape = case.lookups.shape(given.shape)
    peak = sum(
        float(service.lookups.high * service.peak.high * service.batch.high)
        for service in case.usage.services.values()
    )
    return peak * shape.store_cpu_us / 1e6 / shards / given.node_load


def _bears(case: Case, cache: Declared, shards: int) -> bool:
    memory = _bytes_a_node(str(cache.facts["nodeType"])) * shards
    return float(cached_bytes(case.situation).value) <= memory and _load(case, shards) <= 1


def _table_alone(case: Case) -> Proposal:
    def change(each: Declared) -> Declared | None:
        return None if each.component == "cache" else each

    return Proposal(
        "cache.none",
        "Do without a cache: read the table",
        "No key does it: leave OnlineCache out of infra/stacks/region.py, and `redis` out of the functions' stores",
        "A lookup takes milliseconds instead of less than one, and there is no second store when the table is down. "
        "Reads are paid by number: more traffic costs as much more.",
        case.with_facts("Function", {"HEADWATER_STORES": "dynamodb"}).with_resources(change),
    )
