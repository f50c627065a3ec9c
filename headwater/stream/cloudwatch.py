"""What CloudWatch has measured in a region: the value of each minute of each metric, or the highest of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

Minutes = dict[int, float]
"""Value by the minute's start, in seconds since the epoch."""

HOUR_S = 3600
_PERIOD_S = 60


class Metric(NamedTuple):
    """A metric.

    Attributes:
        namespace: Such as ``AWS/Lambda``.
        name: Its name.
        dimensions: All of them, but those in `any_of`.
        statistic: Of each minute.
        any_of: Dimensions whose values are not known: the highest over all of them counts.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Maximum"
    any_of: tuple[str, ...] = ()


def minutes(
    client: Any, metrics: Mapping[str, Metric], until_s: float, seconds: int = HOUR_S
) -> dict[str, Minutes]:
    """Minutes of each metric; one that has no value is left out.

    Args:
        client: boto3's for CloudWatch, in the region where they are published.
        metrics: By a name of the caller's: lower-case letters and digits, a letter first.
        until_s: End of the time that is looked at, in seconds since the epoch.
        seconds: Its length.

    Raises:
        ClientError: CloudWatch refuses.
        BotoCoreError: It does not answer.
    """
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[_query(name, metric) for name, metric in metrics.items()],
        StartTime=datetime.fromtimestamp(until_s - seconds, UTC),
        EndTime=datetime.fromtimestamp(until_s, UTC),
    )
    found: dict[str, Minutes] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                known = found.setdefault(result["Id"], {})
                start_s = int(at.timestamp())
                # A search finds several metrics, all under one name.
                known[start_s] = max(value, known.get(start_s, value))
    return found


def highest(
    client: Any, metrics: Mapping[str, Metric], until_s: float, seconds: int = HOUR_S
) -> dict[str, float]:
    """Highest minute of each metric; one that has no value is left out. Arguments and errors are those of `minutes`."""
    return {name: max(of.values()) for name, of in minutes(client, metrics, until_s, seconds).items()}


def _query(name: str, metric: Metric) -> dict[str, Any]:
    if metric.any_of:
        known = " ".join(f'{dimension}="{value}"' for dimension, value in metric.dimensions.items())
        schema = ",".join((metric.namespace, *metric.dimensions, *metric.any_of))
        search = (
            f"SEARCH('{{{schema}}} MetricName=\"{metric.name}\" {known}', '{metric.statistic}', {_PERIOD_S})"
        )
        return {"Id": name, "Expression": search, "Period": _PERIOD_S}
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [
                    {"Name": dimension, "Value": value} for dimension, value in metric.dimensions.items()
                ],
            },
            "Period": _PERIOD_S,
            "Stat": metric.statistic,
        },
    }
