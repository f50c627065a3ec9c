"""Costs that are not as they used to be: AWS learns what is usual, and tells of what is not."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class CostAnomaliesArgs:
    """Arguments of `CostAnomalies`.

    Attributes:
        prefix: First part of every name.
        environment: Value of the tag ``environment`` of what is watched.
        impact_usd: US dollars beyond the usual from which on somebody is told.
        topic_arn: Who is told.
    """

    prefix: str
    environment: str
    impact_usd: float
    topic_arn: pulumi.Input[str]


class CostAnomalies(pulumi.ComponentResource):
    """A monitor of the environment, and the subscription to it."""

    def __init__(
        self, name: str, args: CostAnomaliesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create monitor and subscription."""
        super().__init__("headwater:platform:CostAnomalies", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        monitor = aws.costexplorer.AnomalyMonitor(
            f"{name}-monitor",
            name=f"{args.prefix}-anomalies",
            # An account has one monitor over its services, and may have it already; of these it can have hundreds.
            monitor_type="CUSTOM",
            monitor_specification=json.dumps(
                {"Tags": {"Key": "environment", "MatchOptions": None, "Values": [args.environment]}}
                | dict.fromkeys(("And", "CostCategories", "Dimensions", "Not", "Or"))
            ),
            opts=child,
        )
        aws.costexplorer.AnomalySubscription(
            f"{name}-subscription",
            name=f"{args.prefix}-anomalies",
            # A topic is told at once, or not at all: summaries go to mail addresses only.
            frequency="IMMEDIATE",
            monitor_arn_lists=[monitor.arn],
            subscribers=[{"type": "SNS", "address": args.topic_arn}],
            threshold_expression={
                "dimension": {
                    "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    "match_options": ["GREATER_THAN_OR_EQUAL"],
                    "values": [f"{args.impact_usd:g}"],
                }
            },
            opts=child,
        )
        self.register_outputs({})
