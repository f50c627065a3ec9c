"""Roles of people: who may take them, and what they reach."""

import json
from functools import cache
from typing import Any

import pytest
from msgspec import structs

from headwater.errors import SettingsError
from headwater.registry import Registry
from infra.components.teams import Team
from tests.infra.graphs import ENVIRONMENTS, ONE_REGION, PEOPLE, Declared, declare, declare_with, definitions

_OWNER = "flight-operations"
_ANOTHER = "risk"
_TAKE_NO_CODE = {
    "cloudwatch": {"DescribeAlarms", "GetDashboard"},
    "glue": {"GetDatabase", "GetJobRun", "GetJobRuns", "GetTable"},
    "kinesis": {"DescribeStreamSummary", "PutRecord", "PutRecords"},
    "kms": {"Decrypt", "GenerateDataKey"},
    "lakeformation": {"GetDataAccess"},
    "lambda": {"InvokeFunction", "InvokeFunctionUrl"},
    "logs": {"DescribeLogStreams", "FilterLogEvents", "GetLogEvents"},
    "s3": {"GetBucketLocation", "GetObject", "PutObject"},
    "states": {
        *("DescribeExecution", "GetExecutionHistory", "ListExecutions", "StartExecution", "StopExecution"),
    },
}
"""All that people may do. Before one is added here: can its caller say what runs, or as which role?"""


def _of_two_teams() -> Registry:
    """The definitions, with some of everything owned by another team."""
    found = definitions()
    view = structs.replace(found.views["airport_weather"], owner=_ANOTHER)
    source = structs.replace(found.sources["weather"], owner=_ANOTHER)
    service = structs.replace(found.services["flight_delay"], name="risk", owner=_ANOTHER)
    return structs.replace(
        found,
        views=found.views | {view.name: view},
        sources=found.sources | {source.name: source},
        services=found.services | {service.name: service},
    )


@cache
def _two_teams() -> Declared:
    return declare_with(_of_two_teams(), "prod", PEOPLE | {ONE_REGION})


def _statements(declared: Declared) -> list[tuple[str, dict[str, Any]]]:
    """Every statement about people, with the name of its role's policy."""
    policies = [each for each in declared.all("RolePolicy") if each.name.startswith("people-")]
    return [
        (policy.name, statement)
        for policy in policies
        if not policy.name.startswith("people-lake")
        for statement in json.loads(policy.inputs["policy"])["Statement"]
    ]


def _role(declared: Declared, role: str) -> dict[str, set[str]]:
    """Resources by action."""
    [policy] = [each for each in declared.all("RolePolicy") if each.inputs["role"].endswith(f"-{role}")]
    found: dict[str, set[str]] = {}
    for statement in json.loads(policy.inputs["policy"])["Statement"]:
        for action in statement["Action"]:
            found.setdefault(action, set()).update(statement["Resource"])
    return found


def _trusts(declared: Declared) -> dict[str, dict[str, Any]]:
    made = [each for each in declared.all("Role") if each.name.startswith("people-")]
    return {each.inputs["name"]: json.loads(each.inputs["assumeRolePolicy"])["Statement"][0] for each in made}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nobody_is_trusted_unless_the_configuration_says_so(environment: str) -> None:
    assert declare(environment).all("Governance") == []


def test_a_role_of_a_team_is_taken_in_a_session_of_that_team_alone() -> None:
    trusts = _trusts(declare("prod", PEOPLE | {ONE_REGION}))
    of_teams = {name: found for name, found in trusts.items() if name.endswith(_OWNER)}
    assert len(of_teams) == 4
    for found in of_teams.values():
        assert found["Condition"] == {"StringEquals": {"aws:PrincipalTag/team": _OWNER}}


def test_a_persona_that_nobody_is_trusted_with_has_no_role() -> None:
    only = frozenset({("trust", "auditor=arn:aws:iam::123456789012:root")})
    assert [name.rpartition("-")[2] for name in _trusts(declare("prod", only | {ONE_REGION}))] == ["auditor"]


def test_a_producer_puts_records_and_reads_none() -> None:
    found = _role(declare("prod", PEOPLE | {ONE_REGION}), f"producer-{_OWNER}")
    assert set(found) == {
        "kinesis:PutRecord",
        "kinesis:PutRecords",
        "kinesis:DescribeStreamSummary",
        "kms:GenerateDataKey",
    }


def test_files_that_lake_formation_grants_are_not_given_out_by_s3() -> None:
    reads = _role(declare("prod", PEOPLE | {ONE_REGION}), f"engineer-{_OWNER}")
    files = {arn.partition(".db/")[2] for arn in reads["s3:GetObject"]}
    assert files == {"events_landings/*", "events_weather/*"}
    assert "lakeformation:GetDataAccess" in reads


