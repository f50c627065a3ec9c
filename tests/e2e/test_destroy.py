"""An environment in the local cloud through the real AWS provider: made, changed on paper, and gone again with all it held.

The in-process runner has no destroy: its emulator's state goes as a whole. Here Terraform destroys each resource, and
the emulator is asked what it still has. Where there is no terraform, these are skipped and say so.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra.stacks.program import declare, program
from infra.terraform import export, judge, replacements
from infra.terraform.judge import Destroyed
from infra.terraform.replacements import Change
from infra.terraform.terraform import HOW_TO_INSTALL, Terraform, installed
from tests import servers
from tests.e2e.emulator_gaps import FORGOTTEN

ROOT = Path(__file__).parents[2]
_ASKED = (
    *(("athena", "list_work_groups"), ("cloudwatch", "describe_alarms"), ("cloudwatch", "list_dashboards")),
    *(("dynamodb", "list_tables"), ("elasticache", "describe_cache_parameter_groups")),
    *(("elasticache", "describe_replication_groups"), ("firehose", "list_delivery_streams")),
    *(("glue", "get_databases"), ("glue", "get_jobs"), ("glue", "get_security_configurations")),
    *(("glue", "get_triggers"), ("iam", "list_roles"), ("kinesis", "list_streams"), ("kms", "list_aliases")),
    *(
        ("lambda", "list_event_source_mappings"),
        ("lambda", "list_functions"),
        ("logs", "describe_log_groups"),
    ),
    *(("logs", "describe_metric_filters"), ("s3", "list_buckets"), ("scheduler", "list_schedules")),
    *(("sns", "list_topics"), ("sqs", "list_queues"), ("ssm", "describe_parameters")),
    ("stepfunctions", "list_state_machines"),
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not installed(), reason=f"there is no terraform on this machine; {HOW_TO_INSTALL}"),
]

Inventory = Mapping[str, Any]
"""What the emulator answers, by question."""


class _Life(NamedTuple):
    """The environment from its making to its end.

    Attributes:
        resources: How many it has.
        before: What there was before.
        made: What there was with it.
        changed: Pulumi's types of what a second update would change.
        feature_added: What a feature more would change.
        destroyed: What became of it.
        after: What there was afterwards.
        keys: State of each key afterwards.
    """

    resources: int
    before: Inventory
    made: Inventory
    changed: set[str]
    feature_added: Change
    destroyed: Destroyed
    after: Inventory
    keys: list[str]


def _inventory(endpoint_url: str) -> Inventory:
    found = {}
    for service, question in _ASKED:
        answer = getattr(servers.client(service, endpoint_url), question)()
        found[f"{service} {question}"] = [
            each for key, value in answer.items() if isinstance(value, list) for each in [key, *value]
        ]
    return found


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> _Life:
    """The life of the local environment; its bucket holds an object in two versions when it ends."""
    with servers.emulator(tmp_path_factory.mktemp("emulator")) as url:
        return _live(url, tmp_path_factory)


def _live(emulator: str, tmp_path_factory: pytest.TempPathFactory) -> _Life:
    folder = tmp_path_factory.mktemp("terraform") / "applied"
    exported = export.read(ROOT, "local", program)
    before = _inventory(emulator)
    applied = judge.apply(exported, folder, emulator)
    assert applied.errors == []
    made = _inventory(emulator)
    s3 = servers.client("s3", emulator)
    [bucket] = s3.list_buckets()["Buckets"]
    for body in (b"first", b"second"):
        s3.put_object(Bucket=bucket["Name"], Key="landing/left-behind", Body=body)
    # As Pulumi: without asking the cloud what has become of each resource.
    events = Terraform(folder).events("plan", "-refresh=false")
    changed = {
        exported.types[event["change"]["resource"]["addr"]]
        for event in events
        if event["type"] == "planned_change"
    }
    replacements.settle(exported, folder, emulator)
    changes = replacements.asked(ROOT, "local", declare, tmp_path_factory.mktemp("changed"))
    feature_added = replacements.plan(
        next(each for each in changes if each.change == "feature added"), folder, emulator
    )
    judge.write(judge.applicable(exported), folder, emulator)
    destroyed = judge.destroy(folder)
    kms = servers.client("kms", emulator)
    keys = [
        kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in kms.list_keys()["Keys"]
    ]
    return _Life(
        applied.resources, before, made, changed, feature_added, destroyed, _inventory(emulator), keys
    )


def test_a_second_update_changes_nothing_but_what_the_emulator_forgets(life: _Life) -> None:
    """All of that: what it forgets no longer is to be taken off the list."""
    assert life.changed == set(FORGOTTEN)


def test_a_feature_more_replaces_nothing_and_changes_no_data_store(life: _Life) -> None:
    """`make conformance` plans all the changes there are."""
    assert life.feature_added.resources > 0
    assert life.feature_added.errors == life.feature_added.replaced == []
    assert life.feature_added.in_place == {}


def test_every_resource_is_destroyed_also_a_bucket_that_is_not_empty(life: _Life) -> None:
    assert life.destroyed == Destroyed(destroyed=life.resources)


def test_the_local_cloud_has_nothing_afterwards_that_it_had_not_before(life: _Life) -> None:
    assert [question for question, found in life.made.items() if found == life.before[question]] == []
    assert life.after == life.before


def test_the_key_waits_for_its_deletion(life: _Life) -> None:
    assert life.keys == ["PendingDeletion"]
