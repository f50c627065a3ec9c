"""The operator's role may do what the plans of a failover call in either region, and nothing else."""

import json
from functools import cache
from typing import Any

import pytest

from dr import plan
from headwater.errors import SettingsError
from tests.infra.graphs import Declared, declare

_TRUSTED = "arn:aws:iam::123456789012:role/on-call"
_OPERATED = frozenset({("trust", f"operator={_TRUSTED}")})
_MODES = ("warm-standby", "pilot-light")
_ALONG = {
    # Logging in to a cache, which speaks no API.
    "elasticache:Connect",
    # What is read and written is encrypted.
    *("kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"),
    # A cache that is made again has the tags it had, and delivers its logs.
    "elasticache:AddTagsToResource",
    *(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete")),
    *("logs:ListLogDeliveries", "logs:PutResourcePolicy"),
    *("logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
}
"""What AWS asks for beside the calls themselves, and what stands in no call."""

_WITHOUT_RESOURCE = {
    *("lambda:GetAccountSettings", "lambda:ListEventSourceMappings"),
    *("lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping"),
    *("kinesis:DescribeLimits", "cloudwatch:GetMetricData"),
    *(each for each in _ALONG if each.startswith("logs:")),
}


@cache
def _declared(mode: str) -> Declared:
    return declare("prod", _OPERATED | {("recoveryMode", mode)})


def _statements(mode: str) -> dict[str, list[dict[str, Any]]]:
    """Statements by region."""
    policies = [each for each in _declared(mode).all("Policy") if each.name.startswith("operator-")]
    return {
        policy.name.removeprefix("operator-").removesuffix("-policy"): json.loads(policy.inputs["policy"])[
            "Statement"
        ]
        for policy in policies
    }


def _actions(statements: list[dict[str, Any]]) -> set[str]:
    return {action for statement in statements for action in statement["Action"]}


_CALLED = {
    action.api
    for one in plan.PLANS.values()
    for step in one.steps
    for action in step.actions
    if ":" in action.api
}


def test_in_either_region_the_operator_may_call_all_that_any_plan_calls() -> None:
    missing = {region: _CALLED - _actions(found) for region, found in _statements("warm-standby").items()}
    assert missing == {"us-east-1": set(), "us-west-2": set()}


@pytest.mark.parametrize("mode", _MODES)
def test_the_operator_may_call_nothing_that_no_plan_calls(mode: str) -> None:
    more = {region: _actions(found) - _CALLED - _ALONG for region, found in _statements(mode).items()}
    assert more == {"us-east-1": set(), "us-west-2": set()}


def test_where_there_is_no_cache_none_can_be_made() -> None:
    allowed = _actions(_statements("pilot-light")["us-west-2"])
    assert not [action for action in allowed if action.startswith("elasticache:")]


@pytest.mark.parametrize("mode", _MODES)
def test_what_the_operator_may_do_is_of_its_region(mode: str) -> None:
    for region, statements in _statements(mode).items():
        for statement in statements:
            if statement["Resource"] == ["*"]:
                assert set(statement["Action"]) <= _WITHOUT_RESOURCE
                assert statement["Condition"]["StringEquals"] == {"aws:RequestedRegion": region}
            else:
                assert "*" not in statement["Resource"]


def test_mappings_of_the_stream_function_alone_can_be_made_and_deleted() -> None:
    [statement] = [
        each
        for each in _statements("warm-standby")["us-west-2"]
        if "lambda:CreateEventSourceMapping" in each["Action"]
    ]
    [(_, function)] = statement["Condition"]["ArnEquals"].items()
    assert function.endswith(":function:headwater-prod-us-west-2-stream")


@pytest.mark.parametrize("mode", _MODES)
def test_a_policy_is_not_longer_than_iam_takes(mode: str) -> None:
    for statements in _statements(mode).values():
        assert len(json.dumps({"Version": "2012-10-17", "Statement": statements})) <= 6_144


def test_only_who_is_trusted_may_take_the_role() -> None:
    [role] = [each for each in _declared("warm-standby").all("Role") if each.name == "operator-role"]
    [statement] = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"AWS": [_TRUSTED]}


def test_nobody_is_trusted_unless_somebody_is_named() -> None:
    assert not [each for each in declare("prod").all("Role") if each.name == "operator-role"]


def test_an_operator_without_a_second_region_is_refused() -> None:
    with pytest.raises(SettingsError, match="nobody as operator, because recoveryRegion is empty"):
        declare("prod", _OPERATED | {("recoveryRegion", "")})
