"""Experiments break what they say they break, and are ended when they break more."""

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pytest

from dr.local.scenarios import SCENARIOS
from infra.components.experiment_roles import ExperimentPlaces
from infra.components.experiment_specs import EXPERIMENTS, Target
from infra.components.experiments import Experiments, ExperimentsArgs
from tests.infra.graphs import Declared, declare_alone

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/online"
BUCKET = "arn:aws:s3:::offline"
SUBNETS = [f"arn:aws:ec2:us-east-1:123456789012:subnet/subnet-{zone}" for zone in "ab"]
CACHE = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:cache"
TAGS = {"project": "headwater", "environment": "prod"}
EVERYTHING: tuple[Target, ...] = ("table", "bucket", "subnets", "cache")


def _experiments(targets: Sequence[Target] = EVERYTHING) -> Declared:
    def declare() -> None:
        made = Experiments(
            "experiments",
            ExperimentsArgs(
                prefix="headwater-prod-fault",
                places=ExperimentPlaces(
                    region="us-east-1",
                    account_id="123456789012",
                    away_region="us-west-2",
                    table_arn=TABLE,
                    bucket_arn=BUCKET,
                    subnet_arns=SUBNETS,
                    cache_arn=CACHE,
                ),
                tags=TAGS,
                targets=targets,
                zone="us-east-1a",
                minutes=20,
                stop_alarms={"serving": ["serving-alarm"], "loss": ["loss-alarm"]},
                key_arn="key",
                log_retention_days=7,
            ),
        )
        pulumi.export("templates", made.template_ids)

    return declare_alone(declare)


@pytest.fixture(scope="module")
def declared() -> Declared:
    """All of them."""
    return _experiments()


def _templates(declared: Declared) -> dict[str, dict[str, Any]]:
    return {
        each.name.removeprefix("experiments-"): each.inputs for each in declared.all("ExperimentTemplate")
    }


def _statements(declared: Declared, experiment: str) -> list[dict[str, Any]]:
    [policy] = [
        each for each in declared.all("RolePolicy") if each.name == f"experiments-{experiment}-policy"
    ]
    found: list[dict[str, Any]] = json.loads(policy.inputs["policy"])["Statement"]
    return found


def _targets(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in template["targets"]}


def test_every_experiment_is_a_scenario_of_the_drill_or_of_a_zone() -> None:
    assert {spec.scenario for spec in EXPERIMENTS} - {None} <= set(SCENARIOS)


def test_there_is_a_template_for_each(declared: Declared) -> None:
    assert set(declared.graph.outputs["templates"]) == {spec.name for spec in EXPERIMENTS}


def test_what_cannot_be_broken_here_is_left_out() -> None:
    """Without a network of ours there are no subnets to cut, and one node has no other zone."""
    assert set(_templates(_experiments(["table", "bucket"]))) == {"replication-stalled"}


def test_an_experiment_that_finds_nothing_to_break_fails(declared: Declared) -> None:
    for template in _templates(declared).values():
        assert template["experimentOptions"]["emptyTargetResolutionMode"] == "fail"


def test_table_and_subnets_are_named_one_by_one(declared: Declared) -> None:
    targets = _targets(_templates(declared)["region-cut"])
    assert (targets["table"]["resourceArns"], targets["subnets"]["resourceArns"]) == ([TABLE], SUBNETS)


def test_bucket_and_cache_are_found_by_tags_which_is_all_that_fis_takes(declared: Declared) -> None:
    tags = [{"key": key, "value": value} for key, value in TAGS.items()]
    bucket = _targets(_templates(declared)["replication-stalled"])["bucket"]
    cache = _targets(_templates(declared)["cache-zone-lost"])["cache"]
    assert (bucket["resourceTags"], cache["resourceTags"]) == (tags, tags)
    assert "resourceArns" not in bucket | cache
    assert cache["parameters"] == {"availabilityZoneIdentifier": "us-east-1a"}


def test_each_action_ends_by_itself(declared: Declared) -> None:
    for template in _templates(declared).values():
        for action in template["actions"]:
            assert {"key": "duration", "value": "PT20M"} in action["parameters"]


def test_copies_to_the_other_region_are_paused_and_no_others(declared: Declared) -> None:
    [pause] = [
        each
        for each in _templates(declared)["replication-stalled"]["actions"]
        if each["name"] == "pause-bucket"
    ]
    assert {"key": "region", "value": "us-west-2"} in pause["parameters"]


@pytest.mark.parametrize(("experiment", "scope"), [("dynamodb-cut", "dynamodb"), ("region-cut", "all")])
def test_a_cut_is_as_wide_as_its_scenario(declared: Declared, experiment: str, scope: str) -> None:
    [cut] = [each for each in _templates(declared)[experiment]["actions"] if each["name"] == "cut"]
    assert {"key": "scope", "value": scope} in cut["parameters"]


def test_what_must_go_on_ends_an_experiment_when_it_does_not(declared: Declared) -> None:
    ended_by = {
        name: [each["value"] for each in template["stopConditions"]]
        for name, template in _templates(declared).items()
    }
    assert ended_by == {
        "replication-stalled": ["serving-alarm"],
        "cache-zone-lost": ["serving-alarm"],
        "dynamodb-cut": ["loss-alarm"],
        "region-cut": ["loss-alarm"],
    }


def test_a_role_may_do_what_its_experiment_needs_and_no_more(declared: Declared) -> None:
    services = {
        name: {action.partition(":")[0] for each in _statements(declared, name) for action in each["Action"]}
        for name in _templates(declared)
    }
    assert services == {
        "replication-stalled": {"logs", "tag", "dynamodb", "s3"},
        "dynamodb-cut": {"logs", "tag", "ec2"},
        "region-cut": {"logs", "tag", "dynamodb", "s3", "ec2"},
        "cache-zone-lost": {"logs", "tag", "elasticache"},
    }


def test_a_role_changes_replication_only_to_pause_it(declared: Declared) -> None:
    [changes] = [
        each
        for each in _statements(declared, "replication-stalled")
        if "s3:PutReplicationConfiguration" in each["Action"]
    ]
    assert changes["Resource"] == [BUCKET]
    assert changes["Condition"] == {"BoolIfExists": {"s3:isReplicationPauseRequest": "true"}}


def test_a_role_takes_away_only_those_acls_that_fis_has_made(declared: Declared) -> None:
    [changes] = [
        each for each in _statements(declared, "dynamodb-cut") if "ec2:DeleteNetworkAcl" in each["Action"]
    ]
    assert changes["Condition"] == {"StringEquals": {"ec2:ResourceTag/managedByFIS": "true"}}


def test_experiments_say_what_they_did_in_an_encrypted_log(declared: Declared) -> None:
    logs = declared.one("LogGroup")
    assert logs.inputs["kmsKeyId"] == "key"
    for template in _templates(declared).values():
        written = template["logConfiguration"]["cloudwatchLogsConfiguration"]["logGroupArn"]
        assert written == f"{logs.outputs['arn']}:*"
