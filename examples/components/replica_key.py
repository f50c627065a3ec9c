"""A key in a second region that opens what its primary has closed."""

from infra.components.replica_key import ReplicaKey, ReplicaKeyArgs


def declare() -> None:
    """Declare it."""
    ReplicaKey(
        "keys",
        ReplicaKeyArgs(
            alias="headwater-lab-data",
            account_id="123456789012",
            region="eu-central-1",
            primary_arn="arn:aws:kms:eu-west-1:123456789012:key/mrk-lab",
            protect=True,
        ),
    )
