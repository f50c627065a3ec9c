"""The functions of a region: the one that applies the stream, and the one that answers lookups."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi

from infra.components.feature_lookup import FeatureLookup, FeatureLookupArgs, LookupThrottle
from infra.components.python_function import FunctionPlacement
from infra.components.region_health import RegionHealth, RegionHealthArgs
from infra.components.stream_processor import StreamProcessor, StreamProcessorArgs
from infra.stacks.networks import Placement
from infra.stacks.site import Site
from infra.stacks.stores import Stores

CodeOf = Callable[[str], pulumi.Archive]
"""Deployable zip of a function, by the function's folder."""

RUNTIMES = {"aws": ("python3.13", "arm64"), "local": ("python3.11", "x86_64")}
"""Runtime and architecture of functions, by what their zips are built for."""


@dataclass(frozen=True, kw_only=True)
class Functions:
    """The functions of a region.

    Attributes:
        processor: Applies the stream to the online stores.
        lookup: Answers lookups.
    """

    processor: StreamProcessor
    lookup: FeatureLookup


def functions(site: Site, code_of: CodeOf, network: Placement, stores: Stores, *, checked: bool) -> Functions:
    """Declare the functions.

    Args:
        site: The region.
        code_of: Where a function's zip comes from.
        network: Where they run.
        stores: What they read and write.
        checked: Whether a name leads to the lookups, by health checks.
    """
    runtime, architecture = RUNTIMES[site.config.lambda_target]
    placed = FunctionPlacement(
        runtime=runtime,
        architecture=architecture,
        subnet_ids=network.subnet_ids,
        security_group_ids=network.functions_group_ids,
    )
    processor = _processor(site, code_of("stream"), placed, stores)
    health = _health(site, code_of("health"), placed, stores) if checked else None
    lookup = _lookup(site, code_of("lookup"), placed, stores, health)
    return Functions(processor=processor, lookup=lookup)


def _environment(
    site: Site, stores: Stores, redis_url: pulumi.Input[str] | None
) -> dict[str, pulumi.Input[str]]:
    found: dict[str, pulumi.Input[str]] = {
        "HEADWATER_ENVIRONMENT": site.config.environment,
        "HEADWATER_STORES": "dynamodb" if redis_url is None else "redis,dynamodb",
        "HEADWATER_ONLINE_TABLE": stores.online.name,
    }
    return found if redis_url is None else {**found, "HEADWATER_REDIS_URL": redis_url}


def _processor(
    site: Site, code: pulumi.Archive, placed: FunctionPlacement, stores: Stores
) -> StreamProcessor:
    config, cache = site.config, stores.cache
    return StreamProcessor(
        site.component("stream"),
        StreamProcessorArgs(
            function_name=site.name("stream"),
            dead_letter_name=site.name("dead-letters"),
            code=code,
            environment={
                **_environment(site, stores, cache.redis_url if cache else None),
                "HEADWATER_ARCHIVE_STREAM": stores.offline.archive_name,
                "HEADWATER_ARRIVAL_FROM": config.arrival_from,
            },
            memory_mb=config.stream_memory_mb,
            log_retention_days=config.log_retention_days,
            batch_size=config.stream_batch_size,
            batch_window_seconds=config.stream_batch_window_seconds,
            stream_arn=stores.events.stream_arn,
            table_arn=stores.online.arn,
            cache_grants=cache.write_grants if cache else [],
            archive_arn=stores.offline.archive_arn,
            key_arn=site.key_arn,
            placement=placed,
        ),
        site.opts,
    )


def _health(site: Site, code: pulumi.Archive, placed: FunctionPlacement, stores: Stores) -> RegionHealth:
    cache = stores.cache
    return RegionHealth(
        site.component("health"),
        RegionHealthArgs(
            function_name=site.name("health"),
            code=code,
            environment={
                **_environment(site, stores, cache.reader_url if cache else None),
                "HEADWATER_REGION": site.config.region,
            },
            table_arn=stores.online.arn,
            cache_grants=cache.read_grants if cache else [],
            key_arn=site.key_arn,
            log_retention_days=site.config.log_retention_days,
            placement=placed,
        ),
        site.opts,
    )


def _lookup(
    site: Site, code: pulumi.Archive, placed: FunctionPlacement, stores: Stores, health: RegionHealth | None
) -> FeatureLookup:
    config, cache = site.config, stores.cache
    return FeatureLookup(
        site.component("lookup"),
        FeatureLookupArgs(
            function_name=site.name("lookup"),
            code=code,
            environment={
                **_environment(site, stores, cache.reader_url if cache else None),
                "HEADWATER_CONSISTENT": "yes" if config.lookup_consistent else "no",
                "HEADWATER_CACHE_ENTRIES": str(config.lookup_cache_entries),
                "HEADWATER_CACHE_TTL_MS": str(config.lookup_cache_ttl_ms),
                "HEADWATER_SERVED_STREAM": stores.offline.served_name,
                "HEADWATER_SERVED_SAMPLE": str(config.served_sample),
            },
            memory_mb=config.lookup_memory_mb,
            log_retention_days=config.log_retention_days,
            warm_minimum=config.lookup_warm_minimum,
            warm_maximum=config.lookup_warm_maximum,
            reserved=config.lookup_reserved or None,
            snap_start=config.lookup_snap_start,
            api=(
                LookupThrottle(config.lookup_api_per_second, config.lookup_api_burst)
                if config.lookup_api_per_second
                else None
            ),
            table_arn=stores.online.arn,
            cache_grants=cache.read_grants if cache else [],
            served_arn=stores.offline.served_arn,
            key_arn=site.key_arn,
            placement=placed,
            health=health.function if health else None,
        ),
        site.opts,
    )
