"""What wakes somebody about the jobs: executions that fail, and a success that stays out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

_MINUTE = 60
_HOUR = 3600
_FAILURES = {
    "failed": ("ExecutionsFailed", "Executions fail"),
    "timed-out": ("ExecutionsTimedOut", "Executions hang"),
    "throttled": ("ExecutionThrottled", "Executions are held back"),
}


@dataclass(frozen=True, kw_only=True)
class JobAlarmsArgs:
    """Arguments of `JobAlarms`.

    Attributes:
        prefix: First part of every name.
        machine_arns: State machines, by name.
        queue_name: Queue that keeps failures.
        awaited: Machine whose success must not stay out.
        patience_hours: For how long it may.
        scheduled: Whether machines are started by the clock; else nobody waits for a success.
        topic_arn: Topic of the alarms.
    """

    prefix: str
    machine_arns: Mapping[str, pulumi.Input[str]]
    queue_name: pulumi.Input[str]
    awaited: str
    patience_hours: int
    scheduled: bool
    topic_arn: pulumi.Input[str]


class JobAlarms(pulumi.ComponentResource):
    """Alarms on each machine, on the queue of failures, and on the time since the last success."""

    def __init__(self, name: str, args: JobAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the alarms."""
        super().__init__("headwater:platform:JobAlarms", name, None, opts)
        self._name, self._args = name, args
        for machine, arn in args.machine_arns.items():
            for role, (metric, what) in _FAILURES.items():
                self._above_zero(
                    f"{machine.replace('_', '-')}-{role}",
                    f"{what}: {machine}",
                    "AWS/States",
                    metric,
                    {"StateMachineArn": arn},
                )
        self._above_zero(
            "failures-kept",
            "Failures of jobs wait to be looked at",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": args.queue_name},
        )
        self._stays_out()
        self.register_outputs({})

    def _above_zero(
        self, role: str, what: str, namespace: str, metric: str, dimensions: Mapping[str, pulumi.Input[str]]
    ) -> None:
        self._alarm(
            role,
            what,
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            statistic="Maximum" if namespace == "AWS/SQS" else "Sum",
            period=_MINUTE,
            evaluation_periods=1,
            datapoints_to_alarm=1,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            treat_missing_data="notBreaching",
        )

    def _stays_out(self) -> None:
        args = self._args
        self._alarm(
            f"{args.awaited}-stays-out",
            f"No success of {args.awaited} for {args.patience_hours} hours",
            namespace="AWS/States",
            metric_name="ExecutionsSucceeded",
            dimensions={"StateMachineArn": args.machine_arns[args.awaited]},
            statistic="Sum",
            period=_HOUR,
            evaluation_periods=args.patience_hours,
            datapoints_to_alarm=args.patience_hours,
            comparison_operator="LessThanThreshold",
            threshold=1,
            # No execution makes no metric: that is what is watched for.
            treat_missing_data="breaching",
            actions_enabled=args.scheduled,
        )

    def _alarm(self, role: str, what: str, **condition: Any) -> None:
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{role}",
            name=f"{self._args.prefix}-{role}",
            alarm_description=what,
            alarm_actions=[self._args.topic_arn],
            ok_actions=[self._args.topic_arn],
            opts=pulumi.ResourceOptions(parent=self),
            **condition,
        )
