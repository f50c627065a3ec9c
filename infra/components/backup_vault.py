"""A place for backups in one region: a vault that keeps what it has for a while, whoever asks."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class VaultLock:
    """How long a vault keeps what it has, at the least and at the most.

    Attributes:
        least_days: Before that a backup cannot be deleted.
        most_days: Longer than that none is taken in.
        final_after_days: Days, 3 or more, after which nobody can change the lock any more, the account's root and AWS included (compliance mode);
            None: who has the right to may lift it (governance mode).
    """

    least_days: int
    most_days: int
    final_after_days: int | None


@dataclass(frozen=True, kw_only=True)
class BackupVaultArgs:
    """Arguments of `BackupVault`.

    Attributes:
        vault_name: Name of the vault.
        key_arn: Key of what is in it.
        lock: How long that is kept.
        protect: Refuse to delete the vault.
    """

    vault_name: str
    key_arn: pulumi.Input[str]
    lock: VaultLock
    protect: bool


class BackupVault(pulumi.ComponentResource):
    """Vault and its lock.

    Attributes:
        vault_name: Name of the vault.
        vault_arn: Its ARN.
    """

    vault_name: pulumi.Output[str]
    vault_arn: pulumi.Output[str]

    def __init__(self, name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the vault."""
        super().__init__("headwater:platform:BackupVault", name, None, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect)
        vault = aws.backup.Vault(
            f"{name}-vault",
            name=args.vault_name,
            kms_key_arn=args.key_arn,
            force_destroy=not args.protect,
            opts=kept,
        )
        aws.backup.VaultLockConfiguration(
            f"{name}-lock",
            backup_vault_name=vault.name,
            min_retention_days=args.lock.least_days,
            max_retention_days=args.lock.most_days,
            changeable_for_days=args.lock.final_after_days,
            opts=kept,
        )
        self.vault_name, self.vault_arn = vault.name, vault.arn
        self.register_outputs({"vault_name": self.vault_name, "vault_arn": self.vault_arn})
