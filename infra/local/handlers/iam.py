"""Roles and their inline policies."""

from infra.local.handlers.registry import Cloud, Created, Inputs, creates, document


@creates("aws:iam/role:Role")
def create_role(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a role."""
    role = cloud.client("iam").create_role(
        RoleName=inputs["name"], AssumeRolePolicyDocument=document(inputs["assumeRolePolicy"])
    )["Role"]
    return Created(inputs["name"], {"arn": role["Arn"]})


@creates("aws:iam/rolePolicy:RolePolicy")
def put_role_policy(cloud: Cloud, inputs: Inputs) -> Created:
    """Give a role a policy, named after the role."""
    role = inputs["role"]
    cloud.client("iam").put_role_policy(
        RoleName=role, PolicyName=role, PolicyDocument=document(inputs["policy"])
    )
    return Created(f"{role}:{role}", {"name": role})
