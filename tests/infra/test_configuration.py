"""A wrong value is refused before anything is created, with its key, what was found and what may be."""

from pathlib import Path
from typing import Any

import pytest

from headwater.errors import SettingsError
from infra.local import graph
from infra.stacks import configuration
from tests.infra.graphs import ENVIRONMENTS, ROOT


def _values(stack: str, **changes: Any) -> dict[str, Any]:
    config = graph.read_config(ROOT, stack)
    return {key.partition(":")[2]: value for key, value in config.items()} | changes


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_committed_is_right_and_says_nothing_unknown(environment: str) -> None:
    values = _values(environment)
    assert configuration.parse(values).environment == environment
    assert set(values) == set(configuration.EnvironmentConfig.__struct_encode_fields__)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("environment", "Production!", "regex"),
        ("region", "virginia", "regex"),
        ("owner", "", "length >= 1"),
        ("endpoint", "localhost", "regex"),
        ("endpoint", "http://127.0.0.1:4566", "protect is true"),
        ("protect", "perhaps", "bool"),
        ("network", "vnet", "'vpc', 'existing', 'none'"),
        ("networkCidr", "10.0.0.0/8", "regex"),
        ("networkCidr", "300.0.0.0/20", "IPv4"),
        ("networkCidr", "10.40.1.0/20", "host bits"),
        ("lambdaTarget", "x86", "'aws', 'local'"),
        ("logRetentionDays", "8", "7, 14, 30"),
        ("eventShards", "-1", ">= 0"),
        ("eventRetentionHours", "1", ">= 24"),
        ("archiveBufferSeconds", "3600", "<= 900"),
        ("streamBatchSize", "0", ">= 1"),
        ("lookupMemoryMb", "64", ">= 128"),
        ("lookupMemoryMb", "much", "int"),
        ("lookupWarmMinimum", "500", "lookupWarmMaximum"),
        ("lookupAvailability", "1", "< 1"),
        ("cacheNodeType", "db.r7g.large", "regex"),
        ("cacheShards", "501", "<= 500"),
        ("cacheReplicas", "6", "<= 5"),
        ("servedSample", "1.5", "<= 1"),
        ("lagMs", "0", ">= 1"),
        ("jobWorkers", "1", ">= 2"),
        ("jobTables", "users:headwater.lake.users", "regex"),
        ("jobTables", "users=users", "regex"),
        ("jobTables", "users=/lake/users/", "regex"),
        ("trust", "owner=arn:aws:iam::123456789012:root", "regex"),
        ("trust", "auditor=everybody", "regex"),
        ("lakeAdmins", "*", "regex"),
        ("lakeSources", "departures", "lakeAdmins"),
        ("sagemakerViews", "A-View", "regex"),
        ("snapshotKeepDays", "0", ">= 1"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(key: str, value: str, allowed: str) -> None:
    with pytest.raises(SettingsError) as error:
        configuration.parse(_values("prod", **{key: value}))
    assert key in str(error.value)
    assert value in str(error.value)
    assert allowed in str(error.value)
    assert "correct Pulumi." in str(error.value)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"lookupSnapStart": "true"}, "lookupSnapStart: found true"),
        ({"lookupReserved": "50"}, "lookupReserved: found 50"),
        ({"lookupApiPerSecond": "100"}, "lookupApiBurst: found 0"),
        ({"tableReadMaximum": "100"}, "tableReadMinimum: found 0"),
        ({"tableWarmReads": "100"}, "tableWarmReads: found 100"),
        ({"cacheKind": "serverless"}, "cacheShards: found 2"),
        ({"cacheDurability": "sync", "cacheReplicas": "0"}, "cacheDurability: found sync"),
        ({"cacheTls": "false"}, "cacheTls: found false"),
        ({"network": "existing"}, "existingSubnetIds: found nothing"),
        ({"existingJobsGroupId": "sg-0123456789"}, "existingJobsGroupId: found sg-0123456789"),
        ({"existingBucket": "shared"}, "sharedStack: found nothing"),
        ({"sharedStack": "acme/network/prod"}, "sharedStack: found acme/network/prod"),
    ],
)
def test_values_that_do_not_go_together_are_refused(changes: dict[str, str], key: str) -> None:
    with pytest.raises(SettingsError, match=key):
        configuration.parse(_values("prod", **changes))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"recoveryRegion": "us-east-1"}, "recoveryRegion: found us-east-1, expected another region"),
        ({"keyMultiRegion": "false"}, "keyMultiRegion: found false, expected true"),
        ({"existingBucket": "a-bucket"}, "existingBucket: found a-bucket, expected nothing"),
        ({"networkCidr": "192.168.240.0/20"}, "networkCidr: found 192.168.240.0/20, expected private"),
        (
            {
                "network": "existing",
                "existingSubnetIds": "subnet-01234567,subnet-01234568",
                "existingFunctionsGroupId": "sg-01234567",
                "existingJobsGroupId": "sg-01234567",
                "existingCacheGroupId": "sg-01234567",
            },
            "network: found existing, expected vpc or none",
        ),
        (
            {
                "tableReadMinimum": "1",
                "tableReadMaximum": "2",
                "tableWriteMinimum": "1",
                "tableWriteMaximum": "2",
            },
            "tableReadMaximum: found 2, expected 0",
        ),
        ({"recoveryTable": "strong"}, "recoveryWitnessRegion: found nothing, expected a third region"),
        ({"recoveryWitnessRegion": "us-east-2"}, "recoveryWitnessRegion: found us-east-2, expected nothing"),
        (
            {"recoveryTable": "strong", "recoveryWitnessRegion": "us-west-2"},
            "recoveryWitnessRegion: found us-west-2, expected a third region",
        ),
        (
            {"recoveryTable": "strong", "recoveryWitnessRegion": "us-west-1"},
            "recoveryWitnessRegion: found us-west-1, expected a third region",
        ),
        (
            {"cacheKind": "serverless", "cacheShards": "0", "cacheReplicas": "0"},
            "cacheKind: found serverless, expected nodes or none",
        ),
        ({"cacheNodeType": "cache.t4g.medium"}, "cacheNodeType: found cache.t4g.medium, expected large"),
        ({"cacheReplicas": "0"}, "cacheReplicas: found 0, expected at least 1"),
        ({"cacheTls": "false", "network": "none"}, "cacheTls: found false, expected true"),
        ({"cacheDurability": "sync"}, "cacheDurability: found sync, expected none"),
    ],
)
def test_what_a_second_region_cannot_be_is_refused(changes: dict[str, str], found: str) -> None:
    with pytest.raises(SettingsError, match=found):
        configuration.parse(_values("prod", **changes))


