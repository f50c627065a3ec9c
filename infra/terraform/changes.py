"""Changes that must replace nothing that holds data: of definitions, and of a configuration.

The provider judges them against what was applied to the local cloud (`infra.terraform.replacements`); tests compare the
graphs before and after.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from headwater.registry import Registry

STATEFUL = frozenset(
    {
        *("Bucket", "CatalogDatabase", "FirehoseDeliveryStream", "Key", "LogGroup", "Queue"),
        *("ReplicationGroup", "ServerlessCache", "Stream", "Table"),
        *("ReplicaKey", "TableReplica"),
    }
)
"""Last parts of the types of resources that hold data, or that data cannot be read without."""

IN_PLACE: Mapping[str, frozenset[str]] = {
    "aws_cloudwatch_log_group": frozenset({"retention_in_days"}),
    "aws_dynamodb_table": frozenset({"deletion_protection_enabled"}),
    "aws_elasticache_replication_group": frozenset(
        {"automatic_failover_enabled", "multi_az_enabled", "node_type", "num_cache_clusters"}
    ),
    "aws_kinesis_firehose_delivery_stream": frozenset({"extended_s3_configuration"}),
    "aws_s3_bucket": frozenset({"force_destroy"}),
    "aws_kinesis_stream": frozenset({"retention_period", "shard_count", "stream_mode_details"}),
}
"""What the provider changes in place, of the attributes that `CONFIGURATION` changes. Whatever is not here counts as a
replacement. A conformance run fails where a plan does not show an entry."""

CONFIGURATION: Mapping[str, Mapping[str, str]] = {
    "another owner": {"owner": "another-team"},
    "shards on demand": {"eventShards": "0"},
    "everything of another size": {
        "eventShards": "8",
        "eventRetentionHours": "48",
        "archiveBufferSeconds": "300",
        "trainingKeepDays": "90",
        "streamMemoryMb": "1024",
        "streamBatchSize": "500",
        "lookupMemoryMb": "3008",
        "cacheNodeType": "cache.r7g.xlarge",
        "cacheReplicas": "1",
        "logRetentionDays": "30",
        "jobWorkers": "20",
        "snapshotKeepDays": "30",
        "athenaScanLimitGb": "10",
        "lagMs": "20000",
        # What is protected is not in an emulator.
        "endpoint": "",
        "protect": "true",
    },
}
"""Keys with other values than the local environment has. What replaces a resource, its plan says by attribute, so that
many keys are judged by one plan."""


def _with_view(registry: Registry, view: Any) -> Registry:
    return msgspec.structs.replace(registry, views={**registry.views, view.name: view})


def _with_feature(registry: Registry, name: str) -> Registry:
    view = registry.views[name]
    added = msgspec.structs.replace(view.features[0], name="added_feature")
    return _with_view(registry, msgspec.structs.replace(view, features=(*view.features, added)))


def _without_feature(registry: Registry, name: str) -> Registry:
    view = registry.views[name]
    return _with_view(registry, msgspec.structs.replace(view, features=view.features[:-1]))


def _with_another_view(registry: Registry, name: str) -> Registry:
    return _with_view(registry, msgspec.structs.replace(registry.views[name], name="added_view"))


def _with_another_window(registry: Registry, name: str) -> Registry:
    view = registry.views[name]
    longer = msgspec.structs.replace(view.features[0], window_us=view.features[0].window_us * 2)
    changed = (longer, *view.features[1:])
    return _with_view(registry, msgspec.structs.replace(view, version="changed", features=changed))


def _without_view(registry: Registry, name: str) -> Registry:
    views = {each: view for each, view in registry.views.items() if each != name}
    services = {
        each: msgspec.structs.replace(service, views=tuple(view for view in service.views if view in views))
        for each, service in registry.services.items()
    }
    return msgspec.structs.replace(registry, views=views, services=services)


def _with_another_source(registry: Registry, name: str) -> Registry:
    source = registry.sources[registry.views[name].source]
    added = msgspec.structs.replace(source, name="added_source")
    return msgspec.structs.replace(registry, sources={**registry.sources, added.name: added})


def _with_another_column(registry: Registry, name: str) -> Registry:
    source = registry.sources[registry.views[name].source]
    wider = msgspec.structs.replace(source, columns={**source.columns, "added_column": "string"})
    return msgspec.structs.replace(registry, sources={**registry.sources, source.name: wider})


def _of_another_team(registry: Registry, name: str) -> Registry:
    return _with_view(registry, msgspec.structs.replace(registry.views[name], owner="another-team"))


DEFINITIONS: Mapping[str, Callable[[Registry, str], Registry]] = {
    "feature added": _with_feature,
    "feature removed": _without_feature,
    "view added": _with_another_view,
    "view removed": _without_view,
    "view of another team": _of_another_team,
    "window changed": _with_another_window,
    "source added": _with_another_source,
    "source gains a column": _with_another_column,
}
"""Changes of definitions around one view."""
