"""Glue databases."""

from infra.local.handlers.registry import Cloud, Created, Inputs, creates


@creates("aws:glue/catalogDatabase:CatalogDatabase")
def create_database(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a database."""
    cloud.client("glue").create_database(
        DatabaseInput={"Name": inputs["name"], "Description": inputs.get("description", "")}
    )
    return Created(inputs["name"], {})
