"""The online store in DynamoDB."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class OnlineStoreArgs:
    """Arguments of `OnlineStore`.

    Attributes:
        table_name: Name of the table.
        key_arn: Key that items are encrypted with.
        protect: Refuse to delete the table.
    """

    table_name: str
    key_arn: pulumi.Input[str]
    protect: bool


class OnlineStore(pulumi.ComponentResource):
    """One on-demand table for every view: key ``k``, value ``v``, revision ``r``, expiry ``e``."""

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]

    def __init__(self, name: str, args: OnlineStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the table."""
        super().__init__("headwater:platform:OnlineStore", name, None, opts)
        table = aws.dynamodb.Table(
            f"{name}-table",
            name=args.table_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="k",
            attributes=[{"name": "k", "type": "S"}],
            ttl={"attribute_name": "e", "enabled": True},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": args.key_arn},
            deletion_protection_enabled=args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        self.table_name = table.name
        self.table_arn = table.arn
        self.register_outputs({"table_name": self.table_name, "table_arn": self.table_arn})
