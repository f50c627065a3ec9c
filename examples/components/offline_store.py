"""A bucket of its own, whose training sets go after 30 days."""

from headwater import names
from infra.components.offline_store import OfflineStore, OfflineStoreArgs


def declare() -> None:
    """Declare it."""
    OfflineStore(
        "offline",
        OfflineStoreArgs(
            bucket_name="headwater-lab-offline-123456789012",
            existing_bucket=False,
            database_name=names.glue_database("lab"),
            archive_name="headwater-lab-archive",
            landing_prefix=names.landing_prefix(),
            served_name="headwater-lab-served",
            served_prefix=names.served_prefix(),
            archive_buffer_seconds=60,
            expiring={"training": (names.training_prefix(), 30)},
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            protect=True,
        ),
    )
