"""What FIS may do for an experiment: as much as its actions need, to what they are done to."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from infra.components.experiment_specs import ExperimentSpec, Target
from infra.components.iam import Grant, allow, service_role

_OURS = {"managedByFIS": "true"}
"""How FIS marks the network ACLs that it makes, and takes away again."""


class ExperimentPlaces(NamedTuple):
    """Where experiments break things.

    Attributes:
        region: Region of all of it.
        account_id: Account that owns it.
        away_region: Region that copies go to.
        table_arn: Online table.
        bucket_arn: Bucket of the offline store.
        subnet_arns: Subnets of functions, jobs and cache.
        cache_arn: Replication group.
    """

    region: str
    account_id: pulumi.Input[str]
    away_region: str
    table_arn: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    subnet_arns: Sequence[pulumi.Input[str]]
    cache_arn: pulumi.Input[str]


def experiment_role(
    name: str, role_name: str, spec: ExperimentSpec, on: ExperimentPlaces, parent: pulumi.Resource
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Create the role of an experiment.

    Args:
        name: First part of its name in the program.
        role_name: Name of the role.
        spec: The experiment.
        on: Where it breaks things.
        parent: Component that has it.
    """
    role = service_role(name, role_name, "fis.amazonaws.com", parent)
    targets = sorted({action.target for action in spec.actions})
    # AWS takes no narrower resource for setting up the delivery of logs, nor for looking up tags.
    anywhere = ["logs:CreateLogDelivery", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies"]
    grants: list[Grant] = [([*anywhere, "logs:DescribeLogGroups", "tag:GetResources"], ["*"])]
    for target in targets:
        grants += _grants(target, on)
    conditional = [statement for target in targets for statement in _conditional(target, on)]
    return role, allow(name, role, grants, parent, conditional)


def _grants(target: Target, on: ExperimentPlaces) -> list[Grant]:
    if target == "table":
        # FIS keeps the service that replicates out of the table by the table's own policy; the last is for strong consistency.
        policy = ["PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy"]
        return [([f"dynamodb:{each}" for each in ("DescribeTable", *policy, "InjectError")], [on.table_arn])]
    if target == "cache":
        power = ["elasticache:InterruptClusterAzPower", "elasticache:DescribeReplicationGroups"]
        return [(power, [on.cache_arn])]
    if target == "bucket":
        # It takes no resource.
        return [(["s3:ListAllMyBuckets"], ["*"])]
    look = ["DescribeVpcs", "DescribeSubnets", "DescribeNetworkAcls", "DescribeManagedPrefixLists"]
    return [
        ([f"ec2:{each}" for each in look], ["*"]),
        (["ec2:GetManagedPrefixListEntries"], [_any_of(on, "prefix-list", account="*")]),
        (["ec2:CreateNetworkAcl"], [_any_of(on, "vpc")]),
        (["ec2:ReplaceNetworkAclAssociation"], [*on.subnet_arns, _any_of(on, "network-acl")]),
    ]


def _conditional(target: Target, on: ExperimentPlaces) -> list[dict[str, Any]]:
    if target == "bucket":
        pausing = {"BoolIfExists": {"s3:isReplicationPauseRequest": "true"}}
        there = {"StringEquals": {"s3:DestinationRegion": on.away_region}}
        configuration = ["s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration"]
        return [
            _statement(configuration, on.bucket_arn, pausing),
            _statement(["s3:PauseReplication"], on.bucket_arn, there),
        ]
    if target == "subnets":
        acls = _any_of(on, "network-acl")
        made = {"StringEquals": {f"aws:RequestTag/{key}": value for key, value in _OURS.items()}}
        marked = {"StringEquals": {**made["StringEquals"], "ec2:CreateAction": "CreateNetworkAcl"}}
        theirs = {"StringEquals": {f"ec2:ResourceTag/{key}": value for key, value in _OURS.items()}}
        return [
            _statement(["ec2:CreateNetworkAcl"], acls, made),
            _statement(["ec2:CreateTags"], acls, marked),
            _statement(["ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAcl"], acls, theirs),
        ]
    return []


def _statement(actions: list[str], resource: pulumi.Input[str], condition: dict[str, Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": [resource], "Condition": condition}


def _any_of(on: ExperimentPlaces, kind: str, account: pulumi.Input[str] | None = None) -> pulumi.Output[str]:
    """Every resource of a kind in the region: an ACL has no name before it is made, and prefix lists are AWS' own."""
    owner = on.account_id if account is None else account
    return pulumi.Output.concat("arn:aws:ec2:", on.region, ":", owner, ":", kind, "/*")
