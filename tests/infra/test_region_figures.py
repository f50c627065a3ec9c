"""What copies one region's figures to the other: in each of two regions, and nowhere else."""

import json
from typing import Any

import pytest

from headwater import names
from headwater.settings import Variables
from infra.components.region_figures import MeasuredRegion, RegionFigures, RegionFiguresArgs
from infra.local.graph import Resource
from lambdas.figures.settings import FiguresSettings
from tests.infra.graphs import Declared, declare, declare_alone, declare_one_region

HOME, AWAY = "us-east-1", "us-west-2"
PREFIX = {HOME: "figures", AWAY: f"{AWAY}-figures"}
OTHER = {HOME: AWAY, AWAY: HOME}


def _named(declared: Declared, kind: str, name: str) -> Resource:
    [found] = [each for each in declared.all(kind) if each.name == name]
    return found


def _function(declared: Declared, region: str) -> Resource:
    return _named(declared, "Function", f"{PREFIX[region]}-copy-function")


def _statements(declared: Declared, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_named(declared, "RolePolicy", name).inputs["policy"])[
        "Statement"
    ]
    return found


def test_an_environment_of_one_region_has_nothing_of_it() -> None:
    declared = declare_one_region("prod")
    assert [each.name for each in declared.graph.resources.values() if "figures" in each.name] == []


@pytest.mark.parametrize("environment", ["prod", "staging"])
@pytest.mark.parametrize("region", [HOME, AWAY])
def test_each_region_has_a_function_that_its_own_clock_runs_every_minute(
    environment: str, region: str
) -> None:
    declared = declare(environment)
    function, schedule = (
        _function(declared, region),
        _named(declared, "Schedule", f"{PREFIX[region]}-schedule"),
    )
    assert function.region == schedule.region == region
    assert schedule.inputs["target"]["arn"] == function.outputs["arn"]
    assert (schedule.inputs["scheduleExpression"], schedule.inputs["state"]) == ("rate(1 minute)", "ENABLED")


@pytest.mark.parametrize("environment", ["prod", "staging"])
@pytest.mark.parametrize("region", [HOME, AWAY])
def test_it_is_told_what_there_is_in_the_other_region(environment: str, region: str) -> None:
    """By the function's own settings, and under the names that the resources have there."""
    declared = declare(environment)
    given = FiguresSettings.read(Variables(_function(declared, region).inputs["environment"]["variables"]))
    there = declared.graph.outputs["regions"][OTHER[region]]
    assert given.region == region
    assert given.of._asdict() == {
        "environment": environment,
        "region": OTHER[region],
        "stream_function": there["stream_function_name"],
        "lookup_function": there["lookup_function_name"],
        "event_stream": there["event_stream_name"],
        "online_table": there["online_table_name"],
    }


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_alarms_that_it_looks_at_are_there_and_none_of_them_looks_back(region: str) -> None:
    declared = declare("prod")
    looked_at = _function(declared, region).inputs["environment"]["variables"]["HEADWATER_ALARMS"].split(",")
    there = {
        each.inputs.get("alarmName") or each.inputs["name"]
        for kind in ("MetricAlarm", "CompositeAlarm")
        for each in declared.all(kind)
        if each.region == OTHER[region]
    }
    unwell = _named(declared, "MetricAlarm", f"{PREFIX[OTHER[region]]}-unwell").inputs["name"]
    assert set(looked_at) <= there
    assert unwell not in looked_at


def test_it_reads_the_other_regions_cloudwatch_and_writes_one_namespace_of_its_own() -> None:
    found = {
        action: statement
        for statement in _statements(declare("prod"), f"{PREFIX[AWAY]}-copy-policy")
        for action in statement["Action"]
        if action.startswith("cloudwatch:")
    }
    assert found.keys() == {
        "cloudwatch:GetMetricData",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricData",
    }
    for action in ("cloudwatch:GetMetricData", "cloudwatch:DescribeAlarms"):
        assert found[action]["Condition"] == {"StringEquals": {"aws:RequestedRegion": HOME}}
    assert found["cloudwatch:PutMetricData"]["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": names.OTHER_REGION_NAMESPACE}
    }


def test_its_clock_runs_it_and_nothing_else() -> None:
    declared = declare("prod")
    runs = [
        statement
        for statement in _statements(declared, f"{PREFIX[AWAY]}-schedule-policy")
        if "lambda:InvokeFunction" in statement["Action"]
    ]
    assert [each["Resource"] for each in runs] == [[_function(declared, AWAY).outputs["arn"]]]


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_that_nothing_is_copied_any_more_is_an_alarm_in_the_region_that_would_go_on(region: str) -> None:
    declared = declare("prod")
    alarm = _named(declared, "MetricAlarm", f"{PREFIX[region]}-stopped")
    assert alarm.region == region
    assert alarm.inputs["treatMissingData"] == "breaching"
    assert alarm.inputs["dimensions"] == {"environment": "prod", "region": OTHER[region]}
    [topic] = alarm.inputs["alarmActions"]
    assert topic.split(":")[3] == region


def test_more_alarms_than_are_told_of_at_once_are_refused() -> None:
    def declare_it() -> None:
        RegionFigures(
            "figures",
            RegionFiguresArgs(
                prefix="figures", environment="lab", region=AWAY,
                of=MeasuredRegion(
                    region=HOME, stream_function="s", lookup_function="l", event_stream="e",
                    online_table="t", alarms=["a"] * 101,
                ),
                code=None, runtime="python3.13", architecture="arm64", topic_arn="t", key_arn="k",  # type: ignore[arg-type]
                log_retention_days=30,
            ),
        )  # fmt: skip

    with pytest.raises(ValueError, match="found 101, expected at most 100"):
        declare_alone(declare_it)
