"""The online store in DynamoDB."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import pulumi
import pulumi_aws as aws


class CapacityRange(NamedTuple):
    """Units a second that are paid for whether used or not: the fewest, and the most that scaling goes to."""

    minimum: int
    maximum: int


@dataclass(frozen=True, kw_only=True)
class ProvisionedCapacity:
    """Capacity of a table that is not paid for by the request.

    Attributes:
        reads: Units of reading.
        writes: Units of writing.
        utilisation_percent: Use of the capacity that scaling aims at, 20 to 90.
    """

    reads: CapacityRange
    writes: CapacityRange
    utilisation_percent: int


@dataclass(frozen=True, kw_only=True)
class WarmThroughput:
    """Units a second that the table serves from the first moment on. AWS lets it grow and never shrink."""

    reads: int
    writes: int


@dataclass(frozen=True, kw_only=True)
class StrongCopies:
    """Where a table is besides, with every write before it is acknowledged.

    Attributes:
        region: Region of the copy.
        key_arn: Key that the copy is encrypted with.
        witness_region: Region that keeps writes and serves none.
    """

    region: str
    key_arn: pulumi.Input[str]
    witness_region: str


@dataclass(frozen=True, kw_only=True)
class OnlineStoreArgs:
    """Arguments of `OnlineStore`.

    Attributes:
        table_name: Name of the table.
        capacity: What is provisioned; None: paid for by the request.
        warm: What it serves from the first moment on; None: what AWS gives a new table.
        changes: Keep a stream of the changes, with the items before and after.
        copies: The table has copies in other regions: ``eventual``, which others declare, and then it has a stream of
            its changes; or strong ones, which it has from the start, and then its items do not expire. None: it has none.
        key_arn: Key that items are encrypted with.
        protect: Refuse to delete the table.
    """

    table_name: str
    capacity: ProvisionedCapacity | None
    warm: WarmThroughput | None
    changes: bool
    copies: StrongCopies | Literal["eventual"] | None
    key_arn: pulumi.Input[str]
    protect: bool


class OnlineStore(pulumi.ComponentResource):
    """One table for every view, on demand or with capacity that follows use: key ``k``, value ``v``, revision ``r``, expiry ``e``."""

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]

    def __init__(self, name: str, args: OnlineStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the table."""
        super().__init__("headwater:platform:OnlineStore", name, None, opts)
        capacity, warm = args.capacity, args.warm
        strong = args.copies if isinstance(args.copies, StrongCopies) else None
        # By it DynamoDB copies to other regions what is written.
        changes = args.changes or args.copies == "eventual"
        table = aws.dynamodb.Table(
            f"{name}-table",
            name=args.table_name,
            billing_mode="PROVISIONED" if capacity else "PAY_PER_REQUEST",
            read_capacity=capacity.reads.minimum if capacity else None,
            write_capacity=capacity.writes.minimum if capacity else None,
            warm_throughput=(
                {"read_units_per_second": warm.reads, "write_units_per_second": warm.writes} if warm else None
            ),
            stream_enabled=changes,
            stream_view_type="NEW_AND_OLD_IMAGES" if changes else None,
            hash_key="k",
            attributes=[{"name": "k", "type": "S"}],
            # AWS lets no item of a strongly consistent table expire.
            ttl=None if strong else {"attribute_name": "e", "enabled": True},
            replicas=[_replica(strong, protect=args.protect)] if strong else None,
            global_table_witness={"region_name": strong.witness_region} if strong else None,
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": args.key_arn},
            deletion_protection_enabled=args.protect,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                retain_on_delete=args.protect,
                ignore_changes=_changed_elsewhere(args),
            ),
        )
        if capacity:
            self._follow_use(name, table, "Read", capacity.reads, capacity.utilisation_percent)
            self._follow_use(name, table, "Write", capacity.writes, capacity.utilisation_percent)
        self.table_name = table.name
        self.table_arn = table.arn
        self.register_outputs({"table_name": self.table_name, "table_arn": self.table_arn})

    def _follow_use(
        self, name: str, table: aws.dynamodb.Table, kind: str, units: CapacityRange, percent: int
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        role = f"{name}-{kind.lower()}"
        target = aws.appautoscaling.Target(
            f"{role}-range",
            service_namespace="dynamodb",
            resource_id=pulumi.Output.concat("table/", table.name),
            scalable_dimension=f"dynamodb:table:{kind}CapacityUnits",
            min_capacity=units.minimum,
            max_capacity=units.maximum,
            opts=child,
        )
        aws.appautoscaling.Policy(
            f"{role}-policy",
            name=pulumi.Output.concat(table.name, "-", kind.lower()),
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration={
                "target_value": percent,
                "predefined_metric_specification": {
                    "predefined_metric_type": f"DynamoDB{kind}CapacityUtilization"
                },
            },
            opts=child,
        )


def _changed_elsewhere(args: OnlineStoreArgs) -> list[str] | None:
    """What others change afterwards, and must not be set back on each update: scaling, and who declares copies."""
    scaled = ["readCapacity", "writeCapacity"] if args.capacity else []
    copied = ["replicas"] if args.copies == "eventual" else []
    return [*scaled, *copied] or None


def _replica(copy: StrongCopies, *, protect: bool) -> aws.dynamodb.TableReplicaArgsDict:
    return {
        "region_name": copy.region,
        "consistency_mode": "STRONG",
        "kms_key_arn": copy.key_arn,
        "point_in_time_recovery": True,
        "deletion_protection_enabled": protect,
        "propagate_tags": True,
    }