def test_a_strong_table_of_one_region_is_refused() -> None:
    with pytest.raises(SettingsError, match="recoveryTable: found strong, expected eventual"):
        configuration.parse(_values("prod", recoveryRegion="", recoveryTable="strong"))


def test_a_pilot_light_takes_any_cache() -> None:
    serverless = {"cacheKind": "serverless", "cacheShards": "0", "cacheReplicas": "0"}
    found = configuration.parse(_values("prod", recoveryMode="pilot-light", **serverless))
    assert found.recovery_region == "us-west-2"


def test_replicas_that_are_not_there_cannot_be_read() -> None:
    with pytest.raises(SettingsError, match="cacheReadReplicas: found true"):
        configuration.parse(_values("dev", cacheReplicas="0", cacheReadReplicas="true"))


@pytest.mark.parametrize("key", ["environment", "region", "cacheTls"])
def test_a_missing_key_is_named(key: str) -> None:
    values = _values("prod")
    del values[key]
    with pytest.raises(SettingsError, match=key):
        configuration.parse(values)


def test_a_file_that_is_no_yaml_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.lab.yaml").write_text("config: [oops")
    with pytest.raises(SettingsError, match=r"Pulumi\.lab\.yaml: no YAML: "):
        graph.read_config(tmp_path, "lab")
