"""What keeps costs in sight: who is told of what, of which resources, and by which arithmetic."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from headwater.errors import SettingsError
from infra.local.graph import Resource
from infra.stacks import unit_prices
from tests.infra.graphs import Declared, declare_one_region

_KEYS = {
    "costMonthlyUsd": "0",
    "costComponentsUsd": "",
    "costAnomalyUsd": "0",
    "costPerMillionLookupsUsd": "0",
    "costPerMillionEventsUsd": "0",
    "costTags": "false",
}


def _with(stack: str = "prod", **changes: str) -> Declared:
    """An environment that watches nothing of costs but what is given."""
    return declare_one_region(stack, **(_KEYS | changes))


def _value(alarm: Resource, metrics: Mapping[str, float]) -> float:
    """The alarm's expression, as CloudWatch reckons it with these values of its metrics."""
    queries = alarm.inputs["metricQueries"]
    [expression] = [each["expression"] for each in queries if "expression" in each]
    values = {each["id"]: metrics[each["metric"]["metricName"]] for each in queries if "metric" in each}
    plain = re.sub(r"FILL\((\w+), 0\)", r"\1", expression)
    assert re.fullmatch(r"[\w .*+/()]+", plain)
    return float(eval(plain, {"__builtins__": {}}, values))  # noqa: S307 (arithmetic of ours, checked above)


def _alarm(found: Declared, name: str) -> Resource:
    return found.named("MetricAlarm", f"costs-{name}")


def test_who_asks_for_nothing_has_no_controls() -> None:
    found = _with()
    assert [each.name for each in found.graph.resources.values() if each.name.startswith("costs")] == []


def test_a_budget_counts_what_has_the_environments_tag_and_no_credits() -> None:
    budget = _with(costMonthlyUsd="120.5").one("Budget").inputs
    assert budget["costFilters"] == [{"name": "TagKeyValue", "values": ["user:environment$prod"]}]
    assert budget["costTypes"] == {"includeCredit": False, "includeRefund": False}
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("120.5", "USD", "MONTHLY")


def test_a_budget_tells_of_what_is_spent_and_of_what_will_be() -> None:
    found = _with(costMonthlyUsd="100")
    told = found.one("Budget").inputs["notifications"]
    assert [(each["notificationType"], each["threshold"]) for each in told] == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    topic = found.named("Topic", "costs-told-topic").outputs["arn"]
    assert {tuple(each["subscriberSnsTopicArns"]) for each in told} == {(topic,)}


def test_a_component_has_a_budget_of_its_own_beside_that_of_all() -> None:
    budgets = _with(costMonthlyUsd="100", costComponentsUsd="cache=40 network=12.50").all("Budget")
    assert {
        each.name: (each.inputs["limitAmount"], each.inputs["costFilters"][0]["values"]) for each in budgets
    } == {
        "costs-budgets-total": ("100", ["user:environment$prod"]),
        "costs-budgets-cache": ("40", ["user:environment$prod", "user:component$cache"]),
        "costs-budgets-network": ("12.5", ["user:environment$prod", "user:component$network"]),
    }


def test_a_budget_of_a_component_that_there_is_not_is_refused() -> None:
    with pytest.raises(
        SettingsError, match=r"costComponentsUsd: found 'cachet', expected some of athena, cache, "
    ):
        _with(costComponentsUsd="cachet=40")


def test_an_anomaly_of_the_environment_is_told_at_once() -> None:
    found = _with(costAnomalyUsd="25")
    monitor = found.one("AnomalyMonitor")
    watched = json.loads(monitor.inputs["monitorSpecification"])["Tags"]
    assert (watched["Key"], watched["Values"]) == ("environment", ["prod"])
    told = found.one("AnomalySubscription").inputs
    assert told["monitorArnLists"] == [monitor.outputs["arn"]]
    assert told["frequency"] == "IMMEDIATE"
    assert told["thresholdExpression"]["dimension"] == {
        "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
        "matchOptions": ["GREATER_THAN_OR_EQUAL"],
        "values": ["25"],
    }


