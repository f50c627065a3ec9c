"""Budgets of an environment: how much a month may cost, in all and by component."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

_NOTIFIED = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
"""What is told of, in percent of the budget: most of it is gone, all of it is, all of it will be by the month's end."""


@dataclass(frozen=True, kw_only=True)
class CostBudgetsArgs:
    """Arguments of `CostBudgets`.

    Attributes:
        prefix: First part of every name.
        environment: Value of the tag ``environment`` of what counts.
        monthly_usd: US dollars a month; 0: no budget of the whole.
        components_usd: US dollars a month of components, by the value of their tag.
        topic_arn: Who is told.
    """

    prefix: str
    environment: str
    monthly_usd: float
    components_usd: Mapping[str, float]
    topic_arn: pulumi.Input[str]


class CostBudgets(pulumi.ComponentResource):
    """A budget of the environment, and one of each component that is to have its own."""

    def __init__(self, name: str, args: CostBudgetsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the budgets."""
        super().__init__("headwater:platform:CostBudgets", name, None, opts)
        self._name, self._args = name, args
        if args.monthly_usd:
            self._budget("total", args.monthly_usd, {})
        for component, monthly_usd in args.components_usd.items():
            self._budget(component, monthly_usd, {"component": component})
        self.register_outputs({})

    def _budget(self, role: str, monthly_usd: float, tags: Mapping[str, str]) -> None:
        counted = {"environment": self._args.environment, **tags}
        aws.budgets.Budget(
            f"{self._name}-{role}",
            name=f"{self._args.prefix}-{role}",
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{monthly_usd:g}",
            limit_unit="USD",
            # Values of one tag are alternatives; of different tags, all have to be there.
            cost_filters=[
                {"name": "TagKeyValue", "values": [f"user:{tag}${value}" for tag, value in counted.items()]}
            ],
            # What is used, whoever pays: a credit would make a month look well that is not.
            cost_types={"include_credit": False, "include_refund": False},
            notifications=[self._notification(kind, percent) for kind, percent in _NOTIFIED],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _notification(self, kind: str, percent: int) -> Any:
        return {
            "notification_type": kind,
            "comparison_operator": "GREATER_THAN",
            "threshold": percent,
            "threshold_type": "PERCENTAGE",
            "subscriber_sns_topic_arns": [self._args.topic_arn],
        }
