"""What AWS Backup may do: read one table and one bucket, and put what it read into two vaults.

AWS has managed policies for this, which allow it on every table and bucket of an account. These are their actions for DynamoDB and S3, on
what is backed up. A restore takes a role of its own, which whoever restores gives: nothing here can write to a table or a bucket.
"""

from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from infra.components.iam import Grant, allow, service_role

_TABLE = ("DescribeTable", "CreateBackup", "StartAwsBackupJob", "ListTagsOfResource")
_TABLE_BACKUPS = ("DescribeBackup", "DeleteBackup")
_BUCKET = (
    *("ListBucket", "ListBucketVersions", "GetBucketVersioning", "GetBucketLocation", "GetBucketAcl"),
    *("GetBucketTagging", "GetInventoryConfiguration", "PutInventoryConfiguration"),
    *("GetBucketNotification", "PutBucketNotification"),
)
_OBJECTS = (
    *("GetObject", "GetObjectAcl", "GetObjectTagging"),
    *("GetObjectVersion", "GetObjectVersionAcl", "GetObjectVersionTagging"),
)
_RULE = ("DescribeRule", "PutRule", "DeleteRule", "EnableRule", "DisableRule")
_TARGETS = ("PutTargets", "RemoveTargets", "ListTargetsByRule")
_KEYS = ("Decrypt", "GenerateDataKey", "DescribeKey")


class BackedUp(NamedTuple):
    """What is backed up, and where it goes.

    Attributes:
        table_arn: Online table.
        bucket_arn: Bucket of the offline store; None: it is not backed up.
        vault_arns: Vaults.
        key_arns: Keys of all of these.
        region: Where table and bucket are.
        account_id: Account that owns everything.
    """

    table_arn: pulumi.Input[str]
    bucket_arn: pulumi.Input[str] | None
    vault_arns: list[pulumi.Input[str]]
    key_arns: list[pulumi.Input[str]]
    region: str
    account_id: pulumi.Input[str]


def backup_role(
    name: str, role_name: str, on: BackedUp, parent: pulumi.Resource
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Create the role of a selection.

    Args:
        name: First part of its name in the program.
        role_name: Name of the role.
        on: What it reaches.
        parent: Component that has it.
    """
    role = service_role(name, role_name, "backup.amazonaws.com", parent)
    grants: list[Grant] = [
        ([f"dynamodb:{action}" for action in _TABLE], [on.table_arn]),
        (
            [f"dynamodb:{action}" for action in _TABLE_BACKUPS],
            [pulumi.Output.concat(on.table_arn, "/backup/*")],
        ),
        (["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"], on.vault_arns),
        ([f"kms:{action}" for action in _KEYS], on.key_arns),
        # It takes no resource.
        (["tag:GetResources"], ["*"]),
        *([] if on.bucket_arn is None else _of_bucket(on.bucket_arn, on)),
    ]
    return role, allow(name, role, grants, parent, [_grants_of_keys(on.key_arns)])


def _of_bucket(bucket_arn: pulumi.Input[str], on: BackedUp) -> list[Grant]:
    # AWS Backup hears of changed objects by a rule of EventBridge that it makes itself.
    rule = pulumi.Output.concat(
        "arn:aws:events:", on.region, ":", on.account_id, ":rule/AwsBackupManagedRule*"
    )
    return [
        ([f"s3:{action}" for action in _BUCKET], [bucket_arn]),
        ([f"s3:{action}" for action in _OBJECTS], [pulumi.Output.concat(bucket_arn, "/*")]),
        ([f"events:{action}" for action in (*_RULE, *_TARGETS)], [rule]),
        # None of these takes a resource.
        (["s3:ListAllMyBuckets", "events:ListRules", "cloudwatch:GetMetricData"], ["*"]),
    ]


def _grants_of_keys(key_arns: list[pulumi.Input[str]]) -> dict[str, Any]:
    """A store works on with a grant of its own after the role has gone; for AWS services, and for nobody else."""
    return {
        "Effect": "Allow",
        "Action": ["kms:CreateGrant"],
        "Resource": list(key_arns),
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    }
