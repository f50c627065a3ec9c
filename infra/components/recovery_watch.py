"""Whether the other region could take over, all the time: alarms on what is copied to it, and the page for the day it has to."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components.dashboards import PERIOD_SECONDS
from infra.components.recovery_dashboard import Copies, RecoverySide, body

LAG_MS = 5_000
"""What preflight lets pass (`dr/preflight.py`): beyond it a failover has to be overruled by a person."""

_LATE_SECONDS = 15 * 60
"""What S3 promises for 99.9 % of the objects, with replication time control."""

_STALLED_MS = 1_000_000_000
"""Written here and not heard of there: as late as can be."""


@dataclass(frozen=True, kw_only=True)
class RecoveryWatchArgs:
    """Arguments of `RecoveryWatch`.

    Attributes:
        prefix: First part of every name.
        home: Where producers write.
        away: The other region.
        copies: What is copied from the one to the other.
        checks: Health checks, by what they look at; none: there is no domain.
        runbook: Where people read what to do.
        topic_arn: Topic of the alarms at home.
        away_topic_arn: Topic of those in the other region: an alarm tells its own region's.
        away_provider: Provider of that region; None: the component's.
    """

    prefix: str
    home: RecoverySide
    away: RecoverySide
    copies: Copies
    checks: dict[str, pulumi.Output[str]]
    runbook: str
    topic_arn: pulumi.Input[str]
    away_topic_arn: pulumi.Input[str]
    away_provider: pulumi.ProviderResource | None


class RecoveryWatch(pulumi.ComponentResource):
    """Alarms in both regions, one dashboard, which CloudWatch shows in every region.

    Attributes:
        dashboard_name: Of the dashboard.
        alarm_names: Alarms at home.
        away_alarm_names: Those in the other region.
    """

    dashboard_name: pulumi.Output[str]
    alarm_names: list[pulumi.Output[str]]
    away_alarm_names: list[pulumi.Output[str]]

    def __init__(
        self, name: str, args: RecoveryWatchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create alarms and dashboard."""
        super().__init__("headwater:platform:RecoveryWatch", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        self.alarm_names, self.away_alarm_names = [self._table_behind().name], []
        if args.copies.copy_bucket is not None:
            self.alarm_names.append(self._objects_failed(args.copies.copy_bucket).name)
            self.away_alarm_names.append(self._objects_late(args.copies.copy_bucket).name)
        self.dashboard_name = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=args.prefix,
            dashboard_body=body(args.home, args.away, args.copies, args.checks, args.runbook),
            opts=child,
        ).dashboard_name
        self.register_outputs({"dashboard_name": self.dashboard_name})

    def _table_behind(self) -> aws.cloudwatch.MetricAlarm:
        """A copy that is late, and one that has stopped coming: DynamoDB measures what arrives."""
        args = self._args
        table = {"TableName": args.copies.table}
        return self._alarm(
            "table-behind",
            f"Copies of the online table in {args.away.region} are behind (ms); preflight would refuse",
            args.topic_arn,
            threshold=LAG_MS,
            metric_queries=[
                {
                    "id": "behind",
                    "expression": f"IF(FILL(written, 0) > 0, FILL(lag, {_STALLED_MS}), 0)",
                    "label": "behind",
                    "return_data": True,
                },
                _measured(
                    "lag", "ReplicationLatency", {**table, "ReceivingRegion": args.away.region}, "Maximum"
                ),
                _measured("written", "ConsumedWriteCapacityUnits", table, "Sum"),
            ],
        )

    def _objects_failed(self, copy: pulumi.Input[str]) -> aws.cloudwatch.MetricAlarm:
        return self._alarm(
            "objects-not-copied",
            "Objects of the bucket could not be copied to the other region",
            self._args.topic_arn,
            threshold=0,
            **self._of_bucket("OperationsFailedReplication", copy, "Sum"),
        )

    def _objects_late(self, copy: pulumi.Input[str]) -> aws.cloudwatch.MetricAlarm:
        args = self._args
        return self._alarm(
            "objects-late",
            f"Objects of the bucket arrive late from {args.home.region} (s): a recovery would not find them",
            args.away_topic_arn,
            # S3 measures what waits where it is to arrive.
            provider=args.away_provider,
            threshold=_LATE_SECONDS,
            **self._of_bucket("ReplicationLatency", copy, "Maximum"),
        )

    def _of_bucket(self, metric: str, copy: pulumi.Input[str], statistic: str) -> dict[str, Any]:
        copies = self._args.copies
        return {
            "namespace": "AWS/S3",
            "metric_name": metric,
            "dimensions": {
                "SourceBucket": copies.bucket,
                "DestinationBucket": copy,
                "RuleId": copies.rule,
            },
            "statistic": statistic,
            "period": PERIOD_SECONDS,
        }

    def _alarm(
        self,
        role: str,
        what: str,
        topic_arn: pulumi.Input[str],
        provider: pulumi.ProviderResource | None = None,
        **condition: Any,
    ) -> aws.cloudwatch.MetricAlarm:
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{role}",
            name=f"{self._args.prefix}-{role}",
            alarm_description=what,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            opts=pulumi.ResourceOptions(parent=self, provider=provider),
            **condition,
        )


def _measured(
    name: str, metric: str, dimensions: dict[str, pulumi.Input[str]], statistic: str
) -> dict[str, Any]:
    return {
        "id": name,
        "metric": {
            "namespace": "AWS/DynamoDB",
            "metric_name": metric,
            "dimensions": dimensions,
            "stat": statistic,
            "period": PERIOD_SECONDS,
        },
    }
