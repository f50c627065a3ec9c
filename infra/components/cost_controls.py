"""What keeps costs from running away unseen: budgets, anomalies, what a million lookups cost, and tags to tell apart by.

How a unit's cost is reckoned is `unit_costs`, how budgets are told of `cost_budgets`, what is not usual `cost_anomalies`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components import unit_costs
from infra.components.cost_anomalies import CostAnomalies, CostAnomaliesArgs
from infra.components.cost_budgets import CostBudgets, CostBudgetsArgs
from infra.components.cost_topic import CostTopic, CostTopicArgs
from infra.components.unit_costs import UnitCost

_WIDTH, _HEIGHT, _TITLE_HEIGHT = 12, 6, 3


@dataclass(frozen=True, kw_only=True)
class CostControlsArgs:
    """Arguments of `CostControls`.

    Attributes:
        prefix: First part of every name.
        environment: Value of the tag ``environment`` of everything.
        region: Region of the metrics.
        account_id: Account that pays.
        monthly_usd: Budget of the environment, US dollars a month; 0: none.
        components_usd: Budgets of components, by the value of their tag.
        anomaly_usd: US dollars beyond the usual from which on an anomaly is told; 0: none is looked for.
        units: What is watched by the million.
        active_tags: Tags that costs are to be told apart by in the whole account; empty: the account's are left alone.
        key_arn: Key of the topic.
    """

    prefix: str
    environment: str
    region: str
    account_id: pulumi.Input[str]
    monthly_usd: float
    components_usd: Mapping[str, float]
    anomaly_usd: float
    units: Sequence[UnitCost]
    active_tags: Sequence[str]
    key_arn: pulumi.Input[str]


class CostControls(pulumi.ComponentResource):
    """Topic, budgets, a monitor of anomalies, alarms on unit costs, a dashboard, and the account's tags of costs."""

    topic_arn: pulumi.Output[str]
    dashboard_name: pulumi.Output[str]

    def __init__(self, name: str, args: CostControlsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create everything that is asked for."""
        super().__init__("headwater:platform:CostControls", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        topic = CostTopic(
            f"{name}-told",
            CostTopicArgs(topic_name=args.prefix, account_id=args.account_id, key_arn=args.key_arn),
            child,
        )
        self.topic_arn = topic.topic_arn
        CostBudgets(
            f"{name}-budgets",
            CostBudgetsArgs(
                prefix=args.prefix,
                environment=args.environment,
                monthly_usd=args.monthly_usd,
                components_usd=args.components_usd,
                topic_arn=self.topic_arn,
            ),
            child,
        )
        if args.anomaly_usd:
            CostAnomalies(
                f"{name}-anomalies",
                CostAnomaliesArgs(
                    prefix=args.prefix,
                    environment=args.environment,
                    impact_usd=args.anomaly_usd,
                    topic_arn=self.topic_arn,
                ),
                child,
            )
        for unit in args.units:
            if unit.threshold_usd:
                self._alarm(unit)
        self._activate()
        shown = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=args.prefix,
            dashboard_body=json.dumps({"widgets": _widgets(args)}),
            opts=child,
        )
        self.dashboard_name = shown.dashboard_name
        self.register_outputs({"topic_arn": self.topic_arn, "dashboard_name": self.dashboard_name})

    def _alarm(self, unit: UnitCost) -> None:
        asked: Any = unit_costs.queries(unit, unit_costs.DAY_SECONDS)
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{unit.role}",
            name=f"{self._args.prefix}-{unit.role}",
            alarm_description=unit.what,
            metric_queries=asked,
            evaluation_periods=1,
            datapoints_to_alarm=1,
            comparison_operator="GreaterThanThreshold",
            threshold=unit.threshold_usd,
            # A day without a single one has no cost of one; what it cost nevertheless, the budget knows.
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _activate(self) -> None:
        for tag in self._args.active_tags:
            aws.costexplorer.CostAllocationTag(
                f"{self._name}-tag-{tag}",
                tag_key=tag,
                status="Active",
                # It is the account's: other environments go on needing it when this one is gone.
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )


def _widgets(args: CostControlsArgs) -> list[dict[str, object]]:
    told = [
        f"## Costs of {args.environment}",
        "Metered units times list prices: nothing is free here, and no discount counts.",
        f"Budget: {args.monthly_usd:g} USD a month." if args.monthly_usd else "No budget of the whole.",
    ]
    title = {
        "type": "text",
        "x": 0,
        "y": 0,
        "width": 2 * _WIDTH,
        "height": _TITLE_HEIGHT,
        "properties": {"markdown": "\n\n".join(told)},
    }
    graphs = []
    for place, properties in enumerate(unit_costs.graph(args.units, args.region)):
        row, column = divmod(place, 2)
        at = {"x": column * _WIDTH, "y": _TITLE_HEIGHT + row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
        graphs.append({"type": "metric", **at, "properties": properties})
    return [title, *graphs]
