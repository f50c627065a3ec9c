"""What the values of a configuration must be beside one another. Each alone, `configuration` checks."""

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.stacks.configuration import EnvironmentConfig

SHARED = "shared"
_LEAST_WARM_READS = 12_000
_LEAST_WARM_WRITES = 4_000


def check(config: "EnvironmentConfig") -> None:
    """Check a configuration.

    Raises:
        ValueError: Names the key, what was found and what is expected.
    """
    _check_endpoint(config)
    _check_network(config)
    _check_shared(config)
    _check_lookup(config)
    _check_table(config)
    _check_cache(config)
    _check_lake(config)


def refuse(key: str, found: Any, expected: str) -> ValueError:
    """What is raised of a key, with what is expected of it."""
    shown = str(found).lower() if isinstance(found, bool) else found
    return ValueError(f"headwater:{key}: found {shown}, expected {expected}")


def _check_endpoint(config: "EnvironmentConfig") -> None:
    if config.endpoint and config.protect:
        raise refuse(
            "endpoint",
            config.endpoint,
            "nothing, because protect is true: what is to last is not in an emulator",
        )


def _check_network(config: "EnvironmentConfig") -> None:
    try:
        ip_network(config.network_cidr)
    except ValueError as error:
        expected = f"the first address of a network and its size: {error}"
        raise refuse("networkCidr", config.network_cidr, expected) from error
    existing = {
        "existingSubnetIds": config.existing_subnet_ids,
        "existingFunctionsGroupId": config.existing_functions_group_id,
        "existingJobsGroupId": config.existing_jobs_group_id,
        "existingCacheGroupId": config.existing_cache_group_id,
    }
    for key, value in existing.items():
        if value and config.network != "existing":
            raise refuse(key, value, f"nothing, because network is {config.network}; set it to existing")
        if not value and config.network == "existing":
            raise refuse(key, "nothing", f"an id or {SHARED}, because network is existing")


def _check_shared(config: "EnvironmentConfig") -> None:
    asked = [
        config.existing_subnet_ids,
        config.existing_functions_group_id,
        config.existing_jobs_group_id,
        config.existing_cache_group_id,
        config.existing_key_arn,
        config.existing_bucket,
    ]
    if SHARED in asked and not config.shared_stack:
        raise refuse("sharedStack", "nothing", f"the stack that what is {SHARED} comes from")
    if config.shared_stack and SHARED not in asked:
        raise refuse("sharedStack", config.shared_stack, f"nothing, because no key says {SHARED}")
    if config.existing_key_arn and config.key_multi_region:
        raise refuse(
            "keyMultiRegion", config.key_multi_region, "false, because existingKeyArn brings the key along"
        )


def _check_lookup(config: "EnvironmentConfig") -> None:
    most = config.lookup_warm_maximum
    if config.lookup_warm_minimum > most:
        raise refuse(
            "lookupWarmMinimum", config.lookup_warm_minimum, f"at most lookupWarmMaximum, which is {most}"
        )
    if config.lookup_snap_start and config.lookup_warm_minimum:
        raise refuse(
            "lookupSnapStart",
            config.lookup_snap_start,
            "false as long as lookupWarmMinimum is not 0: AWS keeps no environments warm that start from snapshots",
        )
    if config.lookup_snap_start and config.lambda_target == "local":
        raise refuse("lookupSnapStart", config.lookup_snap_start, "false, because lambdaTarget is local")
    if 0 < config.lookup_reserved < most:
        raise refuse(
            "lookupReserved", config.lookup_reserved, f"0 or at least lookupWarmMaximum, which is {most}"
        )
    if bool(config.lookup_api_per_second) != bool(config.lookup_api_burst):
        raise refuse(
            "lookupApiBurst",
            config.lookup_api_burst,
            f"0 if and only if lookupApiPerSecond is, which is {config.lookup_api_per_second}",
        )


def _check_table(config: "EnvironmentConfig") -> None:
    units = {
        "tableReadMinimum": (config.table_read_minimum, config.table_read_maximum),
        "tableWriteMinimum": (config.table_write_minimum, config.table_write_maximum),
    }
    provisioned = any(most for _, most in units.values())
    for key, (least, most) in units.items():
        if least > most or (provisioned and not least):
            raise refuse(
                key,
                least,
                f"0 for both ranges, or 1 to {key.replace('Minimum', 'Maximum')}, which is {most}",
            )
    warm = {
        "tableWarmReads": (config.table_warm_reads, _LEAST_WARM_READS),
        "tableWarmWrites": (config.table_warm_writes, _LEAST_WARM_WRITES),
    }
    for key, (units_warm, least) in warm.items():
        if 0 < units_warm < least or bool(units_warm) != bool(config.table_warm_reads):
            raise refuse(key, units_warm, f"0 for both, or at least {least}, which AWS gives a new table")


def _check_cache(config: "EnvironmentConfig") -> None:
    kind, serverless = config.cache_kind, config.cache_kind == "serverless"
    for_nodes = {
        "cacheShards": config.cache_shards,
        "cacheReplicas": config.cache_replicas,
        "cacheReadReplicas": config.cache_read_replicas,
    }
    for key, value in for_nodes.items():
        if kind != "nodes" and value:
            raise refuse(key, value, f"0 or false, because cacheKind is {kind}")
    if config.cache_read_replicas and not config.cache_replicas:
        raise refuse("cacheReadReplicas", config.cache_read_replicas, "false as long as cacheReplicas is 0")
    if not config.cache_tls and (serverless or config.network != "none"):
        raise refuse(
            "cacheTls", config.cache_tls, "true in a network, and of a serverless cache: users log in to it"
        )
    if config.cache_durability != "none" and not (config.cache_shards and config.cache_replicas):
        raise refuse(
            "cacheDurability",
            config.cache_durability,
            "none as long as cacheShards or cacheReplicas is 0: a cluster over several zones has to keep the log",
        )


def _check_lake(config: "EnvironmentConfig") -> None:
    if config.lake_sources and not config.lake_admins:
        raise refuse("lakeSources", config.lake_sources, "none as long as lakeAdmins is empty")
