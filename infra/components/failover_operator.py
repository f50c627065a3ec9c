"""Who moves producers from one region to another, and back: one role that reaches what the plans call in both regions.

The plans are `dr/plan.py`, which nothing here knows: a test compares what they call with what this role may do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from headwater import names
from infra.components.iam import Grant

_SESSION_SECONDS = 12 * 3600


@dataclass(frozen=True, kw_only=True)
class OperatedRegion:
    """What there is to operate in a region.

    Attributes:
        region: Its name.
        stream_arn: Event stream.
        archive_arn: Delivery stream that archives.
        bucket_arn: Bucket of the offline store.
        table_arn: Online table, as it is there.
        key_arn: Key of all data there.
        stream_function: Name of the stream function.
        lookup_function: Name of the lookup function.
        cache_name: Name of the cache, of its users' group and of its subnets; empty: there is no cache.
        cache_grants: What it takes to write the cache.
    """

    region: str
    stream_arn: pulumi.Input[str]
    archive_arn: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    table_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    stream_function: str
    lookup_function: str
    cache_name: str
    cache_grants: Sequence[Grant]


@dataclass(frozen=True, kw_only=True)
class FailoverOperatorArgs:
    """Arguments of `FailoverOperator`.

    Attributes:
        role_name: Name of the role.
        account_id: Account that owns everything.
        environment: Name of the environment.
        trust: ARNs that may take the role.
        regions: Both regions: either may be the one that is lost.
    """

    role_name: str
    account_id: pulumi.Input[str]
    environment: str
    trust: Sequence[str]
    regions: Sequence[OperatedRegion]


class FailoverOperator(pulumi.ComponentResource):
    """The role of whoever runs `python -m dr`, with a policy for each region: one would be longer than IAM takes."""

    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: FailoverOperatorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the role and what it may do."""
        super().__init__("headwater:platform:FailoverOperator", name, None, opts)
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": list(args.trust)}, "Action": "sts:AssumeRole"}
            ],
        }
        role = aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description="Headwater operator of failovers",
            max_session_duration=_SESSION_SECONDS,
            assume_role_policy=pulumi.Output.json_dumps(trust),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for on in args.regions:
            policy = aws.iam.Policy(
                f"{name}-{on.region}-policy",
                name=f"{args.role_name}-{on.region}",
                description=f"Headwater failovers from and to {on.region}",
                policy=pulumi.Output.json_dumps(
                    {"Version": "2012-10-17", "Statement": _statements(args, on)}
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            aws.iam.RolePolicyAttachment(
                f"{name}-{on.region}-attachment",
                role=role.name,
                policy_arn=policy.arn,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})


def _statements(args: FailoverOperatorArgs, on: OperatedRegion) -> list[dict[str, Any]]:
    stream_function = _arn(args, on, "lambda", "function:", on.stream_function)
    here = {"StringEquals": {"aws:RequestedRegion": on.region}}
    of_function = {"ArnEquals": {"lambda:FunctionArn": stream_function}}
    return [
        *[_allow(*grant) for grant in (*_data(on), *_functions(args, on), *on.cache_grants)],
        # Mappings are told apart by their function: their ids are made up when they are made.
        _allow(
            [f"lambda:{verb}EventSourceMapping" for verb in ("Create", "Delete")], ["*"], here | of_function
        ),
        # AWS takes no resource for these: quotas, mappings of an account, and measurements.
        _allow(
            [
                *("lambda:GetAccountSettings", "lambda:ListEventSourceMappings"),
                *("kinesis:DescribeLimits", "cloudwatch:GetMetricData"),
            ],
            ["*"],
            here,
        ),
        *(_cache(args, on, here) if on.cache_name else []),
    ]


def _data(on: OperatedRegion) -> list[Grant]:
    """What is read of a lost region and written where it goes on; either may be either."""
    table = (
        "DescribeTable",
        "BatchGetItem",
        "Scan",
        "PartiQLInsert",
        "PartiQLUpdate",
        "PutItem",
        "UpdateItem",
    )
    stream = ("DescribeStreamSummary", "ListShards", "GetShardIterator", "GetRecords")
    recoveries = _objects(on, names.recoveries_prefix())
    return [
        ([f"dynamodb:{verb}" for verb in table], [on.table_arn]),
        ([f"kinesis:{verb}" for verb in stream], [on.stream_arn]),
        (["firehose:PutRecordBatch"], [on.archive_arn]),
        (["s3:ListBucket", "s3:ListBucketVersions"], [on.bucket_arn]),
        (["s3:GetObject", "s3:GetObjectVersion"], [_objects(on, names.landing_prefix()), recoveries]),
        (["s3:PutObject"], [recoveries]),
        (["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey"], [on.key_arn]),
    ]


def _functions(args: FailoverOperatorArgs, on: OperatedRegion) -> list[Grant]:
    stream = (
        "PutFunctionConcurrency",
        "DeleteFunctionConcurrency",
        "GetFunctionConfiguration",
        "UpdateFunctionCode",
    )
    both = [_arn(args, on, "lambda", "function:", each) for each in (on.stream_function, on.lookup_function)]
    return [
        ([f"lambda:{verb}" for verb in stream], both[:1]),
        (["lambda:GetFunctionConcurrency"], both),
    ]


def _cache(args: FailoverOperatorArgs, on: OperatedRegion, here: dict[str, Any]) -> list[dict[str, Any]]:
    """What takes a cache out of a Global Datastore, and makes it again as a member of another."""
    group = _arn(args, on, "elasticache", "replicationgroup:", on.cache_name)
    # AWS puts a few letters of the region before the name that we give.
    datastore = pulumi.Output.concat(
        "arn:aws:elasticache::",
        args.account_id,
        ":globalreplicationgroup:*",
        names.datastore(args.environment),
    )
    members = ("Create", "Delete", "Disassociate", "Failover", "Describe")
    made_with = [
        _arn(args, on, "elasticache", part)
        for part in (
            f"usergroup:{on.cache_name}",
            f"subnetgroup:{on.cache_name}",
            # A secondary has parameters that AWS makes with the datastore.
            "parametergroup:*",
        )
    ]
    logs = (
        "CreateLogDelivery",
        "GetLogDelivery",
        "UpdateLogDelivery",
        "DeleteLogDelivery",
        "ListLogDeliveries",
    )
    return [
        _allow(
            [
                *[f"elasticache:{verb}GlobalReplicationGroup" for verb in members[:-1]],
                "elasticache:DescribeGlobalReplicationGroups",
            ],
            [group, datastore],
        ),
        _allow(["elasticache:DescribeReplicationGroups", "elasticache:DeleteReplicationGroup"], [group]),
        _allow(["elasticache:ListTagsForResource", "elasticache:AddTagsToResource"], [group]),
        _allow(["elasticache:CreateReplicationGroup"], [group, datastore, *made_with]),
        _allow(
            ["elasticache:DescribeCacheClusters"],
            [_arn(args, on, "elasticache", f"cluster:{on.cache_name}-*")],
        ),
        # The cache keeps a grant of its own to the key that it is made with.
        _allow(["kms:CreateGrant"], [on.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        # The cache's logs are delivered by whoever makes it: AWS takes no resource for deliveries.
        _allow(
            [
                *[f"logs:{verb}" for verb in logs],
                *("logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
            ],
            ["*"],
            here,
        ),
    ]


def _allow(
    actions: Sequence[str], resources: Sequence[pulumi.Input[str]], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement if condition is None else {**statement, "Condition": condition}


def _objects(on: OperatedRegion, prefix: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(on.bucket_arn, "/", prefix, "*")


def _arn(args: FailoverOperatorArgs, on: OperatedRegion, service: str, *parts: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(f"arn:aws:{service}:{on.region}:", args.account_id, ":", *parts)
