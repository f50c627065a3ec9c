"""Parameters of Systems Manager."""

from infra.local.handlers.registry import Cloud, Created, Inputs, creates


@creates("aws:ssm/parameter:Parameter")
def put_parameter(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a parameter."""
    cloud.client("ssm").put_parameter(Name=inputs["name"], Type=inputs["type"], Value=inputs["value"])
    return Created(inputs["name"], {})
