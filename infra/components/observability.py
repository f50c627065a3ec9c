"""What an operator looks at, and what wakes them: a dashboard, alarms, and the topic they go to.

What is watched is `watches`, how it is laid out `dashboards`, how fast budgets burn `burn_rates`.
"""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from headwater import names
from infra.components.burn_rates import BurnRates, BurnRatesArgs
from infra.components.dashboards import PERIOD_SECONDS, dashboard
from infra.components.watches import Watch, Watched, watches

_WAKES = ("stream-lag", "freshness", "dead-letters")
"""Beside fast burning budgets, what says that the platform as a whole is not well."""

_FAILURES_OF_OURS = (
    '{ ($.error >= 500) || ($.error = "store_unavailable") || ($.error = "corrupt_value") || '
    '($.error = "on_demand_failed") }'
)
_LOG_METRICS = {
    # What callers did wrong is no failure of ours. HTTP requests log a status, others a code.
    names.LOOKUP_FAILURES_METRIC: (_FAILURES_OF_OURS, "1"),
    # Each environment of the function counts from its start.
    names.SERVED_LOST_METRIC: ("{ $.served_lost > 0 }", "$.served_lost"),
}
"""Metrics by the lines of the lookup function's log that they are read from."""


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """Arguments of `Observability`.

    Attributes:
        prefix: First part of every name.
        region: Region of the metrics.
        watched: What there is to watch.
        lookup_log_group: Log of the lookup function.
        lookup_availability: Part of the lookups that is to be answered, below 1.
        key_arn: Key of the topic.
    """

    prefix: str
    region: str
    watched: Watched
    lookup_log_group: pulumi.Input[str]
    lookup_availability: float
    key_arn: pulumi.Input[str]


class Observability(pulumi.ComponentResource):
    """SNS topic, an alarm for each `Watch` with a threshold, burn rates, one alarm over all, a dashboard.

    Attributes:
        topic_arn: Topic that all of it is told to.
        dashboard_name: Of the dashboard.
        alarm_arns: Of alarms, by the role of what they watch.
        platform_alarm_name: Of the alarm over all.
    """

    topic_arn: pulumi.Output[str]
    dashboard_name: pulumi.Output[str]
    alarm_arns: dict[str, pulumi.Output[str]]
    platform_alarm_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create topic, alarms and dashboard."""
        super().__init__("headwater:platform:Observability", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        self._topic = aws.sns.Topic(
            f"{name}-alarms", name=f"{args.prefix}-alarms", kms_master_key_id=args.key_arn, opts=child
        )
        self._log_metrics()
        watched = watches(args.watched)
        alarms = {
            watch.role: self._alarm(watch, watch.threshold)
            for watch in watched
            if watch.threshold is not None
        }
        burns = BurnRates(
            f"{name}-budgets",
            BurnRatesArgs(
                prefix=args.prefix,
                environment=args.watched.environment,
                lookup_function=args.watched.lookup_function,
                availability=args.lookup_availability,
                latency_ms=args.watched.lookup_p99_ms,
                topic_arn=self._topic.arn,
            ),
            child,
        )
        self.platform_alarm_name = self._over_all(
            [*burns.fast_names, *(alarms[role].name for role in _WAKES)]
        )
        shown = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=args.prefix,
            dashboard_body=json.dumps(dashboard(watched, args.region)),
            opts=child,
        )
        self.topic_arn, self.alarm_arns = self._topic.arn, {role: each.arn for role, each in alarms.items()}
        self.dashboard_name = shown.dashboard_name
        self.register_outputs({"topic_arn": self.topic_arn, "dashboard_name": self.dashboard_name})

    def _log_metrics(self) -> None:
        for metric, (pattern, value) in _LOG_METRICS.items():
            role = metric.replace("_", "-")
            aws.cloudwatch.LogMetricFilter(
                f"{self._name}-{role}-filter",
                name=f"{self._args.prefix}-{role}",
                log_group_name=self._args.lookup_log_group,
                pattern=pattern,
                metric_transformation={
                    "namespace": names.log_metric_namespace(self._args.watched.environment),
                    "name": metric,
                    "value": value,
                },
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _alarm(self, watch: Watch, threshold: float) -> aws.cloudwatch.MetricAlarm:
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{watch.role}",
            name=f"{self._args.prefix}-{watch.role}",
            alarm_description=watch.what,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            comparison_operator="GreaterThanThreshold",
            threshold=threshold,
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic.arn],
            ok_actions=[self._topic.arn],
            opts=pulumi.ResourceOptions(parent=self),
            **_looked_at(watch),
        )

    def _over_all(self, alarms: list[pulumi.Output[str]]) -> pulumi.Output[str]:
        return aws.cloudwatch.CompositeAlarm(
            f"{self._name}-platform",
            alarm_name=self._args.prefix,
            alarm_description="The platform is not well: features are old or lost, or lookups fail or are slow",
            alarm_rule=pulumi.Output.all(*alarms).apply(
                lambda known: " OR ".join(f"ALARM({alarm})" for alarm in known)
            ),
            alarm_actions=[self._topic.arn],
            ok_actions=[self._topic.arn],
            opts=pulumi.ResourceOptions(parent=self),
        ).alarm_name


def _looked_at(watch: Watch) -> dict[str, Any]:
    """One metric, or the highest of several."""
    if len(watch.metrics) == 1:
        [metric] = watch.metrics
        percentile = metric.statistic.startswith("p")
        return {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": metric.dimensions or None,
            "period": PERIOD_SECONDS,
            "extended_statistic" if percentile else "statistic": metric.statistic,
        }
    queries: list[dict[str, Any]] = [
        {
            "id": f"m{place}",
            "metric": {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": metric.dimensions,
                "stat": metric.statistic,
                "period": PERIOD_SECONDS,
            },
        }
        for place, metric in enumerate(watch.metrics)
    ]
    highest = {"id": "highest", "expression": "MAX(METRICS())", "label": watch.what, "return_data": True}
    return {"metric_queries": [highest, *queries]}
