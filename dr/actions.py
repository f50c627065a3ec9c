"""Calls that steps of a plan make, by the names that IAM has for them.

A test runs every step against AWS's models and compares what it called with what stands in the plan; the operator's role
is made of the same.
"""

from typing import Literal, NamedTuple

Where = Literal["lost region", "surviving region", "producers"]

ANSWERS = "if it answers"
GLOBAL = "Global Datastore"
APART = "caches apart"
SHARDS = "stream with shards"
BY_PRODUCERS = "by producers"
NEW = "something is new"
NEW_PAGE = "a new page"
KNOWN_PAGE = "a known page"
EXPIRED = "over an expired page"
LEAVING = "it leaves already"
TOLD = "producers were told before"
CONDITIONS = (
    *(ANSWERS, GLOBAL, APART, SHARDS, BY_PRODUCERS),
    *(NEW, NEW_PAGE, KNOWN_PAGE, EXPIRED, LEAVING, TOLD),
)
"""When a call is made, of those that are not always made."""


class Action(NamedTuple):
    """A call of an API.

    Attributes:
        api: As IAM names it; a command of Redis or the like by its name.
        where: In which region.
        control_plane: Whether it changes how things are set up, rather than what they hold.
        when: Of `CONDITIONS`; empty: always.
    """

    api: str
    where: Where
    control_plane: bool = False
    when: str = ""


def lost(*apis: str, when: str = "") -> tuple[Action, ...]:
    """Calls in the lost region that change no control plane."""
    return tuple(Action(api, "lost region", when=when) for api in apis)


def surviving(*apis: str, when: str = "") -> tuple[Action, ...]:
    """Calls in the surviving region that change no control plane."""
    return tuple(Action(api, "surviving region", when=when) for api in apis)


def changing(where: Where, *apis: str, when: str = "") -> tuple[Action, ...]:
    """Calls that change a control plane."""
    return tuple(Action(api, where, control_plane=True, when=when) for api in apis)


def read_stream(where: Where) -> tuple[Action, ...]:
    """Calls that read a stream to its end."""
    return tuple(
        Action(f"kinesis:{name}", where) for name in ("ListShards", "GetShardIterator", "GetRecords")
    )


READ = surviving("dynamodb:BatchGetItem")
READ_BOTH = (*READ, *lost("dynamodb:BatchGetItem", when=ANSWERS))
WRITE = (
    *surviving("dynamodb:PartiQLInsert", when=NEW_PAGE),
    *surviving("dynamodb:PartiQLUpdate", when=KNOWN_PAGE),
    *surviving("dynamodb:PutItem", when=EXPIRED),
)
MOVE = (*READ_BOTH, *surviving("dynamodb:PartiQLUpdate"))
MOVE_ON = (*READ, *surviving("dynamodb:PartiQLUpdate"))
"""Behind an epoch that the same run has decided."""

PREFLIGHT = (
    *surviving("lambda:GetAccountSettings", "lambda:GetFunctionConcurrency", "dynamodb:DescribeTable"),
    *surviving("kinesis:DescribeStreamSummary", "kms:DescribeKey", "cloudwatch:GetMetricData"),
    *surviving("kinesis:DescribeLimits", when=SHARDS),
    *surviving("elasticache:DescribeReplicationGroups", when=GLOBAL),
    *surviving("MGET (Redis)", when=GLOBAL),
    *READ_BOTH,
    *lost("cloudwatch:GetMetricData", when=ANSWERS),
)
PROMOTE = (
    *surviving("elasticache:DescribeReplicationGroups", when=GLOBAL),
    *surviving("elasticache:DescribeGlobalReplicationGroups", when=LEAVING),
    *changing("surviving region", "elasticache:DisassociateGlobalReplicationGroup", when=GLOBAL),
    *changing("surviving region", "lambda:PutFunctionConcurrency", when=APART),
    *surviving("lambda:GetFunctionConfiguration", "dynamodb:Scan", "SET, EVALSHA (Redis)", when=APART),
    *changing("surviving region", "lambda:DeleteFunctionConcurrency", when=APART),
)
SWAP = (
    *surviving("elasticache:DescribeReplicationGroups", when=GLOBAL),
    *surviving("elasticache:DescribeGlobalReplicationGroups", when=GLOBAL),
    *changing("surviving region", "elasticache:FailoverGlobalReplicationGroup", when=GLOBAL),
    *surviving("dynamodb:Scan", "SET, EVALSHA (Redis)", when=APART),
)
REJOIN = (
    *surviving("elasticache:DescribeReplicationGroups", when=GLOBAL),
    *surviving("elasticache:DescribeGlobalReplicationGroups", when=GLOBAL),
    *lost("elasticache:DescribeReplicationGroups", "elasticache:DescribeCacheClusters", when=GLOBAL),
    *lost("elasticache:ListTagsForResource", "elasticache:DescribeGlobalReplicationGroups", when=GLOBAL),
    *changing("lost region", "elasticache:DeleteGlobalReplicationGroup", when=GLOBAL),
    *changing("lost region", "elasticache:DeleteReplicationGroup", when=GLOBAL),
    *changing("surviving region", "elasticache:CreateGlobalReplicationGroup", when=GLOBAL),
    *changing("lost region", "elasticache:CreateReplicationGroup", when=GLOBAL),
    *lost("dynamodb:Scan", "SET, EVALSHA (Redis)", when=APART),
)
ROUNDS = (*surviving("s3:ListBucket", "s3:GetObject"), *READ, *WRITE, *surviving("EVALSHA (Redis)"))
ARCHIVE = (*surviving("firehose:PutRecordBatch"), *surviving("s3:PutObject", when=NEW))
LANDED = surviving("s3:ListBucketVersions", "s3:GetObjectVersion")
RECOVER = (*ROUNDS, *LANDED, *ARCHIVE)
RESTART = (
    *read_stream("lost region"),
    *lost("lambda:ListEventSourceMappings"),
    *changing("lost region", "lambda:DeleteEventSourceMapping", "lambda:CreateEventSourceMapping"),
    *ROUNDS,
    *ARCHIVE,
    *changing("lost region", "lambda:DeleteFunctionConcurrency"),
)
