"""What an environment may choose or bring along, and what becomes of the rest when it does."""

import json

import pytest

from tests.infra.graphs import Declared, declare_one_region

_SUBNETS = ["subnet-01234567", "subnet-01234568"]
_GROUPS = ("existingFunctionsGroupId", "existingJobsGroupId", "existingCacheGroupId")


def _with(**values: str) -> Declared:
    return declare_one_region("prod", **values)


def test_a_serverless_cache_has_users_and_no_limit_at_which_it_drops_values() -> None:
    found = _with(cacheKind="serverless", cacheShards="0", cacheReplicas="0")
    assert found.all("ReplicationGroup") == []
    cache = found.one("ServerlessCache").inputs
    assert "dataStorage" not in cache["cacheUsageLimits"]
    assert cache["userGroupId"] == found.one("UserGroup").inputs["userGroupId"]
    assert found.graph.outputs["redis_url"].endswith("&serverless=yes")


def test_functions_and_jobs_reach_both_ports_of_a_serverless_cache() -> None:
    found = _with(cacheKind="serverless", cacheShards="0", cacheReplicas="0")
    rules = {
        each.name.partition("-network-")[2]: each.inputs for each in found.all("SecurityGroupIngressRule")
    }
    for caller in ("functions", "jobs"):
        rule = rules[f"cache-from-{caller}"]
        assert (rule["fromPort"], rule["toPort"]) == (6379, 6380)


def test_only_valkey_9_is_asked_to_be_durable() -> None:
    group = _with(cacheDurability="sync").one("ReplicationGroup").inputs
    assert (group["durability"], group["engineVersion"]) == ("sync", "9.0")
    assert "durability" not in _with().one("ReplicationGroup").inputs


def test_users_of_the_cache_are_known_by_iam_under_one_name() -> None:
    users = [each.inputs for each in _with().all("User")]
    assert {each["authenticationMode"]["type"] for each in users} == {"iam"}
    assert all(each["userId"] == each["userName"] and len(each["userId"]) <= 40 for each in users)


def test_lookups_log_in_as_the_one_who_reads_and_the_stream_as_the_one_who_writes() -> None:
    found = _with()
    users = {each.name: each.outputs["arn"] for each in found.all("User")}
    for function, user in (("lookup-lookup", "reader"), ("stream-stream", "writer")):
        [policy] = [each for each in found.all("RolePolicy") if each.name == f"{function}-policy"]
        [connect] = [
            each
            for each in json.loads(policy.inputs["policy"])["Statement"]
            if "elasticache:Connect" in each["Action"]
        ]
        assert users[f"cache-users-{user}"] in connect["Resource"]
        assert len(connect["Resource"]) == 2


def test_an_http_api_asks_for_signatures_and_holds_callers_back() -> None:
    found = _with(lookupApiPerSecond="100", lookupApiBurst="50")
    assert found.one("Route").inputs["authorizationType"] == "AWS_IAM"
    limits = found.one("Stage").inputs["defaultRouteSettings"]
    assert (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]) == (100, 50)
    assert found.graph.outputs["lookup_api_url"]


def test_without_its_keys_there_is_no_http_api() -> None:
    assert _with().all("Api") == []


def test_snapshots_of_functions_take_the_place_of_warm_ones() -> None:
    found = _with(lookupWarmMinimum="0", lookupSnapStart="true")
    assert found.all("ProvisionedConcurrencyConfig") == []
    starts = {each.name: each.inputs.get("snapStart") for each in found.all("Function")}
    assert starts["lookup-lookup-function"] == {"applyOn": "PublishedVersions"}
    assert starts["stream-stream-function"] is None


