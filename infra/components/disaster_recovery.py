"""What a second region is given of the first before it is built: its online table, and a cache to follow.

How the first region's table and cache are to be for this is `online_store` and `online_cache`; files are copied by
`offline_replication`.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class CopiedTable:
    """The online table of the first region.

    Attributes:
        table_name: Its name, in both regions.
        table_arn: Its ARN in the first.
        account_id: Account that owns it.
        strong: It has its copy since it was made, and declares it itself; see `StrongCopies`.
    """

    table_name: pulumi.Input[str]
    table_arn: pulumi.Input[str]
    account_id: pulumi.Input[str]
    strong: bool


@dataclass(frozen=True, kw_only=True)
class CopiedCache:
    """The cache of the first region, which has nodes.

    Attributes:
        datastore_name: Last part of the Global Datastore's id; AWS puts a few letters of the region before it.
        group_id: Id of the cache.
        node_type: Of the nodes in both regions.
        shards: Of the cache in both regions; 0: no cluster.
    """

    datastore_name: str
    group_id: pulumi.Input[str]
    node_type: str
    shards: int


@dataclass(frozen=True, kw_only=True)
class DisasterRecoveryArgs:
    """Arguments of `DisasterRecovery`.

    Attributes:
        region: The second region.
        provider: Makes what is there.
        key_arn: Key of the second region.
        table: Online table of the first.
        cache: Cache of the first; None: the second has none that follows.
        protect: Refuse to delete the copy of the table.
    """

    region: str
    provider: aws.Provider
    key_arn: pulumi.Input[str]
    table: CopiedTable
    cache: CopiedCache | None
    protect: bool


class DisasterRecovery(pulumi.ComponentResource):
    """The copy of the online table in the second region, and a Global Datastore around the first region's cache."""

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]
    datastore_id: pulumi.Output[str] | None

    def __init__(
        self, name: str, args: DisasterRecoveryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the copy and the datastore."""
        super().__init__("headwater:platform:DisasterRecovery", name, None, opts)
        self.table_name = pulumi.Output.from_input(args.table.table_name)
        self.table_arn = self._table(name, args)
        self.datastore_id = self._datastore(name, args.cache) if args.cache else None
        self.register_outputs({"table_arn": self.table_arn, "datastore_id": self.datastore_id})

    def _table(self, name: str, args: DisasterRecoveryArgs) -> pulumi.Output[str]:
        table = args.table
        if table.strong:
            return pulumi.Output.concat(
                "arn:aws:dynamodb:", args.region, ":", table.account_id, ":table/", table.table_name
            )
        # A resource of its own rather than a block of the table's: it has its region's provider, is protected and
        # kept by itself, and the first region's table stays as it was declared.
        return aws.dynamodb.TableReplica(
            f"{name}-table",
            global_table_arn=table.table_arn,
            kms_key_arn=args.key_arn,
            point_in_time_recovery=True,
            deletion_protection_enabled=args.protect,
            opts=pulumi.ResourceOptions(
                parent=self, provider=args.provider, protect=args.protect, retain_on_delete=args.protect
            ),
        ).arn

    def _datastore(self, name: str, cache: CopiedCache) -> pulumi.Output[str]:
        return aws.elasticache.GlobalReplicationGroup(
            f"{name}-datastore",
            global_replication_group_id_suffix=cache.datastore_name,
            global_replication_group_description="Headwater online store",
            primary_replication_group_id=cache.group_id,
            # From now on only the datastore can change the size, in all regions at once.
            cache_node_type=cache.node_type,
            num_node_groups=cache.shards or None,
            opts=pulumi.ResourceOptions(parent=self),
        ).global_replication_group_id
