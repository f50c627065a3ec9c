"""The online store in ElastiCache for Valkey."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

_PORT = 6379


@dataclass(frozen=True, kw_only=True)
class OnlineCacheArgs:
    """Arguments of `OnlineCache`.

    Attributes:
        group_name: Name of the replication group; at most 40 characters.
        node_type: Such as ``cache.r7g.large``.
        replicas: Read replicas; with at least one, a failed primary is replaced in another zone.
        tls: Encrypt connections.
        subnet_ids: Where the nodes are; empty: the account's default network.
        security_group_ids: Who may connect.
        key_arn: Key that data at rest is encrypted with.
    """

    group_name: str
    node_type: str
    replicas: int
    tls: bool
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]


class OnlineCache(pulumi.ComponentResource):
    """One Valkey replication group, encrypted at rest and, with ``tls``, on the way."""

    redis_url: pulumi.Output[str]

    def __init__(self, name: str, args: OnlineCacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the replication group."""
        super().__init__("headwater:platform:OnlineCache", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        subnets = None
        if args.subnet_ids:
            subnets = aws.elasticache.SubnetGroup(
                f"{name}-subnets", name=args.group_name, subnet_ids=list(args.subnet_ids), opts=child
            )
        # A full cache must refuse writes, which the stream then repeats. The engine's own default drops
        # values that have an expiry, as tiles have, and a lookup would count too little without a word.
        parameters = aws.elasticache.ParameterGroup(
            f"{name}-parameters",
            name=args.group_name,
            family="valkey8",
            description="Headwater online store",
            parameters=[{"name": "maxmemory-policy", "value": "noeviction"}],
            opts=child,
        )
        group = aws.elasticache.ReplicationGroup(
            f"{name}-group",
            replication_group_id=args.group_name,
            description="Headwater online store",
            engine="valkey",
            engine_version="8.0",
            node_type=args.node_type,
            num_cache_clusters=1 + args.replicas,
            automatic_failover_enabled=args.replicas > 0,
            multi_az_enabled=args.replicas > 0,
            port=_PORT,
            parameter_group_name=parameters.name,
            subnet_group_name=subnets.name if subnets else None,
            security_group_ids=list(args.security_group_ids),
            at_rest_encryption_enabled=True,
            kms_key_id=args.key_arn,
            transit_encryption_enabled=args.tls,
            opts=child,
        )
        scheme = "rediss" if args.tls else "redis"
        self.redis_url = pulumi.Output.format(
            "{0}://{1}:{2}", scheme, group.primary_endpoint_address, group.port.apply(_whole)
        )
        self.register_outputs({"redis_url": self.redis_url})


def _whole(port: float | None) -> int:
    # An in-process run hands numbers over as floats.
    return int(port or _PORT)
