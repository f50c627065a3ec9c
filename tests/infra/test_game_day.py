"""A game day as it is deployed: when it begins, what it may do, and whom it asks first."""

import json
from typing import Any

import pytest

from infra.components.game_day import RUNBOOK, GameDay, GameDayArgs
from infra.components.game_day_machine import ALARMS, GET, START, TELL
from tests.infra.graphs import ROOT, Declared, declare_alone


@pytest.fixture(scope="module")
def declared() -> Declared:
    """A game day on the first Tuesday of each month."""
    args = GameDayArgs(
        name="headwater-prod-game-day",
        environment="prod",
        region="us-east-1",
        account_id="123456789012",
        template_ids={"region-cut": "EXT1", "replication-stalled": "EXT2"},
        chosen="region-cut",
        minutes=20,
        alarms=["platform", "table-behind"],
        schedule="cron(0 9 ? * TUE#1 *)",
        topic_arn="topic",
        missed_queue_arn="queue",
        key_arn="key",
        log_retention_days=7,
    )

    def declare() -> None:
        GameDay("game", args)

    return declare_alone(declare)


def _definition(declared: Declared) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(declared.one("StateMachine").inputs["definition"])
    return found


def _allowed(declared: Declared, role: str) -> dict[str, list[str]]:
    [policy] = [each for each in declared.all("RolePolicy") if each.name == f"game-{role}-policy"]
    statements = json.loads(policy.inputs["policy"])["Statement"]
    return {action: each["Resource"] for each in statements for action in each["Action"]}


def test_the_runbook_it_names_is_there() -> None:
    assert (ROOT / RUNBOOK).is_file()


def test_the_clock_begins_it_at_the_minute_and_not_much_later(declared: Declared) -> None:
    schedule = declared.one("Schedule").inputs
    assert schedule["scheduleExpression"] == "cron(0 9 ? * TUE#1 *)"
    assert schedule["flexibleTimeWindow"] == {"mode": "OFF"}
    assert schedule["target"]["retryPolicy"]["maximumEventAgeInSeconds"] == 300


def test_what_the_clock_could_not_begin_is_kept(declared: Declared) -> None:
    assert declared.one("Schedule").inputs["target"]["deadLetterConfig"] == {"arn": "queue"}


def test_it_begins_no_experiment_but_ours(declared: Declared) -> None:
    fis = "arn:aws:fis:us-east-1:123456789012"
    assert _allowed(declared, "machine")["fis:StartExperiment"] == [
        f"{fis}:experiment-template/EXT1",
        f"{fis}:experiment-template/EXT2",
        f"{fis}:experiment/*",
    ]


def test_it_changes_nothing_itself(declared: Declared) -> None:
    changing = {
        action
        for action in _allowed(declared, "machine")
        if not action.startswith(("logs:", "xray:", "kms:"))
    }
    assert changing == {
        *("fis:StartExperiment", "fis:GetExperiment", "sns:Publish", "cloudwatch:DescribeAlarms"),
        "iam:CreateServiceLinkedRole",
    }


def test_the_calls_it_makes_are_those_it_may_make(declared: Declared) -> None:
    made = {each["Resource"] for each in _definition(declared)["States"].values() if each["Type"] == "Task"}
    assert made == {ALARMS, START, GET, TELL}


def test_the_alarms_that_are_asked_are_those_that_were_named(declared: Declared) -> None:
    assert _definition(declared)["States"]["LookAtAlarms"]["Arguments"]["AlarmNames"] == [
        "platform",
        "table-behind",
    ]


def test_it_outlasts_the_experiment(declared: Declared) -> None:
    assert _definition(declared)["TimeoutSeconds"] > 20 * 60
