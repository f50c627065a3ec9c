"""A cluster of two shards, with a replica each."""

from infra.components.cache_users import CacheUsersArgs
from infra.components.online_cache import OnlineCache, OnlineCacheArgs


def declare() -> None:
    """Declare it."""
    OnlineCache(
        "cache",
        OnlineCacheArgs(
            group_name="headwater-lab-cache",
            region="eu-west-1",
            node_type="cache.r7g.large",
            shards=2,
            replicas=1,
            read_replicas=False,
            durability="none",
            users=CacheUsersArgs(
                group_name="headwater-lab-cache",
                reader="headwater-lab-read",
                writer="headwater-lab-write",
                environment="lab",
            ),
            tls=True,
            snapshot_days=1,
            subnet_ids=["subnet-0a1b2c3d", "subnet-1a2b3c4d"],
            security_group_ids=["sg-0a1b2c3d"],
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            log_retention_days=30,
            protect=False,
        ),
    )
