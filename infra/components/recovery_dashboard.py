"""The page that is looked at while a region is lost, or while that is practised: what is copied, who answers, what it costs."""

import json
from typing import Any, NamedTuple

import pulumi

from infra.components.dashboards import PERIOD_SECONDS

_WIDTH, _HEIGHT, _COLUMNS, _WHOLE = 8, 6, 3, 24
_ROUTE_53 = "us-east-1"
"""Where Route 53 keeps the metrics of its health checks, wherever it checks."""


class RecoverySide(NamedTuple):
    """One region.

    Attributes:
        region: Such as ``us-east-1``.
        event_stream: Name of its event stream.
        stream_function: Name of its stream function.
        lookup_function: Name of its lookup function.
    """

    region: str
    event_stream: str
    stream_function: str
    lookup_function: str


class Copies(NamedTuple):
    """What is copied from home.

    Attributes:
        table: Online table, of the same name in both regions.
        bucket: Bucket at home.
        copy_bucket: Bucket that it is copied to; None: it is not copied.
        rule: Id of the rule that copies it.
    """

    table: pulumi.Input[str]
    bucket: pulumi.Input[str]
    copy_bucket: pulumi.Input[str] | None
    rule: str


def body(
    home: RecoverySide,
    away: RecoverySide,
    copies: Copies,
    checks: dict[str, pulumi.Output[str]],
    runbook: str,
) -> pulumi.Output[str]:
    """Body of the dashboard.

    Args:
        home: Where producers write.
        away: The other region.
        copies: What is copied from the one to the other.
        checks: Health checks, by what they look at; none: there is no domain.
        runbook: Where people read what to do.
    """
    known = {"table": copies.table, "bucket": copies.bucket, "copy": copies.copy_bucket or "", **checks}
    return pulumi.Output.all(**known).apply(
        lambda names: json.dumps({"widgets": _widgets(home, away, copies.rule, names, runbook)})
    )


def _widgets(
    home: RecoverySide, away: RecoverySide, rule: str, names: dict[str, str], runbook: str
) -> list[dict[str, Any]]:
    told = (
        f"## Losing {home.region}\nWhat to do: {runbook}. Copies of {home.region} are in {away.region}. Whether "
        "producers have moved says `python -m dr status`."
    )
    graphs = [*_copied(home, away, rule, names), *_answers(home, away, names), *_streams(home, away)]
    found: list[dict[str, Any]] = [
        {"type": "text", "x": 0, "y": 0, "width": _WHOLE, "height": 2, "properties": {"markdown": told}}
    ]
    for place, graph in enumerate(graphs):
        row, column = divmod(place, _COLUMNS)
        at = {"x": column * _WIDTH, "y": 2 + row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
        found.append({"type": "metric", **at, "properties": graph})
    return found


def _copied(home: RecoverySide, away: RecoverySide, rule: str, names: dict[str, str]) -> list[dict[str, Any]]:
    table = ["TableName", names["table"], "ReceivingRegion", away.region]
    # ElastiCache names a Global Datastore itself, so it is looked for.
    lag = (
        "SEARCH('Namespace=\"AWS/ElastiCache\" MetricName=\"GlobalDatastoreReplicationLag\"', 'Maximum', 60)"
    )
    found = [
        _graph(
            "The table's copy is behind (ms)",
            home.region,
            ["AWS/DynamoDB", "ReplicationLatency", *table, {"stat": "Maximum"}],
        ),
        _graph("The cache's copy is behind (s)", away.region, [{"expression": lag, "label": "lag"}]),
    ]
    if names["copy"]:
        of = ["SourceBucket", names["bucket"], "DestinationBucket", names["copy"], "RuleId", rule]
        # S3 counts what waits where it is to arrive.
        found += [
            _graph(
                "The bucket's copy is behind (s)",
                away.region,
                ["AWS/S3", "ReplicationLatency", *of, {"stat": "Maximum"}],
            ),
            _graph(
                "Bytes that wait to be copied",
                away.region,
                ["AWS/S3", "BytesPendingReplication", *of, {"stat": "Maximum"}],
            ),
        ]
    return found


def _answers(home: RecoverySide, away: RecoverySide, names: dict[str, str]) -> list[dict[str, Any]]:
    checks = {role: name for role, name in names.items() if role not in {"table", "bucket", "copy"}}
    found = [
        _of_both("Lookups that fail", home, away, "Errors", "Sum"),
        _of_both("Lookups, p99 (ms)", home, away, "Duration", "p99"),
        _of_both("Lookups, a minute", home, away, "Invocations", "Sum"),
    ]
    if checks:
        lines = [
            ["AWS/Route53", "HealthCheckStatus", "HealthCheckId", check, {"label": role, "stat": "Minimum"}]
            for role, check in sorted(checks.items())
        ]
        found.append(_graph("Health checks: 1 is well", _ROUTE_53, *lines))
    return found


def _streams(home: RecoverySide, away: RecoverySide) -> list[dict[str, Any]]:
    waiting = [
        [
            *("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", "StreamName", side.event_stream),
            {"stat": "Maximum", "region": side.region, "label": side.region},
        ]
        for side in (home, away)
    ]
    written = [
        [
            *("AWS/Kinesis", "IncomingRecords", "StreamName", side.event_stream),
            {"stat": "Sum", "region": side.region, "label": side.region},
        ]
        for side in (home, away)
    ]
    return [
        _graph("Events wait on the stream (ms)", home.region, *waiting),
        _graph("Events that producers put, a minute", home.region, *written),
    ]


def _of_both(title: str, home: RecoverySide, away: RecoverySide, metric: str, stat: str) -> dict[str, Any]:
    lines = [
        [
            *("AWS/Lambda", metric, "FunctionName", side.lookup_function),
            {"stat": stat, "region": side.region, "label": side.region},
        ]
        for side in (home, away)
    ]
    return _graph(title, home.region, *lines)


def _graph(title: str, region: str, *lines: list[Any]) -> dict[str, Any]:
    return {"title": title, "region": region, "period": PERIOD_SECONDS, "metrics": list(lines)}
