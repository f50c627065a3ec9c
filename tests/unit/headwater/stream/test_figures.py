"""Figures of one region in another, between two regions of moto's CloudWatch."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from headwater import names
from headwater.stream import cloudwatch, figures
from headwater.stream.cloudwatch import Metric
from headwater.stream.figures import BEAT, Copied, FigureCopies, Measured
from lambdas.figures import handler

HOME, AWAY = "us-east-1", "us-west-2"
OF = Measured("prod", HOME, "stream-1", "lookup-1", "events-1", "online")
MEASURED = figures.measured(OF, AWAY)
COPIES = figures.copies("prod", HOME, MEASURED)
NOW_S = time.time() // 60 * 60 + 30
"""Half a minute has been measured of the last one."""


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS without anything."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


@pytest.fixture
def home() -> Any:
    """CloudWatch at home."""
    return boto3.client("cloudwatch", region_name=HOME)


@pytest.fixture
def away() -> Any:
    """CloudWatch in the other region."""
    return boto3.client("cloudwatch", region_name=AWAY)


def _measure(client: Any, metric: Metric, at_s: float, *values: float) -> None:
    for value in values:
        client.put_metric_data(
            Namespace=metric.namespace,
            MetricData=[
                {
                    "MetricName": metric.name,
                    "Dimensions": [{"Name": key, "Value": each} for key, each in metric.dimensions.items()],
                    "Timestamp": datetime.fromtimestamp(at_s, UTC),
                    "Value": value,
                }
            ],
        )


def _alarm(client: Any, name: str, state: str) -> None:
    client.put_metric_alarm(
        AlarmName=name, Namespace="N", MetricName="M", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")


def _copied(away: Any, now_s: float = NOW_S, seconds: int = 3600) -> dict[str, float]:
    return cloudwatch.highest(away, COPIES, now_s + 60, seconds + 60)


def test_every_figure_is_found_in_the_other_region_as_its_own_measured_it(home: Any, away: Any) -> None:
    for place, metric in enumerate(MEASURED.values()):
        _measure(home, metric, NOW_S - 600, place + 1.0, place + 2.0)
    FigureCopies(home, away, OF, AWAY, []).run(NOW_S)
    by_itself = cloudwatch.minutes(home, MEASURED, NOW_S)
    assert by_itself.keys() == MEASURED.keys()
    found = cloudwatch.minutes(away, COPIES, NOW_S + 60)
    assert {name: of for name, of in found.items() if name != BEAT} == by_itself


def test_the_first_run_copies_the_whole_hour_and_nothing_older(home: Any, away: Any) -> None:
    for minutes_ago, value in ((59, 7.0), (1, 2.0), (75, 100.0)):
        _measure(home, MEASURED["lag"], NOW_S - 60 * minutes_ago, value)
    FigureCopies(home, away, OF, AWAY, []).run(NOW_S)
    assert _copied(away, seconds=7200)["lag"] == 7.0


def test_runs_that_overlap_count_nothing_twice_and_a_minute_that_had_not_ended_is_corrected(
    home: Any, away: Any
) -> None:
    copying = FigureCopies(home, away, OF, AWAY, [])
    _measure(home, MEASURED["bytes"], NOW_S - 10, 10.0)
    copying.run(NOW_S)
    assert _copied(away)["bytes"] == 10.0
    _measure(home, MEASURED["bytes"], NOW_S - 5, 5.0)
    for later_s in (60, 120, 180):
        copying.run(NOW_S + later_s)
    assert _copied(away, NOW_S + 180)["bytes"] == 15.0


def test_runs_that_were_missed_leave_no_gap(home: Any, away: Any) -> None:
    copying = FigureCopies(home, away, OF, AWAY, [])
    copying.run(NOW_S - 1800)
    _measure(home, MEASURED["writes"], NOW_S - 1200, 9.0)
    copying.run(NOW_S)
    assert _copied(away)["writes"] == 9.0


def test_a_region_where_nothing_happens_is_copied_and_that_is_seen(home: Any, away: Any) -> None:
    assert FigureCopies(home, away, OF, AWAY, []).run(NOW_S) == Copied({}, [])
    assert _copied(away) == {BEAT: 0.0}


def test_more_than_one_call_takes_is_copied_in_several(home: Any, away: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(figures, "_DATA_A_CALL", 3)
    for ago in range(1, 8):
        _measure(home, MEASURED["reads"], NOW_S - 60 * ago, float(ago))
    FigureCopies(home, away, OF, AWAY, []).run(NOW_S)
    assert len(cloudwatch.minutes(away, COPIES, NOW_S + 60)["reads"]) == 7


def test_alarms_of_the_other_region_that_are_not_ok_are_counted(home: Any, away: Any) -> None:
    for name, state in (("well", "OK"), ("ill", "ALARM"), ("new", "INSUFFICIENT_DATA"), ("other", "ALARM")):
        _alarm(home, name, state)
    asked = ["well", "ill", "new", "gone"]
    assert FigureCopies(home, away, OF, AWAY, asked).run(NOW_S).not_ok == ["ill", "new", "gone"]
    assert _copied(away)[BEAT] == 3.0


def test_of_a_region_that_does_not_answer_nothing_is_left_not_even_that_there_was_a_run(away: Any) -> None:
    class _Lost:
        def get_paginator(self, operation: str) -> Any:
            raise ClientError({"Error": {"Code": "InternalFailure"}}, operation)

    with pytest.raises(ClientError, match="InternalFailure"):
        FigureCopies(_Lost(), away, OF, AWAY, []).run(NOW_S)
    assert _copied(away) == {}


def test_where_alarms_cannot_be_asked_figures_are_copied_and_the_run_is_seen_to_have_failed(
    home: Any, away: Any
) -> None:
    class _NoAlarms:
        def get_paginator(self, operation: str) -> Any:
            if operation == "describe_alarms":
                raise ClientError({"Error": {"Code": "Throttling"}}, operation)
            return home.get_paginator(operation)

    _measure(home, MEASURED["lag"], NOW_S - 60, 5.0)
    with pytest.raises(ClientError, match="Throttling"):
        FigureCopies(_NoAlarms(), away, OF, AWAY, ["any"]).run(NOW_S)
    assert _copied(away) == {"lag": 5.0}


def test_the_function_copies_between_the_regions_it_was_told_and_logs_what(
    home: Any, away: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {
        "ENVIRONMENT": "prod", "REGION": AWAY, "OTHER_REGION": HOME, "STREAM_FUNCTION": "stream-1",
        "LOOKUP_FUNCTION": "lookup-1", "EVENT_STREAM": "events-1", "ONLINE_TABLE": "online", "ALARMS": "ill",
    }  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(f"HEADWATER_{name}", value)
    handler.copies.cache_clear()
    _measure(home, MEASURED["lookup"], time.time() - 60, 16.0)
    assert handler.handle({}, None) == {"figures": {"lookup": 1}, "not_ok": ["ill"]}
    handler.copies.cache_clear()
    assert '"lookup": 1' in capsys.readouterr().out
    namespaces = {each["Namespace"] for each in away.list_metrics()["Metrics"]}
    assert namespaces == {names.OTHER_REGION_NAMESPACE}
