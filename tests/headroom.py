"""A region of AWS that can take what the other one had: its answers, each of which a test may make another."""

from datetime import UTC, datetime
from typing import Any

from headwater import names
from tests.aws_calls import Answer
from tests.aws_regions import AWAY, HOME

USED = {
    "stream": 4.0,
    "lookup": 16.0,
    "bytes": 60 * 2 * 1024 * 1024.0,
    "records": 60 * 900.0,
    "writes": 60 * 500.0,
    "reads": 60 * 2_000.0,
    "lag": 800.0,
}
"""Highest minute of what home had: 2 MiB, 900 records, 500 write and 2,000 read units a second."""

LAMBDA = {"AccountLimit": {"ConcurrentExecutions": 1_000, "UnreservedConcurrentExecutions": 900}}
TABLE = {
    "TableStatus": "ACTIVE",
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    "WarmThroughput": {"WriteUnitsPerSecond": 4_000, "ReadUnitsPerSecond": 12_000},
    "Replicas": [{"RegionName": HOME, "ReplicaStatus": "ACTIVE"}],
}
STREAM = {
    "StreamName": "events",
    "StreamARN": f"arn:aws:kinesis:{AWAY}:123456789012:stream/events",
    "StreamStatus": "ACTIVE",
    "RetentionPeriodHours": 24,
    "StreamCreationTimestamp": 0,
    "EnhancedMonitoring": [],
    "OpenShardCount": 4,
    "StreamModeDetails": {"StreamMode": "PROVISIONED"},
}
LIMITS = {"ShardLimit": 200, "OpenShardCount": 4, "OnDemandStreamCount": 0, "OnDemandStreamCountLimit": 50}
MEASURED = {"waiting": 3.0, "databasememoryusagepercentage0": 40.0, "currconnections0": 900.0}


class Answers:
    """What AWS says of both regions, but for the cache's control plane and the pointer."""

    def __init__(self) -> None:
        self.used = dict(USED)
        self.measured = dict(MEASURED)
        self.copied = USED | {"alarms": 0.0}
        self.copied_until_s: float | None = None
        """Start of the newest minute that was copied; None: copying has not stopped."""
        self.account: dict[str, Any] = LAMBDA
        self.reserved: dict[str, Any] = {}
        self.table: dict[str, Any] = TABLE
        self.stream: dict[str, Any] = STREAM
        self.limits: dict[str, Any] = LIMITS
        self.key = "Enabled"

    def functions(self) -> dict[str, Answer]:
        """Functions for `AwsCalls`."""
        return {
            "cloudwatch:GetMetricData": self._metrics,
            "lambda:GetAccountSettings": lambda _region, _asked: self.account,
            "lambda:GetFunctionConcurrency": lambda _region, _asked: self.reserved,
            "dynamodb:DescribeTable": lambda _region, _asked: {"Table": self.table},
            "kinesis:DescribeStreamSummary": lambda _region, _asked: {
                "StreamDescriptionSummary": self.stream
            },
            "kinesis:DescribeLimits": lambda _region, _asked: self.limits,
            "kms:DescribeKey": lambda _region, asked: {
                "KeyMetadata": {"KeyId": asked["KeyId"], "KeyState": self.key}
            },
        }

    def _metrics(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "MetricDataResults": [self._result(region, query, asked) for query in asked["MetricDataQueries"]]
        }

    def _result(self, region: str, query: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        namespace = query.get("MetricStat", {}).get("Metric", {}).get("Namespace")
        copied = namespace == names.OTHER_REGION_NAMESPACE
        known = self.copied if copied else self.used if region == HOME else self.measured
        end_s = asked["EndTime"].timestamp() // 60 * 60
        newest_s = min(end_s, self.copied_until_s or end_s) if copied else end_s
        value = known.get(query["Id"])
        # The highest is not the last, and an hour has quieter minutes.
        points = {} if value is None else {newest_s: value / 2, newest_s - 60: value, newest_s - 120: 0.0}
        inside = {at: each for at, each in points.items() if at >= asked["StartTime"].timestamp()}
        return {
            "Id": query["Id"],
            "Timestamps": [datetime.fromtimestamp(at, UTC) for at in inside],
            "Values": list(inside.values()),
        }
