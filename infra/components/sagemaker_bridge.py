"""Views as SageMaker feature groups, for teams that train there.

The provider replaces a feature group when a feature is added to it, and its data goes with it. So a group is never
changed: its name holds a hash of what it declares, a changed view gets a group beside the old one, and the old one
stays with its data until somebody deletes it in SageMaker.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from headwater import names
from headwater.feature_groups import EVENT_TIME, RECORD, definitions_of, group_of
from headwater.registry import ViewSpec
from infra.components.iam import allow, service_role

_DATABASE = "sagemaker_featurestore"


@dataclass(frozen=True, kw_only=True)
class SageMakerBridgeArgs:
    """Arguments of `SageMakerBridge`.

    Attributes:
        environment: Name of the environment.
        region: Region of the feature groups.
        account_id: Account that owns them.
        role_name: Name of the role that SageMaker writes with.
        views: Views to mirror.
        bucket_name: Bucket of the offline store.
        bucket_arn: Its ARN.
        key_arn: Key of its objects.
    """

    environment: str
    region: str
    account_id: pulumi.Input[str]
    role_name: str
    views: Sequence[ViewSpec]
    bucket_name: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class SageMakerBridge(pulumi.ComponentResource):
    """Execution role, and an offline feature group (Iceberg) for each view; all under one folder of the bucket."""

    group_names: dict[str, pulumi.Output[str]]
    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: SageMakerBridgeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create role and groups."""
        super().__init__("headwater:platform:SageMakerBridge", name, None, opts)
        self._name, self._args = name, args
        role = service_role(name, args.role_name, "sagemaker.amazonaws.com", self)
        files = pulumi.Output.concat(args.bucket_arn, "/", names.sagemaker_prefix(), "*")
        catalog = pulumi.Output.concat("arn:aws:glue:", args.region, ":", args.account_id, ":")
        policy = allow(
            name,
            role,
            [
                # SageMaker hands each file it writes to the bucket's owner.
                (
                    [f"s3:{action}" for action in ("PutObject", "PutObjectAcl", "GetObject", "DeleteObject")]
                    + ["s3:AbortMultipartUpload"],
                    [files],
                ),
                # A write to an Iceberg table is done when the catalog points to it. SageMaker names the tables, in a
                # database of its own.
                (
                    ["glue:GetTable", "glue:UpdateTable"],
                    [
                        pulumi.Output.concat(catalog, part)
                        for part in ("catalog", f"database/{_DATABASE}", f"table/{_DATABASE}/*")
                    ],
                ),
                (["s3:ListBucket", "s3:GetBucketLocation", "s3:GetBucketAcl"], [args.bucket_arn]),
                (["kms:Decrypt", "kms:GenerateDataKey"], [args.key_arn]),
            ],
            self,
        )
        self.group_names = {view.name: self._group(view, role, policy) for view in args.views}
        self.role_arn = role.arn
        self.register_outputs({"group_names": self.group_names, "role_arn": self.role_arn})

    def _group(self, view: ViewSpec, role: aws.iam.Role, policy: aws.iam.RolePolicy) -> pulumi.Output[str]:
        group = group_of(self._args.environment, view)
        return aws.sagemaker.FeatureGroup(
            f"{self._name}-{group}",
            feature_group_name=group,
            description=view.description or f"View {view.name}, version {view.version}",
            record_identifier_feature_name=RECORD,
            event_time_feature_name=EVENT_TIME,
            feature_definitions=[
                {"feature_name": feature, "feature_type": kind} for feature, kind in definitions_of(view)
            ],
            role_arn=role.arn,
            tags={"view": view.name},
            offline_store_config={
                "s3_storage_config": {
                    "s3_uri": pulumi.Output.concat(
                        "s3://", self._args.bucket_name, "/", names.sagemaker_prefix(), "groups/"
                    ),
                    "kms_key_id": self._args.key_arn,
                },
                "table_format": "Iceberg",
            },
            # Not only where the environment is protected: a group that is taken away takes its data along.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy], retain_on_delete=True),
        ).feature_group_name
