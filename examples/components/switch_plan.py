"""A plan that the operators of a team are asked in."""

from infra.components.switch_plan import SwitchPlan, SwitchPlanArgs, SwitchSide

_LAMBDA = "arn:aws:lambda:{region}:123456789012:{what}"


def declare() -> None:
    """Declare it."""
    home, away = (
        SwitchSide(
            region,
            _LAMBDA.format(region=region, what="event-source-mapping:14e0db71"),
            _LAMBDA.format(region=region, what="function:stream"),
        )
        for region in ("eu-west-1", "eu-central-1")
    )
    SwitchPlan(
        "switch",
        SwitchPlanArgs(
            name="headwater-lab-switch",
            home=home,
            away=away,
            approver_arn="arn:aws:iam::123456789012:role/operators",
        ),
    )
