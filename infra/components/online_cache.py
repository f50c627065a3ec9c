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
        shards: Shards of a cluster, over which keys are spread; 0: no cluster, one primary has every key. A
            cluster can be given more shards while it serves; one primary cannot become a cluster.
        replicas: Replicas of each primary; with at least one, a failed primary is replaced in another zone.
        read_replicas: Lookups ask replicas, which lag their primary a little.
        tls: Encrypt connections.
        subnet_ids: Where the nodes are; empty: the account's default network.
        security_group_ids: Who may connect.
        key_arn: Key that data at rest is encrypted with.
    """

    group_name: str
    node_type: str
    shards: int
    replicas: int
    read_replicas: bool
    tls: bool
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]


class OnlineCache(pulumi.ComponentResource):
    """One Valkey replication group, a cluster or one primary, encrypted at rest and, with ``tls``, on the way."""

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
        parameters = aws.elasticache.ParameterGroup(
            f"{name}-parameters",
            name=args.group_name,
            family="valkey8",
            description="Headwater online store",
            parameters=_parameters(args),
            opts=child,
        )
        group = aws.elasticache.ReplicationGroup(
            f"{name}-group",
            replication_group_id=args.group_name,
            description="Headwater online store",
            engine="valkey",
            engine_version="8.0",
            node_type=args.node_type,
            num_node_groups=args.shards or None,
            replicas_per_node_group=args.replicas if args.shards else None,
            num_cache_clusters=None if args.shards else 1 + args.replicas,
            # A cluster cannot be without.
            automatic_failover_enabled=args.replicas > 0 or args.shards > 0,
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
        self.redis_url = _url(args, group)
        self.register_outputs({"redis_url": self.redis_url})


def _parameters(args: OnlineCacheArgs) -> list[aws.elasticache.ParameterGroupParameterArgsDict]:
    # A full cache must refuse writes, which the stream then repeats. The engine's own default drops
    # values that have an expiry, as tiles have, and a lookup would count too little without a word.
    parameters: list[aws.elasticache.ParameterGroupParameterArgsDict] = [
        {"name": "maxmemory-policy", "value": "noeviction"}
    ]
    if args.shards:
        parameters.append({"name": "cluster-enabled", "value": "yes"})
    return parameters


def _url(args: OnlineCacheArgs, group: aws.elasticache.ReplicationGroup) -> pulumi.Output[str]:
    """As `headwater.online.redis_address` reads it."""
    scheme, port = "rediss" if args.tls else "redis", group.port.apply(_whole)
    if args.shards:
        mode = "cluster-replicas" if args.read_replicas else "cluster"
        endpoint = group.configuration_endpoint_address
        return pulumi.Output.format("{0}://{1}:{2}?mode={3}", scheme, endpoint, port, mode)
    url = pulumi.Output.format("{0}://{1}:{2}", scheme, group.primary_endpoint_address, port)
    if not args.read_replicas:
        return url
    return pulumi.Output.format("{0}?reader={1}:{2}", url, group.reader_endpoint_address, port)


def _whole(port: float | None) -> int:
    # An in-process run hands numbers over as floats.
    return int(port or _PORT)
