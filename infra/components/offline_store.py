"""The offline store: the bucket of the Iceberg tables, their database, and the ways into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components import offline_lifecycle
from infra.components.iam import allow, service_role

_LANDING_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class OfflineStoreArgs:
    """Arguments of `OfflineStore`.

    Attributes:
        bucket_name: Name of the bucket; unique in the world.
        existing_bucket: The bucket is there already. Then it stays as it is: encryption, versions, policy and
            lifecycle are one each to a bucket, and its owner's to say.
        database_name: Name of the Glue database.
        archive_name: Name of the delivery stream that archives events.
        landing_prefix: Where the archive puts them, until ingestion moves them to the event log.
        served_name: Name of the delivery stream that logs what was served.
        served_prefix: Where it puts that, until ingestion moves it to its table.
        archive_buffer_seconds: How long the archive gathers records, 0 to 900.
        expiring: Further folders whose objects go, and after how many days, by name of the rule.
        key_arn: Key that objects are encrypted with.
        protect: Refuse to delete the bucket and the database, which knows where the tables' files are.
    """

    bucket_name: pulumi.Input[str]
    existing_bucket: bool
    database_name: str
    archive_name: str
    landing_prefix: str
    served_name: str
    served_prefix: str
    archive_buffer_seconds: int
    expiring: Mapping[str, tuple[str, int]]
    key_arn: pulumi.Input[str]
    protect: bool


class OfflineStore(pulumi.ComponentResource):
    """Versioned, encrypted, private bucket; Glue database; Firehose delivery streams into the bucket."""

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    database_name: pulumi.Output[str]
    archive_name: pulumi.Output[str]
    archive_arn: pulumi.Output[str]
    served_name: pulumi.Output[str]
    served_arn: pulumi.Output[str]

    def __init__(self, name: str, args: OfflineStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the store."""
        super().__init__("headwater:platform:OfflineStore", name, None, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect)
        if args.existing_bucket:
            self.bucket_name = pulumi.Output.from_input(args.bucket_name)
            self.bucket_arn = pulumi.Output.concat("arn:aws:s3:::", args.bucket_name)
        else:
            bucket = aws.s3.Bucket(
                f"{name}-bucket",
                bucket=args.bucket_name,
                # Where nothing is protected, the stack takes what is in the bucket along, all versions of it.
                force_destroy=not args.protect,
                opts=kept,
            )
            # A bucket that stays has to stay private, encrypted and versioned.
            self._secure(name, bucket, args, kept)
            self.bucket_name, self.bucket_arn = bucket.bucket, bucket.arn
        database = aws.glue.CatalogDatabase(
            f"{name}-database",
            name=args.database_name,
            description="Headwater: event logs and training sets",
            opts=kept,
        )
        archive = self._delivery(f"{name}-archive", args, args.archive_name, args.landing_prefix)
        served = self._delivery(f"{name}-served", args, args.served_name, args.served_prefix)
        self.database_name = database.name
        self.archive_name = archive.name
        self.archive_arn = archive.arn
        self.served_name = served.name
        self.served_arn = served.arn
        self.register_outputs({"bucket_name": self.bucket_name, "database_name": self.database_name})

    def _secure(
        self, name: str, bucket: aws.s3.Bucket, args: OfflineStoreArgs, kept: pulumi.ResourceOptions
    ) -> None:
        aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=kept,
        )
        aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=kept,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args.key_arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=kept,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            rules=offline_lifecycle.rules(
                {
                    # Ingestion removes what it has moved; this is for what nobody came for.
                    "landing": (args.landing_prefix, _LANDING_DAYS),
                    "served-landing": (args.served_prefix, _LANDING_DAYS),
                    **args.expiring,
                }
            ),
            opts=kept,
        )
        aws.s3.BucketPolicy(
            f"{name}-tls-only",
            bucket=bucket.id,
            policy=pulumi.Output.json_dumps(_tls_only(bucket.arn)),
            opts=kept,
        )

    def _delivery(
        self, name: str, args: OfflineStoreArgs, stream: str, prefix: str
    ) -> aws.kinesis.FirehoseDeliveryStream:
        errors = f"{prefix.rstrip('/')}-errors/"
        folders = [pulumi.Output.concat(self.bucket_arn, "/", folder, "*") for folder in (prefix, errors)]
        role = service_role(name, stream, "firehose.amazonaws.com", self)
        policy = allow(
            name,
            role,
            [
                (["s3:PutObject", "s3:AbortMultipartUpload"], folders),
                (
                    ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
                    [self.bucket_arn],
                ),
                (["kms:GenerateDataKey", "kms:Decrypt"], [args.key_arn]),
            ],
            self,
        )
        return aws.kinesis.FirehoseDeliveryStream(
            name,
            name=stream,
            destination="extended_s3",
            server_side_encryption={
                "enabled": True,
                "key_type": "CUSTOMER_MANAGED_CMK",
                "key_arn": args.key_arn,
            },
            extended_s3_configuration={
                "role_arn": role.arn,
                "bucket_arn": self.bucket_arn,
                "prefix": prefix,
                "error_output_prefix": errors,
                "buffering_interval": args.archive_buffer_seconds,
                "buffering_size": 64,
                "compression_format": "UNCOMPRESSED",
                "kms_key_arn": args.key_arn,
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )


def _tls_only(bucket_arn: pulumi.Output[str]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, bucket_arn.apply(lambda arn: f"{arn}/*")],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
