"""A state machine as the emulator runs it differs from the deployed one in how a job is started, and in nothing else."""

import json
from typing import Any

import pytest

from infra.components.job_machines import RUN_JOB, Failures, definition, machines
from infra.components.job_specs import JOBS
from infra.local.machine_tasks import with_local_runs

_NAMES = {spec.name: f"headwater-{spec.slug}" for spec in JOBS}


@pytest.fixture(params=machines(["fraud"], follows=True), ids=lambda machine: machine.name)
def deployed(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The definition of each machine in turn."""
    return definition(request.param, _NAMES, Failures("failures", "topic"))


def test_no_state_waits_for_glue_any_more(deployed: dict[str, Any]) -> None:
    states = with_local_runs(deployed, "queue")["States"].values()
    assert [state for state in states if state.get("Resource") == RUN_JOB] == []


def test_all_but_how_a_job_is_started_stays(deployed: dict[str, Any]) -> None:
    local = with_local_runs(deployed, "queue")
    for name, state in deployed["States"].items():
        changed = {key for key, value in state.items() if local["States"][name][key] != value}
        assert changed == ({"Resource", "Parameters"} if state.get("Resource") == RUN_JOB else set())
        assert state.keys() == local["States"][name].keys()
    assert {key: value for key, value in local.items() if key != "States"} == {
        key: value for key, value in deployed.items() if key != "States"
    }


def test_the_message_has_what_glue_would_have_been_given(deployed: dict[str, Any]) -> None:
    local = with_local_runs(deployed, "queue")["States"]
    for name, state in deployed["States"].items():
        if state.get("Resource") == RUN_JOB:
            sent = local[name]["Parameters"]
            assert (sent["QueueUrl"], sent["MessageBody"]["run"]) == ("queue", state["Parameters"])
            assert sent["MessageBody"]["token.$"] == "$$.Task.Token"


def test_the_deployed_definition_is_not_touched(deployed: dict[str, Any]) -> None:
    before = json.dumps(deployed)
    with_local_runs(deployed, "queue")
    assert json.dumps(deployed) == before
