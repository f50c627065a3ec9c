"""Budgets and who may publish: made through boto3 as the program declares them, here in moto."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.local.handlers.budgets import create_budget
from infra.local.handlers.messaging import create_topic, set_topic_policy
from infra.local.handlers.registry import Cloud

_ACCOUNT = "123456789012"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def _client(service: str) -> Any:
    make: Callable[..., Any] = boto3.client
    return make(service, region_name="us-east-1")


@mock_aws
def test_a_budget_is_made_with_its_filter_and_limit() -> None:
    inputs = {
        "name": "total",
        "budgetType": "COST",
        "timeUnit": "MONTHLY",
        "limitAmount": "100",
        "limitUnit": "USD",
        "costFilters": [{"name": "TagKeyValue", "values": ["user:environment$lab"]}],
        "costTypes": {"includeCredit": False, "includeRefund": False},
    }
    made = create_budget(Cloud(_client, "us-east-1"), inputs)
    [budget] = _client("budgets").describe_budgets(AccountId=_ACCOUNT)["Budgets"]
    assert made.id == f"{_ACCOUNT}:total"
    assert budget["BudgetLimit"] == {"Amount": "100", "Unit": "USD"}
    assert budget["CostFilters"] == {"TagKeyValue": ["user:environment$lab"]}
    assert (budget["CostTypes"]["IncludeCredit"], budget["CostTypes"]["IncludeRefund"]) == (False, False)


@mock_aws
def test_a_topic_gets_its_policy() -> None:
    cloud = Cloud(_client, "us-east-1")
    topic = create_topic(cloud, {"name": "costs", "kmsMasterKeyId": "alias/ours"}).outputs["arn"]
    policy = {"Version": "2012-10-17", "Statement": []}
    set_topic_policy(cloud, {"arn": topic, "policy": json.dumps(policy)})
    kept = _client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    assert json.loads(kept) == policy
