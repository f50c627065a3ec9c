"""What may be asked of the lookup API without a signature, and what that can take."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from infra.components.lookup_api import LookupApi, LookupApiArgs
from infra.components.python_function import FunctionPlacement
from infra.components.region_health import RegionHealth, RegionHealthArgs
from tests.infra.graphs import Declared, declare_alone

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/online"


def _api(*, checked: bool) -> Declared:
    def declare() -> None:
        health = RegionHealth(
            "health",
            RegionHealthArgs(
                function_name="health",
                code=pulumi.FileArchive("nowhere.zip"),
                environment={},
                table_arn=TABLE,
                cache_grants=[(["elasticache:Connect"], ["cache"])],
                key_arn="key",
                log_retention_days=7,
                placement=FunctionPlacement(
                    runtime="python3.13", architecture="arm64", subnet_ids=[], security_group_ids=[]
                ),
            ),
        )
        LookupApi(
            "lookup-api",
            LookupApiArgs(
                api_name="lookup",
                function_name="lookup",
                alias=aws.lambda_.Alias("alias", name="live", function_name="lookup", function_version="1"),
                requests_per_second=1000,
                burst=500,
                key_arn="key",
                log_retention_days=7,
                health=health.function if checked else None,
            ),
        )

    return declare_alone(declare)


@pytest.fixture(scope="module")
def declared() -> Declared:
    """An API that health checks ask."""
    return _api(checked=True)


def test_two_paths_are_open_and_everything_else_is_signed(declared: Declared) -> None:
    routes = {each.inputs["routeKey"]: each.inputs["authorizationType"] for each in declared.all("Route")}
    assert routes == {"$default": "AWS_IAM", "GET /health": "NONE", "GET /leads": "NONE"}


def test_without_checks_nothing_is_open() -> None:
    declared = _api(checked=False)
    assert [each.inputs["authorizationType"] for each in declared.all("Route")] == ["AWS_IAM"]
    assert declared.one("Stage").inputs.get("routeSettings") is None


def test_what_is_open_is_held_back_apart_from_lookups(declared: Declared) -> None:
    settings = declared.one("Stage").inputs["routeSettings"]
    limits = {each["routeKey"]: each["throttlingRateLimit"] for each in settings}
    assert limits == {"GET /health": 50, "GET /leads": 50}


def test_a_stage_is_made_when_its_routes_are_there(declared: Declared) -> None:
    waits = declared.one("Stage").dependencies
    assert {each.urn for each in declared.all("Route") if each.name.startswith("lookup-api-open")} <= set(
        waits
    )


def test_what_checks_run_on_lookups_do_not(declared: Declared) -> None:
    assert declared.one("Function").inputs["reservedConcurrentExecutions"] == 5


def test_the_api_may_ask_the_function_on_these_paths_alone(declared: Declared) -> None:
    sources = {
        each.inputs["sourceArn"].rpartition("/*")[2]
        for each in declared.all("Permission")
        if each.inputs["function"] == "health"
    }
    assert sources == {"/GET/health", "/GET/leads"}


def test_the_function_reads_and_does_nothing_else(declared: Declared) -> None:
    statements = json.loads(declared.one("RolePolicy").inputs["policy"])["Statement"]
    allowed = {action for each in statements for action in each["Action"]}
    assert allowed == {
        *("logs:CreateLogStream", "logs:PutLogEvents", "kms:Decrypt", "kms:GenerateDataKey"),
        *("dynamodb:BatchGetItem", "elasticache:Connect"),
    }
