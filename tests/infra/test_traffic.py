"""Who answers lookups when there are two regions, and what decides it."""

from typing import Literal

import pulumi
import pytest

from infra.components.api_domain import ApiDomain, ApiDomainArgs
from infra.components.traffic import Traffic, TrafficArgs, TrafficSide
from infra.local.graph import Resource
from tests.infra.graphs import Declared, declare_alone

HOME, AWAY = "us-east-1", "us-west-2"


def _side(region: str) -> TrafficSide:
    return TrafficSide(region, f"api-{region}", f"target-{region}", f"zone-{region}")


def _traffic(routing: Literal["failover", "latency"]) -> Declared:
    return declare_alone(
        lambda: pulumi.export(
            "checks",
            Traffic(
                "traffic",
                TrafficArgs(
                    domain="features.example.com",
                    zone_id="Z1",
                    routing=routing,
                    home=_side(HOME),
                    away=_side(AWAY),
                ),
            ).check_ids,
        )
    )


def _check(declared: Declared, role: str) -> Resource:
    [found] = [each for each in declared.all("HealthCheck") if each.name == f"traffic-{role}"]
    return found


def _records(declared: Declared) -> dict[str, dict[str, object]]:
    return {each.inputs["setIdentifier"]: each.inputs for each in declared.all("Record")}


@pytest.fixture(params=["failover", "latency"])
def declared(request: pytest.FixtureRequest) -> Declared:
    """Traffic of each kind in turn."""
    return _traffic(request.param)


def test_a_region_is_checked_under_its_own_name(declared: Declared) -> None:
    """A check of the domain would follow the traffic to the other region."""
    asked = {role: _check(declared, role).inputs["fqdn"] for role in ("home", "away", "away-leads")}
    assert asked == {
        "home": f"api-{HOME}.execute-api.{HOME}.amazonaws.com",
        "away": f"api-{AWAY}.execute-api.{AWAY}.amazonaws.com",
        "away-leads": f"api-{AWAY}.execute-api.{AWAY}.amazonaws.com",
    }


def test_an_answer_is_missed_within_half_a_minute(declared: Declared) -> None:
    checks = [_check(declared, role).inputs for role in ("home", "away", "away-leads")]
    assert {each["requestInterval"] * each["failureThreshold"] for each in checks} == {30}


def test_home_is_in_service_while_it_answers_and_away_does_not_lead(declared: Declared) -> None:
    both, leads = _check(declared, "home-in-service").inputs, _check(declared, "away-leads").inputs
    assert (both["type"], both["childHealthThreshold"]) == ("CALCULATED", 2)
    assert sorted(both["childHealthchecks"]) == sorted(
        [_check(declared, "home").id, _check(declared, "away-leads").id]
    )
    assert (leads["resourcePath"], leads["invertHealthcheck"]) == ("/leads", True)


def test_only_what_is_read_of_the_other_region_is_inverted(declared: Declared) -> None:
    plain = [_check(declared, role).inputs.get("invertHealthcheck") for role in ("home", "away")]
    assert plain == [None, None]


def test_home_is_taken_out_by_both(declared: Declared) -> None:
    assert _records(declared)[HOME]["healthCheckId"] == _check(declared, "home-in-service").id


def test_on_failover_all_go_home_and_the_last_region_is_never_taken_out() -> None:
    records = _records(_traffic("failover"))
    assert [records[region]["failoverRoutingPolicies"] for region in (HOME, AWAY)] == [
        [{"type": "PRIMARY"}],
        [{"type": "SECONDARY"}],
    ]
    assert records[AWAY].get("healthCheckId") is None


def test_by_latency_each_goes_to_the_nearest_that_is_well() -> None:
    declared = _traffic("latency")
    records = _records(declared)
    assert [records[region]["latencyRoutingPolicies"] for region in (HOME, AWAY)] == [
        [{"region": HOME}],
        [{"region": AWAY}],
    ]
    assert records[AWAY]["healthCheckId"] == _check(declared, "away").id


def test_records_lead_to_the_domain_name_of_their_region(declared: Declared) -> None:
    for region, record in _records(declared).items():
        assert record["aliases"] == [
            {"name": f"target-{region}", "zoneId": f"zone-{region}", "evaluateTargetHealth": False}
        ]


def _domains() -> None:
    proof = None
    for region in (HOME, AWAY):
        made = ApiDomain(
            f"domain-{region}",
            ApiDomainArgs(
                domain="features.example.com", zone_id="Z1", api_id="api", stage_name="$default", proof=proof
            ),
        )
        proof = made.proof
        pulumi.export(region, made.target_name)


def test_a_domain_is_proven_once_and_certified_in_each_region() -> None:
    declared = declare_alone(_domains)
    [proof] = declared.all("Record")
    assert (proof.inputs["type"], proof.inputs["name"]) == ("CNAME", "_proof.features.example.com.")
    assert len(declared.all("CertificateValidation")) == len(declared.all("DomainName")) == 2


def test_a_domain_takes_no_old_tls_and_waits_for_its_certificate() -> None:
    declared = declare_alone(_domains)
    for domain in declared.all("DomainName"):
        settings = domain.inputs["domainNameConfiguration"]
        assert (settings["securityPolicy"], settings["endpointType"]) == ("TLS_1_2", "REGIONAL")
        assert any("CertificateValidation" in urn for urn in domain.dependencies)


def test_a_domain_says_what_records_are_to_lead_to() -> None:
    found = declare_alone(_domains).graph.outputs
    assert found == {region: f"target.domain-{region}-domain" for region in (HOME, AWAY)}