def test_without_lake_formation_nobody_asks_it() -> None:
    only = frozenset({("trust", "engineer=arn:aws:iam::123456789012:root")})
    reads = _role(declare("prod", only | {ONE_REGION}), f"engineer-{_OWNER}")
    assert "lakeformation:GetDataAccess" not in reads
    assert len(reads["s3:GetObject"]) == 3


def test_a_scientist_writes_labels_of_the_own_team_alone() -> None:
    writes = _role(declare("prod", PEOPLE | {ONE_REGION}), f"scientist-{_OWNER}")["s3:PutObject"]
    assert {arn.partition("/")[2] for arn in writes} == {f"labels/{_OWNER}/*"}


def test_no_persona_of_any_team_may_say_what_code_runs_or_as_which_role() -> None:
    statements = _statements(_two_teams())
    assert len({role for role, _ in statements}) == 2 * 4 + 1
    for role, statement in statements:
        for action in statement["Action"]:
            service, _, verb = action.partition(":")
            assert verb in _TAKE_NO_CODE.get(service, set()), f"{role}: {action}"


def test_what_people_put_into_the_bucket_is_never_what_runs() -> None:
    put = {
        arn
        for _, statement in _statements(_two_teams())
        if "s3:PutObject" in statement["Action"]
        for arn in statement["Resource"]
    }
    assert {arn.partition("/")[2] for arn in put} == {f"labels/{_OWNER}/*", f"labels/{_ANOTHER}/*"}


@pytest.mark.parametrize("team", [_OWNER, _ANOTHER])
def test_a_scientist_starts_the_machine_of_the_own_team_and_no_other(team: str) -> None:
    found = _two_teams()
    allowed = _role(found, f"scientist-{team}")
    arns = found.graph.outputs["machine_arns"]
    assert allowed["states:StartExecution"] == {arns[f"training_set-{team}"]}
    assert {arn.rpartition(":execution:")[2] for arn in allowed["states:StopExecution"]} == {
        f"headwater-prod-us-east-1-training-set-{team}:*"
    }


@pytest.mark.parametrize("team", [_OWNER, _ANOTHER])
def test_a_machine_says_itself_whose_folders_its_runs_keep_to(team: str) -> None:
    [made] = [each for each in _two_teams().all("StateMachine") if each.inputs["name"].endswith(team)]
    states = json.loads(made.inputs["definition"])["States"]
    assert f"'--team': '{team}'" in states["ReadInput"]["Output"]
    assert "'--team': $" not in states["ReadInput"]["Output"]
    assert states["TrainingSet"]["Parameters"]["Arguments.$"] == "$.arguments"


def test_serving_asks_for_vectors_and_does_nothing_else() -> None:
    found = _role(declare("prod", PEOPLE | {ONE_REGION}), f"serving-{_OWNER}")
    assert set(found) == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}


def test_an_auditor_changes_nothing() -> None:
    reads = ("Get", "Describe", "List", "Decrypt")
    actions = _role(declare("prod", PEOPLE | {ONE_REGION}), "auditor")
    assert [action for action in actions if not action.partition(":")[2].startswith(reads)] == []


def test_lake_formation_grants_reading_of_listed_tables_to_opted_in_readers() -> None:
    declared = declare("prod", PEOPLE | {ONE_REGION})
    granted = [each.inputs for each in declared.all("Permissions")]
    assert {each["table"]["name"] for each in granted} == {"events_departures"}
    assert {tuple(each["permissions"]) for each in granted} == {("DESCRIBE", "SELECT")}
    opted = {each.inputs["principals"][0]["dataLakePrincipalIdentifier"] for each in declared.all("OptIn")}
    assert opted == {each["principal"] for each in granted}


@pytest.mark.parametrize("key", ["lakeSources", "sagemakerViews"])
def test_a_name_that_is_not_defined_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match=f"{key}: found 'nothing'"):
        declare("prod", (PEOPLE - {(key, dict(PEOPLE)[key])}) | {(key, "nothing"), ONE_REGION})


def test_owners_that_a_name_cannot_tell_apart_have_different_roles() -> None:
    slugs = {Team(owner, (), (), (), ()).slug for owner in ("risk team", "risk-team", "risk_team", "x" * 40)}
    assert len(slugs) == 4
    assert all(len(slug) <= 19 for slug in slugs)


def test_sagemaker_commits_to_iceberg_tables_of_its_own_database_alone() -> None:
    [policy] = [
        each
        for each in declare("prod", PEOPLE | {ONE_REGION}).all("RolePolicy")
        if each.name == "sagemaker-policy"
    ]
    [catalog] = [
        statement
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        if "glue:UpdateTable" in statement["Action"]
    ]
    assert catalog["Action"] == ["glue:GetTable", "glue:UpdateTable"]
    assert [arn.rpartition(":")[2] for arn in catalog["Resource"]] == [
        *("catalog", "database/sagemaker_featurestore", "table/sagemaker_featurestore/*"),
    ]
