"""A region's own copy of another region's key."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.keys import DELETION_DAYS, give_alias, key_policy


@dataclass(frozen=True, kw_only=True)
class ReplicaKeyArgs:
    """Arguments of `ReplicaKey`.

    Attributes:
        alias: Name of the key, without ``alias/``.
        account_id: Account that owns the key.
        region: Region the key is used in.
        primary_arn: The key it is a copy of, which can have such.
        protect: Refuse to delete the key.
    """

    alias: str
    account_id: pulumi.Input[str]
    region: str
    primary_arn: pulumi.Input[str]
    protect: bool


class ReplicaKey(pulumi.ComponentResource):
    """One KMS key with the material of its primary, rotated with it, and with a policy and an alias of its own."""

    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ReplicaKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the key and its alias."""
        super().__init__("headwater:platform:ReplicaKey", name, None, opts)
        account = pulumi.Output.from_input(args.account_id)
        key = aws.kms.ReplicaKey(
            f"{name}-key",
            description=f"Headwater {args.alias}",
            primary_key_arn=args.primary_arn,
            deletion_window_in_days=DELETION_DAYS,
            policy=pulumi.Output.json_dumps(key_policy(account, args.region)),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        give_alias(name, args.alias, key.key_id, self)
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})
