"""Where a table is, for whoever asks the parameter store."""

from infra.components.published_outputs import PublishedOutputs, PublishedOutputsArgs


def declare() -> None:
    """Declare it."""
    PublishedOutputs(
        "outputs",
        PublishedOutputsArgs(environment="lab", values={"online_table_name": "headwater-lab-online"}),
    )
