"""A budget of fifty dollars a month, told of with what a million lookups cost."""

from infra.components.cost_controls import CostControls, CostControlsArgs
from infra.components.unit_costs import Meter, UnitCost
from infra.components.watches import Metric


def declare() -> None:
    """Declare them."""
    calls = Metric("AWS/Lambda", "Invocations", {"FunctionName": "headwater-lab-lookup"}, "Sum")
    CostControls(
        "costs",
        CostControlsArgs(
            prefix="headwater-lab-costs",
            environment="lab",
            region="eu-west-1",
            account_id="123456789012",
            monthly_usd=50,
            components_usd={"cache": 20},
            anomaly_usd=10,
            units=[
                UnitCost(
                    role="million-lookups",
                    what="A million lookups (USD)",
                    meters=[Meter(name="calls", metric=calls, usd=0.2e-6)],
                    hourly_usd=0.0128,
                    per=calls,
                    threshold_usd=5,
                )
            ],
            active_tags=["environment", "component"],
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
        ),
    )
