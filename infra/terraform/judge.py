"""What the real provider says of an environment: validated, planned, applied to the local cloud."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from infra.terraform import export
from infra.terraform.document import Configuration
from infra.terraform.not_applied import NOT_APPLIED
from infra.terraform.terraform import Terraform

_OVERRIDE = "local_override.tf.json"
_AT_ONCE = "-parallelism=4"
"""The emulator is one process: more calls only wait in it, and one that waits for long may be put again and meet what it made."""
_SERVICES = (
    *(
        "cloudwatch",
        "dynamodb",
        "ec2",
        "elasticache",
        "events",
        "firehose",
        "glue",
        "iam",
        "kinesis",
        "kms",
        "lambda",
    ),
    *("logs", "route53", "s3", "s3control", "scheduler", "secretsmanager", "sfn", "sns", "sqs", "ssm", "sts"),
    *("appautoscaling", "athena", "budgets", "cloudtrail", "lakeformation", "sagemaker", "servicediscovery"),
    *(
        "resourcegroupstaggingapi",
        "apigatewayv2",
        "ce",
        "cur",
        "dax",
        "kafka",
        "backup",
        "applicationinsights",
    ),
)


class Verdict(msgspec.Struct, kw_only=True):
    """What became of an environment.

    Attributes:
        resources: How many it has.
        validated: How many of them the provider finds well formed.
        planned: How many of them it would create.
        beyond_provider: Properties that the provider is too old for: left out, hence not judged.
        errors: What it has against the others.
    """

    resources: int
    validated: int = 0
    planned: int = 0
    beyond_provider: dict[str, str] = {}
    errors: list[str] = []


class Applied(msgspec.Struct, kw_only=True):
    """What became of an environment in the local cloud.

    Attributes:
        resources: How many there are to create.
        applied: How many were created.
        not_applied: Those the emulator cannot create, by address, with the reason.
        errors: What went wrong with the others.
    """

    resources: int
    applied: int = 0
    not_applied: dict[str, str] = {}
    errors: list[str] = []


class Destroyed(msgspec.Struct, kw_only=True):
    """What became of an environment in the local cloud when it was destroyed.

    Attributes:
        destroyed: How many resources are gone.
        left: Those that are still known, by address.
        errors: What kept them.
    """

    destroyed: int
    left: list[str] = []
    errors: list[str] = []


def validate(found: Configuration, folder: Path) -> Verdict:
    """Write a configuration and let the provider validate it. Asks no cloud.

    Raises:
        ExportError: Terraform or its provider is not there, or a file is.
    """
    export.write(found, folder)
    (folder / _OVERRIDE).unlink(missing_ok=True)
    terraform = Terraform(folder)
    terraform.initialize()
    errors = [_told(each) for each in terraform.validate()]
    resources = len(found.types)
    # One error may keep the provider from looking at the rest: then nothing counts as validated.
    return Verdict(
        resources=resources,
        validated=0 if errors else resources,
        beyond_provider=found.left_out,
        errors=errors,
    )


def plan(found: Configuration, folder: Path, endpoint_url: str) -> tuple[int, list[str]]:
    """Plan what `validate` wrote; the endpoint answers who the caller is and what is looked up.

    Returns:
        How many resources would be created, and the errors.
    """
    _point_at(found, folder, endpoint_url)
    (folder / "terraform.tfstate").unlink(missing_ok=True)
    events = Terraform(folder).events("plan")
    planned = {event["change"]["resource"]["addr"] for event in events if event["type"] == "planned_change"}
    return len(planned & set(found.types)), errors_of(events)


def apply(found: Configuration, folder: Path, endpoint_url: str) -> Applied:
    """Create everything in the local cloud, but for what the emulator lacks.

    Args:
        found: The environment.
        folder: Where to write.
        endpoint_url: Of an empty emulator.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write(applicable(found), folder, endpoint_url)
    terraform = Terraform(folder)
    terraform.initialize()
    events = terraform.events("apply", "-auto-approve", _AT_ONCE)
    made = {
        event["hook"]["resource"]["addr"]
        for event in events
        if event["type"] == "apply_complete" and event["hook"]["action"] == "create"
    }
    return Applied(
        resources=len(found.types),
        applied=len(made),
        not_applied=_not_applied(found),
        errors=errors_of(events),
    )


def destroy(folder: Path) -> Destroyed:
    """Destroy what `apply` created.

    Args:
        folder: Where it was written.
    """
    events = Terraform(folder).events("destroy", "-auto-approve", _AT_ONCE)
    gone = {
        event["hook"]["resource"]["addr"]
        for event in events
        if event["type"] == "apply_complete" and event["hook"]["action"] == "delete"
    }
    state = json.loads((folder / "terraform.tfstate").read_text())
    known = [f"{each['type']}.{each['name']}" for each in state["resources"] if each["mode"] == "managed"]
    return Destroyed(destroyed=len(gone), left=sorted(known), errors=errors_of(events))


def applicable(found: Configuration) -> Configuration:
    """An environment without what the emulator cannot make."""
    return found._replace(content=_without(found.content, _not_applied(found)))


def write(found: Configuration, folder: Path, endpoint_url: str) -> None:
    """Write a configuration whose providers ask the local cloud."""
    export.write(found, folder)
    _point_at(found, folder, endpoint_url)


def _not_applied(found: Configuration) -> dict[str, str]:
    return {address: NOT_APPLIED[token] for address, token in found.types.items() if token in NOT_APPLIED}


def _without(content: Mapping[str, Any], addresses: Iterable[str]) -> dict[str, Any]:
    left = json.loads(json.dumps(content))
    for address in addresses:
        kind, name = address.split(".")
        del left["resource"][kind][name]
    left["resource"] = {kind: named for kind, named in left["resource"].items() if named}
    return dict(left)


def _point_at(found: Configuration, folder: Path, endpoint_url: str) -> None:
    """Lay a second file beside the export that turns its providers to the local cloud."""
    local = {
        "access_key": "test",
        "secret_key": "test",
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        # The account's number is part of names that Glue and Athena are asked for.
        "skip_requesting_account_id": False,
        "s3_use_path_style": True,
        "endpoints": [dict.fromkeys(_SERVICES, endpoint_url)],
    }
    kept = ("alias", "region")
    blocks = [
        {key: block[key] for key in kept if key in block} | local
        for block in found.content["provider"]["aws"]
    ]
    (folder / _OVERRIDE).write_text(json.dumps({"provider": {"aws": blocks}}, indent=2))


def errors_of(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Errors among what terraform tells while it works."""
    return [
        _told(event["diagnostic"])
        for event in events
        if event["type"] == "diagnostic" and event["@level"] == "error"
    ]


def _told(diagnostic: Mapping[str, Any]) -> str:
    where = diagnostic.get("address") or _context(diagnostic)
    parts = (where, diagnostic["summary"], diagnostic.get("detail", ""))
    return ": ".join(" ".join(part.split()) for part in parts if part)


def _context(diagnostic: Mapping[str, Any]) -> str:
    snippet = diagnostic.get("snippet") or {}
    return str(snippet.get("context") or snippet.get("code") or "")
