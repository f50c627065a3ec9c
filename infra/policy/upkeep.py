"""What is kept can be restored and is not deleted by accident, what need not be is not, and all has an owner."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.policy.declarations import Declaration

TAGS = ("project", "environment", "owner")
"""Tags that costs and questions are told apart by."""

STATEFUL = {
    "aws:dynamodb/table:Table",
    "aws:dynamodb/tableReplica:TableReplica",
    "aws:kinesis/stream:Stream",
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:s3/bucket:Bucket",
}
"""Types that hold what nothing else can bring back. A cache is filled again from the event log."""

_SECRET_NAME = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"(AKIA|ASIA)[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|://[^/@\s:]+:[^/@\s]+@")
_REFERENCE = re.compile(r"arn:aws[a-z-]*:(secretsmanager|ssm):")


def tagged(found: Declaration) -> Iterator[str]:
    """A provider gives everything it makes the tags of `TAGS`."""
    if found.type != "pulumi:providers:aws":
        return
    given = found.properties.get("defaultTags") or {}
    # A provider's properties are JSON in text.
    content: Any = json.loads(given) if isinstance(given, str) else given
    tags = content.get("tags") or {}
    for tag in TAGS:
        if not tags.get(tag):
            yield f"defaultTags: {tag} is missing; add it, or nobody knows whose cost this is"


def logs_end(found: Declaration) -> Iterator[str]:
    """Log groups forget after a while."""
    if found.kind == "LogGroup" and not found.properties.get("retentionInDays"):
        yield "retentionInDays: found none, which keeps logs for ever; set it from `log_retention_days`"


def can_be_restored(found: Declaration) -> Iterator[str]:
    """A table can be brought back to any second of the last weeks; a bucket's objects to what they were."""
    if found.type == "aws:dynamodb/table:Table":
        recovery = found.properties.get("pointInTimeRecovery") or {}
        if recovery.get("enabled") is not True:
            yield "pointInTimeRecovery: expected enabled; set it"
    if found.kind == "TableReplica" and found.properties.get("pointInTimeRecovery") is not True:
        yield "pointInTimeRecovery: expected true; set it, a copy of a table has backups of its own"
    if found.kind == "BucketVersioning":
        versioning = found.properties.get("versioningConfiguration") or {}
        if versioning.get("status") != "Enabled":
            yield "versioningConfiguration: expected status Enabled; set it"


def kept_from_deletion(found: Declaration) -> Iterator[str]:
    """In a protected environment neither Pulumi nor anybody else deletes what holds data."""
    if found.type in STATEFUL and not found.protect:
        yield "protect: expected true; set `protect: true` in the environment's configuration"
    if (
        found.kind in {"Table", "TableReplica"}
        and found.type.startswith("aws:dynamodb/")
        and found.properties.get("deletionProtectionEnabled") is not True
    ):
        yield "deletionProtectionEnabled: expected true; set it where `protect` is"


def no_secret_in_the_open(found: Declaration) -> Iterator[str]:
    """What a function or job is told holds no secret, only where one is kept."""
    for name, value in _told(found):
        text = str(value)
        if _REFERENCE.match(text):
            continue
        # The value stays out of the message: it would be in the log of whoever deploys.
        if _SECRET_VALUE.search(text) or _SECRET_NAME.search(name):
            yield f"{name}: looks like a secret; keep it in Secrets Manager and give its ARN"


def _told(found: Declaration) -> Iterator[tuple[str, Any]]:
    environment = found.properties.get("environment")
    if found.type == "aws:lambda/function:Function" and isinstance(environment, Mapping):
        yield from (environment.get("variables") or {}).items()
    if found.type == "aws:glue/job:Job":
        yield from (found.properties.get("defaultArguments") or {}).items()
