"""What a second region adds, what it leaves as it was, and what joins the two."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from headwater.environment import Environment
from infra.local.graph import Resource
from infra.policy.declarations import Declaration
from infra.policy.rules import RULES, STACK_RULES
from infra.stacks import configuration
from infra.stacks.recovery import second_config
from tests.infra.graphs import PEOPLE, Declared, declare, declare_one_region
from tests.infra.test_configuration import _values
from tests.infra.test_platform import _NAME_INPUTS, _NAME_LIMITS

_HOME, _THERE = "us-east-1", "us-west-2"
_MODES = ("pilot-light", "warm-standby", "active-active")
_STRONG = {"recoveryTable": "strong", "recoveryWitnessRegion": "us-east-2"}


def _prod(**changes: str) -> Declared:
    """Two regions, without the third one that has copies of backups."""
    return declare("prod", frozenset({"recoveryBackupRegion": "", **changes}.items()))


def _in(region: str, declared: Declared, kind: str) -> Resource:
    [found] = [each for each in declared.all(kind) if each.region == region]
    return found


def _replica_key(declared: Declared) -> Resource:
    """Not the component, which is called so, too."""
    [found] = [each for each in declared.all("ReplicaKey") if each.custom]
    return found


def _named(declared: Declared, name: str) -> Resource:
    [found] = [each for each in declared.graph.resources.values() if each.custom and each.name == name]
    return found


def _declared_inputs(declared: Declared) -> dict[str, dict[str, Any]]:
    """Two files of one path are no equal objects: what is compared is the path."""
    return {
        urn: {key: getattr(value, "path", value) for key, value in each.inputs.items()}
        for urn, each in declared.graph.resources.items()
    }


@pytest.mark.parametrize("mode", _MODES)
def test_a_second_region_changes_the_first_ones_table_alone(mode: str) -> None:
    alone, joined = declare_one_region("prod"), _prod(recoveryMode=mode)
    before, after = _declared_inputs(alone), _declared_inputs(joined)
    changed = {urn: after.get(urn) for urn in before if before[urn] != after.get(urn)}
    table = alone.one("Table")
    assert changed == {
        table.urn: table.inputs | {"streamEnabled": True, "streamViewType": "NEW_AND_OLD_IMAGES"}
    }


@pytest.mark.parametrize("mode", _MODES)
def test_a_second_region_gives_no_resource_of_the_first_another_provider_or_parent(mode: str) -> None:
    alone, joined = declare_one_region("prod"), _prod(recoveryMode=mode)
    for urn, each in alone.graph.resources.items():
        now = joined.graph.resources[urn]
        assert (now.provider, now.parent, now.protect, now.retained) == (
            *(each.provider, each.parent),
            *(each.protect, each.retained),
        )


def test_what_a_datastore_changes_in_the_first_cache_is_not_set_back() -> None:
    group = _in(_HOME, _prod(), "ReplicationGroup")
    assert set(group.ignored) == {"engineVersion", "nodeType", "numNodeGroups", "parameterGroupName"}
    assert _in(_HOME, _prod(recoveryMode="pilot-light"), "ReplicationGroup").ignored == ()


def test_one_region_costs_what_it_did() -> None:
    kinds = {each.type.rpartition(":")[2] for each in declare("dev").graph.resources.values()}
    assert not kinds & {"ReplicaKey", "TableReplica", "GlobalReplicationGroup", "BucketReplicationConfig"}
    assert {each.region for each in declare("dev").graph.resources.values() if each.custom} <= {_HOME, ""}


def test_the_second_key_is_a_copy_of_the_first_with_its_own_regions_log_service() -> None:
    key = _replica_key(_prod())
    assert key.inputs["primaryKeyArn"] == _prod().one("Key").outputs["arn"]
    principals = [each["Principal"] for each in json.loads(key.inputs["policy"])["Statement"]]
    assert {"Service": f"logs.{_THERE}.amazonaws.com"} in principals
    assert (key.region, key.protect, key.retained) == (_THERE, True, True)


@pytest.mark.parametrize("mode", _MODES)
def test_everything_in_the_second_region_is_encrypted_with_its_own_key(mode: str) -> None:
    declared = _prod(recoveryMode=mode)
    home_key, key = declared.one("Key").outputs["arn"], _replica_key(declared).outputs["arn"]
    there = {
        each.name: json.dumps(each.inputs, default=lambda asset: str(asset.path))
        for each in declared.graph.resources.values()
        if each.region == _THERE
    }
    assert sum(key in text for text in there.values()) > 20
    # To make the copy, and to read what it copies from there.
    wired = [name for name, text in there.items() if home_key in text]
    # The job that lets tables follow reads what the first region has written, under its key.
    assert sorted(wired) == [
        "replication-back-rules",
        "us-west-2-jobs-glue-replicate-policy",
        "us-west-2-keys-key",
    ]


def test_the_table_is_copied_with_the_second_key_and_can_be_restored_there() -> None:
    copy = _prod().one("TableReplica")
    assert copy.inputs == {
        "globalTableArn": _in(_HOME, _prod(), "Table").outputs["arn"],
        "kmsKeyArn": _replica_key(_prod()).outputs["arn"],
        "pointInTimeRecovery": True,
        "deletionProtectionEnabled": True,
        "tags": {"component": "recovery"},
    }
    assert (copy.region, copy.protect, copy.retained) == (_THERE, True, True)
    assert _in(_HOME, _prod(), "Table").ignored == ("replicas",)


def test_a_strong_table_has_its_copy_and_its_witness_from_the_start_and_expires_nothing() -> None:
    declared = _prod(**_STRONG)
    table = declared.one("Table").inputs
    assert table["replicas"] == [
        {
            "regionName": _THERE,
            "consistencyMode": "STRONG",
            "kmsKeyArn": _replica_key(declared).outputs["arn"],
            "pointInTimeRecovery": True,
            "deletionProtectionEnabled": True,
            "propagateTags": True,
        }
    ]
    assert table["globalTableWitness"] == {"regionName": "us-east-2"}
    assert "ttl" not in table
    assert table["streamEnabled"] is False
    assert declared.all("TableReplica") == []


@pytest.mark.parametrize("changes", [{}, _STRONG])
def test_functions_of_the_second_region_use_its_copy_of_the_table(changes: dict[str, str]) -> None:
    declared = _prod(**changes)
    name = "headwater-prod-us-east-1-online"
    for function in ("lookup-lookup", "stream-stream"):
        made = _named(declared, f"us-west-2-{function}-function")
        assert made.inputs["environment"]["variables"]["HEADWATER_ONLINE_TABLE"] == name
        policy = json.loads(_named(declared, f"us-west-2-{function}-policy").inputs["policy"])
        [arn] = [
            resource
            for statement in policy["Statement"]
            for resource in statement["Resource"]
            if any(action.startswith("dynamodb:") for action in statement["Action"])
        ]
        assert f":{_THERE}:" in arn


def test_a_pilot_light_has_no_cache_and_reads_the_table() -> None:
    declared = _prod(recoveryMode="pilot-light")
    assert {each.region for each in declared.all("ReplicationGroup")} == {_HOME}
    assert declared.all("GlobalReplicationGroup") == []
    for name in ("us-west-2-lookup-lookup-function", "us-west-2-stream-stream-function"):
        variables = _named(declared, name).inputs["environment"]["variables"]
        assert variables["HEADWATER_STORES"] == "dynamodb"
        assert "HEADWATER_REDIS_URL" not in variables
    assert declared.graph.outputs["regions"][_THERE].get("redis_url") is None


def test_a_pilot_light_pays_for_nothing_that_waits() -> None:
    declared = _prod(recoveryMode="pilot-light", eventShards="4")
    warm = [each for each in declared.all("ProvisionedConcurrencyConfig") if each.region == _THERE]
    assert warm == []
    assert _in(_THERE, declared, "Stream").inputs["streamModeDetails"] == {"streamMode": "ON_DEMAND"}
    lookup = _named(declared, "us-west-2-lookup-lookup-function")
    assert lookup.inputs.get("reservedConcurrentExecutions") is None


@pytest.mark.parametrize(("mode", "warm", "replicas"), [("warm-standby", 3, 1), ("active-active", 10, 2)])
def test_a_mode_says_how_much_of_the_second_region_waits(mode: str, warm: int, replicas: int) -> None:
    declared = _prod(recoveryMode=mode)
    kept = _in(_THERE, declared, "ProvisionedConcurrencyConfig").inputs
    assert kept["provisionedConcurrentExecutions"] == warm
    assert _in(_THERE, declared, "ReplicationGroup").inputs["replicasPerNodeGroup"] == replicas


def test_the_second_cache_follows_the_first_and_says_nothing_that_comes_from_it() -> None:
    declared = _prod()
    store, first = declared.one("GlobalReplicationGroup"), _in(_HOME, declared, "ReplicationGroup")
    assert store.inputs["primaryReplicationGroupId"] == first.id
    assert store.inputs["cacheNodeType"] == first.inputs["nodeType"]
    second = _in(_THERE, declared, "ReplicationGroup")
    assert store.urn in second.dependencies
    inherited = {"engine", "engineVersion", "nodeType", "numNodeGroups", "parameterGroupName"}
    assert not (inherited | {"transitEncryptionEnabled", "atRestEncryptionEnabled"}) & set(second.inputs)
    assert second.inputs["userGroupIds"] == ["headwater-prod-us-west-2-cache"]
    assert second.inputs["automaticFailoverEnabled"] is True
    # An older provider takes a cache without an engine for one of another engine.
    assert second.ignored == ("engine",)


def _rules(declared: Declared, name: str) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = _named(declared, name).inputs["rules"]
    return rules


@pytest.mark.parametrize(("name", "source", "target"), [("there", _HOME, _THERE), ("back", _THERE, _HOME)])
def test_files_are_copied_both_ways_in_time_and_under_the_others_key(
    name: str, source: str, target: str
) -> None:
    declared = _prod()
    keys = {_HOME: declared.one("Key"), _THERE: _replica_key(declared)}
    assert _named(declared, f"replication-{name}-rules").region == source
    rules = _rules(declared, f"replication-{name}-rules")
    assert [rule["filter"]["prefix"] for rule in rules] == [
        *("landing/", "served-landing/", "warehouse/"),
        *("replica/", "labels/"),
    ]
    assert len({rule["priority"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["deleteMarkerReplication"] == {"status": "Disabled"}
        assert rule["sourceSelectionCriteria"] == {"sseKmsEncryptedObjects": {"status": "Enabled"}}
        there = rule["destination"]
        assert there["bucket"] == _in(target, declared, "Bucket").outputs["arn"]
        assert there["encryptionConfiguration"] == {"replicaKmsKeyId": keys[target].outputs["arn"]}
        assert there["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
        assert there["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}


@pytest.mark.parametrize(("name", "source", "target"), [("there", _HOME, _THERE), ("back", _THERE, _HOME)])
def test_a_role_that_copies_reads_one_bucket_and_writes_copies_to_the_other(
    name: str, source: str, target: str
) -> None:
    declared = _prod()
    arns = {region: _in(region, declared, "Bucket").outputs["arn"] for region in (source, target)}
    keys = {_HOME: declared.one("Key").outputs["arn"], _THERE: _replica_key(declared).outputs["arn"]}
    policy = json.loads(_named(declared, f"replication-{name}-policy").inputs["policy"])
    allowed: dict[str, set[str]] = {}
    for statement in policy["Statement"]:
        for action in statement["Action"]:
            allowed.setdefault(action, set()).update(statement["Resource"])
    prefixes = ("landing", "served-landing", "warehouse", "replica", "labels")
    read, written = ({f"{arns[region]}/{prefix}/*" for prefix in prefixes} for region in (source, target))
    assert allowed == {
        "s3:GetReplicationConfiguration": {arns[source]},
        "s3:ListBucket": {arns[source]},
        "s3:GetObjectVersionForReplication": read,
        "s3:GetObjectVersionAcl": read,
        "s3:GetObjectVersionTagging": read,
        "s3:ReplicateObject": written,
        "s3:ReplicateTags": written,
        "kms:Decrypt": {keys[source]},
        "kms:Encrypt": {keys[target]},
        "kms:GenerateDataKey": {keys[target]},
    }


@pytest.mark.parametrize("name", ["there", "back"])
def test_rules_wait_for_the_versions_of_both_buckets(name: str) -> None:
    declared = _prod()
    rules = _named(declared, f"replication-{name}-rules")
    versions = {each.urn for each in declared.all("BucketVersioning")}
    assert len(versions) == 2
    assert versions <= set(_reached(declared, rules))


def _reached(declared: Declared, resource: Resource) -> Iterator[str]:
    for urn in resource.dependencies:
        yield urn
        if urn in declared.graph.resources:
            yield from _reached(declared, declared.graph.resources[urn])


def test_each_regions_outputs_are_an_environment_that_commands_open() -> None:
    regions = _prod().graph.outputs["regions"]
    assert sorted(regions) == [_HOME, _THERE]
    for region, outputs in regions.items():
        opened = msgspec.convert(outputs, Environment)
        assert (opened.region, opened.environment) == (region, "prod")
        assert region in opened.event_stream_name
        assert opened.online_table_name == "headwater-prod-us-east-1-online"


def test_the_first_regions_outputs_keep_their_names() -> None:
    alone, joined = declare_one_region("prod").graph.outputs, _prod().graph.outputs
    assert {key: value for key, value in joined.items() if key != "regions"} == alone
    # What is watched of costs is the account's, and no region's.
    assert joined["regions"][_HOME] == {key: value for key, value in alone.items() if key != "cost_topic_arn"}


def test_both_regions_publish_their_outputs() -> None:
    published: dict[str, set[str]] = {}
    for each in _prod().all("Parameter"):
        published.setdefault(each.region, set()).add(each.inputs["name"])
    assert published[_HOME] == published[_THERE]


@pytest.mark.parametrize("mode", _MODES)
def test_nothing_but_following_and_copying_figures_is_done_by_the_clock_in_the_second_region(
    mode: str,
) -> None:
    schedules = _prod(recoveryMode=mode).all("Schedule")
    running = {
        each.inputs["name"].rpartition("-")[2]
        for each in schedules
        if each.region == _THERE and each.inputs["state"] == "ENABLED"
    }
    assert running == {"replicate", "figures"}


def test_the_networks_of_both_regions_can_be_joined() -> None:
    blocks = {each.region: each.inputs["cidrBlock"] for each in _prod().all("Vpc")}
    assert blocks == {_HOME: "10.40.0.0/20", _THERE: "10.40.16.0/20"}


def test_no_name_in_the_second_region_is_too_long() -> None:
    changes = {
        "environment": "longest99",
        "region": "ap-northeast-1",
        "recoveryRegion": "ap-southeast-2",
        # There are no prices of this region to alarm by.
        "costPerMillionLookupsUsd": "0",
        "costPerMillionEventsUsd": "0",
    }
    declared = declare("prod", frozenset({*PEOPLE, *changes.items()}))
    for each in declared.graph.resources.values():
        limit = _NAME_LIMITS.get(each.type.rpartition(":")[2])
        name = next((str(each.inputs[key]) for key in _NAME_INPUTS if key in each.inputs), "")
        assert limit is None or len(name) <= limit, each.name
    # AWS puts five letters and a hyphen before it.
    assert len(declared.one("GlobalReplicationGroup").inputs["globalReplicationGroupIdSuffix"]) <= 40 - 6


@pytest.mark.parametrize("mode", _MODES)
def test_two_regions_keep_every_rule(mode: str) -> None:
    declared = declare("prod", frozenset({*PEOPLE, ("recoveryMode", mode)}))
    found = [
        Declaration(
            each.type, each.name, {**each.outputs, **each.inputs, "id": each.id}, protect=each.protect
        )
        for each in declared.graph.resources.values()
        if each.custom
    ]
    faults = [(each.name, rule.name, fault) for rule in RULES for each in found for fault in rule.check(each)]
    faults += [(each.name, rule.name, fault) for rule in STACK_RULES for each, fault in rule.check(found)]
    assert faults == []


def test_the_second_region_has_no_second_region() -> None:
    second = second_config(configuration.parse(_values("prod", **_STRONG)))
    assert (second.region, second.recovery_region, second.recovery_witness_region) == (_THERE, "", "")
