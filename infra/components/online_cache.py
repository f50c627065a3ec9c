"""The online store in ElastiCache for Valkey, on nodes of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from infra.components.cache_address import CACHE_PORT, address, port_of
from infra.components.cache_users import CacheUsers, CacheUsersArgs
from infra.components.iam import Grant

_LOGS = ("slow-log", "engine-log")


@dataclass(frozen=True, kw_only=True)
class OnlineCacheArgs:
    """Arguments of `OnlineCache`.

    Attributes:
        group_name: Name of the replication group; at most 40 characters.
        region: Region of the cache.
        node_type: Such as ``cache.r7g.large``.
        shards: Shards of a cluster, over which keys are spread; 0: no cluster, one primary has every key. A
            cluster can be given more shards while it serves; one primary cannot become a cluster.
        replicas: Replicas of each primary; with at least one, a failed primary is replaced in another zone.
        read_replicas: Lookups ask replicas, which lag their primary a little.
        durability: Keep a log of writes in several zones: ``sync`` loses none, ``async`` up to ten seconds of
            them; ``none``: what a lost primary had not passed on is lost, and filled in again from the event log.
        users: Who may log in; None: whoever reaches it. They take encrypted connections.
        tls: Encrypt connections.
        snapshot_days: How long the daily snapshot is kept; 0: there is none.
        subnet_ids: Where the nodes are; empty: the account's default network.
        security_group_ids: Who may connect.
        key_arn: Key that data at rest is encrypted with, and logs.
        log_retention_days: How long the logs of slow commands and of the engine are kept.
        protect: Refuse to delete the cache.
        leads: It is the first of a Global Datastore, which says its size and version from then on.
        follows: Id of the Global Datastore whose first cache it copies: it has that one's engine, size, parameters and
            encryption on the way, takes no writes, and has at least one replica; None: it copies none.
    """

    group_name: str
    region: str
    node_type: str
    shards: int
    replicas: int
    read_replicas: bool
    durability: Literal["none", "async", "sync"]
    users: CacheUsersArgs | None
    tls: bool
    snapshot_days: int
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    log_retention_days: int
    protect: bool
    leads: bool = False
    follows: pulumi.Input[str] | None = None


class OnlineCache(pulumi.ComponentResource):
    """One Valkey replication group, a cluster or one primary, encrypted at rest and, with ``tls``, on the way."""

    group_id: pulumi.Output[str]
    redis_url: pulumi.Output[str]
    reader_url: pulumi.Output[str]
    write_grants: list[Grant]
    read_grants: list[Grant]

    def __init__(self, name: str, args: OnlineCacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the replication group."""
        super().__init__("headwater:platform:OnlineCache", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        subnets = None
        if args.subnet_ids:
            subnets = aws.elasticache.SubnetGroup(
                f"{name}-subnets", name=args.group_name, subnet_ids=list(args.subnet_ids), opts=child
            )
        users = CacheUsers(f"{name}-users", args.users, child) if args.users else None
        group = aws.elasticache.ReplicationGroup(
            f"{name}-group",
            replication_group_id=args.group_name,
            description="Headwater online store",
            **self._kind(name, args),
            replicas_per_node_group=args.replicas if args.shards else None,
            num_cache_clusters=None if args.shards else 1 + args.replicas,
            # A cluster cannot be without.
            automatic_failover_enabled=args.replicas > 0 or args.shards > 0,
            multi_az_enabled=args.replicas > 0,
            durability=None if args.durability == "none" else args.durability,
            port=CACHE_PORT,
            subnet_group_name=subnets.name if subnets else None,
            security_group_ids=list(args.security_group_ids),
            user_group_ids=[users.group_id] if users else None,
            kms_key_id=args.key_arn,
            snapshot_retention_limit=args.snapshot_days,
            log_delivery_configurations=[self._log(name, args, log) for log in _LOGS],
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                retain_on_delete=args.protect,
                ignore_changes=_changed_elsewhere(args),
            ),
        )
        self.group_id = group.id
        self.redis_url = _url(args, group, args.users.writer if args.users else "")
        self.reader_url = _url(args, group, args.users.reader if args.users else "")
        self.write_grants = users.write_grants(group.arn) if users else []
        self.read_grants = users.read_grants(group.arn) if users else []
        self.register_outputs({"redis_url": self.redis_url})

    def _kind(self, name: str, args: OnlineCacheArgs) -> dict[str, Any]:
        """What a cache has of its own, or of the datastore that it joins."""
        if args.follows is not None:
            return {"global_replication_group_id": args.follows}
        # Only Valkey 9 is durable.
        major = "9" if args.durability != "none" else "8"
        parameters = aws.elasticache.ParameterGroup(
            f"{name}-parameters",
            name=args.group_name,
            family=f"valkey{major}",
            description="Headwater online store",
            parameters=_parameters(args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return {
            "engine": "valkey",
            "engine_version": f"{major}.0",
            "node_type": args.node_type,
            "num_node_groups": args.shards or None,
            "parameter_group_name": parameters.name,
            "at_rest_encryption_enabled": True,
            "transit_encryption_enabled": args.tls,
        }

    def _log(
        self, name: str, args: OnlineCacheArgs, log: str
    ) -> aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgsDict:
        group = aws.cloudwatch.LogGroup(
            f"{name}-{log}",
            name=f"/aws/vendedlogs/caches/{args.group_name}/{log}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return {
            "destination_type": "cloudwatch-logs",
            "destination": group.name,
            "log_format": "json",
            "log_type": log,
        }


def _changed_elsewhere(args: OnlineCacheArgs) -> list[str] | None:
    """What a Global Datastore changes in its caches: setting it back is refused by AWS, or makes the cache anew."""
    if args.follows is not None:
        return ["engine"]
    return ["engineVersion", "nodeType", "numNodeGroups", "parameterGroupName"] if args.leads else None


def _parameters(args: OnlineCacheArgs) -> list[aws.elasticache.ParameterGroupParameterArgsDict]:
    # A full cache must refuse writes, which the stream then repeats. The engine's own default drops
    # values that have an expiry, as tiles have, and a lookup would count too little without a word.
    parameters: list[aws.elasticache.ParameterGroupParameterArgsDict] = [
        {"name": "maxmemory-policy", "value": "noeviction"}
    ]
    if args.shards:
        parameters.append({"name": "cluster-enabled", "value": "yes"})
    return parameters


def _url(args: OnlineCacheArgs, group: aws.elasticache.ReplicationGroup, user: str) -> pulumi.Output[str]:
    options: dict[str, pulumi.Input[str]] = {}
    if args.shards:
        options["mode"] = "cluster-replicas" if args.read_replicas else "cluster"
    elif args.read_replicas:
        options["reader"] = pulumi.Output.format(
            "{0}:{1}", group.reader_endpoint_address, port_of(group.port)
        )
    if user:
        options |= {"iam": args.group_name, "region": args.region}
    host = group.configuration_endpoint_address if args.shards else group.primary_endpoint_address
    return address(host, group.port, tls=args.tls, user=user, options=options)
