"""What is there whether anything happens or not: network, keys, alarms, dashboards, health checks."""

from collections.abc import Iterator

from cost.estimate.context import Situation
from cost.estimate.terms import (
    HOURS_A_MONTH,
    Item,
    Term,
    declared,
    metered,
)
from cost.graphs import Declared
from headwater.stream.metrics import metrics_line
from headwater.stream.processor import BatchReport

FAST_PERIOD_S = 60
"""Alarms that look more often than this are dearer."""


def items(found: Situation) -> Iterator[Item]:
    """What stands there costs."""
    yield from _network(found)
    yield from _keys(found)
    yield from _watched(found)
    yield from _health(found)
    yield from _switch(found)


def _network(found: Situation) -> Iterator[Item]:
    for endpoint in found.of("VpcEndpoint"):
        if endpoint.facts["kind"] == "Gateway":
            one = declared(endpoint.name, "kind Gateway", 1, "endpoint")
            yield _standing(endpoint, "vpc.gateway_endpoint", "endpoint-hour", one, HOURS_A_MONTH)
            continue
        zones = declared(endpoint.name, "zones", endpoint.facts["zones"], "zones")
        yield _standing(endpoint, "vpc.interface_endpoint", "endpoint-zone-hour", zones, HOURS_A_MONTH)
    for gateway in found.of("NatGateway"):
        one = declared(gateway.name, "gateway", 1, "gateway")
        yield _standing(gateway, "vpc.nat_gateway", "gateway-hour", one, HOURS_A_MONTH)


def _standing(each: Declared, price: str, unit: str, *terms: Term) -> Item:
    name = str(each.facts.get("service", each.name))
    return Item(each.component, price, each.region, None, name, unit, terms)


def _keys(found: Situation) -> Iterator[Item]:
    for key in (*found.of("Key"), *found.of("ReplicaKey")):
        yield _standing(key, "kms.key", "key-month", declared(key.name, "key", 1, "key"))


def _watched(found: Situation) -> Iterator[Item]:
    alarms: dict[tuple[str, str, str], int] = {}
    for alarm in found.of("MetricAlarm"):
        price = (
            "cloudwatch.alarms_high_resolution"
            if alarm.facts["period"] < FAST_PERIOD_S
            else "cloudwatch.alarms"
        )
        place = (alarm.component, alarm.region, price)
        alarms[place] = alarms.get(place, 0) + int(alarm.facts["metrics"])
    for (component, region, price), count in sorted(alarms.items()):
        looked_at = declared("alarms", "metrics looked at", count, "metrics")
        yield Item(component, price, region, None, "alarms", "alarm metric-month", (looked_at,))
    for kind, price, unit, name in (
        ("CompositeAlarm", "cloudwatch.composite_alarms", "alarm-month", "composite alarms"),
        ("Dashboard", "cloudwatch.dashboards", "dashboard-month", "dashboards"),
        ("LogMetricFilter", "cloudwatch.custom_metrics", "metric-month", "metrics of log lines"),
    ):
        counts: dict[tuple[str, str], int] = {}
        for each in found.of(kind):
            counts[each.component, each.region] = counts.get((each.component, each.region), 0) + 1
        for (component, region), count in sorted(counts.items()):
            yield Item(component, price, region, None, name, unit, (declared(kind, "count", count, name),))
    stream = found.function("stream")
    if stream is not None:
        report = BatchReport(1, 1, 0, 0, 0, 0, 1.0, [], None)
        # Without events no batch is reported, and AWS counts no metric.
        count = _metrics_in(metrics_line(report, "prod", 0)) if found.events_per_s else 0
        own = metered("metrics of a batch's line", count, "metrics")
        yield Item(
            stream.component,
            "cloudwatch.custom_metrics",
            stream.region,
            None,
            "metrics of batches",
            "metric-month",
            (own,),
        )
    watch = next(iter(found.of("Dashboard", active=True)), None)
    if watch is not None:
        read = found.assume("people.logs_read")
        yield Item(
            watch.component, "cloudwatch.logs_insights", watch.region, None, "logs searched", "GB", (read,)
        )


def _metrics_in(line: str) -> int:
    return line.count('"Name"')


def _health(found: Situation) -> Iterator[Item]:
    for check in found.of("HealthCheck"):
        one = declared(check.name, "check", 1, "check")
        yield _standing(check, "route53.health_check", "check-month", one)
        facts = check.facts
        options = sum(
            [
                str(facts.get("type", "")).startswith("HTTPS"),
                facts.get("requestInterval") == 10,  # noqa: PLR2004 (the fast interval, in seconds)
                bool(facts.get("measureLatency")),
                bool(facts.get("searchString")),
            ]
        )
        if options:
            more = declared(check.name, "https, fast, latency, string", options, "options")
            yield _standing(check, "route53.health_check_option", "option-month", more)
    for zone in found.of("Zone"):
        yield _standing(zone, "route53.hosted_zone", "zone-month", declared(zone.name, "zone", 1, "zone"))


def _switch(found: Situation) -> Iterator[Item]:
    for plan in found.of("Plan"):
        if plan.type == "aws:arcregionswitch/plan:Plan":
            one = declared(plan.name, "plan", 1, "plan")
            yield _standing(plan, "arc.region_switch_plan", "plan-month", one)