def test_the_services_that_tell_may_publish_for_this_account_and_use_the_key() -> None:
    found = _with(costMonthlyUsd="100")
    [statement] = json.loads(found.one("TopicPolicy").inputs["policy"])["Statement"]
    telling = set(statement["Principal"]["Service"])
    assert statement["Resource"] == found.named("Topic", "costs-told-topic").outputs["arn"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    key = json.loads(found.one("Key").inputs["policy"])["Statement"]
    [use] = [each for each in key if each["Sid"] == "AlarmsToEncryptedTopic"]
    assert set(use["Principal"]["Service"]) == telling


def test_tags_are_activated_that_the_provider_and_the_components_give() -> None:
    found = _with(costTags="true")
    active = {each.inputs["tagKey"] for each in found.all("CostAllocationTag")}
    given = json.loads(found.one("aws").inputs["defaultTags"])["tags"]
    assert active == {*given, "component"}


def test_the_tag_of_views_is_activated_where_a_view_has_a_resource() -> None:
    found = _with(costTags="true", sagemakerViews="airport_weather")
    assert "view" in {each.inputs["tagKey"] for each in found.all("CostAllocationTag")}


def test_tags_of_the_account_stay_active_when_an_environment_goes() -> None:
    assert all(each.retained for each in _with(costTags="true").all("CostAllocationTag"))


def test_a_million_lookups_cost_what_the_arithmetic_of_the_price_list_says() -> None:
    """Prod in us-east-1: 6 nodes at 0.1752 an hour, 10 warm environments of 1,769 MB, arm64.

    A day of 100 million lookups of 4 ms that read 20 million units:
    nodes 6 × 24 × 0.1752 = 25.2288; warm 10 × 1769/1024 GB × 86,400 s × 0.0000033334 = 49.7544...;
    requests 100 × 0.20 = 20; GB-seconds 400,000 s × 1769/1024 × 0.0000133334 = 9.2136;
    reads 20 × 0.125 = 2.5; 40 GB of logs at 0.50.
    """
    alarm = _alarm(_with(costPerMillionLookupsUsd="5"), "million-lookups")
    used = {
        "Invocations": 100e6,
        "Duration": 400e6,
        "ConsumedReadCapacityUnits": 20e6,
        "IncomingBytes": 40 * 1024**3,
    }
    nodes = 6 * 24 * 0.1752
    warm = 10 * 1769 / 1024 * 86_400 * 0.0000033334
    day_usd = nodes + warm + 100 * 0.20 + 400_000 * 1769 / 1024 * 0.0000133334 + 20 * 0.125 + 40 * 0.50
    assert _value(alarm, used) == pytest.approx(day_usd / 100, rel=1e-6)
    assert alarm.inputs["threshold"] == 5


def test_a_million_events_cost_what_the_arithmetic_of_the_price_list_says() -> None:
    """On demand: 24 × 0.04 by the hour; each record a kilobyte at 0.08 a GB; 0.04 for each GB that is read."""
    alarm = _alarm(_with(costPerMillionEventsUsd="10"), "million-events")
    used = {
        "IncomingRecords": 50e6,
        "GetRecords.Bytes": 10 * 1024**3,
        "Invocations": 100e3,
        "Duration": 30e6,
        "IncomingBytes": 0,
        "ConsumedWriteCapacityUnits": 80e6,
    }
    stream = 24 * 0.04 + 50e6 / 1024**2 * 0.08 + 10 * 0.04
    function = 0.1 * 0.20 + 30_000 * 1769 / 1024 * 0.0000133334
    day_usd = stream + function + 80 * 0.625
    assert _value(alarm, used) == pytest.approx(day_usd / 50, rel=1e-4)


def test_shards_and_provisioned_units_are_paid_for_by_the_hour() -> None:
    """2 shards × 24 × 0.015 and 0.014 a million records; 100 write units × 24 × 0.00065."""
    found = _with(
        "dev",
        costPerMillionEventsUsd="10",
        eventShards="2",
        tableReadMinimum="5",
        tableReadMaximum="10",
        tableWriteMinimum="5",
        tableWriteMaximum="200",
    )
    idle = {"Invocations": 0, "Duration": 0, "IncomingBytes": 0}
    used = {**idle, "IncomingRecords": 1e6, "ProvisionedWriteCapacityUnits": 100}
    day_usd = 2 * 24 * 0.015 + 0.014 + 100 * 24 * 0.00065
    assert _value(_alarm(found, "million-events"), used) == pytest.approx(day_usd, rel=1e-6)


def test_a_serverless_cache_is_paid_for_by_use() -> None:
    prices = unit_prices.load().regions["us-east-1"]
    found = _with(
        "dev",
        costPerMillionLookupsUsd="5",
        cacheKind="serverless",
        cacheShards="0",
        cacheReplicas="0",
        lookupWarmMinimum="0",
    )
    used = {
        "Invocations": 1e6,
        "Duration": 0,
        "IncomingBytes": 0,
        "ConsumedReadCapacityUnits": 0,
        "ElastiCacheProcessingUnits": 3e6,
        "BytesUsedForCache": 2 * 1024**3,
    }
    ecpus = 3e6 * float(prices["elasticache.serverless_ecpu.valkey"])
    stored = 2 * 24 * float(prices["elasticache.serverless_storage.valkey"])
    assert _value(_alarm(found, "million-lookups"), used) == pytest.approx(0.2 + ecpus + stored, rel=1e-4)


def test_a_price_that_is_not_known_in_a_region_is_an_error_that_names_it() -> None:
    with pytest.raises(
        SettingsError, match=r"unit cost in eu-west-1: no price 'elasticache.node.valkey.r7g.large'"
    ):
        _with(costPerMillionLookupsUsd="5", region="eu-west-1")


def test_an_alarm_of_a_unit_looks_at_a_whole_day_and_tells_who_watches_costs() -> None:
    found = _with(costPerMillionLookupsUsd="5", costPerMillionEventsUsd="10")
    topic = found.named("Topic", "costs-told-topic").outputs["arn"]
    for name in ("million-lookups", "million-events"):
        alarm = _alarm(found, name).inputs
        periods = {each["metric"]["period"] for each in alarm["metricQueries"] if "metric" in each}
        assert periods == {86_400}
        assert alarm["alarmActions"] == alarm["okActions"] == [topic]


def test_the_dashboard_shows_what_alarms_look_at_by_the_hour() -> None:
    found = _with(costPerMillionLookupsUsd="5", costPerMillionEventsUsd="10")
    widgets = json.loads(found.named("Dashboard", "costs-dashboard").inputs["dashboardBody"])["widgets"]
    shown = [_ids(each["properties"]) for each in widgets if each["type"] == "metric"]
    assert len(shown) == 4
    for expressions, ids in shown:
        assert all(set(re.findall(r"FILL\((\w+), 0\)", each)) <= ids for each in expressions)


def _ids(properties: Mapping[str, Any]) -> tuple[list[str], set[str]]:
    lines = [line[-1] for line in properties["metrics"]]
    expressions = [line["expression"] for line in lines if "expression" in line]
    return expressions, {line["id"] for line in lines if "expression" not in line}


def test_only_one_unit_watched_leaves_the_other_without_an_alarm() -> None:
    alarms = _with(costPerMillionEventsUsd="10").all("MetricAlarm")
    assert [each.name for each in alarms if each.name.startswith("costs-")] == ["costs-million-events"]
