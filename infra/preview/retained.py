"""What stays when an environment is destroyed, why, and how it goes. Read from what the program declares."""

from collections.abc import Iterator
from typing import NamedTuple

from infra.local.graph import Graph, Resource
from infra.preview.components import words

_REMOVALS = {
    "aws:s3/bucket:Bucket": "empty it of all versions, then aws s3api delete-bucket --bucket {name}",
    "aws:dynamodb/table:Table": (
        "aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled, "
        "then aws dynamodb delete-table --table-name {name}"
    ),
    "aws:dynamodb/tableReplica:TableReplica": (
        "aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled, then aws dynamodb delete-table "
        "--table-name {name}, both in its region"
    ),
    "aws:kinesis/stream:Stream": "aws kinesis delete-stream --stream-name {name} --enforce-consumer-deletion",
    "aws:kms/key:Key": "aws kms schedule-key-deletion --key-id {name}, when nothing is left that it encrypts",
    "aws:kms/replicaKey:ReplicaKey": (
        "aws kms schedule-key-deletion --key-id {name} in its region, when nothing is left that it encrypts; its primary "
        "can go only after it"
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": "aws glue delete-database --name {name}",
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        "aws elasticache delete-replication-group --replication-group-id {name}"
    ),
    "aws:elasticache/serverlessCache:ServerlessCache": (
        "aws elasticache delete-serverless-cache --serverless-cache-name {name}"
    ),
    "aws:backup/vault:Vault": (
        "aws backup delete-backup-vault --backup-vault-name {name}, when no recovery point is in it; its lock keeps each for its "
        "least days"
    ),
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": "goes with the vault",
    "aws:sagemaker/featureGroup:FeatureGroup": (
        "aws sagemaker delete-feature-group --feature-group-name {name}"
    ),
}
"""How AWS is told to delete what no stack knows any more."""

_SETTING = "aws:s3/bucket"
_GOES_WITH_BUCKET = "goes with the bucket"
_WITH_THE_STACK = "a later destroy"
_NAMES = ("bucket", "name", "replicationGroupId", "featureGroupName")
_KEYS = frozenset({"aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey"})
PROTECTED = "protected"
NEEDED = "needed by what is protected"
RETAINED = "retained"
MEANING = {
    PROTECTED: (
        "`pulumi destroy` refuses as long as there is any; `pulumi destroy --exclude-protected` passes it over. To have it go: "
        "set headwater:protect to false, `pulumi up`, `pulumi destroy`. What is said beside it is for when the stack is gone"
    ),
    NEEDED: "stays as long as what needs it; a later destroy takes it",
    RETAINED: "a destroy forgets it and leaves it where it is",
}
"""Reasons of the program's to let something stay, and what they mean. Other reasons are of AWS."""


class Left(NamedTuple):
    """Something that stays.

    Attributes:
        kind: What it is, in words.
        name: What the cloud calls it, as far as that is known before it is made.
        resource: Name in the program; empty for what AWS makes by itself.
        why: Why it stays.
        removal: How it goes.
    """

    kind: str
    name: str
    resource: str
    why: str
    removal: str


def left(graph: Graph, *, emulated: bool) -> list[Left]:
    """Everything that stays after ``pulumi destroy --exclude-protected``, and what AWS leaves behind.

    Args:
        graph: What the program declares.
        emulated: The environment is in an emulator, which makes nothing by itself.
    """
    kept = _kept(graph)
    found = [_left(each, kept) for each in graph.resources.values() if each.urn in kept or each.retained]
    by_reason = sorted(found, key=lambda each: (list(MEANING).index(each.why), each.kind, each.name))
    return by_reason if emulated else [*by_reason, *_made_by_aws(graph, kept)]


def _kept(graph: Graph) -> set[str]:
    """URNs of what is protected and of what that needs: the CLI keeps both."""
    kept: set[str] = set()
    waiting = [each.urn for each in graph.resources.values() if each.protect]
    while waiting:
        urn = waiting.pop()
        if urn not in kept and urn in graph.resources:
            kept.add(urn)
            waiting += graph.resources[urn].dependencies
    return {urn for urn in kept if graph.resources[urn].custom}


def _left(resource: Resource, kept: set[str]) -> Left:
    name = next((str(resource.inputs[key]) for key in _NAMES if resource.inputs.get(key)), resource.id)
    removal = _by_hand(resource.type, name) if resource.retained else _WITH_THE_STACK
    why = _why(resource, kept)
    return Left(_kind(resource), name, resource.name, why, removal)


def _why(resource: Resource, kept: set[str]) -> str:
    if resource.protect:
        return PROTECTED
    return NEEDED if resource.urn in kept else RETAINED


def _by_hand(token: str, name: str) -> str:
    """How AWS deletes it.

    Raises:
        KeyError: It is of a type whose removal is not written down here.
    """
    if token.startswith(_SETTING) and token not in _REMOVALS:
        return _GOES_WITH_BUCKET
    return _REMOVALS[token].format(name=name)


def _made_by_aws(graph: Graph, kept: set[str]) -> Iterator[Left]:
    resources = graph.resources.values()
    for each in resources:
        gone = each.urn not in kept and not each.retained
        if gone and each.type in _KEYS:
            days = each.inputs["deletionWindowInDays"]
            why = f"AWS deletes a key {days} days after it is told to"
            yield Left("Key", each.id, each.name, why, "wait, or aws kms cancel-key-deletion to keep it")
        if gone and each.type == "aws:dynamodb/table:Table" and _can_be_restored(each):
            why = "DynamoDB keeps a backup of a table that could be restored to any instant, for 35 days at no cost"
            yield Left("Backup", str(each.inputs["name"]), "", why, "wait")
    if any(each.type == "aws:glue/job:Job" for each in resources):
        yield Left(
            "Log groups",
            "/aws-glue/jobs/…",
            "",
            "Glue makes them with the first run of a job; all jobs of the account share them",
            "aws logs delete-log-group, if no other job logs there",
        )
    if any(each.type == "aws:sagemaker/featureGroup:FeatureGroup" for each in resources):
        yield Left(
            "Glue tables",
            "sagemaker_featurestore",
            "",
            "SageMaker makes one for each feature group",
            "aws glue delete-table --database-name sagemaker_featurestore --name …",
        )


def _can_be_restored(table: Resource) -> bool:
    return bool((table.inputs.get("pointInTimeRecovery") or {}).get("enabled"))


def _kind(resource: Resource) -> str:
    return words(resource.type.rpartition(":")[2])
