"""A table with capacity that follows use."""

from infra.components.online_store import CapacityRange, OnlineStore, OnlineStoreArgs, ProvisionedCapacity


def declare() -> None:
    """Declare it."""
    OnlineStore(
        "online",
        OnlineStoreArgs(
            table_name="headwater-lab-online",
            capacity=ProvisionedCapacity(
                reads=CapacityRange(minimum=100, maximum=4000),
                writes=CapacityRange(minimum=100, maximum=2000),
                utilisation_percent=70,
            ),
            warm=None,
            changes=False,
            copies=None,
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            protect=True,
        ),
    )
