"""What is watched in every environment, and who is told."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from headwater import names
from headwater.stream.metrics import metrics_line
from headwater.stream.processor import BatchReport
from infra.components.burn_rates import BURNS
from infra.components.watches import SIGNALS
from infra.local.graph import Resource
from tests.infra.graphs import ONE_REGION, ROOT, Declared, declare

_NAME_INPUTS = ("name", "bucket", "replicationGroupId")
_MONTH_HOURS = 30 * 24
_OURS = {names.METRIC_NAMESPACE}


def _metrics(alarm: Resource) -> Iterator[dict[str, Any]]:
    queries = alarm.inputs.get("metricQueries")
    yield from [each["metric"] for each in queries if "metric" in each] if queries else [alarm.inputs]


def _members(declared: Declared, composite: Resource) -> set[str]:
    named = set(re.findall(r"ALARM\(([^)]+)\)", composite.inputs["alarmRule"]))
    inner = [each for each in declared.all("CompositeAlarm") if each.inputs["alarmName"] in named]
    return named.union(*[_members(declared, each) for each in inner])


def test_every_alarm_tells_somebody_or_is_part_of_one_that_does(declared: Declared) -> None:
    topic = declared.named("Topic", "watch-alarms").outputs["arn"]
    told: set[str] = set()
    for composite in declared.all("CompositeAlarm"):
        assert composite.inputs["alarmActions"] == composite.inputs["okActions"] == [topic]
        told |= _members(declared, composite)
    for alarm in declared.all("MetricAlarm"):
        if alarm.name.startswith("costs-"):
            continue  # what costs too much need not wake anybody: test_cost_controls
        assert alarm.inputs.get("alarmActions") == [topic] or alarm.inputs["name"] in told, alarm.name


def test_a_composite_alarm_is_made_of_alarms_that_there_are(declared: Declared) -> None:
    there = {each.inputs["name"] for each in declared.all("MetricAlarm")}
    there |= {each.inputs["alarmName"] for each in declared.all("CompositeAlarm")}
    for composite in declared.all("CompositeAlarm"):
        assert _members(declared, composite) <= there


def test_every_alarm_watches_a_resource_of_ours(declared: Declared, environment: str) -> None:
    resources = declared.graph.resources.values()
    known = {str(each.inputs.get(key)) for each in resources for key in _NAME_INPUTS} | {environment}
    known |= {str(each.outputs.get("arn")) for each in resources}
    aliases = [each.inputs for each in declared.all("Alias") if "functionName" in each.inputs]
    known |= {f"{alias['functionName']}:{alias['name']}" for alias in aliases}
    group = declared.one("ReplicationGroup").inputs["replicationGroupId"]
    for alarm in declared.all("MetricAlarm"):
        for metric in _metrics(alarm):
            dimensions = dict(metric.get("dimensions") or {})
            node = dimensions.pop("CacheClusterId", group)
            assert node.startswith(group)
            assert set(dimensions.values()) <= known, alarm.name


def test_alarms_on_our_metrics_watch_what_the_stream_function_emits(declared: Declared) -> None:
    report = BatchReport(1, 1, 0, 0, 0, 0, 5.0, [], None)
    directive = json.loads(metrics_line(report, "prod", 0))["_aws"]["CloudWatchMetrics"][0]
    emitted = {each["Name"] for each in directive["Metrics"]}
    watched = {
        metric["metricName"]
        for alarm in declared.all("MetricAlarm")
        for metric in _metrics(alarm)
        if metric["namespace"] in _OURS
    }
    assert watched == {names.LAG_METRIC}
    assert watched <= emitted


def test_alarms_on_log_lines_watch_what_a_filter_reads_from_them(
    declared: Declared, environment: str
) -> None:
    namespace = names.log_metric_namespace(environment)
    read = {
        each.inputs["metricTransformation"]["name"]
        for each in declared.all("LogMetricFilter")
        if each.inputs["metricTransformation"]["namespace"] == namespace
    }
    watched = {
        metric["metricName"]
        for alarm in declared.all("MetricAlarm")
        for metric in _metrics(alarm)
        if metric["namespace"] == namespace
    }
    assert watched == read == {names.LOOKUP_FAILURES_METRIC, names.SERVED_LOST_METRIC}


def test_filters_read_the_log_that_the_lookup_function_writes(declared: Declared) -> None:
    groups = {each.inputs["name"] for each in declared.all("LogGroup")}
    read = {each.inputs["logGroupName"] for each in declared.all("LogMetricFilter")}
    assert read <= groups
    assert all(name.endswith("-lookup") for name in read)


@pytest.mark.parametrize(("burn", "budget"), [(BURNS[0], 0.02), (BURNS[1], 0.05)], ids=["fast", "slow"])
def test_a_rate_of_burning_is_that_of_a_part_of_the_months_budget(burn: Any, budget: float) -> None:
    assert burn.rate * burn.long_s / 3600 / _MONTH_HOURS == pytest.approx(budget)
    assert burn.short_s * 12 == burn.long_s


def test_a_burning_budget_wakes_only_while_both_windows_burn(declared: Declared) -> None:
    burning = [each for each in declared.all("CompositeAlarm") if each.name.startswith("watch-budgets-")]
    periods = {
        each.inputs["name"]: next(_metrics(each)).get("period") for each in declared.all("MetricAlarm")
    }
    for each in burning:
        first, second = re.findall(r"ALARM\(([^)]+)\)", each.inputs["alarmRule"])
        assert each.inputs["alarmRule"] == f"ALARM({first}) AND ALARM({second})"
        assert (periods[first], periods[second]) in {(3600, 300), (21_600, 1800)}
    assert len(burning) == 4


def test_the_budget_of_availability_is_that_of_the_configuration() -> None:
    [alarm] = [
        each
        for each in declare("prod", frozenset({("lookupAvailability", "0.9995"), ONE_REGION})).all(
            "MetricAlarm"
        )
        if each.name == "watch-budgets-availability-fast-long"
    ]
    [burn] = [each for each in alarm.inputs["metricQueries"] if "expression" in each]
    assert burn["expression"].endswith("/ 0.0005")


def test_an_expression_names_the_metrics_that_are_given_to_it(declared: Declared) -> None:
    for alarm in declared.all("MetricAlarm"):
        queries = alarm.inputs.get("metricQueries") or []
        given = {each["id"] for each in queries if "metric" in each}
        for expression in [each["expression"] for each in queries if "expression" in each]:
            used = set(re.findall(r"\b[a-z]\w*\b", expression))
            assert used == given or "METRICS()" in expression, alarm.name
        assert len(given) <= 10


def test_the_dashboard_shows_every_signal_and_no_widget_lies_on_another(declared: Declared) -> None:
    widgets = json.loads(declared.named("Dashboard", "watch-dashboard").inputs["dashboardBody"])["widgets"]
    titles = [each["properties"]["markdown"] for each in widgets if each["type"] == "text"]
    assert titles == [f"## {signal.capitalize()}" for signal in SIGNALS]
    taken = [
        (x, y)
        for each in widgets
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_every_node_of_a_large_cache_is_watched() -> None:
    found = declare("prod", frozenset({("cacheShards", "5"), ("cacheReplicas", "2"), ONE_REGION}))
    nodes = {
        metric["dimensions"]["CacheClusterId"]
        for alarm in found.all("MetricAlarm")
        for metric in _metrics(alarm)
        if metric["metricName"] == "EngineCPUUtilization"
    }
    assert len(nodes) == 15


def test_whoever_keeps_no_lookup_warm_is_not_told_of_warm_ones() -> None:
    found = declare("prod", frozenset({("lookupWarmMinimum", "0"), ONE_REGION}))
    assert not [each for each in found.all("MetricAlarm") if each.name.endswith("lookup-warm")]


def test_the_idle_cost_of_dev_counts_what_alarms_are_paid_by() -> None:
    """A metric that an alarm looks at is paid for, and a composite alarm; not an alarm of several metrics once."""
    found = declare("dev")
    metrics = sum(
        sum("metric" in query for query in alarm.inputs.get("metricQueries", [{"metric": {}}]))
        for alarm in found.all("MetricAlarm")
    )
    told = (ROOT / "docs" / "infrastructure.md").read_text()
    assert f"| metrics that alarms look at | {metrics} × 0.10 | {metrics * 0.10:.2f} |" in told
    composites = len(found.all("CompositeAlarm"))
    assert f"| composite alarms | {composites} × 0.50 | {composites * 0.50:.2f} |" in told