def test_a_provisioned_table_follows_use() -> None:
    found = _with(tableReadMinimum="5", tableReadMaximum="50", tableWriteMinimum="6", tableWriteMaximum="60")
    table = found.one("Table").inputs
    assert (table["billingMode"], table["readCapacity"], table["writeCapacity"]) == ("PROVISIONED", 5, 6)
    ranges = {
        each.inputs["scalableDimension"]: (each.inputs["minCapacity"], each.inputs["maxCapacity"])
        for each in found.all("Target")
    }
    assert ranges["dynamodb:table:ReadCapacityUnits"] == (5, 50)
    assert ranges["dynamodb:table:WriteCapacityUnits"] == (6, 60)


def test_an_existing_bucket_is_used_and_left_as_it_is() -> None:
    found = _with(existingBucket="ours")
    assert [each.type for each in found.graph.resources.values() if "aws:s3/bucket" in each.type] == [
        "aws:s3/bucketObjectv2:BucketObjectv2"
    ] * len(found.all("BucketObjectv2"))
    assert found.graph.outputs["bucket_name"] == "ours"


def test_an_existing_key_is_used_and_none_is_made() -> None:
    arn = "arn:aws:kms:us-east-1:123456789012:key/0123-abcd"
    found = _with(existingKeyArn=arn, keyMultiRegion="false")
    assert found.all("Key") == []
    assert found.one("Table").inputs["serverSideEncryption"]["kmsKeyArn"] == arn


def test_an_existing_network_is_used_and_none_is_made() -> None:
    groups = dict.fromkeys(_GROUPS, "sg-01234567")
    found = _with(network="existing", existingSubnetIds=",".join(_SUBNETS), **groups)
    assert [each.type for each in found.graph.resources.values() if "aws:ec2/" in each.type] == []
    assert {tuple(each.inputs["vpcConfig"]["subnetIds"]) for each in found.all("Function")} == {
        tuple(_SUBNETS)
    }
    assert found.one("Connection").inputs["physicalConnectionRequirements"]["availabilityZone"]


def test_what_is_shared_comes_from_the_stack_of_another_team() -> None:
    shared = dict.fromkeys((*_GROUPS, "existingSubnetIds", "existingKeyArn", "existingBucket"), "shared")
    found = _with(network="existing", sharedStack="acme/network/prod", keyMultiRegion="false", **shared)
    assert found.graph.outputs["bucket_name"] == "shared-bucket"
    assert found.one("Table").inputs["serverSideEncryption"]["kmsKeyArn"].endswith("key/shared")
    assert {tuple(each.inputs["vpcConfig"]["subnetIds"]) for each in found.all("Function")} == {
        ("subnet-1", "subnet-2", "subnet-3")
    }


@pytest.mark.parametrize("zones", ["2", "3"])
def test_a_network_has_a_subnet_in_each_zone(zones: str) -> None:
    assert len(_with(networkZones=zones).all("Subnet")) == int(zones)


def test_endpoints_let_through_callers_of_the_account_and_data_of_trusted_ones() -> None:
    for each in _with(trustedAccounts="210987654321").all("VpcEndpoint"):
        [statement] = json.loads(each.inputs["policy"])["Statement"]
        conditions = statement["Condition"]["StringEquals"]
        assert conditions["aws:PrincipalAccount"] == "123456789012"
        if each.inputs["vpcEndpointType"] == "Gateway":
            assert conditions["aws:ResourceAccount"] == ["123456789012", "210987654321"]


def test_queries_of_athena_are_limited_and_their_results_encrypted() -> None:
    settings = _with().one("Workgroup").inputs["configuration"]
    assert settings["enforceWorkgroupConfiguration"] is True
    assert settings["bytesScannedCutoffPerQuery"] == 1000 * 10**9
    assert settings["resultConfiguration"]["encryptionConfiguration"]["encryptionOption"] == "SSE_KMS"


def test_every_output_is_a_parameter(declared: Declared, environment: str) -> None:
    published = {each.inputs["name"] for each in declared.all("Parameter")}
    # Who is told of costs is the account's business, and read by no stack.
    outputs = declared.graph.outputs.keys() - {"cost_topic_arn"}
    assert published == {f"/headwater/{environment}/{output}" for output in outputs}
