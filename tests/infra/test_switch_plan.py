"""The plan of Region switch does what is its to do, and waits for people."""

import json

import pytest

from infra.components.switch_plan import SwitchPlan, SwitchPlanArgs, SwitchSide
from tests.infra.graphs import Declared, declare_alone

HOME, AWAY = "us-east-1", "us-west-2"
PEOPLE = "arn:aws:iam::123456789012:role/operators"


def _side(region: str) -> SwitchSide:
    return SwitchSide(region, f"mapping-{region}", f"function-{region}")


@pytest.fixture(scope="module")
def declared() -> Declared:
    """A plan of two regions."""
    args = SwitchPlanArgs(
        name="headwater-prod-switch", home=_side(HOME), away=_side(AWAY), approver_arn=PEOPLE
    )

    def declare() -> None:
        SwitchPlan("switch", args)

    return declare_alone(declare)


def _workflows(declared: Declared) -> dict[str, list[dict[str, object]]]:
    return {each["workflowTargetRegion"]: each["steps"] for each in declared.one("Plan").inputs["workflows"]}


def test_each_region_can_be_gone_to_and_people_are_asked_first(declared: Declared) -> None:
    workflows = _workflows(declared)
    assert set(workflows) == {HOME, AWAY}
    for steps in workflows.values():
        assert steps[0]["executionBlockType"] == "ManualApproval"
        assert steps[0]["executionApprovalConfigs"] == [{"approvalRole": PEOPLE, "timeoutMinutes": 60}]


def test_what_is_left_is_fenced_and_not_waited_for(declared: Declared) -> None:
    _, fence = _workflows(declared)[AWAY]
    assert fence["lambdaEventSourceMappingConfigs"] == [
        {
            "action": "disable",
            "regionEventSourceMappings": [{"region": HOME, "arn": f"mapping-{HOME}"}],
            "ungracefuls": [{"behavior": "skip"}],
        }
    ]


def test_nothing_is_started_again_by_the_plan(declared: Declared) -> None:
    """What is on the old stream has been recovered: it would be counted twice."""
    assert '"enable"' not in json.dumps(_workflows(declared))


def test_its_role_may_stop_one_mapping_and_look(declared: Declared) -> None:
    statements = json.loads(declared.one("RolePolicy").inputs["policy"])["Statement"]
    allowed = {action: each["Resource"] for each in statements for action in each["Action"]}
    assert allowed == {
        "lambda:GetEventSourceMapping": [f"mapping-{HOME}"],
        "lambda:UpdateEventSourceMapping": [f"mapping-{HOME}"],
        "lambda:GetFunction": [f"function-{HOME}"],
        "iam:SimulatePrincipalPolicy": [declared.one("Role").outputs["arn"]],
    }
