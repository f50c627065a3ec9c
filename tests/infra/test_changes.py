"""Nothing that holds data is touched by a change of definitions, or by most changes of a configuration."""

import json

import pytest

from headwater.registry import Registry
from infra.local.graph import Resource
from infra.terraform import schema
from infra.terraform.changes import DEFINITIONS, IN_PLACE, STATEFUL
from tests.infra.graphs import PEOPLE, Declared, declare, declare_with, definitions

_CLUSTER_IN_PLACE = {"num_node_groups", "replicas_per_node_group"}
"""The local environment's cache is no cluster, so no plan of the conformance run shows these two. By its documentation,
the provider replaces a group for neither: they are not marked "Forces new resource"."""

_VAULT_IN_PLACE = {"force_destroy"}
"""What can change of a backup vault in place: by the provider's documentation, as above."""

_COPY_IN_PLACE = {"deletion_protection_enabled"}
"""The local environment has no copy of its table, so no plan shows it either. It is an argument of an update there."""


def _stateful(declared: Declared) -> dict[str, Resource]:
    return {
        urn: each
        for urn, each in declared.graph.resources.items()
        if each.custom and each.type.rpartition(":")[2] in STATEFUL
    }


def _changed(change: str) -> Registry:
    # One that SageMaker mirrors, but for a removal: what is mirrored has to be there.
    return DEFINITIONS[change](
        definitions(), "aircraft_landings" if change == "view removed" else "airport_weather"
    )


@pytest.mark.parametrize("change", DEFINITIONS)
def test_a_change_of_definitions_leaves_what_holds_data_as_it_is(change: str) -> None:
    changed = _changed(change)
    assert changed != definitions()
    before, after = _stateful(declare("prod")), _stateful(declare_with(changed, "prod"))
    assert {urn: each.inputs for urn, each in before.items()} == {
        urn: each.inputs for urn, each in after.items()
    }


@pytest.mark.parametrize("change", DEFINITIONS)
def test_a_change_of_definitions_changes_no_feature_group_that_is_there(change: str) -> None:
    """SageMaker replaces a changed group, with its data; a new one beside it is no change."""
    before = {each.urn: each for each in declare("prod", PEOPLE).all("FeatureGroup")}
    after = {each.urn: each for each in declare_with(_changed(change), "prod", PEOPLE).all("FeatureGroup")}
    for urn in before.keys() & after.keys():
        assert before[urn].inputs == after[urn].inputs
    assert all(each.retained for each in before.values())


def test_a_feature_more_gets_a_feature_group_beside_the_old_one() -> None:
    before = {each.inputs["featureGroupName"] for each in declare("prod", PEOPLE).all("FeatureGroup")}
    changed = declare_with(_changed("feature added"), "prod", PEOPLE)
    new = {each.inputs["featureGroupName"] for each in changed.all("FeatureGroup")} - before
    assert [name.rpartition("-")[0] for name in new] == ["headwater-prod-airport-weather"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("owner", "another-team"),
        ("protect", "false"),
        ("eventShards", "8"),
        ("eventRetentionHours", "48"),
        ("archiveBufferSeconds", "300"),
        ("cacheNodeType", "cache.r7g.xlarge"),
        ("cacheShards", "4"),
        ("cacheReplicas", "1"),
        ("lookupMemoryMb", "3008"),
        ("lookupWarmMinimum", "0"),
        ("streamBatchSize", "500"),
        ("logRetentionDays", "30"),
        ("jobWorkers", "20"),
        ("lagMs", "20000"),
    ],
)
def test_a_change_of_configuration_replaces_nothing_that_holds_data(key: str, value: str) -> None:
    before, after = _stateful(declare("prod")), _stateful(declare("prod", frozenset({(key, value)})))
    assert before.keys() == after.keys()
    for urn, old in before.items():
        new = after[urn].inputs
        changed = {name for name in old.inputs.keys() | new.keys() if old.inputs.get(name) != new.get(name)}
        assert _as_terraform(old, changed) <= _in_place(old), old.name


def _as_terraform(resource: Resource, properties: set[str]) -> set[str | None]:
    kind = schema.load().resource(resource.type)
    return {schema.find(kind.block, kind.type, name) for name in properties}


def _in_place(resource: Resource) -> set[str]:
    kind = schema.load().resource(resource.type).type
    return {
        *IN_PLACE.get(kind, ()),
        *(_CLUSTER_IN_PLACE if resource.type.endswith(":ReplicationGroup") else ()),
        *(_COPY_IN_PLACE if resource.type.endswith(":TableReplica") else ()),
        *(_VAULT_IN_PLACE if resource.type.endswith(":Vault") else ()),
    }


def test_another_environment_shares_nothing_that_holds_data() -> None:
    """A name is part of what a change replaces: the environment's own is the one that must not change."""
    identities = [
        {str(each.inputs.get(key)) for each in _stateful(declare(stack)).values()
         for key in ("name", "bucket", "replicationGroupId") if key in each.inputs}
        for stack in ("staging", "prod")
    ]  # fmt: skip
    assert not identities[0] & identities[1]


def test_the_same_configuration_asks_for_the_same_again(environment: str) -> None:
    """So an update that follows another has nothing to do."""
    first, second = (_asked(declare_with(definitions(), environment)) for _ in range(2))
    assert first == second


def _asked(declared: Declared) -> dict[str, str]:
    """Inputs of each resource as text; files by their paths."""
    return {
        urn: json.dumps(each.inputs, sort_keys=True, default=lambda asset: str(asset.path))
        for urn, each in declared.graph.resources.items()
    }
