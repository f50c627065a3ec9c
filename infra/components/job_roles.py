"""What each job's role may do: exact actions on the resources that the job works on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from infra.components.iam import Grant
from infra.components.job_specs import JobSpec

_TABLE_WRITES = ("BatchGetItem", "PartiQLInsert", "PartiQLUpdate", "PutItem")


@dataclass(frozen=True, kw_only=True)
class FollowedTables:
    """Tables of another region, which a region's own follow.

    Attributes:
        region: Where they are.
        bucket_arn: Bucket of their files.
        database_name: Glue database of theirs.
        key_arn: Key of their files.
    """

    region: str
    bucket_arn: pulumi.Input[str]
    database_name: pulumi.Input[str]
    key_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class JobResources:
    """What jobs work on.

    Attributes:
        region: Region of the jobs.
        account_id: Account that owns everything.
        bucket_arn: Bucket of the offline store.
        database_name: Glue database of the offline store.
        table_arn: Online table.
        cache_grants: What it takes to write the cache.
        key_arn: Key of all data.
        jobs_prefix: Folder of the bucket with the jobs' own files.
        warehouse_prefix: Folder of the Iceberg tables.
        landing_prefixes: Folders that ingestion empties.
        lake_tables: Tables of the lake: ``catalog.database.table``, or the path of a folder on S3.
        connection_name: Glue connection into the network; None: there is none.
        replicas_prefix: Folder of what makes copied tables readable.
        followed: Tables that those of the database follow; None: they follow none.
        pointer_key: Key in the online table of the item that says where producers write.
    """

    region: str
    account_id: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    database_name: pulumi.Input[str]
    table_arn: pulumi.Input[str]
    cache_grants: Sequence[Grant]
    key_arn: pulumi.Input[str]
    jobs_prefix: str
    warehouse_prefix: str
    landing_prefixes: Sequence[str]
    lake_tables: Sequence[str]
    connection_name: str | None
    replicas_prefix: str
    followed: FollowedTables | None
    pointer_key: str


def grants(spec: JobSpec, on: JobResources) -> list[Grant]:
    """What a job may do."""
    # What was copied stays as it is.
    tables = on.replicas_prefix if spec.follows else on.warehouse_prefix
    objects = [tables, f"{on.jobs_prefix}temp/", *spec.writes]
    found: list[Grant] = [
        (["s3:GetObject"], _folders(on, [on.jobs_prefix, on.warehouse_prefix, *objects, *spec.reads])),
        # Deleting, too: a commit that lost removes the files it had written, and upkeep those nobody needs.
        (["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], _folders(on, objects)),
        (["s3:ListBucket", "s3:GetBucketLocation"], [on.bucket_arn]),
        (
            [f"glue:{action}" for action in ("GetDatabase", "GetTable", "CreateTable", "UpdateTable")],
            [_glue(on, "catalog"), _glue(on, "database/", on.database_name), _tables(on)],
        ),
        (["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], [on.key_arn]),
        (
            [f"logs:{action}" for action in ("CreateLogGroup", "CreateLogStream", "PutLogEvents")]
            + ["logs:AssociateKmsKey"],
            [_arn(on, "logs", "log-group:/aws-glue/jobs*")],
        ),
        # AWS takes no narrower resource for publishing metrics or reading a security configuration.
        (["cloudwatch:PutMetricData", "glue:GetSecurityConfiguration"], ["*"]),
    ]
    if spec.moves_landed:
        found.append((["s3:GetObject", "s3:DeleteObject"], _folders(on, on.landing_prefixes)))
    if spec.reads_lake:
        found += [grant for table in on.lake_tables for grant in _reads_of(on, table)]
    if spec.writes_online:
        found.append(([f"dynamodb:{action}" for action in _TABLE_WRITES], [on.table_arn]))
        found += on.cache_grants
    if spec.writes_online and on.connection_name:
        found += _network(on, on.connection_name)
    if spec.follows and on.followed:
        found += _followed(on, on.followed)
    return found


def conditional(spec: JobSpec, on: JobResources) -> list[dict[str, Any]]:
    """What a job may do under a condition, as whole statements."""
    if not spec.follows:
        return []
    return [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:BatchGetItem"],
            "Resource": [on.table_arn],
            # Of the table one item, by which it knows whether its own region leads.
            "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [on.pointer_key]}},
        }
    ]


def _followed(on: JobResources, other: FollowedTables) -> list[Grant]:
    """What it takes to see which tables the other region has, and what they are."""
    parts = (
        ["catalog"],
        ["database/", other.database_name],
        ["table/", other.database_name, "/*"],
    )
    glue = [
        pulumi.Output.concat("arn:aws:glue:", other.region, ":", on.account_id, ":", *part) for part in parts
    ]
    # A table that has followed another one itself has its metadata below the second.
    folders = [
        pulumi.Output.concat(other.bucket_arn, "/", prefix, "*")
        for prefix in (on.warehouse_prefix, on.replicas_prefix)
    ]
    return [
        ([f"glue:{action}" for action in ("GetDatabase", "GetTable", "GetTables")], glue),
        (["s3:GetObject"], folders),
        (["kms:Decrypt"], [other.key_arn]),
    ]


def _reads_of(on: JobResources, table: str) -> list[Grant]:
    if "/" in table:
        bucket, _, folder = table.partition("://")[2].partition("/")
        return [
            (["s3:GetObject"], [f"arn:aws:s3:::{bucket}/{folder}*"]),
            (["s3:ListBucket", "s3:GetBucketLocation"], [f"arn:aws:s3:::{bucket}"]),
        ]
    # Where its files are, only the catalog knows: a bucket of others has to open itself to the role.
    _, database, name = table.split(".")
    parts = ("catalog", f"database/{database}", f"table/{database}/{name}")
    return [(["glue:GetDatabase", "glue:GetTable"], [_glue(on, part) for part in parts])]


def _network(on: JobResources, connection: str) -> list[Grant]:
    described = [
        "NetworkInterfaces",
        "RouteTables",
        "SecurityGroups",
        "Subnets",
        "VpcAttribute",
        "VpcEndpoints",
    ]
    return [
        (["glue:GetConnection"], [_glue(on, "catalog"), _glue(on, "connection/", connection)]),
        # AWS accepts no narrower resource for looking around in a network.
        ([f"ec2:Describe{what}" for what in described], ["*"]),
        # An interface has no name before it is there; Glue takes part in the conditions on its own terms.
        (["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"], ["*"]),
        (["ec2:CreateTags"], [_arn(on, "ec2", "network-interface/*")]),
    ]


def _folders(on: JobResources, prefixes: Sequence[str]) -> list[pulumi.Input[str]]:
    return [pulumi.Output.concat(on.bucket_arn, "/", prefix, "*") for prefix in dict.fromkeys(prefixes)]


def _tables(on: JobResources) -> pulumi.Output[str]:
    return _glue(on, "table/", on.database_name, "/*")


def _glue(on: JobResources, *parts: pulumi.Input[str]) -> pulumi.Output[str]:
    return _arn(on, "glue", *parts)


def _arn(on: JobResources, service: str, *parts: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat("arn:aws:", service, ":", on.region, ":", on.account_id, ":", *parts)
