"""What every environment's platform must be, whatever its sizes."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from headwater.environment import Environment
from headwater.online import redis_address
from infra.local.handlers.registry import HANDLERS
from infra.local.not_emulated import NOT_EMULATED
from infra.local.runner import Runner
from tests.infra.graphs import Declared, declare_one_region

_STATEFUL = {"Bucket", "Table", "Stream", "Key"}
_NAME_LIMITS = {
    "Schedule": 64,
    "StateMachine": 80,
    "Role": 64,
    "Function": 64,
    "ReplicationGroup": 40,
    "Queue": 80,
    "FirehoseDeliveryStream": 64,
}
_NAME_INPUTS = ("name", "bucket", "replicationGroupId")
_ON_EVERYTHING = {
    # AWS takes no narrower resource for these: interfaces in a network,
    *(f"ec2:{verb}NetworkInterface" for verb in ("Create", "Delete")),
    *(f"ec2:{verb}PrivateIpAddresses" for verb in ("Assign", "Unassign")),
    *(f"ec2:Describe{what}" for what in ("NetworkInterfaces", "RouteTables", "SecurityGroups", "Subnets")),
    *("ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints"),
    # metrics, and what a job reads of its own encryption,
    *("cloudwatch:PutMetricData", "glue:GetSecurityConfiguration"),
    # delivery of logs, and traces.
    *(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete")),
    *("logs:ListLogDeliveries", "logs:PutResourcePolicy"),
    *("logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
    *(
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    ),
}


def _kind(kind: str) -> str:
    return kind.rpartition(":")[2]


def _changed(**values: str) -> Declared:
    return declare_one_region("prod", **values)


def _statements(declared: Declared) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in declared.graph.resources.values():
        if resource.type.endswith(":VpcEndpoint"):
            continue  # a filter over rights, which gives none
        for key in ("policy", "assumeRolePolicy"):
            if key in resource.inputs:
                for statement in json.loads(resource.inputs[key])["Statement"]:
                    yield resource.name, statement


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_outputs_are_what_the_library_opens_an_environment_with(declared: Declared) -> None:
    opened = msgspec.convert(declared.graph.outputs, Environment)
    assert opened.endpoint_url is None
    assert opened.redis_url.startswith("redis")


def test_every_resource_belongs_to_a_component(declared: Declared) -> None:
    orphans = [each for each in declared.graph.resources.values() if each.custom and not each.parent]
    assert [each.type for each in orphans] == ["pulumi:providers:aws"]


def test_everything_carries_the_tags_costs_are_told_apart_by(declared: Declared, environment: str) -> None:
    tags = declared.one("aws").inputs["defaultTags"]
    assert json.loads(tags)["tags"] == {
        "project": "headwater",
        "environment": environment,
        "owner": "ml-platform",
    }


def test_everything_at_rest_is_encrypted_with_our_key(declared: Declared) -> None:
    key = declared.one("Key").outputs["arn"]
    rule = declared.one("BucketServerSideEncryptionConfiguration").inputs["rules"][0]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}
    assert declared.one("Stream").inputs["kmsKeyId"] == key
    assert declared.one("Table").inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": key}
    assert declared.one("ReplicationGroup").inputs["kmsKeyId"] == key
    assert declared.one("ReplicationGroup").inputs["atRestEncryptionEnabled"] is True
    deliveries = declared.all("FirehoseDeliveryStream")
    assert {each.inputs["serverSideEncryption"]["keyArn"] for each in deliveries} == {key}
    assert {each.inputs["kmsMasterKeyId"] for each in declared.all("Queue")} == {key}
    assert {each.inputs["kmsMasterKeyId"] for each in declared.all("Topic")} == {key}
    assert {each.inputs["kmsKeyId"] for each in declared.all("LogGroup")} == {key}
    assert {each.inputs["kmsKeyArn"] for each in declared.all("Function")} == {key}
    assert declared.one("Key").inputs["enableKeyRotation"] is True


def test_the_bucket_is_private_versioned_and_tls_only(declared: Declared) -> None:
    blocked = declared.one("BucketPublicAccessBlock").inputs
    assert [value for key, value in blocked.items() if key != "bucket"] == [True] * 4
    assert declared.one("BucketVersioning").inputs["versioningConfiguration"]["status"] == "Enabled"
    [statement] = json.loads(declared.one("BucketPolicy").inputs["policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_table_can_be_restored_and_expires_its_items(declared: Declared) -> None:
    table = declared.one("Table").inputs
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["ttl"] == {"attributeName": "e", "enabled": True}
    assert (table["hashKey"], table["attributes"]) == ("k", [{"name": "k", "type": "S"}])


def test_a_full_cache_refuses_writes_and_drops_nothing(declared: Declared) -> None:
    group = declared.one("ParameterGroup")
    assert {"name": "maxmemory-policy", "value": "noeviction"} in group.inputs["parameters"]
    assert declared.one("ReplicationGroup").inputs["parameterGroupName"] == group.inputs["name"]


@pytest.mark.parametrize(
    ("shards", "replicas", "read", "query"),
    [
        ("0", "0", "false", ""),
        ("0", "1", "true", "?reader="),
        ("1", "0", "false", "?mode=cluster"),
        ("3", "2", "true", "?mode=cluster-replicas"),
    ],
)
def test_the_url_of_the_cache_says_how_to_ask_it(shards: str, replicas: str, read: str, query: str) -> None:
    changed = _changed(cacheShards=shards, cacheReplicas=replicas, cacheReadReplicas=read)
    group = changed.one("ReplicationGroup").inputs
    url = changed.graph.outputs["redis_url"]
    found = redis_address.parse(url)
    assert (found.cluster, found.replicas) == ("mode" in query, "replicas" in query)
    assert bool(found.reader_url) == ("reader" in query)
    cluster = {"name": "cluster-enabled", "value": "yes"} in changed.one("ParameterGroup").inputs[
        "parameters"
    ]
    assert cluster == found.cluster
    assert (group.get("numNodeGroups"), group.get("replicasPerNodeGroup")) == (
        (int(shards), int(replicas)) if cluster else (None, None)
    )
    assert group.get("numCacheClusters") == (None if cluster else 1 + int(replicas))


def test_a_failing_batch_is_split_reported_by_record_and_never_given_up(declared: Declared) -> None:
    mapping = declared.one("EventSourceMapping").inputs
    assert mapping["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["bisectBatchOnFunctionError"] is True
    assert mapping["parallelizationFactor"] == 1
    assert (mapping["maximumRetryAttempts"], mapping["maximumRecordAgeInSeconds"]) == (-1, -1)
    [letters] = [queue for queue in declared.all("Queue") if queue.name == "stream-dead-letters"]
    assert mapping["destinationConfig"]["onFailure"]["destinationArn"] == letters.outputs["arn"]


def test_the_stream_is_traced_and_lookups_are_not(declared: Declared) -> None:
    modes = {each.name: each.inputs["tracingConfig"]["mode"] for each in declared.all("Function")}
    assert modes == {"stream-stream-function": "Active", "lookup-lookup-function": "PassThrough"}


def test_what_lambda_logs_of_a_run_that_went_well_is_not_kept(declared: Declared) -> None:
    for function in declared.all("Function"):
        assert function.inputs["loggingConfig"] == {
            "logFormat": "JSON",
            "applicationLogLevel": "INFO",
            "systemLogLevel": "WARN",
        }


def test_logs_do_not_stay_for_ever(declared: Declared) -> None:
    groups = {each.inputs["name"]: each.inputs["retentionInDays"] for each in declared.all("LogGroup")}
    functions = {f"/aws/lambda/{each.inputs['name']}" for each in declared.all("Function")}
    assert {name for name in groups if not name.startswith("/aws/vendedlogs/")} == functions
    assert all(groups.values())


@pytest.mark.parametrize("function", ["stream-stream", "lookup-lookup"])
def test_a_function_in_a_network_may_do_all_that_lambda_asks_of_its_role(function: str) -> None:
    allowed = {
        action
        for name, statement in _statements(declare_one_region("prod"))
        if name == f"{function}-policy"
        for action in statement["Action"]
        if action.startswith("ec2:")
    }
    assert allowed == {
        *(f"ec2:{verb}NetworkInterface" for verb in ("Create", "Delete")),
        *(f"ec2:{verb}PrivateIpAddresses" for verb in ("Assign", "Unassign")),
        *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
    }


def test_a_delivery_stream_writes_its_own_folders_alone(declared: Declared) -> None:
    for delivery, folders in {
        "offline-archive": {"landing/*", "landing-errors/*"},
        "offline-served": {"served-landing/*", "served-landing-errors/*"},
    }.items():
        written = {
            resource.partition("/")[2]
            for name, statement in _statements(declared)
            if name == f"{delivery}-policy" and "s3:PutObject" in statement["Action"]
            for resource in statement["Resource"]
        }
        assert written == folders


def test_no_role_may_do_more_than_named_actions_on_named_resources(declared: Declared) -> None:
    for name, statement in _statements(declared):
        if name == "keys-key" or statement["Effect"] == "Deny":
            continue
        actions = _as_list(statement["Action"])
        assert not [action for action in actions if action.endswith("*")], name
        if "*" in _as_list(statement.get("Resource", [])):
            assert set(actions) <= _ON_EVERYTHING, name


def test_the_key_is_open_to_this_account_and_two_services_under_conditions(declared: Declared) -> None:
    statements = [statement for name, statement in _statements(declared) if name == "keys-key"]
    *account, first, second = statements
    services = [first, second]
    assert all(each["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"} for each in account)
    assert not [each for each in account if "kms:*" in each["Action"]]
    assert [list(each["Principal"]) for each in services] == [["Service"], ["Service"]]
    assert all(each["Condition"] for each in services)


def test_what_holds_data_is_protected_and_kept_in_prod_alone(declared: Declared, environment: str) -> None:
    stateful = [each for each in declared.graph.resources.values() if _kind(each.type) in _STATEFUL]
    assert {_kind(each.type) for each in stateful} == _STATEFUL
    assert {each.protect for each in stateful} == {environment == "prod"}
    assert {each.retained for each in stateful} == {environment == "prod"}
    assert declared.one("Table").inputs.get("deletionProtectionEnabled") is (environment == "prod")


def test_connections_are_encrypted_and_private_wherever_there_is_a_network(
    declared: Declared, environment: str
) -> None:
    cache = declared.one("ReplicationGroup").inputs
    functions = [each.inputs.get("vpcConfig") for each in declared.all("Function")]
    if environment == "local":
        assert functions == [None, None]
        return
    assert cache["transitEncryptionEnabled"] is True
    assert declared.graph.outputs["redis_url"].startswith("rediss://")
    assert cache["subnetGroupName"]
    assert cache["securityGroupIds"]
    assert all(config and config["subnetIds"] and config["securityGroupIds"] for config in functions)


def test_no_network_rule_opens_an_address_range(declared: Declared) -> None:
    rules = declared.all("SecurityGroupIngressRule") + declared.all("SecurityGroupEgressRule")
    assert [rule.name for rule in rules if "cidrIpv4" in rule.inputs or "cidrIpv6" in rule.inputs] == []


def test_names_fit_the_longest_region_and_environment() -> None:
    longest = _changed(
        environment="abcdefghi",
        region="ap-northeast-1",
        # Prices of that region are not known.
        costPerMillionLookupsUsd="0",
        costPerMillionEventsUsd="0",
    )
    for kind, limit in _NAME_LIMITS.items():
        for resource in longest.all(kind):
            name = next(resource.inputs[key] for key in _NAME_INPUTS if key in resource.inputs)
            assert len(name) <= limit, f"{kind} {name}: {len(name)} characters"
    assert len(longest.one("Bucket").inputs["bucket"]) <= 63


def test_the_same_program_runs_here_and_there() -> None:
    """Local leaves out the network and, with it, nothing that holds data or runs code."""
    local = {(each.type, each.name) for each in declare_one_region("local").graph.resources.values()}
    prod = {(each.type, each.name) for each in declare_one_region("prod").graph.resources.values()}
    only_in_prod = {kind.split(":")[1].split("/")[0] for kind, _ in prod - local}
    assert local <= prod
    assert only_in_prod == {
        *("appautoscaling", "budgets", "cloudwatch", "costexplorer", "ec2", "elasticache", "glue", "iam"),
        *("platform", "sns", "vpc"),
    }
    assert [kind for kind, _ in prod - local if kind.startswith("aws:glue")] == [
        "aws:glue/connection:Connection"
    ]


def test_the_local_cloud_makes_or_lists_every_type_it_is_asked_for() -> None:
    Runner("http://127.0.0.1:9", lambda _type, _name: None)  # importing it registers the handlers
    types = {each.type for each in declare_one_region("local").graph.resources.values() if each.custom}
    assert types - set(HANDLERS) - set(NOT_EMULATED) == {"pulumi:providers:aws"}
    assert not set(HANDLERS) & set(NOT_EMULATED)


@pytest.mark.parametrize(
    ("minimum", "maximum", "warm", "scaled"), [("0", "200", 0, 0), ("3", "200", 1, 1), ("3", "3", 1, 0)]
)
def test_warm_lookups_are_a_choice_and_scaled_where_there_is_a_range(
    minimum: str, maximum: str, warm: int, scaled: int
) -> None:
    found = _changed(lookupWarmMinimum=minimum, lookupWarmMaximum=maximum)
    assert len(found.all("ProvisionedConcurrencyConfig")) == warm
    assert len(found.all("Target")) == scaled


def test_a_number_of_warm_lookups_that_is_not_scaled_is_set_back_on_each_update() -> None:
    found = _changed(lookupWarmMinimum="3", lookupWarmMaximum="3")
    assert found.one("ProvisionedConcurrencyConfig").ignored == ()


def test_a_bucket_that_stays_keeps_its_settings_and_one_that_goes_takes_what_is_in_it_along(
    declared: Declared, environment: str
) -> None:
    prod = environment == "prod"
    about = [each for each in declared.graph.resources.values() if _kind(each.type).startswith("Bucket")]
    settings = [each for each in about if _kind(each.type) != "BucketObjectv2"]
    assert {each.retained for each in settings} == {prod}
    assert declared.one("Bucket").inputs["forceDestroy"] is not prod


@pytest.mark.parametrize(("shards", "mode"), [("0", "ON_DEMAND"), ("2", "PROVISIONED")])
def test_shards_are_provisioned_or_on_demand(shards: str, mode: str) -> None:
    stream = _changed(eventShards=shards).one("Stream").inputs
    assert stream["streamModeDetails"] == {"streamMode": mode}
    assert stream.get("shardCount", 0) == int(shards)
