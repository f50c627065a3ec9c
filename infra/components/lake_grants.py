"""Lake Formation: who administers it, which files are its to give out, and who reads which table.

Access is hybrid: the platform's jobs go on through IAM, and the roles named here go through Lake Formation. A table
has to be there before it can be granted, hence the list of sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from headwater import names
from infra.components.iam import allow, service_role


@dataclass(frozen=True, kw_only=True)
class LakeGrantsArgs:
    """Arguments of `LakeGrants`.

    Attributes:
        role_name: Name of the role that Lake Formation reads files with.
        admins: ARNs of its administrators in this account and region; others lose the office.
        bucket_arn: Bucket of the offline store.
        key_arn: Key of its objects.
        database_name: Its Glue database.
        sources: Sources whose tables are granted.
        readers: Role's name, its ARN, and the tables it may read.
    """

    role_name: str
    admins: Sequence[str]
    bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    database_name: pulumi.Input[str]
    sources: Sequence[str]
    readers: Sequence[tuple[str, pulumi.Input[str], Sequence[str]]]


class LakeGrants(pulumi.ComponentResource):
    """Settings of the data lake, the warehouse as its location, grants of tables, and who they hold for."""

    def __init__(self, name: str, args: LakeGrantsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create settings, location and grants."""
        super().__init__("headwater:platform:LakeGrants", name, None, opts)
        settings = aws.lakeformation.DataLakeSettings(
            f"{name}-settings", admins=list(args.admins), opts=pulumi.ResourceOptions(parent=self)
        )
        location = self._location(name, args, settings)
        granted = {names.event_log_table(source) for source in args.sources}
        for role, arn, tables in args.readers:
            for table in sorted(granted.intersection(tables)):
                self._grant(f"{name}-{role}-{table.replace('_', '-')}", args, arn, table, location)
        self.register_outputs({})

    def _location(
        self, name: str, args: LakeGrantsArgs, settings: aws.lakeformation.DataLakeSettings
    ) -> aws.lakeformation.Resource:
        warehouse = pulumi.Output.concat(args.bucket_arn, "/", names.warehouse_prefix())
        role = service_role(name, args.role_name, "lakeformation.amazonaws.com", self)
        policy = allow(
            name,
            role,
            [
                (["s3:GetObject"], [warehouse.apply(lambda prefix: f"{prefix}*")]),
                (["s3:ListBucket"], [args.bucket_arn]),
                (["kms:Decrypt"], [args.key_arn]),
            ],
            self,
        )
        return aws.lakeformation.Resource(
            f"{name}-warehouse",
            arn=warehouse.apply(lambda prefix: prefix.rstrip("/")),
            role_arn=role.arn,
            hybrid_access_enabled=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, settings]),
        )

    def _grant(
        self,
        name: str,
        args: LakeGrantsArgs,
        principal: pulumi.Input[str],
        table: str,
        location: aws.lakeformation.Resource,
    ) -> None:
        granted = aws.lakeformation.Permissions(
            f"{name}-read",
            principal=principal,
            permissions=["DESCRIBE", "SELECT"],
            table={"database_name": args.database_name, "name": table},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[location]),
        )
        aws.lakeformation.OptIn(
            f"{name}-opt-in",
            principals=[{"data_lake_principal_identifier": principal}],
            resource_datas=[{"table": {"database_name": args.database_name, "name": table}}],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[granted]),
        )
