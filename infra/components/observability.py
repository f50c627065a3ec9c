"""What an operator looks at, and what wakes them: a dashboard, alarms, and the topic they go to."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

_PERIOD_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """Arguments of `Observability`.

    Attributes:
        prefix: First part of every name.
        region: Region of the metrics.
        stream_function: Name of the stream function.
        lookup_function: Name of the lookup function.
        event_stream: Name of the event stream.
        online_table: Name of the online table.
        dead_letter_queue: Name of the dead-letter queue.
        lookup_p99_ms: Lookup latency above which somebody is told.
        lag_ms: Age of the oldest unread event above which somebody is told.
        key_arn: Key of the topic.
    """

    prefix: str
    region: str
    stream_function: str
    lookup_function: str
    event_stream: str
    online_table: str
    dead_letter_queue: str
    lookup_p99_ms: int
    lag_ms: int
    key_arn: pulumi.Input[str]


class _Watch(NamedTuple):
    role: str
    what: str
    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str
    threshold: float


class Observability(pulumi.ComponentResource):
    """SNS topic, one alarm per `_Watch`, one dashboard that shows the same metrics."""

    topic_arn: pulumi.Output[str]
    dashboard_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create topic, alarms and dashboard."""
        super().__init__("headwater:platform:Observability", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            f"{name}-alarms", name=f"{args.prefix}-alarms", kms_master_key_id=args.key_arn, opts=child
        )
        watches = _watches(args)
        for watch in watches:
            percentile = watch.statistic.startswith("p")
            aws.cloudwatch.MetricAlarm(
                f"{name}-{watch.role}",
                name=f"{args.prefix}-{watch.role}",
                alarm_description=watch.what,
                namespace=watch.namespace,
                metric_name=watch.metric,
                dimensions=watch.dimensions,
                statistic=None if percentile else watch.statistic,
                extended_statistic=watch.statistic if percentile else None,
                period=_PERIOD_SECONDS,
                evaluation_periods=3,
                datapoints_to_alarm=2,
                comparison_operator="GreaterThanThreshold",
                threshold=watch.threshold,
                treat_missing_data="notBreaching",
                alarm_actions=[topic.arn],
                ok_actions=[topic.arn],
                opts=child,
            )
        dashboard = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=args.prefix,
            dashboard_body=json.dumps({"widgets": [_widget(watch, args.region) for watch in watches]}),
            opts=child,
        )
        self.topic_arn = topic.arn
        self.dashboard_name = dashboard.dashboard_name
        self.register_outputs({"topic_arn": self.topic_arn, "dashboard_name": self.dashboard_name})


def _watches(args: ObservabilityArgs) -> list[_Watch]:
    stream = {"FunctionName": args.stream_function}
    lookup = {"FunctionName": args.lookup_function}
    table = {"TableName": args.online_table}
    events = {"StreamName": args.event_stream}
    letters = {"QueueName": args.dead_letter_queue}
    lag_metric = "GetRecords.IteratorAgeMilliseconds"
    return [
        _Watch(
            "stream-lag",
            "Events wait on the stream",
            "AWS/Kinesis",
            lag_metric,
            events,
            "Maximum",
            args.lag_ms,
        ),
        _Watch("stream-errors", "The stream function fails", "AWS/Lambda", "Errors", stream, "Sum", 0),
        _Watch(
            "stream-throttles",
            "The stream function is held back",
            "AWS/Lambda",
            "Throttles",
            stream,
            "Sum",
            0,
        ),
        _Watch(
            "dead-letters",
            "Records that can never be applied",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            letters,
            "Maximum",
            0,
        ),
        _Watch("lookup-errors", "The lookup function fails", "AWS/Lambda", "Errors", lookup, "Sum", 0),
        _Watch("lookup-throttles", "Lookups are held back", "AWS/Lambda", "Throttles", lookup, "Sum", 0),
        _Watch(
            "lookup-latency",
            "Lookups are slow (ms)",
            "AWS/Lambda",
            "Duration",
            lookup,
            "p99",
            args.lookup_p99_ms,
        ),
        *(
            _Watch(
                f"table-{kind.lower()}-throttles",
                f"The online table holds {kind.lower()}s back",
                "AWS/DynamoDB",
                f"{kind}ThrottleEvents",
                table,
                "Sum",
                0,
            )
            for kind in ("Read", "Write")
        ),
    ]


def _widget(watch: _Watch, region: str) -> dict[str, Any]:
    dimensions = [part for pair in watch.dimensions.items() for part in pair]
    return {
        "type": "metric",
        "width": 12,
        "height": 6,
        "properties": {
            "title": watch.what,
            "region": region,
            "stat": watch.statistic,
            "period": _PERIOD_SECONDS,
            "metrics": [[watch.namespace, watch.metric, *dimensions]],
            "annotations": {"horizontal": [{"label": "alarm above", "value": watch.threshold}]},
        },
    }
