"""State machines as the emulator can run them.

It has no task that starts a Glue job and waits for it. What it has is a task that puts a message on a queue
and waits until somebody answers. The one is put in the place of the other; states, their order, what is
passed from one to the next, tries, catches and failures stay as they are deployed.
"""

from typing import Any

from infra.components.job_machines import RUN_JOB, Definition
from infra.components.machine_inputs import State

RUNS_QUEUE = "local-job-runs"
"""Queue on which runs wait for the executor. It belongs to the local cloud, not to the platform."""

_ASK_AND_WAIT = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


def with_local_runs(definition: Definition, queue_url: str) -> Definition:
    """Return a definition whose runs of Glue jobs are messages that wait for an answer.

    >>> task = {"Type": "Task", "Resource": RUN_JOB, "Parameters": {"JobName": "compact"}, "End": True}
    >>> made = with_local_runs({"StartAt": "Compact", "States": {"Compact": task}}, "queue")
    >>> made["States"]["Compact"]["Parameters"]["MessageBody"]["run"]
    {'JobName': 'compact'}
    """
    states: dict[str, State] = definition["States"]
    return {**definition, "States": {name: _swapped(state, queue_url) for name, state in states.items()}}


def _swapped(state: State, queue_url: str) -> State:
    if state.get("Resource") != RUN_JOB:
        return state
    body: dict[str, Any] = {
        "token.$": "$$.Task.Token",
        "execution.$": "$$.Execution.Id",
        "run": state["Parameters"],
    }
    return {**state, "Resource": _ASK_AND_WAIT, "Parameters": {"QueueUrl": queue_url, "MessageBody": body}}
