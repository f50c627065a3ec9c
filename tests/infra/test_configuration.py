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
