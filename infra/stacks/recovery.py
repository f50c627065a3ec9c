"""The second region of an environment: how it differs from the first, and what it is given of it.

What a mode switches on stands in `second_config` and nowhere else.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from headwater import names
from infra.components.disaster_recovery import (
    CopiedCache,
    CopiedTable,
    DisasterRecovery,
    DisasterRecoveryArgs,
)
from infra.components.offline_replication import (
    OfflineReplication,
    OfflineReplicationArgs,
    ReplicatedBucket,
)
from infra.components.online_cache import OnlineCache
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.recovery_rules import second_cidr
from infra.stacks.site import Site
from infra.stacks.stores import Given, OnlineTable, Stores

_STANDBY_SHARE = 4
"""A warm standby keeps one in so many of the first region's lookup environments warm, and at least one."""

_NO_CACHE: Mapping[str, Any] = {
    "cache_kind": "none",
    "cache_shards": 0,
    "cache_replicas": 0,
    "cache_read_replicas": False,
    "cache_durability": "none",
}


def second_config(config: EnvironmentConfig) -> EnvironmentConfig:
    """The environment as it is in its second region.

    Args:
        config: As it is in the first.
    """
    changed: dict[str, Any] = {
        "region": config.recovery_region,
        # It has no second region, and no copies of its own.
        "recovery_region": "",
        "recovery_table": "eventual",
        "recovery_witness_region": "",
        # As long as it follows, nobody but the relocation of tables may write tables there.
        "job_schedules": False,
        # Tables have to be there before somebody is let in to them, and are not before they are relocated.
        "lake_admins": "",
        "lake_sources": "",
        # What SageMaker has is filled by jobs of the first region.
        "sagemaker_views": "",
    }
    if config.network == "vpc":
        changed["network_cidr"] = second_cidr(config.network_cidr)
    if config.recovery_mode == "pilot-light":
        changed |= {
            **_NO_CACHE,
            "event_shards": 0,
            "event_shard_metrics": False,
            "lookup_warm_minimum": 0,
            "lookup_warm_maximum": 0,
            "lookup_reserved": 0,
        }
    if config.recovery_mode == "warm-standby":
        changed |= {
            "lookup_warm_minimum": -(-config.lookup_warm_minimum // _STANDBY_SHARE),
            "cache_replicas": min(config.cache_replicas, 1),
        }
    return structs.replace(config, **changed)


def recovered(home: Site, kept: Stores, there: Site) -> Given:
    """Declare what the second region is given of the first's online stores.

    Args:
        home: The first region.
        kept: Its stores.
        there: The second region.
    """
    config = home.config
    joined = isinstance(kept.cache, OnlineCache) and there.config.cache_kind != "none"
    made = DisasterRecovery(
        "recovery",
        DisasterRecoveryArgs(
            region=there.config.region,
            provider=there.provider,
            key_arn=there.key_arn,
            table=CopiedTable(
                table_name=kept.online.name,
                table_arn=kept.online.arn,
                account_id=home.account_id,
                strong=config.recovery_table == "strong",
            ),
            cache=(
                CopiedCache(
                    datastore_name=names.datastore(config.environment),
                    group_id=kept.cache.group_id,
                    node_type=config.cache_node_type,
                    shards=config.cache_shards,
                )
                if joined and isinstance(kept.cache, OnlineCache)
                else None
            ),
            protect=config.protect,
        ),
        home.opts,
    )
    return Given(table=OnlineTable(name=made.table_name, arn=made.table_arn), datastore_id=made.datastore_id)


def replicated(home: Site, kept: Stores, there: Site, copied: Stores) -> None:
    """Declare copies of files both ways.

    Args:
        home: The first region.
        kept: Its stores.
        there: The second region.
        copied: Its stores.
    """
    OfflineReplication(
        "replication",
        OfflineReplicationArgs(
            first=_bucket(home, kept),
            second=_bucket(there, copied),
            prefixes=[
                # What recovery looks for when a region is lost: events that it had acknowledged.
                ("landing", names.landing_prefix()),
                ("served-landing", names.served_prefix()),
                # Tables, and what makes copies of them readable.
                ("warehouse", names.warehouse_prefix()),
                ("replica", names.replicas_prefix()),
                # What people brought. Training sets are made from it and from the tables again.
                ("labels", names.labels_prefix()),
            ],
            waits_for=[kept.offline, copied.offline],
        ),
        home.opts,
    )


def _bucket(site: Site, stores: Stores) -> ReplicatedBucket:
    return ReplicatedBucket(
        bucket_name=stores.offline.bucket_name,
        bucket_arn=stores.offline.bucket_arn,
        key_arn=site.key_arn,
        role_name=site.name("replication"),
        provider=site.provider,
    )
