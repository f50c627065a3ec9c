"""The customer-managed key that everything in a region is encrypted with."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

DELETION_DAYS = 30
"""How long a key that is to be deleted can still be kept: as long as AWS allows."""


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """Arguments of `Keys`.

    Attributes:
        alias: Name of the key, without ``alias/``.
        account_id: Account that owns the key.
        region: Region the key is used in.
        multi_region: Let keys of other regions be replicas of this one, which is then the primary. Decided when the key
            is made: another value later is another key, and what the first one encrypted stays with it.
        protect: Refuse to delete the key.
    """

    alias: str
    account_id: pulumi.Input[str]
    region: str
    multi_region: bool
    protect: bool


class Keys(pulumi.ComponentResource):
    """One rotated KMS key, used through IAM by this account and directly by the log and alarm services."""

    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the key and its alias."""
        super().__init__("headwater:platform:Keys", name, None, opts)
        account = pulumi.Output.from_input(args.account_id)
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Headwater {args.alias}",
            enable_key_rotation=True,
            multi_region=args.multi_region,
            deletion_window_in_days=DELETION_DAYS,
            policy=pulumi.Output.json_dumps(key_policy(account, args.region)),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        give_alias(name, args.alias, key.key_id, self)
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})


def give_alias(name: str, alias: str, key_id: pulumi.Output[str], parent: pulumi.Resource) -> None:
    """Give a key of ours its name.

    Args:
        name: First part of the resource's name.
        alias: Name of the key, without ``alias/``.
        key_id: The key.
        parent: The component that has it.
    """
    aws.kms.Alias(
        f"{name}-alias",
        name=f"alias/{alias}",
        target_key_id=key_id,
        opts=pulumi.ResourceOptions(parent=parent),
    )


# All that deployers need to look after the key. What they cannot do is let others in by a grant.
_ADMINISTER = (
    *(
        "DescribeKey",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListGrants",
        "ListKeyPolicies",
        "ListKeyRotations",
    ),
    *(
        "ListResourceTags",
        "PutKeyPolicy",
        "EnableKey",
        "DisableKey",
        "EnableKeyRotation",
        "DisableKeyRotation",
    ),
    *(
        "RotateKeyOnDemand",
        "TagResource",
        "UntagResource",
        "UpdateKeyDescription",
        "CreateAlias",
        "UpdateAlias",
    ),
    *(
        "DeleteAlias",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
        "ReplicateKey",
        "UpdatePrimaryRegion",
        "RevokeGrant",
    ),
)
_USE = (
    "Encrypt",
    "Decrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
)


_TELLING = ("budgets", "cloudwatch", "costalerts")


def key_policy(account: pulumi.Output[str], region: str) -> dict[str, object]:
    """Who may do what with a key of ours in a region: what IAM allows, and the services that write logs and alarms."""
    # In a key policy the resource "*" is this key and nothing else: AWS takes no other value.
    this_key = "*"
    # The account as principal lets nobody in by itself: an IAM policy has to allow the same.
    through_iam = {"AWS": pulumi.Output.concat("arn:aws:iam::", account, ":root")}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AdministerThroughIam",
                "Effect": "Allow",
                "Principal": through_iam,
                "Action": [f"kms:{action}" for action in _ADMINISTER],
                "Resource": this_key,
            },
            {
                "Sid": "UseThroughIam",
                "Effect": "Allow",
                "Principal": through_iam,
                "Action": [f"kms:{action}" for action in _USE],
                "Resource": this_key,
            },
            {
                # Stores keep a grant each, to go on working when nobody of ours is there.
                "Sid": "GrantsToServices",
                "Effect": "Allow",
                "Principal": through_iam,
                "Action": "kms:CreateGrant",
                "Resource": this_key,
                "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            },
            {
                "Sid": "LogGroups",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                "Action": [f"kms:{action}" for action in (*_USE, "DescribeKey")],
                "Resource": this_key,
                "Condition": {
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": pulumi.Output.concat(
                            "arn:aws:logs:", region, ":", account, ":*"
                        )
                    }
                },
            },
            {
                "Sid": "AlarmsToEncryptedTopic",
                "Effect": "Allow",
                # Alarms, budgets and anomalies of costs.
                "Principal": {"Service": [f"{service}.amazonaws.com" for service in _TELLING]},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": this_key,
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            },
        ],
    }
