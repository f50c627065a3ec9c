"""The online store in ElastiCache Serverless for Valkey: nothing to size, and paid for by use."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.cache_address import CACHE_PORT, address
from infra.components.cache_users import CacheUsers, CacheUsersArgs
from infra.components.iam import Grant


@dataclass(frozen=True, kw_only=True)
class ServerlessCacheArgs:
    """Arguments of `ServerlessOnlineCache`.

    Attributes:
        cache_name: Name of the cache; at most 40 characters.
        region: Region of the cache.
        maximum_ecpu: Most processing units a second; what asks for more is held back.
        users: Who may log in. Connections are always encrypted.
        snapshot_days: How long the daily snapshot is kept; 0: there is none.
        subnet_ids: Where its endpoint is; empty: the account's default network.
        security_group_ids: Who may connect.
        key_arn: Key that data at rest is encrypted with.
        protect: Refuse to delete the cache.
    """

    cache_name: str
    region: str
    maximum_ecpu: int
    users: CacheUsersArgs
    snapshot_days: int
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    protect: bool


class ServerlessOnlineCache(pulumi.ComponentResource):
    """One serverless cache, which its clients see as a cluster."""

    redis_url: pulumi.Output[str]
    reader_url: pulumi.Output[str]
    write_grants: list[Grant]
    read_grants: list[Grant]

    def __init__(
        self, name: str, args: ServerlessCacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the cache."""
        super().__init__("headwater:platform:ServerlessOnlineCache", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        users = CacheUsers(f"{name}-users", args.users, child)
        cache = aws.elasticache.ServerlessCache(
            f"{name}-serverless",
            name=args.cache_name,
            engine="valkey",
            major_engine_version="8",
            description="Headwater online store",
            # No limit to what it stores: at one, it drops values that have an expiry, as tiles have, and a lookup
            # would count too little without a word. That cannot be turned off here, as it is on nodes.
            cache_usage_limits={"ecpu_per_seconds": [{"maximum": args.maximum_ecpu}]},
            kms_key_id=args.key_arn,
            security_group_ids=list(args.security_group_ids),
            subnet_ids=list(args.subnet_ids) or None,
            user_group_id=users.group_id,
            snapshot_retention_limit=args.snapshot_days,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        options = {"mode": "cluster", "iam": args.cache_name, "region": args.region, "serverless": "yes"}
        host = cache.endpoints[0].address
        self.redis_url = address(host, CACHE_PORT, tls=True, user=args.users.writer, options=options)
        self.reader_url = address(host, CACHE_PORT, tls=True, user=args.users.reader, options=options)
        self.write_grants = users.write_grants(cache.arn)
        self.read_grants = users.read_grants(cache.arn)
        self.register_outputs({"redis_url": self.redis_url})
