"""Definitions of the state machines, in Amazon States Language: data made of names, and nothing else.

What a machine takes is checked first (`machine_inputs`). Each runs its jobs one after the other. A job that fails is tried again; one that fails for good is put on
a queue with what the machine was given and what went wrong, somebody is told, and the execution fails.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from infra.components import machine_inputs
from infra.components.job_specs import JOBS, JobSpec
from infra.components.machine_inputs import State

Definition = dict[str, Any]

RUN_JOB = "arn:aws:states:::glue:startJobRun.sync"
"""Starts a run of a job and waits for its end."""

_JOBS_OF = {
    "materialize": ("ingest", "materialize"),
    "compact": ("compact",),
    "backfill": ("ingest", "backfill"),
    "training_set": ("training_set",),
    "replicate": ("replicate",),
}
KINDS = tuple(_JOBS_OF)
_OF_TEAMS = ("training_set",)
_OF_FOLLOWERS = ("replicate",)

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


class Machine(NamedTuple):
    """A state machine.

    Training sets have one a team. An execution does not tell who asked for it, while IAM decides who may start
    which machine: so the machine says whose folders its runs keep to, and no input can.

    Attributes:
        kind: Of `KINDS`: what it runs.
        team: Short name of the team whose folders its runs keep to; empty: it is no team's.
    """

    kind: str
    team: str = ""

    @property
    def name(self) -> str:
        """What it is called in outputs and commands.

        >>> Machine("training_set", "fraud").name
        'training_set-fraud'
        """
        return f"{self.kind}-{self.team}" if self.team else self.kind

    @property
    def slug(self) -> str:
        """The name as it stands in names of resources."""
        return self.name.replace("_", "-")


def kinds_where(*, follows: bool) -> list[str]:
    """Kinds of machines of a region.

    Args:
        follows: Whether its tables follow another region's.
    """
    return [kind for kind in KINDS if follows or kind not in _OF_FOLLOWERS]


def machines(teams: Sequence[str], *, follows: bool = False) -> list[Machine]:
    """Every machine of a region.

    Args:
        teams: Short names of the teams that build training sets.
        follows: Whether its tables follow another region's.
    """
    return [
        Machine(kind, team)
        for kind in kinds_where(follows=follows)
        for team in (sorted(teams) if kind in _OF_TEAMS else ("",))
    ]


def definition(machine: Machine, job_names: Mapping[str, str], failures: Failures) -> Definition:
    """Define a state machine.

    Args:
        machine: The machine.
        job_names: What Glue calls each job.
        failures: Where failures go.
    """

    def run(job: str, following: str | None, *, given: bool = False) -> State:
        return _run(_SPECS[job], job_names[job], following, given=given)

    if machine.kind == "materialize":
        states = {"Ingest": run("ingest", "Materialize"), "Materialize": run("materialize", None)}
    elif machine.kind == "compact":
        states = {"Compact": run("compact", None)}
    elif machine.kind == "replicate":
        states = {"Replicate": run("replicate", None)}
    elif machine.kind == "backfill":
        # What arrived up to the cut-over has to be in the log.
        states = machine_inputs.states(machine.kind, {}, "Ingest") | {
            "Ingest": run("ingest", "Backfill"),
            "Backfill": run("backfill", None, given=True),
        }
    else:
        states = machine_inputs.states(machine.kind, {"--team": machine.team}, "TrainingSet") | {
            "TrainingSet": run("training_set", None, given=True)
        }
    return {
        "Comment": f"Headwater: {machine.name}",
        "StartAt": next(iter(states)),
        "TimeoutSeconds": _EXECUTION_SECONDS,
        "States": states | _failure_states(failures),
    }


def jobs_of(kind: str) -> tuple[str, ...]:
    """Jobs that machines of a kind run, in order."""
    return _JOBS_OF[kind]


def longest_run_seconds(spec: JobSpec) -> int:
    """How long a machine waits for one run of a job: Glue's own limit has to come first."""
    return spec.timeout_minutes * 60 + (_FLEX_START_SECONDS if spec.flex else _START_SECONDS)


def _run(spec: JobSpec, job_name: str, following: str | None, *, given: bool) -> State:
    parameters: State = {"JobName": job_name}
    if given:
        parameters["Arguments.$"] = "$.arguments"
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
