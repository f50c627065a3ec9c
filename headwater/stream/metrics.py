"""What became of a batch, as one line of CloudWatch's Embedded Metric Format.

A function prints the line; CloudWatch Logs turns it into metrics without a call of ours.
"""

import json
from typing import Any

from headwater import names
from headwater.stream.processor import BatchReport

_COUNTS = ("records", "applied", "duplicate", "late", names.DROPPED_METRIC, "dead", "repeated")


def metrics_line(report: BatchReport, environment: str, now_ms: int) -> str:
    """One line with the batch's counts, its lag, and why it failed if it did.

    Args:
        report: What became of the batch.
        environment: The metrics' dimension.
        now_ms: Milliseconds since the epoch.
    """
    metrics = [{"Name": name, "Unit": "Count"} for name in _COUNTS]
    values: dict[str, Any] = {name: getattr(report, name) for name in _COUNTS}
    if report.lag_ms is not None:
        metrics.append({"Name": names.LAG_METRIC, "Unit": "Milliseconds"})
        values[names.LAG_METRIC] = report.lag_ms
    if report.error is not None:
        values["error"] = report.error
        values["failed"] = [record.token for record in report.failed]
    directive = {"Namespace": names.METRIC_NAMESPACE, "Dimensions": [["environment"]], "Metrics": metrics}
    return json.dumps(
        {
            "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [directive]},
            "environment": environment,
            **values,
        }
    )
