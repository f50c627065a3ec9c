"""Nothing is open to the world, and no policy says more than it must."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.policy.declarations import Declaration, listed, statements_of, values_at
from infra.policy.reasons import KEY_POLICY_ACTIONS, ON_EVERYTHING

_KEYS = frozenset({"aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey"})
_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
_WORLD = {"0.0.0.0/0", "::/0"}
_RANGES = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks", "ingress.cidrBlocks", "egress.cidrBlocks")
_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_DOCUMENTS = ("policy", "assumeRolePolicy", "inlinePolicies.policy")


def closed_to_the_world(found: Declaration) -> Iterator[str]:
    """No address range of the world, no public address, no URL without a signature, no public bucket."""
    for path in _RANGES:
        for block in values_at(found.properties, path):
            if block in _WORLD:
                yield f"{path}: found {block}; name a security group or a prefix list instead"
    if found.properties.get("mapPublicIpOnLaunch") is True:
        yield "mapPublicIpOnLaunch: found true, expected a private subnet; leave it out"
    if found.kind == "FunctionUrl" and found.properties.get("authorizationType") != "AWS_IAM":
        yield "authorizationType: expected AWS_IAM, so that callers sign; set it"
    if found.type == _BLOCK:
        yield from (f"{each}: expected true" for each in _BLOCKS if found.properties.get(each) is not True)
    if found.type in _KEYS:
        return  # Its "everybody" is what `exact_permissions` looks at.
    for statement in _allowed(found):
        if "*" in _principals(statement) and not statement.get("Condition"):
            yield f"{_title(statement)}: everybody may {_short(statement)}; name who, or add a condition"


def buckets_are_private(declared: Sequence[Declaration]) -> Iterator[tuple[Declaration, str]]:
    """Each bucket has a block against whatever would make it public."""
    blocked = {each.properties.get("bucket") for each in declared if each.type == _BLOCK}
    for bucket in declared:
        if bucket.type == "aws:s3/bucket:Bucket" and bucket.properties.get("id") not in blocked:
            yield bucket, "no BucketPublicAccessBlock; add one with all four set"


def exact_permissions(found: Declaration) -> Iterator[str]:
    """Exact actions, on exact resources; where AWS takes none, `reasons` says why."""
    for statement in _allowed(found):
        actions = listed(statement.get("Action"))
        # An endpoint's policy grants nothing: it narrows what roles may do through the endpoint.
        if found.type == _ENDPOINT and statement.get("Condition"):
            continue
        if found.type in _KEYS:
            yield from _broad_key_actions(statement, actions)
            continue
        if statement.get("NotAction") or statement.get("NotResource"):
            yield f"{_title(statement)}: it allows all but what it names; name what it allows"
        for action in actions:
            if "*" in action or "?" in action:
                yield f"{_title(statement)}: {action} is no exact action; name the actions one by one"
        if "*" in listed(statement.get("Resource")):
            for action in actions:
                if action not in ON_EVERYTHING:
                    yield (
                        f"{_title(statement)}: {action} on every resource; name the resource, or give the reason "
                        "in infra/policy/reasons.py"
                    )


def _broad_key_actions(statement: Mapping[str, Any], actions: Sequence[str]) -> Iterator[str]:
    """In a key's policy the resource ``*`` is the key itself; its actions are still to be exact."""
    to_account = all(re.fullmatch(r"arn:aws:iam::\d{12}:root", each) for each in _principals(statement))
    for action in actions:
        if "*" not in action or (action == "kms:*" and to_account):
            continue
        if action not in KEY_POLICY_ACTIONS:
            yield f"{_title(statement)}: {action} is no exact action; name the actions one by one"
    if not to_account and not statement.get("Condition"):
        yield f"{_title(statement)}: the key is open to {', '.join(_principals(statement))} without a condition"


def _allowed(found: Declaration) -> Iterator[Mapping[str, Any]]:
    for path in _DOCUMENTS:
        for document in values_at(found.properties, path):
            for statement in statements_of(document):
                if statement.get("Effect") == "Allow":
                    yield statement


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        return [each for value in principal.values() for each in listed(value)]
    return listed(principal)


def _title(statement: Mapping[str, Any]) -> str:
    return f"statement {statement.get('Sid') or _short(statement)}"


def _short(statement: Mapping[str, Any]) -> str:
    actions = listed(statement.get("Action"))
    return actions[0] + (", …" if len(actions) > 1 else "") if actions else "everything but some"
