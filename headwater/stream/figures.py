"""What a region had to take in its last hour, minute by minute, and copies of it in another region.

Whoever takes over compares with it, and the region that is lost cannot be asked any more. Nothing here decides anything:
the comparison is `dr/headroom.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from headwater import names
from headwater.stream.cloudwatch import HOUR_S, Metric, Minutes, minutes

BEAT = "alarms"
"""Name of what each run leaves, whether or not the region had anything to measure: how many of its alarms are not OK."""

_DATA_A_CALL = 1_000
"""What CloudWatch takes in one call."""


class Measured(NamedTuple):
    """A region whose figures they are.

    Attributes:
        environment: Name of the environment.
        region: The region.
        stream_function: Name of its stream function.
        lookup_function: Name of its lookup function.
        event_stream: Name of its event stream.
        online_table: Name of the online table.
    """

    environment: str
    region: str
    stream_function: str
    lookup_function: str
    event_stream: str
    online_table: str


class Copied(NamedTuple):
    """What one run has copied.

    Attributes:
        figures: Minutes, by figure.
        not_ok: Alarms of the other region that are not OK.
    """

    figures: dict[str, int]
    not_ok: list[str]


def measured(of: Measured, receiving: str) -> dict[str, Metric]:
    """Figures as the region itself measures them, by name.

    Args:
        of: The region.
        receiving: The region that its table is copied to.
    """
    stream, table = {"StreamName": of.event_stream}, {"TableName": of.online_table}
    return {
        "stream": Metric("AWS/Lambda", "ConcurrentExecutions", {"FunctionName": of.stream_function}),
        "lookup": Metric("AWS/Lambda", "ConcurrentExecutions", {"FunctionName": of.lookup_function}),
        "bytes": Metric("AWS/Kinesis", "IncomingBytes", stream, "Sum"),
        "records": Metric("AWS/Kinesis", "IncomingRecords", stream, "Sum"),
        "writes": Metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", table, "Sum"),
        "reads": Metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", table, "Sum"),
        "lag": Metric("AWS/DynamoDB", "ReplicationLatency", {**table, "ReceivingRegion": receiving}),
    }


def copies(environment: str, region: str, figures: Iterable[str]) -> dict[str, Metric]:
    """The same figures as they are found in the other region, and `BEAT`.

    Args:
        environment: Name of the environment.
        region: The region whose figures they are.
        figures: Their names.
    """
    # The highest: a minute that was copied before it had ended is copied again, and counts as what it came to.
    of = _of(environment, region)
    called = {name: name for name in figures} | {BEAT: names.ALARMS_METRIC}
    return {name: Metric(names.OTHER_REGION_NAMESPACE, metric, of) for name, metric in called.items()}


def newest(found: Mapping[str, Minutes]) -> int | None:
    """Start of the newest minute of any figure, in seconds since the epoch; None: there is none."""
    return max((at for of in found.values() for at in of), default=None)


class FigureCopies:
    """Copies figures of another region's CloudWatch to this one's.

    Each run copies the whole last hour, so that the first one is complete, and runs that were missed leave no gap.

    Args:
        there: boto3's client for CloudWatch in the other region.
        here: The same in this region.
        of: The other region.
        receiving: This region.
        alarms: Names of the other region's alarms that have to be OK.
    """

    def __init__(self, there: Any, here: Any, of: Measured, receiving: str, alarms: Sequence[str]) -> None:
        self._there = there
        self._here = here
        self._of = of
        self._receiving = receiving
        self._alarms = alarms

    def run(self, now_s: float) -> Copied:
        """Copy; the figures first, so that they are there when alarms cannot be asked.

        Args:
            now_s: End of the hour, in seconds since the epoch.

        Raises:
            ClientError: CloudWatch refuses, in either region.
            BotoCoreError: It does not answer.
        """
        found = minutes(self._there, measured(self._of, self._receiving), now_s, HOUR_S)
        self._put([self._datum(name, at, value) for name, of in found.items() for at, value in of.items()])
        not_ok = self._not_ok()
        self._put([self._datum(names.ALARMS_METRIC, now_s, len(not_ok))])
        return Copied({name: len(of) for name, of in sorted(found.items())}, not_ok)

    def _not_ok(self) -> list[str]:
        """Alarms that are not OK; one that is not there is as little OK as one that has no data."""
        pages = self._there.get_paginator("describe_alarms").paginate(
            AlarmNames=list(self._alarms), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        well = {
            alarm["AlarmName"]
            for page in pages
            for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
            if alarm["StateValue"] == "OK"
        }
        return [name for name in self._alarms if name not in well]

    def _datum(self, name: str, at_s: float, value: float) -> dict[str, Any]:
        of = _of(self._of.environment, self._of.region)
        return {
            "MetricName": name,
            "Dimensions": [{"Name": dimension, "Value": each} for dimension, each in of.items()],
            "Timestamp": datetime.fromtimestamp(at_s, UTC),
            "Value": value,
        }

    def _put(self, data: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(data), _DATA_A_CALL):
            self._here.put_metric_data(
                Namespace=names.OTHER_REGION_NAMESPACE, MetricData=data[start : start + _DATA_A_CALL]
            )


def _of(environment: str, region: str) -> dict[str, str]:
    return {"environment": environment, "region": region}
