"""Roles and their policies, written the same way everywhere: exact actions on exact resources."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

Grant = tuple[Sequence[str], Sequence[pulumi.Input[str]]]
"""Actions, and the resources they are allowed on."""


def service_role(name: str, role_name: str, service: str, parent: pulumi.Resource) -> aws.iam.Role:
    """Create a role that one AWS service may take."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    return aws.iam.Role(
        f"{name}-role",
        name=role_name,
        assume_role_policy=json.dumps(trust),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def allow(
    name: str,
    role: aws.iam.Role,
    grants: Sequence[Grant],
    parent: pulumi.Resource,
    conditional: Sequence[Mapping[str, Any]] = (),
) -> aws.iam.RolePolicy:
    """Give a role its grants.

    Args:
        name: First part of the policy's name in the program.
        role: The role.
        grants: What it may do.
        parent: Component that has the policy.
        conditional: Whole statements, for what it may do under a condition.
    """
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
        for actions, resources in grants
    ]
    return aws.iam.RolePolicy(
        f"{name}-policy",
        role=role.name,
        policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [*statements, *conditional]}),
        opts=pulumi.ResourceOptions(parent=parent),
    )
