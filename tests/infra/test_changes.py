"""Nothing that holds data is touched by a change of definitions, or by most changes of a configuration."""

from typing import Any

import msgspec
import pytest

from headwater.registry import Registry
from infra.local.graph import Resource
from tests.infra.graphs import PEOPLE, Declared, declare, declare_with, definitions

_STATEFUL = {
    "Stream",
    "Table",
    "Bucket",
    "ReplicationGroup",
    "Key",
    "CatalogDatabase",
    "FirehoseDeliveryStream",
}
_CHANGED_IN_PLACE = {
    "Stream": {"retentionPeriod", "shardCount", "streamModeDetails"},
    "Bucket": {"forceDestroy"},
    "Table": {"deletionProtectionEnabled"},
    "ReplicationGroup": {"nodeType", "replicasPerNodeGroup", "numNodeGroups"},
    "FirehoseDeliveryStream": {"extendedS3Configuration"},
}
"""What the provider changes in place, by its documentation: only properties marked "Forces new resource" are not.
Whatever is not listed here counts as a replacement."""


def _stateful(declared: Declared) -> dict[str, Resource]:
    return {
        urn: each
        for urn, each in declared.graph.resources.items()
        if each.custom and each.type.rpartition(":")[2] in _STATEFUL
    }


def _view_without_last_feature(registry: Registry) -> Registry:
    view = registry.views["airport_departures"]
    return _with_view(registry, msgspec.structs.replace(view, features=view.features[:-1]))


def _with_view(registry: Registry, view: Any) -> Registry:
    return msgspec.structs.replace(registry, views={**registry.views, view.name: view})


def _with_feature(registry: Registry) -> Registry:
    view = registry.views["airport_weather"]
    added = msgspec.structs.replace(view.features[0], name="added_feature")
    return _with_view(registry, msgspec.structs.replace(view, features=(*view.features, added)))


def _with_another_view(registry: Registry) -> Registry:
    return _with_view(registry, msgspec.structs.replace(registry.views["airport_weather"], name="added_view"))


def _with_another_window(registry: Registry) -> Registry:
    view = registry.views["airport_weather"]
    longer = msgspec.structs.replace(view.features[0], window_us=view.features[0].window_us * 2)
    return _with_view(registry, msgspec.structs.replace(view, version="changed", features=(longer,)))


def _without_a_view(registry: Registry) -> Registry:
    views = {name: view for name, view in registry.views.items() if name != "aircraft_landings"}
    services = {
        name: msgspec.structs.replace(each, views=tuple(view for view in each.views if view in views))
        for name, each in registry.services.items()
    }
    return msgspec.structs.replace(registry, views=views, services=services)


def _with_another_column(registry: Registry) -> Registry:
    source = registry.sources["departures"]
    wider = msgspec.structs.replace(source, columns={**source.columns, "gate": "string"})
    return msgspec.structs.replace(registry, sources={**registry.sources, "departures": wider})


_DEFINITIONS = {
    "feature added": _with_feature,
    "feature removed": _view_without_last_feature,
    "view added": _with_another_view,
    "window changed": _with_another_window,
    "view removed": _without_a_view,
    "source gains a column": _with_another_column,
}


@pytest.mark.parametrize("change", _DEFINITIONS)
def test_a_change_of_definitions_leaves_what_holds_data_as_it_is(change: str) -> None:
    changed = _DEFINITIONS[change](definitions())
    assert changed != definitions()
    before, after = _stateful(declare("prod")), _stateful(declare_with(changed, "prod"))
    assert {urn: each.inputs for urn, each in before.items()} == {
        urn: each.inputs for urn, each in after.items()
    }


@pytest.mark.parametrize("change", _DEFINITIONS)
def test_a_change_of_definitions_changes_no_feature_group_that_is_there(change: str) -> None:
    """SageMaker replaces a changed group, with its data; a new one beside it is no change."""
    before = {each.urn: each for each in declare("prod", PEOPLE).all("FeatureGroup")}
    after = {
        each.urn: each
        for each in declare_with(_DEFINITIONS[change](definitions()), "prod", PEOPLE).all("FeatureGroup")
    }
    for urn in before.keys() & after.keys():
        assert before[urn].inputs == after[urn].inputs
    assert all(each.retained for each in before.values())


def test_a_feature_more_gets_a_feature_group_beside_the_old_one() -> None:
    before = {each.inputs["featureGroupName"] for each in declare("prod", PEOPLE).all("FeatureGroup")}
    changed = declare_with(_with_feature(definitions()), "prod", PEOPLE)
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
        assert changed <= _CHANGED_IN_PLACE.get(old.type.rpartition(":")[2], set()), old.name


def test_another_environment_shares_nothing_that_holds_data() -> None:
    """A name is part of what a change replaces: the environment's own is the one that must not change."""
    identities = [
        {str(each.inputs.get(key)) for each in _stateful(declare(stack)).values()
         for key in ("name", "bucket", "replicationGroupId") if key in each.inputs}
        for stack in ("staging", "prod")
    ]  # fmt: skip
    assert not identities[0] & identities[1]
