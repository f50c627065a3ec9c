"""Which cache an environment has: nodes of its own, or a serverless one."""

from collections.abc import Callable

import pulumi

from infra.components.cache_users import CacheUsersArgs
from infra.components.online_cache import OnlineCache, OnlineCacheArgs
from infra.components.serverless_cache import ServerlessCacheArgs, ServerlessOnlineCache
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.networks import Placement


def online_cache(
    config: EnvironmentConfig,
    name: Callable[[str], str],
    network: Placement,
    key_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> OnlineCache | ServerlessOnlineCache:
    """Declare the cache.

    Args:
        config: The environment.
        name: Name of a resource, by its role.
        network: Where the cache is.
        key_arn: Key of what it stores.
        opts: With the region's provider.
    """
    # Names of users and groups have room for five letters behind the longest environment and region.
    users = CacheUsersArgs(
        group_name=name("cache"), reader=name("read"), writer=name("write"), environment=config.environment
    )
    if config.cache_kind == "serverless":
        return ServerlessOnlineCache(
            "cache",
            ServerlessCacheArgs(
                cache_name=name("cache"),
                region=config.region,
                maximum_ecpu=config.cache_maximum_ecpu,
                users=users,
                snapshot_days=config.cache_snapshot_days,
                subnet_ids=network.subnet_ids,
                security_group_ids=network.cache_group_ids,
                key_arn=key_arn,
                protect=config.protect,
            ),
            opts,
        )
    return OnlineCache(
        "cache",
        OnlineCacheArgs(
            group_name=name("cache"),
            region=config.region,
            node_type=config.cache_node_type,
            shards=config.cache_shards,
            replicas=config.cache_replicas,
            read_replicas=config.cache_read_replicas,
            durability=config.cache_durability,
            # Who logs in does so over an encrypted connection, or not at all.
            users=users if config.cache_tls else None,
            tls=config.cache_tls,
            snapshot_days=config.cache_snapshot_days,
            subnet_ids=network.subnet_ids,
            security_group_ids=network.cache_group_ids,
            key_arn=key_arn,
            log_retention_days=config.log_retention_days,
            protect=config.protect,
        ),
        opts,
    )
