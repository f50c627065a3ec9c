"""Alarms on how fast the lookup's error budget burns, over a long and a short window at once.

    burn = (bad requests / requests) / (1 - objective)

A burn of 1 uses up the budget of 30 days in 30 days. An alarm rises while both its windows burn faster than
its rate; the short one makes it fall soon after the end. Windows and rates are those of Google's Site
Reliability Workbook, chapter 5, "Alerting on SLOs": 14.4 over an hour is 2 % of the month's budget
(0.02 * 30 * 24 h / 1 h), 6 over six hours is 5 % (0.05 * 30 * 24 h / 6 h).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from headwater import names

LATENCY_OBJECTIVE = 0.99
"""The latency of the configuration is that of the 99th percentile."""


class Burn(NamedTuple):
    """A rate, and the windows in seconds over which it must burn."""

    role: str
    rate: float
    long_s: int
    short_s: int


BURNS = (Burn("fast", 14.4, 3600, 300), Burn("slow", 6.0, 21_600, 1800))


@dataclass(frozen=True, kw_only=True)
class BurnRatesArgs:
    """Arguments of `BurnRates`.

    Attributes:
        prefix: First part of every name.
        environment: Whose log metrics count.
        lookup_function: Name of the lookup function.
        availability: Part of the lookups that is to be answered, below 1.
        latency_ms: What is slow.
        topic_arn: Topic of the alarms.
    """

    prefix: str
    environment: str
    lookup_function: str
    availability: float
    latency_ms: int
    topic_arn: pulumi.Input[str]


class BurnRates(pulumi.ComponentResource):
    """For availability and for latency: an alarm that wakes somebody, of one for each window."""

    fast_names: list[pulumi.Output[str]]

    def __init__(self, name: str, args: BurnRatesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the alarms."""
        super().__init__("headwater:platform:BurnRates", name, None, opts)
        self._name, self._args = name, args
        objectives = {"availability": _availability(args), "latency": _latency(args)}
        made = {
            (objective, burn.role): self._burn(objective, queries, burn)
            for objective, queries in objectives.items()
            for burn in BURNS
        }
        self.fast_names = [made[objective, "fast"] for objective in objectives]
        self.register_outputs({"fast_names": self.fast_names})

    def _burn(self, objective: str, queries: "_Queries", burn: Burn) -> pulumi.Output[str]:
        windows = [
            self._window(f"{objective}-{burn.role}-{which}", queries, seconds, burn.rate)
            for which, seconds in (("long", burn.long_s), ("short", burn.short_s))
        ]
        return aws.cloudwatch.CompositeAlarm(
            f"{self._name}-{objective}-{burn.role}",
            alarm_name=f"{self._args.prefix}-{objective}-{burn.role}",
            alarm_description=(
                f"Lookups burn the month's budget of {objective} {burn.rate:g} times too fast, for "
                f"{burn.long_s // 60} and {burn.short_s // 60} minutes"
            ),
            alarm_rule=pulumi.Output.format("ALARM({0}) AND ALARM({1})", *windows),
            alarm_actions=[self._args.topic_arn],
            ok_actions=[self._args.topic_arn],
            opts=pulumi.ResourceOptions(parent=self),
        ).alarm_name

    def _window(self, role: str, queries: "_Queries", seconds: int, rate: float) -> pulumi.Output[str]:
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{role}",
            name=f"{self._args.prefix}-{role}",
            alarm_description="One window of a composite alarm, which tells of it",
            metric_queries=queries.over(seconds),
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=rate,
            treat_missing_data="notBreaching",
            opts=pulumi.ResourceOptions(parent=self),
        ).name


class _Queries(NamedTuple):
    """An expression, and the metrics in it by id: namespace, name, statistic, dimensions."""

    expression: str
    metrics: dict[str, tuple[str, str, str, dict[str, str]]]

    def over(self, seconds: int) -> list[Any]:
        """The queries of an alarm over a window."""
        metrics = [
            {
                "id": key,
                "metric": {
                    "namespace": namespace,
                    "metric_name": name,
                    "stat": statistic,
                    "dimensions": dimensions,
                    "period": seconds,
                },
            }
            for key, (namespace, name, statistic, dimensions) in self.metrics.items()
        ]
        burn = {"id": "burn", "expression": self.expression, "label": "burn rate", "return_data": True}
        return [burn, *metrics]


def _availability(args: BurnRatesArgs) -> _Queries:
    """Bad: raised, held back, or answered with a failure of ours. Held back is no invocation to Lambda."""
    function = {"FunctionName": args.lookup_function}
    failures = names.log_metric_namespace(args.environment)
    bad = "(FILL(errors, 0) + FILL(throttles, 0) + FILL(failures, 0))"
    requests = "(FILL(invocations, 0) + FILL(throttles, 0))"
    return _Queries(
        f"{bad} / {requests} / {1 - args.availability:.6g}",
        {
            "errors": ("AWS/Lambda", "Errors", "Sum", function),
            "throttles": ("AWS/Lambda", "Throttles", "Sum", function),
            "invocations": ("AWS/Lambda", "Invocations", "Sum", function),
            "failures": (failures, names.LOOKUP_FAILURES_METRIC, "Sum", {}),
        },
    )


def _latency(args: BurnRatesArgs) -> _Queries:
    """Bad: longer than ``latency_ms``. The percentile rank is the percentage that is not."""
    function = {"FunctionName": args.lookup_function}
    return _Queries(
        f"(100 - quick) / 100 / {1 - LATENCY_OBJECTIVE:.6g}",
        {"quick": ("AWS/Lambda", "Duration", f"PR(:{args.latency_ms})", function)},
    )
