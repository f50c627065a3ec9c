"""The third copy: table and bucket once a day into a vault at home, and from there into one in a third region.

What two regions copy to each other at once, they also spoil and delete at once. This copy is behind on purpose, and cannot be deleted by
whoever may delete the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components.backup_role import BackedUp, backup_role
from infra.components.backup_vault import BackupVault, BackupVaultArgs, VaultLock

_DAILY = "cron(30 3 * * ? *)"
"""UTC; after upkeep of the tables, which ends with fewer and larger files."""

_START_MINUTES, _END_MINUTES = 60, 12 * 60
_DAY_SECONDS = 24 * 3600
_FAILURES = {
    "failed": ("NumberOfBackupJobsFailed", "Backups fail"),
    "expired": ("NumberOfBackupJobsExpired", "Backups did not start in time"),
    "copy-failed": ("NumberOfCopyJobsFailed", "Copies of backups to the third region fail"),
}


@dataclass(frozen=True, kw_only=True)
class BackupRetention:
    """How long backups are kept, and how firmly.

    Attributes:
        days: At home.
        copy_days: In the third region.
        final_after_days: See `VaultLock`.
    """

    days: int = 14
    copy_days: int = 35
    final_after_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    """Arguments of `Backups`.

    Attributes:
        name: Name of vaults, plan and role.
        region: Where table and bucket are.
        account_id: Account that owns everything.
        table_arn: Online table.
        bucket_arn: Bucket of the offline store, which has versions; None: it is somebody else's to back up.
        key_arn: Key of both, and of the vault at home.
        copy_key_arn: Key of the vault in the third region, which is there and only there.
        copy_provider: Provider of the third region.
        retention: How long.
        topic_arn: Topic of the alarms.
        protect: Refuse to delete the vaults.
    """

    name: str
    region: str
    account_id: pulumi.Input[str]
    table_arn: pulumi.Input[str]
    bucket_arn: pulumi.Input[str] | None
    key_arn: pulumi.Input[str]
    copy_key_arn: pulumi.Input[str]
    copy_provider: aws.Provider
    retention: BackupRetention
    topic_arn: pulumi.Input[str]
    protect: bool


class Backups(pulumi.ComponentResource):
    """Two vaults with locks, a daily plan, what it backs up, its role, alarms.

    Attributes:
        vault_name: Vault at home.
        copy_vault_name: Vault in the third region.
    """

    vault_name: pulumi.Output[str]
    copy_vault_name: pulumi.Output[str]

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create vaults, plan and alarms."""
        super().__init__("headwater:platform:Backups", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        keep = args.retention
        here = self._vault(f"{name}-here", args.key_arn, keep.days, child)
        away = self._vault(
            f"{name}-away",
            args.copy_key_arn,
            keep.copy_days,
            pulumi.ResourceOptions(parent=self, provider=args.copy_provider),
        )
        plan = aws.backup.Plan(
            f"{name}-plan",
            name=args.name,
            rules=[
                {
                    "rule_name": "daily",
                    "target_vault_name": here.vault_name,
                    "schedule": _DAILY,
                    "start_window": _START_MINUTES,
                    "completion_window": _END_MINUTES,
                    "lifecycle": {"delete_after": keep.days},
                    "copy_actions": [
                        {
                            "destination_vault_arn": away.vault_arn,
                            "lifecycle": {"delete_after": keep.copy_days},
                        }
                    ],
                }
            ],
            opts=child,
        )
        role, policy = backup_role(
            name,
            args.name,
            BackedUp(
                table_arn=args.table_arn,
                bucket_arn=args.bucket_arn,
                vault_arns=[here.vault_arn, away.vault_arn],
                key_arns=[args.key_arn, args.copy_key_arn],
                region=args.region,
                account_id=args.account_id,
            ),
            self,
        )
        aws.backup.Selection(
            f"{name}-selection",
            name=args.name,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=[args.table_arn, *([] if args.bucket_arn is None else [args.bucket_arn])],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self._alarms(here.vault_name)
        self.vault_name, self.copy_vault_name = here.vault_name, away.vault_name
        self.register_outputs({"vault_name": self.vault_name, "copy_vault_name": self.copy_vault_name})

    def _vault(
        self, name: str, key_arn: pulumi.Input[str], days: int, opts: pulumi.ResourceOptions
    ) -> BackupVault:
        args = self._args
        return BackupVault(
            name,
            BackupVaultArgs(
                vault_name=args.name,
                key_arn=key_arn,
                # What the plan keeps for longer or shorter would not be taken in.
                lock=VaultLock(
                    least_days=days, most_days=days, final_after_days=args.retention.final_after_days
                ),
                protect=args.protect,
            ),
            opts,
        )

    def _alarms(self, vault: pulumi.Output[str]) -> None:
        dimensions = {"BackupVaultName": vault}
        for role, (metric, what) in _FAILURES.items():
            self._alarm(
                role,
                what,
                metric,
                dimensions,
                period=3600,
                evaluation_periods=1,
                comparison_operator="GreaterThanThreshold",
                threshold=0,
                treat_missing_data="notBreaching",
            )
        self._alarm(
            "missing",
            "No backup was completed for two days",
            "NumberOfBackupJobsCompleted",
            dimensions,
            period=_DAY_SECONDS,
            evaluation_periods=2,
            comparison_operator="LessThanThreshold",
            threshold=1,
            # No backup makes no metric: that is what is watched for.
            treat_missing_data="breaching",
        )

    def _alarm(
        self,
        role: str,
        what: str,
        metric: str,
        dimensions: Mapping[str, pulumi.Input[str]],
        **condition: Any,
    ) -> None:
        args = self._args
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{role}",
            name=f"{args.name}-{role}",
            alarm_description=what,
            namespace="AWS/Backup",
            metric_name=metric,
            dimensions=dimensions,
            statistic="Sum",
            alarm_actions=[args.topic_arn],
            ok_actions=[args.topic_arn],
            opts=pulumi.ResourceOptions(parent=self),
            **condition,
        )
