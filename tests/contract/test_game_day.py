"""The state machine of a game day, run by the emulator: real alarms and messages, an experiment that is said to be going on.

The emulator has no Fault Injection Service. What its two calls would answer is put in their place; everything else is run
as it is deployed.
"""

import json
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from infra.components import game_day_machine as machine
from infra.components.game_day_machine import GameDaySettings
from tests import servers

REGION = "us-east-1"
TEMPLATES = {"region-cut": "EXT1", "replication-stalled": "EXT2"}


class _Ended(NamedTuple):
    status: str
    error: str
    cause: str
    told: list[str]
    begun: str | None


class _Day:
    """A game day in an emulator, with alarms and somebody who is told."""

    def __init__(self, endpoint_url: str) -> None:
        self._client: Callable[[str], Any] = lambda service: servers.client(service, endpoint_url)
        self._name = f"game-{uuid.uuid4().hex[:8]}"
        self.alarms = [f"{self._name}-lag", f"{self._name}-failures"]
        for alarm in self.alarms:
            self._client("cloudwatch").put_metric_alarm(
                AlarmName=alarm,
                MetricName="lag",
                Namespace="test",
                Statistic="Maximum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )
            self.turn(alarm, "OK")
        self._topic = self._client("sns").create_topic(Name=self._name)["TopicArn"]
        self._queue = self._client("sqs").create_queue(QueueName=self._name)["QueueUrl"]
        arn = self._client("sqs").get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        self._client("sns").subscribe(
            TopicArn=self._topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
        )

    def turn(self, alarm: str, state: str) -> None:
        self._client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="test")

    def run(self, *statuses: str, given: dict[str, Any] | None = None, alarms: Sequence[str] = ()) -> _Ended:
        """Run it with an experiment that is in each of these states in turn."""
        made = machine.definition(
            GameDaySettings(
                environment="test",
                region=REGION,
                templates=TEMPLATES,
                chosen="region-cut",
                alarms=[*self.alarms, *alarms],
                topic_arn=self._topic,
                runbook="docs/runbook.md",
                minutes=10,
                wait_seconds=1,
            )
        )
        states = self._client("stepfunctions")
        arn = states.create_state_machine(
            name=f"{self._name}-{uuid.uuid4().hex[:4]}",
            definition=json.dumps(_with_experiment(made, statuses)),
            roleArn="arn:aws:iam::000000000000:role/test",
        )["stateMachineArn"]
        execution = states.start_execution(stateMachineArn=arn, input=json.dumps(given or {}))["executionArn"]
        for _ in range(200):
            found = states.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                break
            time.sleep(0.1)
        begun = [
            json.loads(event["stateExitedEventDetails"]["output"])["ExperimentTemplateId"]
            for event in states.get_execution_history(executionArn=execution)["events"]
            if event["type"] == "PassStateExited"
            and event["stateExitedEventDetails"]["name"] == machine.BEGIN
        ]
        return _Ended(
            found["status"],
            found.get("error", ""),
            found.get("cause", ""),
            self._messages(),
            begun[0] if begun else None,
        )

    def _messages(self) -> list[str]:
        found = self._client("sqs").receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        return [json.loads(each["Body"])["Message"] for each in found.get("Messages", [])]


def _with_experiment(definition: dict[str, Any], statuses: Sequence[str]) -> dict[str, Any]:
    """The definition with what FIS would answer in the place of its calls; no status: it cannot be asked."""
    states: dict[str, dict[str, Any]] = dict(definition["States"])
    begin, follow = states[machine.BEGIN], states[machine.FOLLOW]
    states[machine.BEGIN] = {
        "Type": "Pass",
        "Output": begin["Arguments"],
        "Assign": {"id": "EXP1", "left": list(statuses)},
        "Next": begin["Next"],
    }
    if not statuses:
        broken = {"Resource": "arn:aws:states:::aws-sdk:s3:getBucketAcl", "Arguments": {"Bucket": "nowhere"}}
        states[machine.FOLLOW] = {**follow, **broken, "Retry": []}
    else:
        states[machine.FOLLOW] = {
            "Type": "Pass",
            "Assign": {
                "status": "{% $left[0] %}",
                "reason": "said by the test",
                "left": "{% [$filter($left, function($each, $place) { $place > 0 })] %}",
            },
            "Next": follow["Next"],
        }
    return {**definition, "States": states}


@pytest.fixture
def day(endpoint_url: str) -> _Day:
    """A day on which everything is well."""
    return _Day(endpoint_url)


def test_people_are_told_before_and_after_and_where_to_read(day: _Day) -> None:
    found = day.run("completed")
    assert (found.status, len(found.told)) == ("SUCCEEDED", 2), found
    before, after = sorted(found.told, key=lambda said: "has ended" in said)
    assert before == "In a moment: region-cut, for at most 10 minutes. What to do: docs/runbook.md"
    assert after == "region-cut has ended: completed. said by the test"


def test_it_waits_for_the_end(day: _Day) -> None:
    found = day.run("initiating", "running", "completed")
    assert (found.status, len(found.told)) == ("SUCCEEDED", 2), found


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_nothing_is_broken_while_an_alarm_is_not_ok(day: _Day, state: str) -> None:
    day.turn(day.alarms[1], state)
    found = day.run("completed")
    assert (found.status, found.error, found.begun) == ("FAILED", machine.NOT_NOW_ERROR, None), found
    assert found.told == [f"Nothing was broken: {day.alarms[1]} not OK already."]


def test_nothing_is_broken_while_an_alarm_is_missing(day: _Day) -> None:
    found = day.run("completed", alarms=["gone"])
    assert (found.error, found.begun) == (machine.NOT_NOW_ERROR, None), found
    assert "gone" in found.cause


@pytest.mark.parametrize("status", ["stopped", "failed", "cancelled"])
def test_an_experiment_that_did_not_complete_fails_the_day(day: _Day, status: str) -> None:
    found = day.run("running", status)
    assert (found.status, found.error) == ("FAILED", machine.FAILED_ERROR), found
    assert any(f"has ended: {status}" in said for said in found.told)


def test_one_that_cannot_be_followed_is_told_of_as_such(day: _Day) -> None:
    found = day.run()
    assert (found.status, found.error) == ("FAILED", machine.FAILED_ERROR), found
    assert any("may still be going on: look at experiment EXP1" in said for said in found.told)


@pytest.mark.parametrize(
    ("given", "template"), [({}, "EXT1"), ({"experiment": "replication-stalled"}, "EXT2")]
)
def test_the_input_may_name_another_experiment(day: _Day, given: dict[str, Any], template: str) -> None:
    assert day.run("completed", given=given).begun == template


@pytest.mark.parametrize("asked", ["everything", 7, ""])
def test_an_experiment_that_there_is_not_is_refused_by_name(day: _Day, asked: object) -> None:
    found = day.run("completed", given={"experiment": asked})
    assert (found.error, found.told, found.begun) == (machine.REFUSED_ERROR, [], None), found
    assert "expected one of region-cut, replication-stalled" in found.cause
