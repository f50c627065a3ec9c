"""What an environment with two regions has for the day on which the first is lost, and what it has only if it says so."""

import json
from typing import Any

from infra.components.experiment_specs import EXPERIMENTS
from infra.local.graph import Resource
from tests.infra.graphs import READINESS, Declared, declare

HOME, AWAY, THIRD = "us-east-1", "us-west-2", "us-east-2"


def _everything() -> Declared:
    return declare("prod", READINESS)


def _named(declared: Declared, kind: str, name: str) -> Resource:
    [found] = [each for each in declared.all(kind) if each.name == name]
    return found


def _machine(declared: Declared) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        _named(declared, "StateMachine", "game-day-machine").inputs["definition"]
    )
    return found


def test_nothing_is_broken_in_an_environment_that_does_not_say_so() -> None:
    declared = declare("prod")
    assert declared.all("ExperimentTemplate") == []
    assert [each.name for each in declared.all("Schedule") if "game-day" in each.name] == []


def test_templates_alone_start_nothing() -> None:
    declared = declare("staging")
    assert declared.all("ExperimentTemplate") != []
    assert [each.name for each in declared.all("Schedule") if "game-day" in each.name] == []


def test_no_name_and_no_plan_are_made_that_nobody_asked_for() -> None:
    declared = declare("prod")
    assert declared.all("HealthCheck") == []
    assert [each.type for each in declared.graph.resources.values() if "arcregionswitch" in each.type] == []
    assert [each.name for each in declared.all("Function") if "health" in each.name] == []


def test_the_third_copy_is_in_a_region_that_is_lost_with_neither_of_the_others() -> None:
    declared = declare("prod")
    assert sorted(each.region for each in declared.all("Vault")) == [HOME, THIRD]
    key = _named(declared, "Key", "backup-keys-key")
    assert (key.region, key.inputs["multiRegion"]) == (THIRD, False)


def test_both_regions_answer_health_checks_and_are_led_to() -> None:
    declared = _everything()
    asked = {each.region for each in declared.all("Function") if each.name.endswith("health-function")}
    led = {each.inputs["setIdentifier"] for each in declared.all("Record") if "setIdentifier" in each.inputs}
    assert asked == led == {HOME, AWAY}


def test_one_region_is_the_other_ones_standby_unless_both_are_active() -> None:
    policies = {
        mode: [
            key
            for each in declare("prod", READINESS | {("recoveryMode", mode)}).all("Record")
            for key in each.inputs
            if key.endswith("RoutingPolicies")
        ]
        for mode in ("warm-standby", "active-active")
    }
    assert policies == {
        "warm-standby": ["failoverRoutingPolicies"] * 2,
        "active-active": ["latencyRoutingPolicies"] * 2,
    }


def test_the_name_is_certified_in_each_region() -> None:
    certified = {each.region: each.inputs["domainName"] for each in _everything().all("Certificate")}
    assert certified == dict.fromkeys((HOME, AWAY), "features.example.com")


def test_everything_that_can_be_broken_has_an_experiment_and_it_is_at_home() -> None:
    made = _everything().all("ExperimentTemplate")
    assert {each.name.removeprefix("experiments-") for each in made} == {spec.name for spec in EXPERIMENTS}
    assert {each.region for each in made} == {HOME}


def test_experiments_are_ended_by_alarms_of_the_region_they_break() -> None:
    declared = _everything()
    known = {each.outputs["arn"] for each in declared.all("MetricAlarm") if each.region == HOME}
    ends = {
        condition["value"]
        for each in declared.all("ExperimentTemplate")
        for condition in each.inputs["stopConditions"]
    }
    assert ends
    assert ends <= known


def test_without_a_network_of_ours_nothing_is_cut() -> None:
    changes = {("network", "none"), ("networkFlowLogs", "false")}
    made = declare("prod", READINESS | changes).all("ExperimentTemplate")
    assert {each.name.removeprefix("experiments-") for each in made} == {
        "replication-stalled",
        "cache-zone-lost",
    }


def test_a_game_day_breaks_as_much_as_there_is_to_break() -> None:
    declared = _everything()
    template = _named(declared, "ExperimentTemplate", "experiments-region-cut").id
    check = json.dumps(_machine(declared)["States"]["CheckInput"])
    assert template in check
    assert 'states.input.experiment : \\"region-cut\\"' in check


def test_a_game_day_asks_the_alarm_over_all_and_those_on_the_copies() -> None:
    declared = _everything()
    asked = _machine(declared)["States"]["LookAtAlarms"]["Arguments"]["AlarmNames"]
    platform = _named(declared, "CompositeAlarm", "watch-platform").inputs["alarmName"]
    behind = _named(declared, "MetricAlarm", "recovery-watch-table-behind").inputs["name"]
    assert {platform, behind} <= set(asked)


def test_a_game_day_asks_for_the_other_regions_alarms_by_what_home_copies_of_them() -> None:
    declared = _everything()
    asked = _machine(declared)["States"]["LookAtAlarms"]["Arguments"]["AlarmNames"]
    copied = {
        _named(declared, "MetricAlarm", f"figures-{role}").inputs["name"] for role in ("stopped", "unwell")
    }
    assert copied <= set(asked)
    told = _named(declared, "Function", "figures-copy-function").inputs["environment"]["variables"]
    platform = _named(declared, "CompositeAlarm", "us-west-2-watch-platform").inputs["alarmName"]
    assert platform in told["HEADWATER_ALARMS"].split(",")


def test_what_is_copied_is_watched_in_every_environment_with_two_regions() -> None:
    for environment in ("prod", "staging"):
        declared = declare(environment)
        assert _named(declared, "MetricAlarm", "recovery-watch-objects-late").region == AWAY
        assert _named(declared, "Dashboard", "recovery-watch-dashboard").region == HOME


def test_the_plan_stops_the_mapping_of_home() -> None:
    declared = _everything()
    mapping = _named(declared, "EventSourceMapping", "stream-mapping").outputs["arn"]
    [plan] = [each for each in declared.graph.resources.values() if "arcregionswitch" in each.type]
    assert mapping in json.dumps(plan.inputs["workflows"])
