"""Copies of the offline store's files from each of two regions to the other, by S3."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.iam import allow, service_role

_MINUTES = 15
"""Time control promises 99.9 % of all objects within it; S3 takes no other number."""


@dataclass(frozen=True, kw_only=True)
class ReplicatedBucket:
    """The bucket of one region.

    Attributes:
        bucket_name: Its name.
        bucket_arn: Its ARN.
        key_arn: Key that its objects are encrypted with.
        role_name: Name of the role that copies from here.
        provider: Makes what is in its region.
    """

    bucket_name: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    role_name: str
    provider: aws.Provider


@dataclass(frozen=True, kw_only=True)
class OfflineReplicationArgs:
    """Arguments of `OfflineReplication`.

    Attributes:
        first: One bucket; both have versions.
        second: The other.
        prefixes: What is copied, by name of the rule.
        waits_for: What gives the buckets versions: S3 takes rules for no bucket without.
    """

    first: ReplicatedBucket
    second: ReplicatedBucket
    prefixes: Sequence[tuple[str, str]]
    waits_for: Sequence[pulumi.Resource]


class OfflineReplication(pulumi.ComponentResource):
    """Rules and a role each way. What is there before the rules are, they do not copy."""

    role_arns: list[pulumi.Output[str]]

    def __init__(
        self, name: str, args: OfflineReplicationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create roles and rules."""
        super().__init__("headwater:platform:OfflineReplication", name, None, opts)
        self._prefixes, self._waits_for = args.prefixes, args.waits_for
        self.role_arns = [
            self._copy(f"{name}-there", args.first, args.second),
            self._copy(f"{name}-back", args.second, args.first),
        ]
        self.register_outputs({"role_arns": self.role_arns})

    def _copy(self, name: str, source: ReplicatedBucket, target: ReplicatedBucket) -> pulumi.Output[str]:
        role = service_role(name, source.role_name, "s3.amazonaws.com", self)
        policy = allow(
            name,
            role,
            [
                (["s3:GetReplicationConfiguration", "s3:ListBucket"], [source.bucket_arn]),
                (
                    [f"s3:GetObjectVersion{what}" for what in ("ForReplication", "Acl", "Tagging")],
                    self._folders(source),
                ),
                (["s3:ReplicateObject", "s3:ReplicateTags"], self._folders(target)),
                (["kms:Decrypt"], [source.key_arn]),
                (["kms:Encrypt", "kms:GenerateDataKey"], [target.key_arn]),
            ],
            self,
        )
        aws.s3.BucketReplicationConfig(
            f"{name}-rules",
            bucket=source.bucket_name,
            role=role.arn,
            rules=[
                self._rule(rule, prefix, priority, target)
                for priority, (rule, prefix) in enumerate(self._prefixes)
            ],
            opts=pulumi.ResourceOptions(
                parent=self, provider=source.provider, depends_on=[policy, *self._waits_for]
            ),
        )
        return role.arn

    def _rule(
        self, rule: str, prefix: str, priority: int, target: ReplicatedBucket
    ) -> aws.s3.BucketReplicationConfigRuleArgsDict:
        return {
            "id": rule,
            "priority": priority,
            "status": "Enabled",
            "filter": {"prefix": prefix},
            # What one region's upkeep or ingestion removes, the other removes by its own when it needs it no more. A
            # mistake is not copied, either.
            "delete_marker_replication": {"status": "Disabled"},
            # Without this, encrypted objects are passed over. Nobody changes tags or rights of objects that are there,
            # so changes of copies are not copied back.
            "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
            "destination": {
                "bucket": target.bucket_arn,
                "encryption_configuration": {"replica_kms_key_id": target.key_arn},
                "metrics": {"status": "Enabled", "event_threshold": {"minutes": _MINUTES}},
                "replication_time": {"status": "Enabled", "time": {"minutes": _MINUTES}},
            },
        }

    def _folders(self, bucket: ReplicatedBucket) -> list[pulumi.Output[str]]:
        return [pulumi.Output.concat(bucket.bucket_arn, "/", prefix, "*") for _, prefix in self._prefixes]
