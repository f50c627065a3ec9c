"""The job of the second region that lets its tables follow the first's."""

import json

import pytest

from infra.local.graph import Resource
from tests.infra.graphs import Declared, declare, declare_one_region

_HOME, _THERE = "us-east-1", "us-west-2"


def _prod(**changes: str) -> Declared:
    return declare("prod", frozenset(changes.items()))


def _called(declared: Declared, kind: str, role: str) -> list[Resource]:
    return [
        each
        for each in declared.all(kind)
        if each.custom and each.inputs.get("name", "").endswith(f"-{role}")
    ]


def _job(declared: Declared) -> Resource:
    [found] = _called(declared, "Job", "replicate")
    return found


def _allowed(declared: Declared, role: str) -> set[tuple[str, str]]:
    """Actions and resources."""
    [policy] = [each for each in declared.all("RolePolicy") if each.inputs["role"].endswith(f"-{role}")]
    return {
        (action, resource)
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def _buckets(declared: Declared) -> dict[str, str]:
    """ARN of each region's bucket of tables."""
    return {
        each.region: each.outputs["arn"]
        for each in declared.all("Bucket")
        if each.custom and each.name.endswith("offline-bucket")
    }


def test_only_the_second_region_has_the_job() -> None:
    assert _job(_prod()).region == _THERE
    assert _called(declare_one_region("prod"), "Job", "replicate") == []


def test_it_has_two_workers_and_runs_once_at_a_time() -> None:
    inputs = _job(_prod(jobWorkers="20")).inputs
    assert (inputs["command"]["name"], inputs["workerType"], inputs["numberOfWorkers"]) == (
        "glueetl",
        "G.1X",
        2,
    )
    assert inputs["executionProperty"]["maxConcurrentRuns"] == 1


def test_it_is_told_where_the_first_regions_tables_are() -> None:
    declared = _prod()
    given = _job(declared).inputs["defaultArguments"]
    regions = declared.graph.outputs["regions"]
    assert given["--source-region"] == _HOME
    assert given["--source-bucket"] == regions[_HOME]["bucket_name"] != regions[_THERE]["bucket_name"]
    assert given["--source-database"] == regions[_HOME]["glue_database"]


def test_it_alone_installs_what_works_on_tables_metadata() -> None:
    declared = _prod()
    installing = {
        each.inputs["name"]
        for each in declared.all("Job")
        if "pyiceberg.whl" in each.inputs["defaultArguments"]["--additional-python-modules"]
    }
    assert installing == {_job(declared).inputs["name"]}


def test_the_modules_it_installs_have_been_put_there() -> None:
    declared = _prod()
    put = {f"s3://{made.inputs['bucket']}/{made.inputs['key']}" for made in declared.all("BucketObjectv2")}
    assert set(_job(declared).inputs["defaultArguments"]["--additional-python-modules"].split(",")) <= put


@pytest.mark.parametrize(("scheduled", "state"), [("true", "ENABLED"), ("false", "DISABLED")])
def test_it_is_started_every_quarter_hour_where_the_first_regions_schedules_are_on(
    scheduled: str, state: str
) -> None:
    declared = _prod(jobSchedules=scheduled)
    [schedule] = _called(declared, "Schedule", "replicate")
    machine = declared.graph.outputs["regions"][_THERE]["machine_arns"]["replicate"]
    assert schedule.inputs["target"]["arn"] == machine
    assert (schedule.inputs["scheduleExpression"], schedule.inputs["state"]) == ("rate(15 minutes)", state)


def test_a_run_that_fails_is_an_alarm() -> None:
    declared = _prod()
    machine = declared.graph.outputs["regions"][_THERE]["machine_arns"]["replicate"]
    watched = {
        alarm.inputs["metricName"]
        for alarm in declared.all("MetricAlarm")
        if (alarm.inputs.get("dimensions") or {}).get("StateMachineArn") == machine
        and alarm.inputs.get("alarmActions")
    }
    assert watched == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"}


def test_it_writes_nothing_but_what_makes_copied_tables_readable() -> None:
    declared = _prod()
    bucket = _buckets(declared)[_THERE]
    writes = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
    written = {resource for action, resource in _allowed(declared, "replicate-job") if action in writes}
    assert written == {f"{bucket}/replica/*", f"{bucket}/jobs/temp/*"}


def test_of_the_online_table_it_reads_the_pointer_and_nothing_else() -> None:
    declared = _prod()
    [policy] = [each for each in declared.all("RolePolicy") if each.inputs["role"].endswith("-replicate-job")]
    [found] = [
        statement
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        if any(action.startswith("dynamodb:") for action in statement["Action"])
    ]
    assert found["Action"] == ["dynamodb:BatchGetItem"]
    assert [resource.split(":")[3] for resource in found["Resource"]] == [_THERE]
    assert found["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["prod/_pointer"]}}


def test_it_changes_tables_of_its_own_region_alone() -> None:
    allowed = _allowed(_prod(), "replicate-job")
    changes = ("glue:CreateTable", "glue:UpdateTable")
    assert {resource.split(":")[3] for action, resource in allowed if action in changes} == {_THERE}


def test_it_reads_the_first_regions_metadata_and_does_nothing_else_there() -> None:
    declared = _prod()
    bucket = _buckets(declared)[_HOME]
    key = next(each.outputs["arn"] for each in declared.all("Key") if each.region == _HOME)
    there = {
        (action, resource)
        for action, resource in _allowed(declared, "replicate-job")
        if resource.startswith(bucket) or resource == key or f":{_HOME}:" in resource
    }
    objects = {("s3:GetObject", f"{bucket}/{folder}/*") for folder in ("warehouse", "replica")}
    assert {each for each in there if each[0].startswith("s3:")} == objects
    assert {action for action, _ in there} == {
        *("glue:GetDatabase", "glue:GetTable", "glue:GetTables"),
        *("s3:GetObject", "kms:Decrypt"),
    }
