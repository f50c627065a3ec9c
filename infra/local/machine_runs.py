"""Runs a state machine to its end: starts an execution, runs the jobs it asks for, tells what happens."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from headwater.environment import Environment
from headwater.errors import InputError
from infra.local.job_executor import JobExecutor
from infra.local.machine_tasks import RUNS_QUEUE

Told = Callable[[str], None]

RUNNING = "RUNNING"
_POLL_SECONDS, _AWS_POLL_SECONDS = 0.2, 5.0


class Execution(NamedTuple):
    """An execution that has ended.

    Attributes:
        arn: Of the execution.
        status: As Step Functions says it: ``SUCCEEDED``, ``FAILED``, ``TIMED_OUT`` or ``ABORTED``.
        error: Name of what went wrong; empty: nothing did.
        cause: What is known about it.
    """

    arn: str
    status: str
    error: str
    cause: str


class MachineRunner:
    """Runs the state machines of an environment.

    Args:
        outputs: Of the environment.
        executor: Runs the jobs of a local cloud; None: Glue runs them.
        told: Told each state.
    """

    def __init__(self, outputs: Environment, executor: JobExecutor | None, told: Told) -> None:
        self._outputs = outputs
        self._executor = executor
        self._told = told
        self._machines = outputs.client("stepfunctions")
        self._queues = outputs.client("sqs")

    def run(self, machine: str, given: dict[str, Any]) -> Execution:
        """Run a machine to its end. Interrupted, it stops an execution that nobody else would run the jobs of.

        Args:
            machine: Name of the machine, such as ``materialize``.
            given: Its input.

        Raises:
            InputError: There is no such machine.
        """
        arn = self._outputs.machine_arns.get(machine)
        if arn is None:
            known = ", ".join(sorted(self._outputs.machine_arns))
            raise InputError(
                f"state machine {machine!r}: not in {self._outputs.environment!r}, which has {known}"
            )
        execution = self._machines.start_execution(stateMachineArn=arn, input=json.dumps(given))[
            "executionArn"
        ]
        try:
            return self._follow(execution)
        except BaseException:
            if self._executor and self._describe(execution)["status"] == RUNNING:
                self._machines.stop_execution(executionArn=execution, cause="whoever followed it has gone")
            raise

    def _follow(self, execution: str) -> Execution:
        known = 0
        while True:
            asked = self._next_ask() if self._executor else None
            found = self._describe(execution)
            events = list(self._history(execution))
            for line in filter(None, map(describe, events[known:])):
                self._told(line)
            known = len(events)
            if self._executor and asked:
                self._run(self._executor, asked)
            elif found["status"] != RUNNING:
                return Execution(execution, found["status"], found.get("error", ""), found.get("cause", ""))
            else:
                time.sleep(_POLL_SECONDS if self._executor else _AWS_POLL_SECONDS)

    def _describe(self, execution: str) -> dict[str, Any]:
        found: dict[str, Any] = self._machines.describe_execution(executionArn=execution)
        return found

    def _history(self, execution: str) -> Iterator[dict[str, Any]]:
        pages = self._machines.get_paginator("get_execution_history").paginate(executionArn=execution)
        for page in pages:
            yield from page["events"]

    def _next_ask(self) -> dict[str, Any] | None:
        """Take what some execution asks for from the queue; None: none asks."""
        queue = self._queues.get_queue_url(QueueName=RUNS_QUEUE)["QueueUrl"]
        for message in self._queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=1).get(
            "Messages", []
        ):
            self._queues.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            asked: dict[str, Any] = json.loads(message["Body"])
            return asked
        return None

    def _run(self, executor: JobExecutor, asked: dict[str, Any]) -> None:
        """Run a job and answer the execution, unless that has ended meanwhile."""
        if self._describe(asked["execution"])["status"] != RUNNING:
            return
        run = executor.run(asked["run"]["JobName"], asked["run"].get("Arguments", {}))
        token, told = asked["token"], json.dumps(run.to_glue())
        if run.state == "SUCCEEDED":
            self._machines.send_task_success(taskToken=token, output=told)
        else:
            # What Step Functions makes of a Glue run that ends in any other way.
            self._machines.send_task_failure(taskToken=token, error="States.TaskFailed", cause=told)


def describe(event: dict[str, Any]) -> str:
    """One line about an event of an execution's history; empty: not worth one.

    >>> describe({"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "Ingest"}})
    '-> Ingest'
    >>> describe({"type": "TaskFailed", "taskFailedEventDetails": {"error": "States.TaskFailed"}})
    '   failed: States.TaskFailed'
    """
    kind: str = event["type"]
    if kind.endswith("StateEntered"):
        return f"-> {event['stateEnteredEventDetails']['name']}"
    if kind in {"TaskFailed", "TaskTimedOut"}:
        details = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails", {})
        return f"   failed: {details.get('error', '')}"
    return ""
