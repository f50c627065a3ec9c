"""Backups that nobody can delete for two weeks, and copies of them elsewhere for a quarter of a year."""

import pulumi_aws as aws

from infra.components.backups import BackupRetention, Backups, BackupsArgs


def declare() -> None:
    """Declare it."""
    Backups(
        "backups",
        BackupsArgs(
            name="headwater-lab-backups",
            region="eu-west-1",
            account_id="123456789012",
            table_arn="arn:aws:dynamodb:eu-west-1:123456789012:table/headwater-lab-online",
            bucket_arn="arn:aws:s3:::headwater-lab-offline",
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            copy_key_arn="arn:aws:kms:eu-north-1:123456789012:key/copies",
            copy_provider=aws.Provider("third", region="eu-north-1"),
            retention=BackupRetention(days=14, copy_days=90, final_after_days=None),
            topic_arn="arn:aws:sns:eu-west-1:123456789012:alarms",
            protect=True,
        ),
    )
