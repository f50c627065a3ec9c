"""Definitions of the state machines, in Amazon States Language: data made of names, and nothing else.

Each runs its jobs one after the other. A job that fails is tried again; one that fails for good is put on
a queue with what the machine was given and what went wrong, somebody is told, and the execution fails.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from infra.components.job_specs import JOBS, JobSpec

State = dict[str, Any]
Definition = dict[str, Any]

RUN_JOB = "arn:aws:states:::glue:startJobRun.sync"
"""Starts a run of a job and waits for its end."""

_JOBS_OF = {
    "materialize": ("ingest", "materialize"),
    "compact": ("compact",),
    "backfill": ("ingest", "backfill"),
}
MACHINES = tuple(_JOBS_OF)

_KEEP = "KeepFailure"
_TELL = "TellFailure"
_FAILED = "Failed"

_SPECS = {spec.name: spec for spec in JOBS}
_START_SECONDS = 15 * 60
"""From asking for a run to its start."""

_FLEX_START_SECONDS = 12 * 3600
"""The same on spare capacity, which may not be there."""

_EXECUTION_SECONDS = 7 * 24 * 3600
"""After this an execution hangs, whatever it waits for."""

_BUSY_RETRY: State = {
    # Another run is not done yet, or AWS asks for patience: nothing was started, so waiting costs nothing.
    "ErrorEquals": [
        "Glue.ConcurrentRunsExceededException",
        "Glue.ResourceNumberLimitExceededException",
        "Glue.ThrottlingException",
        "Glue.InternalServiceException",
    ],
    "IntervalSeconds": 60,
    "BackoffRate": 1.5,
    "MaxAttempts": 10,
    "MaxDelaySeconds": 900,
    "JitterStrategy": "FULL",
}
_FAILED_RETRY: State = {
    # Jobs may be run again at any point: what is done already they leave as it is.
    "ErrorEquals": ["States.TaskFailed"],
    "IntervalSeconds": 60,
    "BackoffRate": 2,
    "MaxAttempts": 2,
    "MaxDelaySeconds": 900,
    "JitterStrategy": "FULL",
}
_CALL_RETRY: State = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 4,
    "JitterStrategy": "FULL",
}


class Failures(NamedTuple):
    """Where a failure goes: a queue that keeps it, and a topic that tells somebody."""

    queue_url: str
    topic_arn: str


def definition(machine: str, job_names: Mapping[str, str], failures: Failures) -> Definition:
    """Define a state machine.

    Args:
        machine: Of `MACHINES`.
        job_names: What Glue calls each job.
        failures: Where failures go.
    """

    def run(job: str, following: str | None, arguments: Mapping[str, str] | None = None) -> State:
        return _run(_SPECS[job], job_names[job], following, arguments)

    if machine == "materialize":
        states = {"Ingest": run("ingest", "Materialize"), "Materialize": run("materialize", None)}
    elif machine == "compact":
        states = {"Compact": run("compact", None)}
    else:
        # What arrived up to the cut-over has to be in the log. Glue passes no empty arguments on, hence two ways.
        states = {
            "Ingest": run("ingest", "WhichCutover"),
            "WhichCutover": _choice_of_cutover("BackfillUpToCutover", "Backfill"),
            "BackfillUpToCutover": run("backfill", None, {"--cutover.$": "$.cutover"}),
            "Backfill": run("backfill", None),
        }
    return {
        "Comment": f"Headwater: {machine}",
        "StartAt": next(iter(states)),
        "TimeoutSeconds": _EXECUTION_SECONDS,
        "States": states | _failure_states(failures),
    }


def jobs_of(machine: str) -> tuple[str, ...]:
    """Jobs that a machine runs, in order."""
    return _JOBS_OF[machine]


def longest_run_seconds(spec: JobSpec) -> int:
    """How long a machine waits for one run of a job: Glue's own limit has to come first."""
    return spec.timeout_minutes * 60 + (_FLEX_START_SECONDS if spec.flex else _START_SECONDS)


def _run(spec: JobSpec, job_name: str, following: str | None, arguments: Mapping[str, str] | None) -> State:
    parameters: State = {"JobName": job_name}
    if arguments:
        parameters["Arguments"] = dict(arguments)
    return {
        "Type": "Task",
        "Comment": spec.what,
        "Resource": RUN_JOB,
        "Parameters": parameters,
        # What the machine was given goes on to the next state.
        "ResultPath": None,
        "TimeoutSeconds": longest_run_seconds(spec),
        "Retry": [_BUSY_RETRY, _FAILED_RETRY],
        "Catch": _catch("$.failure", _KEEP),
        **({"Next": following} if following else {"End": True}),
    }


def _choice_of_cutover(given: str, otherwise: str) -> State:
    conditions = [
        {"Variable": "$.cutover", "IsPresent": True},
        {"Variable": "$.cutover", "IsString": True},
        {"Not": {"Variable": "$.cutover", "StringEquals": ""}},
    ]
    return {"Type": "Choice", "Choices": [{"And": conditions, "Next": given}], "Default": otherwise}


def _failure_states(failures: Failures) -> dict[str, State]:
    kept = {
        "machine.$": "$$.StateMachine.Name",
        "execution.$": "$$.Execution.Id",
        "input.$": "$$.Execution.Input",
        "error.$": "$.failure.Error",
        "cause.$": "$.failure.Cause",
    }
    told = "States.Format('{}: {}', $.failure.Error, $.failure.Cause)"
    return {
        _KEEP: _call(
            "arn:aws:states:::sqs:sendMessage",
            {"QueueUrl": failures.queue_url, "MessageBody": kept},
            following=_TELL,
        ),
        _TELL: _call(
            "arn:aws:states:::sns:publish",
            {
                "TopicArn": failures.topic_arn,
                "Subject.$": "States.Format('{} failed', $$.StateMachine.Name)",
                "Message.$": told,
            },
            following=_FAILED,
        ),
        _FAILED: {"Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause"},
    }


def _call(resource: str, parameters: State, following: str) -> State:
    """One step of reporting a failure; when it fails itself, the next is taken all the same."""
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": parameters,
        "ResultPath": None,
        "TimeoutSeconds": 60,
        "Retry": [_CALL_RETRY],
        "Catch": _catch("$.unreported", following),
        "Next": following,
    }


def _catch(path: str, following: str) -> Sequence[State]:
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": path, "Next": following}]
