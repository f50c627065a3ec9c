"""Advice for the environments as they are committed, with a second region where they have one."""

import msgspec
import pytest

from cost.advice import report, stores
from cost.advice.cases import Case
from cost.advice.proposals import Advice
from cost.capacity import measured as capacity
from tests import costs


def _case(environment: str) -> Case:
    return Case(
        costs.graph_of(environment),
        costs.usage_of(environment),
        costs.definitions(),
        costs.prices(),
        costs.figures(),
        capacity.load(),
    )


def _advice(environment: str) -> dict[str, Advice]:
    case = _case(environment)
    return {each.key: each for each in report.advise(case, case.estimate())}


@pytest.mark.parametrize("environment", costs.ENVIRONMENTS)
def test_there_is_advice_for_every_environment(environment: str) -> None:
    assert all(each.saving_usd > 0 for each in _advice(environment).values())


def test_a_cache_that_another_region_follows_is_not_to_be_serverless() -> None:
    """It has no Global Datastore: the follower would have nothing to follow."""
    case = _case("prod")
    assert "cache.serverless" not in {each.key for each in stores.proposals(case)}
    alone = case._replace(graph=costs.home_of("prod"))
    assert "cache.serverless" in {each.key for each in stores.proposals(alone)}


def test_a_replica_less_is_one_at_home_and_changes_nothing_where_another_cache_follows() -> None:
    [proposal] = [each for each in stores.proposals(_case("prod")) if each.key == "cache.fewer_replicas"]
    caches = {
        each.region: each.facts["replicasPerNodeGroup"] for each in proposal.case.graph.of("ReplicationGroup")
    }
    assert caches == {"us-east-1": 1, "us-west-2": 1}
    more = costs.with_facts(costs.graph_of("prod"), "ReplicationGroup", {"replicasPerNodeGroup": 3})
    uneven = [
        msgspec.structs.replace(each, facts={**each.facts, "replicasPerNodeGroup": 1})
        if each.type.endswith(":ReplicationGroup") and each.region == "us-west-2"
        else each
        for each in more.resources
    ]
    graph = msgspec.structs.replace(more, resources=uneven)
    [proposal] = [
        each
        for each in stores.proposals(_case("prod")._replace(graph=graph))
        if each.key == "cache.fewer_replicas"
    ]
    caches = {
        each.region: each.facts["replicasPerNodeGroup"] for each in proposal.case.graph.of("ReplicationGroup")
    }
    assert caches == {"us-east-1": 2, "us-west-2": 1}


def test_capacity_for_writes_that_are_copied_is_not_reserved() -> None:
    """Of prod's provisioned table only reads can be: AWS reserves no replicated write capacity."""
    for graph, reserved in ((costs.graph_of("prod"), {"read"}), (costs.home_of("prod"), {"read", "write"})):
        case = _case("prod")._replace(graph=graph)
        [provisioned] = [each for each in stores.proposals(case) if each.key == "table.provisioned"]
        lines = stores.reservable(provisioned.case.estimate())
        assert {line.price.rpartition("_")[2] for line in lines} == reserved
