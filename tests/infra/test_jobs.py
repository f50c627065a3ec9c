"""Glue jobs and the state machines that run them, in every environment."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater import names
from headwater.environment import Environment
from headwater.offline.spark.catalogs import CATALOG, glue_catalog
from infra.components import job_machines
from infra.components.job_machines import RUN_JOB, Failures, Machine, kinds_where, machines
from infra.components.job_specs import JOBS, specs_where
from infra.local.graph import Resource
from tests.infra.graphs import ONE_REGION, ROOT, Declared, declare, declare_one_region
from tests.servers import outputs

_SPECS = {spec.name: spec for spec in JOBS}


def _jobs(declared: Declared) -> dict[str, Resource]:
    by_name = {each.inputs["name"]: each for each in declared.all("Job")}
    return {job: by_name[name] for job, name in declared.graph.outputs["job_names"].items()}


def _statements(declared: Declared, role: str) -> list[dict[str, Any]]:
    [policy] = [each for each in declared.all("RolePolicy") if each.inputs["role"].endswith(f"-{role}")]
    found: list[dict[str, Any]] = json.loads(policy.inputs["policy"])["Statement"]
    return found


def _actions(declared: Declared, role: str, service: str) -> dict[str, set[str]]:
    """Resources by action, of one service."""
    found: dict[str, set[str]] = {}
    for statement in _statements(declared, role):
        for action in statement["Action"]:
            if action.startswith(f"{service}:"):
                found.setdefault(action.partition(":")[2], set()).update(statement["Resource"])
    return found


def _definitions(declared: Declared) -> dict[str, dict[str, Any]]:
    by_name = {each.inputs["name"]: each.inputs["definition"] for each in declared.all("StateMachine")}
    return {
        machine: json.loads(by_name[arn.rpartition(":")[2]])
        for machine, arn in declared.graph.outputs["machine_arns"].items()
    }


def _tasks(declared: Declared) -> Iterator[tuple[str, dict[str, Any]]]:
    for machine, found in _definitions(declared).items():
        for name, state in found["States"].items():
            if state["Type"] == "Task":
                yield f"{machine}/{name}", state


def test_every_script_is_a_job_and_every_job_a_script() -> None:
    assert {path.stem for path in (ROOT / "glue_scripts").glob("[!_]*.py")} == set(_SPECS)


def test_jobs_run_on_the_glue_that_is_tested_and_are_kept_in_bounds(declared: Declared) -> None:
    for job, made in _jobs(declared).items():
        spec, inputs = _SPECS[job], made.inputs
        assert (inputs["glueVersion"], inputs["workerType"]) == ("5.1", "G.1X")
        assert inputs["timeout"] == spec.timeout_minutes
        assert inputs["executionProperty"]["maxConcurrentRuns"] == spec.concurrent
        assert inputs["maxRetries"] == 0
        assert inputs["numberOfWorkers"] >= 2


def test_what_nobody_waits_for_runs_on_spare_capacity(declared: Declared) -> None:
    classes = {job: made.inputs["executionClass"] for job, made in _jobs(declared).items()}
    assert {job for job, chosen in classes.items() if chosen == "FLEX"} == {"training_set", "compact"}


def test_jobs_encrypt_with_our_key(declared: Declared) -> None:
    key, security = declared.one("Key").outputs["arn"], declared.one("SecurityConfiguration")
    for part in security.inputs["encryptionConfiguration"].values():
        assert part["kmsKeyArn"] == key
        assert "KMS" in next(mode for name, mode in part.items() if name.endswith("Mode"))
    assert {made.inputs["securityConfiguration"] for made in declared.all("Job")} == {security.inputs["name"]}


def test_files_of_jobs_are_encrypted_and_in_their_folder(declared: Declared) -> None:
    key = declared.one("Key").outputs["arn"]
    for made in declared.all("BucketObjectv2"):
        assert (made.inputs["serverSideEncryption"], made.inputs["kmsKeyId"]) == ("aws:kms", key)
        assert made.inputs["key"].startswith(names.jobs_prefix())


def test_what_a_job_is_told_to_fetch_has_been_put_there(declared: Declared) -> None:
    put = {f"s3://{made.inputs['bucket']}/{made.inputs['key']}" for made in declared.all("BucketObjectv2")}
    for made in declared.all("Job"):
        given = made.inputs["defaultArguments"]
        listed = f"{given['--extra-files']},{given['--additional-python-modules']}".split(",")
        assert {made.inputs["command"]["scriptLocation"], *listed} <= put


def test_modules_are_installed_from_what_is_given_alone_in_order(declared: Declared) -> None:
    """The network of the jobs has no way to a package index; and what is given is all there is to install."""
    for made in declared.all("Job"):
        given = made.inputs["defaultArguments"]
        assert given["--python-modules-installer-option"] == "--no-index --no-deps"
        modules = [Path(address).name for address in given["--additional-python-modules"].split(",")]
        assert modules == ["msgspec.whl", "headwater.whl"]


def test_jobs_bring_iceberg_and_say_how_they_are(declared: Declared) -> None:
    for made in declared.all("Job"):
        given = made.inputs["defaultArguments"]
        assert given["--datalake-formats"] == "iceberg"
        flags = (
            "metrics",
            "observability-metrics",
            "continuous-cloudwatch-log",
            "job-insights",
            "auto-scaling",
        )
        assert {given[f"--enable-{flag}"] for flag in flags} == {"true"}


def test_jobs_read_outputs_that_the_library_opens_an_environment_with(declared: Declared) -> None:
    [made] = [each for each in declared.all("BucketObjectv2") if each.inputs["key"].endswith("outputs.json")]
    told = json.loads(made.inputs["content"])
    stack = declared.graph.outputs
    known = set(Environment.__struct_fields__) - {"job_names", "machine_arns", "job_failure_queue_url"}
    assert {name: told[name] for name in told.keys() & known} == {
        name: stack[name] for name in stack.keys() & known
    }


def test_jobs_that_write_online_stores_are_in_their_network_and_no_other_is(
    declared: Declared, environment: str
) -> None:
    connected = {job for job, made in _jobs(declared).items() if made.inputs.get("connections")}
    assert connected == (set() if environment == "local" else {"materialize", "backfill"})


def test_the_network_lets_workers_talk_and_reach_the_cache() -> None:
    prod = declare_one_region("prod")
    [connection] = prod.all("Connection")
    [group] = connection.inputs["physicalConnectionRequirements"]["securityGroupIdLists"]
    ingress = [(rule.inputs, rule.name) for rule in prod.all("SecurityGroupIngressRule")]
    from_jobs = {name.partition("-from-")[0].rpartition("-")[2] for rule, name in ingress
                 if rule["referencedSecurityGroupId"] == group}  # fmt: skip
    assert from_jobs == {"jobs", "cache", "endpoints"}


@pytest.mark.parametrize("spec", specs_where(follows=False), ids=lambda spec: spec.name)
def test_a_role_reaches_only_what_its_job_works_on(declared: Declared, environment: str, spec: Any) -> None:
    role = f"{spec.slug}-job"
    removes = {found.partition("/")[2] for found in _actions(declared, role, "s3")["DeleteObject"]}
    landing = {"landing/*", "served-landing/*"} if spec.name == "ingest" else set()
    out = {"training/*"} if spec.name == "training_set" else set()
    assert removes == {"warehouse/*", "jobs/temp/*"} | landing | out
    online = spec.name in {"materialize", "backfill"}
    assert bool(_actions(declared, role, "dynamodb")) == online
    assert bool(_actions(declared, role, "ec2")) == (online and environment != "local")
    tables = _actions(declared, role, "glue")["UpdateTable"]
    assert {found.split(":")[-1] for found in tables} == {
        "catalog",
        f"database/headwater_{environment}",
        f"table/headwater_{environment}/*",
    }


def test_tables_of_the_lake_can_be_read_by_the_job_that_brings_them_and_no_other() -> None:
    found = declare(
        "prod", frozenset({("jobTables", "users=headwater.crm.users,plans=s3://lake/plans/"), ONE_REGION})
    )
    reads = _actions(found, "materialize-job", "s3")["GetObject"]
    assert "arn:aws:s3:::lake/plans/*" in reads
    tables = _actions(found, "materialize-job", "glue")
    assert {arn.split(":")[-1] for arn in tables["GetTable"] - tables["UpdateTable"]} == {
        "database/crm",
        "table/crm/users",
    }
    for job in set(_jobs(found)) - {"materialize"}:
        role = f"{_SPECS[job].slug}-job"
        assert "arn:aws:s3:::lake" not in _actions(found, role, "s3")["ListBucket"]


def test_the_warehouse_of_the_roles_is_that_of_the_catalog() -> None:
    found = glue_catalog(outputs("b", "http://127.0.0.1:9"))[f"spark.sql.catalog.{CATALOG}.warehouse"]
    assert found == f"s3://b/{names.warehouse_prefix()}".removesuffix("/")


@pytest.mark.parametrize("kind", kinds_where(follows=False))
def test_a_machine_may_run_its_own_jobs_alone(declared: Declared, kind: str) -> None:
    known = declared.graph.outputs["job_names"]
    allowed = _actions(declared, f"{Machine(kind).slug}-machine", "glue")["StartJobRun"]
    assert {arn.rpartition("/")[2] for arn in allowed} == {known[job] for job in job_machines.jobs_of(kind)}


def test_every_task_is_tried_again_in_bounds_and_caught(declared: Declared) -> None:
    for name, task in _tasks(declared):
        assert task["TimeoutSeconds"] > 0, name
        for retry in task["Retry"]:
            assert (retry["BackoffRate"] > 1, retry["JitterStrategy"]) == (True, "FULL"), name
            assert 1 <= retry["MaxAttempts"] <= 10, name
        assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name


def test_glues_own_limit_comes_before_that_of_the_machine(declared: Declared) -> None:
    limits = {made.inputs["name"]: made.inputs["timeout"] * 60 for made in declared.all("Job")}
    runs = [task for _, task in _tasks(declared) if task["Resource"] == RUN_JOB]
    assert runs
    assert all(task["TimeoutSeconds"] > limits[task["Parameters"]["JobName"]] for task in runs)


def test_every_state_can_be_reached_and_leads_to_an_end(declared: Declared) -> None:
    for machine, found in _definitions(declared).items():
        states = found["States"]
        reached, open_ = set(), [found["StartAt"]]
        while open_:
            name = open_.pop()
            if name not in reached:
                reached.add(name)
                open_ += _following(states[name])
        assert reached == set(states), machine
        for name, state in states.items():
            ends = state["Type"] in {"Fail", "Succeed"} or state.get("End") is True
            assert ends != bool("Next" in state or state["Type"] == "Choice"), name


def _following(state: dict[str, Any]) -> list[str]:
    choices = [choice["Next"] for choice in state.get("Choices", [])]
    caught = [catch["Next"] for catch in state.get("Catch", [])]
    return [*choices, *caught, *filter(None, (state.get("Next"), state.get("Default")))]


def test_a_failure_is_kept_with_what_was_given_and_what_went_wrong_then_told(declared: Declared) -> None:
    queue = declared.graph.outputs["job_failure_queue_url"]
    for found in _definitions(declared).values():
        kept = found["States"]["KeepFailure"]["Parameters"]
        assert kept["QueueUrl"] == queue
        assert {"machine.$", "execution.$", "input.$", "error.$", "cause.$"} == set(kept["MessageBody"])
        assert found["States"]["KeepFailure"]["Next"] == "TellFailure"
        assert (
            found["States"]["TellFailure"]["Parameters"]["TopicArn"]
            == declared.named("Topic", "watch-alarms").outputs["arn"]
        )
        assert found["States"]["TellFailure"]["Next"] == "Failed"


def test_jobs_of_a_machine_are_those_its_definition_runs() -> None:
    for machine in machines(["fraud"], follows=True):
        made = job_machines.definition(machine, {job: job for job in _SPECS}, Failures("queue", "topic"))
        run = {
            state["Parameters"]["JobName"]
            for state in made["States"].values()
            if state.get("Resource") == RUN_JOB
        }
        assert run == set(job_machines.jobs_of(machine.kind))


def test_executions_leave_logs_and_traces(declared: Declared) -> None:
    for made in declared.all("StateMachine"):
        logging = made.inputs["loggingConfiguration"]
        assert (logging["level"], logging["includeExecutionData"]) == ("ERROR", True)
        assert logging["logDestination"].endswith(":*")
        assert made.inputs["tracingConfiguration"] == {"enabled": True}
        assert made.inputs["type"] == "STANDARD"


@pytest.mark.parametrize(("scheduled", "state"), [("true", "ENABLED"), ("false", "DISABLED")])
def test_the_clock_is_a_choice_and_so_is_waiting_for_it(scheduled: str, state: str) -> None:
    found = declare("prod", frozenset({("jobSchedules", scheduled), ONE_REGION}))
    assert {made.inputs["state"] for made in found.all("Schedule")} == {state}
    [stays_out] = [made for made in found.all("MetricAlarm") if made.name.endswith("stays-out")]
    assert stays_out.inputs["actionsEnabled"] == (state == "ENABLED")


def test_schedules_start_machines_in_a_window_and_keep_what_they_could_not_start(declared: Declared) -> None:
    arns, queues = declared.graph.outputs["machine_arns"], declared.all("Queue")
    [queue] = [each.outputs["arn"] for each in queues if each.name == "jobs-failures"]
    targets = {made.inputs["target"]["arn"]: made.inputs for made in declared.all("Schedule")}
    assert set(targets) == {arns["materialize"], arns["compact"]}
    for inputs in targets.values():
        assert inputs["flexibleTimeWindow"]["mode"] == "FLEXIBLE"
        assert inputs["target"]["deadLetterConfig"] == {"arn": queue}
        assert inputs["target"]["retryPolicy"]["maximumRetryAttempts"] > 0


def test_a_success_that_stays_out_for_three_hours_is_an_alarm(declared: Declared) -> None:
    [alarm] = [made.inputs for made in declared.all("MetricAlarm") if made.name.endswith("stays-out")]
    assert alarm["dimensions"] == {"StateMachineArn": declared.graph.outputs["machine_arns"]["materialize"]}
    assert alarm["metricName"] == "ExecutionsSucceeded"
    assert alarm["period"] * alarm["evaluationPeriods"] == 3 * 3600
    assert alarm["treatMissingData"] == "breaching"


def test_each_machine_and_the_failures_are_watched(declared: Declared) -> None:
    watched = {
        (made.inputs["metricName"], *made.inputs["dimensions"].values())
        for made in declared.all("MetricAlarm")
        if made.inputs.get("dimensions")
    }
    metrics = ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled")
    machines = declared.graph.outputs["machine_arns"].values()
    assert {(metric, arn) for metric in metrics for arn in machines} <= watched
    [failures] = [each.inputs["name"] for each in declared.all("Queue") if each.name == "jobs-failures"]
    assert ("ApproximateNumberOfMessagesVisible", failures) in watched


def test_a_bulk_load_is_ingested_by_hand_and_compacted_when_that_is_done(declared: Declared) -> None:
    jobs = declared.graph.outputs["job_names"]
    by_kind = {made.inputs["type"]: made.inputs for made in declared.all("Trigger")}
    assert by_kind["ON_DEMAND"]["actions"] == [{"jobName": jobs["ingest"]}]
    assert by_kind["CONDITIONAL"]["predicate"]["conditions"] == [
        {"jobName": jobs["ingest"], "state": "SUCCEEDED"}
    ]
    assert by_kind["CONDITIONAL"]["actions"] == [{"jobName": jobs["compact"]}]


@pytest.mark.parametrize(
    ("key", "value", "job", "argument"),
    [
        ("jobTables", "users=headwater.lake.users,plans=s3://lake/plans/", "materialize", "--tables"),
        ("snapshotKeepDays", "30", "compact", "--keep-days"),
    ],
)
def test_configuration_reaches_the_job(key: str, value: str, job: str, argument: str) -> None:
    made = _jobs(declare("prod", frozenset({(key, value), ONE_REGION})))[job]
    assert made.inputs["defaultArguments"][argument] == value


def test_no_tables_of_the_lake_make_no_argument() -> None:
    """Glue passes no empty values on."""
    assert "--tables" not in _jobs(declare_one_region("prod"))["materialize"].inputs["defaultArguments"]
