"""A key for what a platform keeps."""

from infra.components.keys import Keys, KeysArgs


def declare() -> None:
    """Declare it."""
    Keys(
        "keys",
        KeysArgs(
            alias="headwater-lab-data",
            account_id="123456789012",
            region="eu-west-1",
            multi_region=False,
            protect=True,
        ),
    )
