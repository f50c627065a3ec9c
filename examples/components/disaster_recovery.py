"""A copy of a table in another region, and a Global Datastore around a cache."""

import pulumi_aws as aws

from infra.components.disaster_recovery import (
    CopiedCache,
    CopiedTable,
    DisasterRecovery,
    DisasterRecoveryArgs,
)


def declare() -> None:
    """Declare it."""
    DisasterRecovery(
        "recovery",
        DisasterRecoveryArgs(
            region="eu-central-1",
            provider=aws.Provider("aws-eu-central-1", region="eu-central-1"),
            key_arn="arn:aws:kms:eu-central-1:123456789012:key/mrk-lab",
            table=CopiedTable(
                table_name="headwater-lab-online",
                table_arn="arn:aws:dynamodb:eu-west-1:123456789012:table/headwater-lab-online",
                account_id="123456789012",
                strong=False,
            ),
            cache=CopiedCache(
                datastore_name="headwater-lab-cache",
                group_id="headwater-lab-cache",
                node_type="cache.r7g.large",
                shards=2,
            ),
            protect=True,
        ),
    )
