"""The experiments that there are: what each breaks in AWS, and which scenario of the drill it is the real thing of.

What is not here has no action in AWS that breaks it. Lambda's injected errors need a layer of AWS in each function, which would be paid for
by each lookup's cold start; what they show, cutting the functions' subnets shows too.
"""

from typing import Literal, NamedTuple

Target = Literal["table", "bucket", "subnets", "cache"]
Watch = Literal["serving", "loss"]


class Action(NamedTuple):
    """One thing that is broken.

    Attributes:
        name: In the template.
        action: As FIS calls it.
        target: What it is done to.
        scope: Of a cut: ``all``, or ``dynamodb`` alone.
    """

    name: str
    action: str
    target: Target
    scope: str = ""


class ExperimentSpec(NamedTuple):
    """One experiment; its actions begin together.

    Attributes:
        name: Last part of its template's name.
        what: One line for whoever starts it.
        scenario: Of ``dr/local/scenarios.py``; None: a zone, and the drill loses regions.
        actions: What is broken.
        stops_on: ``serving``: lookups go on, and it is stopped when they do not; ``loss``: they are meant to fail, and it is stopped when
            records are given up.
    """

    name: str
    what: str
    scenario: str | None
    actions: tuple[Action, ...]
    stops_on: Watch


_TABLE = Action("pause-table", "aws:dynamodb:global-table-pause-replication", "table")
_BUCKET = Action("pause-bucket", "aws:s3:bucket-pause-replication", "bucket")

EXPERIMENTS = (
    ExperimentSpec(
        "replication-stalled",
        "Nothing is copied to the other region",
        "replication_stalled",
        (_TABLE, _BUCKET),
        "serving",
    ),
    ExperimentSpec(
        "dynamodb-cut",
        "Functions and jobs reach everything but DynamoDB",
        "dynamodb_failing",
        (Action("cut", "aws:network:disrupt-connectivity", "subnets", "dynamodb"),),
        "loss",
    ),
    ExperimentSpec(
        "region-cut",
        "Functions, jobs and cache reach nothing, and nothing is copied to the other region",
        "region_partitioned",
        (Action("cut", "aws:network:disrupt-connectivity", "subnets", "all"), _TABLE, _BUCKET),
        "loss",
    ),
    ExperimentSpec(
        "cache-zone-lost",
        "A zone of the cache loses its power",
        None,
        (Action("zone-power", "aws:elasticache:replicationgroup-interrupt-az-power", "cache"),),
        "serving",
    ),
)
"""In the order of what they break: the least first."""
