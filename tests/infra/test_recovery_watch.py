"""What is watched of the other region before anybody needs it, and what people look at when they do."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from dr.limits import Limits
from infra.components.recovery_dashboard import Copies, RecoverySide
from infra.components.recovery_watch import LAG_MS, RecoveryWatch, RecoveryWatchArgs
from tests.infra.graphs import Declared, declare_alone

HOME, AWAY = "us-east-1", "us-west-2"
CHECKS = {"home": "check-1", "away": "check-2"}


def _side(region: str) -> RecoverySide:
    return RecoverySide(region, f"events-{region}", f"stream-{region}", f"lookup-{region}")


def _watch(copy_bucket: str | None, checks: dict[str, str]) -> Declared:
    def declare() -> None:
        RecoveryWatch(
            "recovery",
            RecoveryWatchArgs(
                prefix="headwater-prod-recovery",
                home=_side(HOME),
                away=_side(AWAY),
                copies=Copies("online", "offline", copy_bucket, "everything"),
                checks={role: pulumi.Output.from_input(check) for role, check in checks.items()},
                runbook="docs/runbook.md",
                topic_arn="home-topic",
                away_topic_arn="away-topic",
                away_provider=aws.Provider("away", region=AWAY),
            ),
            pulumi.ResourceOptions(provider=aws.Provider("home", region=HOME)),
        )

    return declare_alone(declare)


@pytest.fixture(scope="module")
def declared() -> Declared:
    """With everything there is to watch."""
    return _watch("offline-copy", CHECKS)


def _alarms(declared: Declared) -> dict[str, Any]:
    return {each.name.removeprefix("recovery-"): each for each in declared.all("MetricAlarm")}


def _graphs(declared: Declared) -> dict[str, dict[str, Any]]:
    widgets = json.loads(declared.one("Dashboard").inputs["dashboardBody"])["widgets"]
    return {each["properties"]["title"]: each["properties"] for each in widgets if each["type"] == "metric"}


def test_the_table_is_too_far_behind_where_preflight_would_refuse(declared: Declared) -> None:
    assert Limits().lag_s * 1000 == LAG_MS
    assert _alarms(declared)["table-behind"].inputs["threshold"] == LAG_MS


def test_a_copy_that_stopped_coming_is_as_late_as_can_be(declared: Declared) -> None:
    """What does not arrive is not measured, so it is compared with what was written."""
    queries = {each["id"]: each for each in _alarms(declared)["table-behind"].inputs["metricQueries"]}
    assert queries["behind"]["expression"] == "IF(FILL(written, 0) > 0, FILL(lag, 1000000000), 0)"
    assert queries["written"]["metric"]["metricName"] == "ConsumedWriteCapacityUnits"
    assert queries["lag"]["metric"]["dimensions"] == {"TableName": "online", "ReceivingRegion": AWAY}


def test_what_waits_for_the_bucket_is_watched_where_it_is_to_arrive(declared: Declared) -> None:
    late = _alarms(declared)["objects-late"]
    assert (late.region, late.inputs["metricName"]) == (AWAY, "ReplicationLatency")
    assert late.inputs["alarmActions"] == ["away-topic"]


def test_what_could_not_be_copied_is_watched_where_it_is(declared: Declared) -> None:
    failed = _alarms(declared)["objects-not-copied"]
    assert (failed.region, failed.inputs["metricName"]) == (HOME, "OperationsFailedReplication")
    assert failed.inputs["alarmActions"] == ["home-topic"]


def test_a_bucket_that_is_not_copied_is_not_watched() -> None:
    declared = _watch(None, CHECKS)
    assert set(_alarms(declared)) == {"table-behind"}
    assert [title for title in _graphs(declared) if "bucket" in title] == []


def test_both_regions_are_beside_each_other(declared: Declared) -> None:
    for title in ("Lookups that fail", "Lookups, p99 (ms)", "Events wait on the stream (ms)"):
        lines = _graphs(declared)[title]["metrics"]
        assert [line[-1]["region"] for line in lines] == [HOME, AWAY]


def test_health_checks_are_shown_from_where_route_53_keeps_them(declared: Declared) -> None:
    graph = _graphs(declared)["Health checks: 1 is well"]
    assert graph["region"] == "us-east-1"
    assert {line[3] for line in graph["metrics"]} == set(CHECKS.values())


def test_without_a_domain_there_are_no_checks_to_show() -> None:
    assert "Health checks: 1 is well" not in _graphs(_watch("offline-copy", {}))


def test_whoever_looks_is_told_what_to_do(declared: Declared) -> None:
    [told] = [
        each["properties"]["markdown"]
        for each in json.loads(declared.one("Dashboard").inputs["dashboardBody"])["widgets"]
        if each["type"] == "text"
    ]
    assert "docs/runbook.md" in told


def test_nothing_lies_on_anything_else(declared: Declared) -> None:
    widgets = json.loads(declared.one("Dashboard").inputs["dashboardBody"])["widgets"]
    covered = [
        (each["x"] + column, each["y"] + row)
        for each in widgets
        for column in range(each["width"])
        for row in range(each["height"])
    ]
    assert len(covered) == len(set(covered))
