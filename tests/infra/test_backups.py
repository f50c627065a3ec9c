"""The third copy: what goes where, how long it stays there, and who may touch it."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.components.backups import BackupRetention, Backups, BackupsArgs
from tests.infra.graphs import Declared, declare_alone

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/online"
BUCKET = "arn:aws:s3:::offline"
HOME_KEY = "arn:aws:kms:us-east-1:123456789012:key/home"
THIRD_KEY = "arn:aws:kms:us-east-2:123456789012:key/third"


def _backups(
    retention: BackupRetention, *, protect: bool = True, bucket_arn: str | None = BUCKET
) -> Declared:
    def declare() -> None:
        home = aws.Provider("home", region="us-east-1")
        Backups(
            "backups",
            BackupsArgs(
                name="headwater-prod-backups",
                region="us-east-1",
                account_id="123456789012",
                table_arn=TABLE,
                bucket_arn=bucket_arn,
                key_arn=HOME_KEY,
                copy_key_arn=THIRD_KEY,
                copy_provider=aws.Provider("third", region="us-east-2"),
                retention=retention,
                topic_arn="arn:aws:sns:us-east-1:123456789012:alarms",
                protect=protect,
            ),
            pulumi.ResourceOptions(provider=home),
        )

    return declare_alone(declare)


@pytest.fixture(scope="module")
def declared() -> Declared:
    """With what is kept unless somebody says otherwise."""
    return _backups(BackupRetention())


def _statements(declared: Declared) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(declared.one("RolePolicy").inputs["policy"])["Statement"]
    return found


def test_table_and_bucket_are_backed_up_and_nothing_else(declared: Declared) -> None:
    assert declared.one("Selection").inputs["resources"] == [TABLE, BUCKET]


def test_a_bucket_that_is_somebody_elses_is_left_to_them() -> None:
    declared = _backups(BackupRetention(), bucket_arn=None)
    assert declared.one("Selection").inputs["resources"] == [TABLE]
    actions = {action for each in _statements(declared) for action in each["Action"]}
    assert {action for action in actions if action.startswith("s3:")} == set()


def test_the_copy_is_in_a_third_region_under_a_key_of_its_own(declared: Declared) -> None:
    vaults = {each.region: each.inputs["kmsKeyArn"] for each in declared.all("Vault")}
    assert vaults == {"us-east-1": HOME_KEY, "us-east-2": THIRD_KEY}


def test_every_backup_is_copied_there(declared: Declared) -> None:
    [rule] = declared.one("Plan").inputs["rules"]
    [copy] = rule["copyActions"]
    [away] = [each for each in declared.all("Vault") if each.region == "us-east-2"]
    assert copy["destinationVaultArn"] == away.outputs["arn"]


def test_what_the_plan_keeps_the_locks_take_in() -> None:
    declared = _backups(BackupRetention(days=7, copy_days=90))
    [rule] = declared.one("Plan").inputs["rules"]
    kept = (rule["lifecycle"]["deleteAfter"], rule["copyActions"][0]["lifecycle"]["deleteAfter"])
    locks = {each.region: each.inputs for each in declared.all("VaultLockConfiguration")}
    for days, region in zip(kept, ("us-east-1", "us-east-2"), strict=True):
        assert (locks[region]["minRetentionDays"], locks[region]["maxRetentionDays"]) == (days, days)


def test_a_lock_can_be_lifted_unless_it_is_said_to_be_final(declared: Declared) -> None:
    assert [each.inputs.get("changeableForDays") for each in declared.all("VaultLockConfiguration")] == [
        None,
        None,
    ]
    final = _backups(BackupRetention(final_after_days=3))
    assert [each.inputs["changeableForDays"] for each in final.all("VaultLockConfiguration")] == [3, 3]


def test_vaults_of_what_is_protected_stay(declared: Declared) -> None:
    for vault in declared.all("Vault"):
        assert (vault.protect, vault.retained, vault.inputs["forceDestroy"]) == (True, True, False)


def test_vaults_of_what_is_not_protected_go_with_what_is_in_them() -> None:
    for vault in _backups(BackupRetention(), protect=False).all("Vault"):
        assert (vault.protect, vault.inputs["forceDestroy"]) == (False, True)


def test_the_role_writes_to_neither_table_nor_objects(declared: Declared) -> None:
    actions = {action for each in _statements(declared) for action in each["Action"]}
    assert {action for action in actions if action.startswith(("s3:PutObject", "s3:Delete"))} == set()
    assert {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteTable"} & actions == set()


def test_the_role_lets_services_alone_work_on_with_the_keys(declared: Declared) -> None:
    [grants] = [each for each in _statements(declared) if "kms:CreateGrant" in each["Action"]]
    assert grants["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert grants["Resource"] == [HOME_KEY, THIRD_KEY]


def test_somebody_hears_of_backups_that_fail_and_of_those_that_stay_out(declared: Declared) -> None:
    alarms = {each.inputs["metricName"]: each.inputs for each in declared.all("MetricAlarm")}
    assert set(alarms) == {
        "NumberOfBackupJobsFailed",
        "NumberOfBackupJobsExpired",
        "NumberOfCopyJobsFailed",
        "NumberOfBackupJobsCompleted",
    }
    assert alarms["NumberOfBackupJobsCompleted"]["treatMissingData"] == "breaching"
    assert all(each["alarmActions"] for each in alarms.values())
