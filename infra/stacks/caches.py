"""Which cache a region has: nodes of its own, a serverless one, or none."""

import pulumi

from infra.components.cache_users import CacheUsersArgs
from infra.components.online_cache import OnlineCache, OnlineCacheArgs
from infra.components.serverless_cache import ServerlessCacheArgs, ServerlessOnlineCache
from infra.stacks.networks import Placement
from infra.stacks.site import Site

Cache = OnlineCache | ServerlessOnlineCache


def online_cache(site: Site, network: Placement, datastore_id: pulumi.Output[str] | None) -> Cache | None:
    """Declare the cache.

    Args:
        site: The region.
        network: Where the cache is.
        datastore_id: Global Datastore that it follows; None: it follows none.
    """
    config, name = site.config, site.name
    if config.cache_kind == "none":
        return None
    # Names of users and groups have room for five letters behind the longest environment and region.
    users = CacheUsersArgs(
        group_name=name("cache"), reader=name("read"), writer=name("write"), environment=config.environment
    )
    if config.cache_kind == "serverless":
        return ServerlessOnlineCache(
            site.component("cache"),
            ServerlessCacheArgs(
                cache_name=name("cache"),
                region=config.region,
                maximum_ecpu=config.cache_maximum_ecpu,
                users=users,
                snapshot_days=config.cache_snapshot_days,
                subnet_ids=network.subnet_ids,
                security_group_ids=network.cache_group_ids,
                key_arn=site.key_arn,
                protect=config.protect,
            ),
            site.opts,
        )
    return OnlineCache(
        site.component("cache"),
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
            key_arn=site.key_arn,
            log_retention_days=config.log_retention_days,
            protect=config.protect,
            leads=bool(config.recovery_region) and config.recovery_mode != "pilot-light",
            follows=datastore_id,
        ),
        site.opts,
    )
