"""Tables copied between two buckets."""

import pulumi_aws as aws

from infra.components.offline_replication import (
    OfflineReplication,
    OfflineReplicationArgs,
    ReplicatedBucket,
)


def _bucket(region: str) -> ReplicatedBucket:
    return ReplicatedBucket(
        bucket_name=f"lab-{region}",
        bucket_arn=f"arn:aws:s3:::lab-{region}",
        key_arn=f"arn:aws:kms:{region}:123456789012:key/mrk-lab",
        role_name=f"lab-{region}-replication",
        provider=aws.Provider(f"aws-{region}", region=region),
    )


def declare() -> None:
    """Declare it."""
    OfflineReplication(
        "replication",
        OfflineReplicationArgs(
            first=_bucket("eu-west-1"),
            second=_bucket("eu-central-1"),
            prefixes=[("warehouse", "warehouse/"), ("replica", "replica/")],
            waits_for=[],
        ),
    )
