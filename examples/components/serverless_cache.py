"""A cache that is paid for by use."""

from infra.components.cache_users import CacheUsersArgs
from infra.components.serverless_cache import ServerlessCacheArgs, ServerlessOnlineCache


def declare() -> None:
    """Declare it."""
    ServerlessOnlineCache(
        "cache",
        ServerlessCacheArgs(
            cache_name="headwater-lab-cache",
            region="eu-west-1",
            maximum_ecpu=50_000,
            users=CacheUsersArgs(
                group_name="headwater-lab-cache",
                reader="headwater-lab-read",
                writer="headwater-lab-write",
                environment="lab",
            ),
            snapshot_days=1,
            subnet_ids=["subnet-0a1b2c3d", "subnet-1a2b3c4d"],
            security_group_ids=["sg-0a1b2c3d"],
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            protect=False,
        ),
    )
