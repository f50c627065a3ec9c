"""What preflight asks on AWS: whether a region can take what the other one had in its last hour, and how far copies are.

What the other region had, its own CloudWatch knows, and copies in the region that goes on (`dr/last_hour.py`). Where neither
has it, the check says so: whoever goes on all the same says why, and the journal keeps it.
"""

from collections.abc import Callable
from typing import Any

from dr.cache_group import CacheGroup
from dr.checks import Check, asked, at_least, at_most, is_so
from dr.errors import FailoverError
from dr.last_hour import last_hour
from dr.limits import Limits
from dr.regions import Region
from headwater.stream import pointer
from headwater.stream.cloudwatch import Metric, highest

_MINUTE_S = 60
_RECENT_S = 15 * 60
_MIB = 1024 * 1024
_SHARD_RECORDS = 1_000
_ON_DEMAND_MIB = 4
"""Of a stream on demand that nothing was put on yet; see AWS's quotas of Kinesis Data Streams."""

_NODE_CONNECTIONS = 65_000


class Headroom:
    """Asks both regions.

    Args:
        left: The region that is lost, or left.
        taken: The region that goes on.
        limits: What is asked of it.
        well_until_s: When the other one was last seen well, in seconds since the epoch.
    """

    def __init__(self, left: Region, taken: Region, limits: Limits, well_until_s: float) -> None:
        self._left = left
        self._taken = taken
        self._limits = limits
        self._well_until_s = well_until_s
        self._used: dict[str, float] = {}

    def checks(self) -> list[Check]:
        """Every check."""
        return [
            *self._usage(),
            *asked("functions' concurrency", "an answer of Lambda", self._concurrency),
            *asked("table", "an answer of DynamoDB", self._table),
            *asked("stream", "an answer of Kinesis", self._stream),
            *asked("objects that wait to be copied", "an answer of CloudWatch", self._objects),
            *asked("key of the data", "Enabled", self._key),
            *asked("producers' pointer", "a pointer that can be read", self._pointer),
            *(asked("cache", "an answer of ElastiCache", self._cache) if self._taken.has_cache else []),
        ]

    def _usage(self) -> list[Check]:
        found = last_hour(self._left, self._taken, self._limits.figures_s, self._well_until_s)
        self._used = found.used
        return [
            found.check,
            at_most("table's replication latency", self._used.get("lag"), self._limits.lag_s * 1000, " ms"),
        ]

    def _concurrency(self) -> list[Check]:
        client = self._taken.client("lambda")
        account = client.get_account_settings()["AccountLimit"]
        found = [
            at_least(
                "account's unreserved concurrency",
                account["UnreservedConcurrentExecutions"],
                self._needed("stream") + self._needed("lookup"),
            )
        ]
        outputs = self._taken.outputs
        for role, function in (
            ("stream", outputs.stream_function_name),
            ("lookup", outputs.lookup_function_name),
        ):
            reserved = client.get_function_concurrency(FunctionName=function).get(
                "ReservedConcurrentExecutions"
            )
            if reserved is not None:
                least = max(self._needed(role), self._limits.concurrency)
                found.append(at_least(f"{role} function's reserved concurrency", reserved, least))
        return found

    def _table(self) -> list[Check]:
        table: dict[str, Any] = self._taken.client("dynamodb").describe_table(
            TableName=self._taken.outputs.online_table_name
        )["Table"]
        replicas = {each["RegionName"]: each.get("ReplicaStatus") for each in table.get("Replicas", [])}
        found = [
            is_so("table", table["TableStatus"], "ACTIVE"),
            is_so(f"table's replica in {self._left.name}", replicas.get(self._left.name, "none"), "ACTIVE"),
        ]
        writes, reads = self._needed("writes") / _MINUTE_S, self._needed("reads") / _MINUTE_S
        writes = max(writes, self._limits.writes_per_second)
        if table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
            warm, most = table.get("WarmThroughput", {}), table.get("OnDemandThroughput", {})
            found += [
                at_least("table's warm writes", warm.get("WriteUnitsPerSecond"), writes, "/s"),
                at_least("table's warm reads", warm.get("ReadUnitsPerSecond"), reads, "/s"),
            ]
            ceilings = (
                ("writes", most.get("MaxWriteRequestUnits"), writes),
                ("reads", most.get("MaxReadRequestUnits"), reads),
            )
            # -1: there is none.
            found += [
                at_least(f"most {name} of the table", most_units, least, "/s")
                for name, most_units, least in ceilings
                if most_units not in {None, -1}
            ]
        else:
            provisioned = table["ProvisionedThroughput"]
            found += [
                at_least("table's provisioned writes", provisioned["WriteCapacityUnits"], writes, "/s"),
                at_least("table's provisioned reads", provisioned["ReadCapacityUnits"], reads, "/s"),
            ]
        return found

    def _stream(self) -> list[Check]:
        client = self._taken.client("kinesis")
        summary = client.describe_stream_summary(StreamName=self._taken.outputs.event_stream_name)[
            "StreamDescriptionSummary"
        ]
        mib = self._needed("bytes") / _MINUTE_S / _MIB
        records = self._needed("records") / _MINUTE_S
        shards = summary["OpenShardCount"]
        found = [is_so("stream", summary["StreamStatus"], "ACTIVE")]
        if summary["StreamModeDetails"]["StreamMode"] == "ON_DEMAND":
            warm = summary.get("WarmThroughput", {}).get("CurrentMiBps", _ON_DEMAND_MIB)
            return [*found, at_least("stream's bytes in, on demand", warm, mib, " MiB/s")]
        limits = client.describe_limits()
        needed = max(mib, records / _SHARD_RECORDS)
        return [
            *found,
            at_least("stream's shards", shards, needed),
            at_least(
                "shards that the account may have",
                limits["ShardLimit"],
                limits["OpenShardCount"] - shards + needed,
            ),
        ]

    def _objects(self) -> list[Check]:
        # Published in the region of the bucket that is copied to.
        waiting = Metric(
            "AWS/S3",
            "OperationsPendingReplication",
            {
                "SourceBucket": self._left.outputs.bucket_name,
                "DestinationBucket": self._taken.outputs.bucket_name,
            },
            any_of=("RuleId",),
        )
        found = highest(self._taken.client("cloudwatch"), {"waiting": waiting}, self._well_until_s, _RECENT_S)
        return [at_most("objects that wait to be copied", found.get("waiting"), self._limits.waiting_objects)]

    def _key(self) -> list[Check]:
        key = self._taken.outputs.key_arn
        if not key:
            raise FailoverError(
                "outputs: found no key_arn, expected that of the region's key; save them again"
            )
        state = self._taken.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
        return [is_so("key of the data", state, "Enabled")]

    def _pointer(self) -> list[Check]:
        found = pointer.read({self._taken.name: self._taken.table}, self._taken.outputs.environment)
        said = "none" if found is None else f"epoch {found.epoch}"
        return [Check("producers' pointer", said, "a pointer that can be read", found is not None)]

    def _cache(self) -> list[Check]:
        group = CacheGroup(self._taken)
        # A serverless cache grows by itself: there is nothing to compare.
        if not group.name:
            return []
        described = group.described()
        if described is None:
            return [is_so("cache", "none", "available")]
        nodes: Callable[[str], dict[str, Metric]] = lambda name: {  # noqa: E731
            f"{name.lower()}{place}": Metric("AWS/ElastiCache", name, {"CacheClusterId": node})
            for place, node in enumerate(described["MemberClusters"])
        }
        memory, connections = nodes("DatabaseMemoryUsagePercentage"), nodes("CurrConnections")
        values = highest(
            self._taken.client("cloudwatch"), memory | connections, self._well_until_s, _RECENT_S
        )
        return [
            is_so("cache", described["Status"], "available"),
            at_most("cache memory in use", _most(values, memory), 100 * self._limits.memory_share, "%"),
            at_most(
                "connections of a cache node",
                _most(values, connections),
                self._limits.memory_share * _NODE_CONNECTIONS,
            ),
        ]

    def _needed(self, what: str) -> float:
        """What the other region had; where nobody says, the check that it had any has failed already."""
        return self._used.get(what, 0.0)


def _most(values: dict[str, float], of: dict[str, Metric]) -> float | None:
    """The highest over nodes; None: one of them says nothing."""
    return max(values[name] for name in of) if of.keys() <= values.keys() else None
