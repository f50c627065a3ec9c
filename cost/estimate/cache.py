"""The online cache, of nodes or serverless."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cost.errors import GraphError
from cost.estimate.context import Situation
from cost.estimate.terms import BYTES_A_GB, HOURS_A_MONTH, Item, Term, declared, derived, metered, number
from cost.estimate.traffic import events, first_store, keys_of, late, mean_of, written_bytes
from cost.graphs import Declared

REVISION_BYTES = 8
"""What Redis keeps before a value."""
LEAST_GB = {"valkey": Decimal("0.1"), "redis": Decimal(1)}
"""Stored in a serverless cache, as it is charged at least."""


def items(found: Situation) -> Iterator[Item]:
    """What caches cost, in every region."""
    for cache in found.of("ReplicationGroup"):
        yield from _nodes(found, cache)
    for cache in found.of("ServerlessCache"):
        yield from _serverless(found, cache)
    yield from _between_zones(found)


def cached_bytes(found: Situation) -> Term:
    """Bytes that a cache holds, of all views."""
    size = sum(
        found.value(f"entities.{view.entity}.active")
        * sum(kind.kept * (kind.key_bytes + kind.mean_bytes + REVISION_BYTES) for kind in found.kinds(view))
        for view in found.views
    )
    return metered("bytes of all pages", size, "bytes")


def _facts(found: Situation, cache: Declared) -> Mapping[str, Any]:
    """Of a cache that follows another one, what it has of that: a Global Datastore is the same in all regions."""
    if "globalReplicationGroupId" not in cache.facts or "nodeType" in cache.facts:
        return cache.facts
    led = found.one("ReplicationGroup")
    if led is None:
        raise GraphError(
            f"cache {cache.name!r}: follows one of {found.region}, where no nodes are declared; declare both, or neither"
        )
    same = {name: led.facts[name] for name in ("engine", "nodeType", "numNodeGroups") if name in led.facts}
    return same | cache.facts


def _nodes(found: Situation, cache: Declared) -> Iterator[Item]:
    facts = _facts(found, cache)
    engine = facts.get("engine", "redis")
    kind = str(facts["nodeType"]).removeprefix("cache.")
    nodes: tuple[Term, ...]
    if "numNodeGroups" in facts:
        nodes = (
            declared(cache.name, "numNodeGroups", facts["numNodeGroups"], "shards"),
            declared(
                cache.name,
                "replicasPerNodeGroup + 1",
                facts.get("replicasPerNodeGroup", 0) + 1,
                "nodes/shard",
            ),
        )
    else:
        nodes = (declared(cache.name, "numCacheClusters", facts.get("numCacheClusters", 1), "nodes"),)
    yield Item(
        cache.component,
        f"elasticache.node.{engine}.{kind}",
        cache.region,
        None,
        f"nodes {facts['nodeType']}",
        "node-hour",
        (*nodes, HOURS_A_MONTH),
    )
    kept = int(facts.get("snapshotRetentionLimit", 0))
    if kept > 1:
        # The first one of a cluster is free.
        snapshots = declared(cache.name, "snapshotRetentionLimit - 1", kept - 1, "snapshots")
        yield Item(
            cache.component,
            "elasticache.backup",
            cache.region,
            None,
            "snapshots",
            "GB-month",
            (snapshots, cached_bytes(found), BYTES_A_GB),
        )
    if "globalReplicationGroupId" in facts and cache.region != found.region:
        for view in found.views:
            copied = (*events(found, view), written_bytes(found, view), BYTES_A_GB)
            yield Item(
                cache.component,
                "data_transfer.between_regions",
                found.region,
                view.name,
                f"writes copied to {cache.region}",
                "GB",
                copied,
            )


def _serverless(found: Situation, cache: Declared) -> Iterator[Item]:
    engine = cache.facts.get("engine", "redis")
    stored = number(float(cached_bytes(found).value) / 2**30)
    size = derived(
        "GB stored", max(stored, LEAST_GB[engine]), "GB", f"{stored} GB of pages, at least {LEAST_GB[engine]}"
    )
    yield Item(
        cache.component,
        f"elasticache.serverless_storage.{engine}",
        cache.region,
        None,
        "pages stored",
        "GB-hour",
        (size, HOURS_A_MONTH),
    )
    if cache.region != found.region:
        return
    price, unit = f"elasticache.serverless_ecpu.{engine}", "ECPU"
    for view in found.views:
        # A read and a write for each page, those of late events included; a unit for each KB or part of it.
        units = sum(
            2 * kind.write_units * (1 + late(found, view, row=kind.width == "ever"))
            for kind in found.kinds(view)
        )
        terms = (*events(found, view), metered(f"ECPUs of {view.name}", units, "ECPU/entity"))
        yield Item(cache.component, price, cache.region, view.name, "stream", unit, terms)
    of_batch = Term(
        "commands of a batch beside pages",
        Decimal(3),
        "ECPU/batch",
        "the watermark read and written, the pointer read",
    )
    batches = derived("batches a month", found.batches, "batches", "events a month / events a batch")
    yield Item(cache.component, price, cache.region, None, "batches of the stream", unit, (batches, of_batch))
    if first_store(found) != "redis":
        return
    for service in found.registry.services.values():
        for view in found.registry.views_of(service):
            units = mean_of(found, service, view, lambda kind: kind.write_units)
            yield Item(
                cache.component,
                price,
                cache.region,
                view.name,
                f"lookups of {service.name}",
                unit,
                (
                    *keys_of(found, service, view),
                    metered("ECPUs of a key", units, "ECPU"),
                ),
            )


def _between_zones(found: Situation) -> Iterator[Item]:
    """Traffic between functions and cache; the cache's side of it is free."""
    cache = found.one("ReplicationGroup") or found.one("ServerlessCache")
    if cache is None:
        return
    zones = found.assume("network.cross_zone")
    for view in found.views:
        # Read and written back.
        both = (Term("read and written", Decimal(2), "times", "headwater.online.writer"),)
        terms = (*events(found, view), written_bytes(found, view), *both, zones, BYTES_A_GB)
        yield Item(
            cache.component,
            "ec2.cross_zone_transfer",
            found.region,
            view.name,
            "stream, between zones",
            "GB",
            terms,
        )
    if first_store(found) != "redis":
        return
    for service in found.registry.services.values():
        for view in found.registry.views_of(service):
            size = mean_of(found, service, view, lambda kind: kind.mean_bytes + kind.key_bytes)
            yield Item(
                cache.component,
                "ec2.cross_zone_transfer",
                found.region,
                view.name,
                f"lookups of {service.name}, between zones",
                "GB",
                (
                    *keys_of(found, service, view),
                    metered(f"bytes of a key of {view.name}", size, "bytes"),
                    zones,
                    BYTES_A_GB,
                ),
            )
